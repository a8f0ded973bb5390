"""Dates, deadlines and points in words."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from server import words
from server.deadlines.rules import Calendar, lights
from server.tasks.rules import Light, light

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
END = datetime(2026, 3, 15, 15, 59, 59, tzinfo=UTC)


@pytest.fixture(params=["zh-CN", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Words are those of the reader of the present request."""
    chosen: str = request.param
    with Flask("x").test_request_context(headers={"Cookie": f"greengate_language={chosen}"}):
        yield chosen


def by(language: str, chinese: str, english: str) -> str:
    return chinese if language == "zh-CN" else english


def test_days(language: str) -> None:
    assert words.day(date(2026, 3, 2)) == by(language, "2026年3月2日", "2 Mar 2026")
    assert words.day(None) == ""


def test_the_day_of_an_instant_is_the_day_in_the_zone(language: str) -> None:
    late = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    assert words.day_of(late) == by(language, "2026年3月3日", "3 Mar 2026")
    assert words.day_of(late, "UTC") == by(language, "2026年3月2日", "2 Mar 2026")
    assert words.day_of(None) == ""


def test_day_and_time(language: str) -> None:
    assert words.day_and_time(NOW) == by(language, "2026年3月2日 09:00", "2 Mar 2026, 09:00")
    assert words.day_and_time(None) == ""


def test_a_deadline_at_the_end_of_its_day_is_named_by_the_day(language: str) -> None:
    assert words.due_on(END) == by(language, "2026年3月15日前", "by 15 Mar 2026")
    assert words.due_on(NOW) == words.day_and_time(NOW)
    assert words.due_on(None) == ""


@pytest.mark.parametrize(
    ("now", "kind", "chinese"),
    [
        (NOW, "ok", "还剩 13 天"),
        (END - timedelta(days=3), "warn", "还剩 3 天"),
        (END - timedelta(hours=15), "warn", "今天到期"),
        (END, "warn", "今天到期"),
        (END + timedelta(seconds=1), "bad", "逾期 1 天"),
        (END + timedelta(days=10), "bad", "逾期 10 天"),
    ],
)
def test_what_is_left_of_a_deadline_counts_days_and_not_hours(now: datetime, kind: str, chinese: str) -> None:
    assert left_of(END, now) == (kind, chinese)


def test_what_fell_due_before_days_off_is_not_overdue_before_work_begins() -> None:
    friday = END - timedelta(days=2)
    assert left_of(friday, friday + timedelta(days=1)) == ("warn", "时限已到，上班前不计逾期")
    assert left_of(friday, friday + timedelta(days=2, seconds=1)) == ("bad", "逾期 3 天")


def left_of(due: datetime, now: datetime) -> tuple[str, str]:
    colour = light(due, lights(Calendar(), now, ZoneInfo("Asia/Shanghai")))
    with Flask("x").test_request_context():
        return words.due_words(colour, due, now)


def test_no_deadline_has_words_too(language: str) -> None:
    kind, said = words.due_words(Light.NONE, None, NOW)
    assert kind == "mute"
    assert said


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("80", "80"),
        ("80.00", "80"),
        ("79.5", "79.5"),
        ("0.25", "0.25"),
        ("0", "0"),
        ("0.00", "0"),
        ("100", "100"),
        ("1000", "1000"),
        ("-0.5", "-0.5"),
    ],
)
def test_points_have_no_trailing_zeros_and_keep_their_own(value: str, shown: str) -> None:
    assert words.points(Decimal(value)) == shown


def test_no_points_are_nothing() -> None:
    assert words.points(None) == ""
