"""Hours in which somebody is written to, attempts, and the words of a mail."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.notifications.rules import (
    AGAIN_AFTER,
    LINES_AT_MOST,
    Line,
    mail_body,
    mail_subject,
    may_go_at,
    next_attempt,
    told_words,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-03-02 08:00", "2026-03-02 08:00"),
        ("2026-03-02 19:59", "2026-03-02 19:59"),
        ("2026-03-02 20:00", "2026-03-03 08:00"),
        ("2026-03-02 23:30", "2026-03-03 08:00"),
        ("2026-03-02 00:10", "2026-03-02 08:00"),
        ("2026-03-02 07:59", "2026-03-02 08:00"),
        ("2026-12-31 21:00", "2027-01-01 08:00"),
    ],
)
def test_nobody_is_written_to_at_night(now: str, then: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI).astimezone(UTC)
    assert may_go_at(at, SHANGHAI) == datetime.fromisoformat(then).replace(tzinfo=SHANGHAI)


def test_attempts_come_further_apart_and_end() -> None:
    now = datetime(2026, 3, 2, 1, tzinfo=UTC)
    pauses = [at - now for attempts in range(1, 6) if (at := next_attempt(now, attempts)) is not None]
    assert pauses == list(AGAIN_AFTER) == sorted(pauses)
    assert pauses[0] >= timedelta(minutes=1)
    assert next_attempt(now, 6) is None


@pytest.mark.parametrize(("language", "day"), [("zh-CN", "2026年8月15日"), ("en", "15 Aug 2026")])
def test_days_are_written_in_the_readers_way(language: str, day: str) -> None:
    assert day in told_words("tasks-told-soon", {"task": "自评", "day": "2026-08-15"}, language)


def test_one_matter_is_the_subject_and_several_are_counted() -> None:
    one, two = Line("今日到期：自评", "https://g.example/tasks/1"), Line("新待办：整改", "")
    assert "今日到期：自评" in mail_subject([one], "zh-CN")
    assert "2" in mail_subject([one, two], "zh-CN")
    assert "自评" not in mail_subject([one, two], "zh-CN")


def test_a_subject_is_one_line_whatever_a_title_holds() -> None:
    assert "\n" not in mail_subject([Line("一\r\nBcc: all@example.cn", "")], "zh-CN")


def test_a_mail_names_each_matter_with_its_address_and_counts_the_rest() -> None:
    lines = [Line(f"第{number}件", f"https://g.example/tasks/{number}") for number in range(1, LINES_AT_MOST + 4)]
    body = mail_body("王主任", lines, "zh-CN")
    assert body.startswith("王主任")
    assert "1. 第1件\nhttps://g.example/tasks/1\n" in body
    assert f"第{LINES_AT_MOST}件" in body
    assert f"第{LINES_AT_MOST + 1}件" not in body
    assert "3" in body.split(f"/tasks/{LINES_AT_MOST}\n")[1]
