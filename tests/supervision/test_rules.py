"""How late is too late, which day a reply may be due, and what a seal covers."""

from datetime import date

import pytest

from server.deadlines.rules import Calendar, Period
from server.supervision import rules
from server.supervision.rules import Wording

WORKS = Calendar().of_kind("organ")
TUESDAY = date(2026, 6, 30)
"""The day a task was due; the Thursday of that week is worked, the weekend is not."""


@pytest.mark.parametrize(
    ("today", "late"),
    [
        (date(2026, 6, 29), 0),
        (TUESDAY, 0),
        (date(2026, 7, 1), 1),
        (date(2026, 7, 3), 3),
        (date(2026, 7, 5), 3),
        (date(2026, 7, 6), 4),
    ],
)
def test_only_days_that_are_worked_count_as_late(today: date, late: int) -> None:
    assert rules.days_late(WORKS, TUESDAY, today) == late


def test_days_of_the_units_own_calendar_are_not_late_either() -> None:
    closed = Calendar([Period(date(2026, 7, 1), date(2026, 8, 31), works=False, unit_kind="school")])
    assert rules.days_late(closed.of_kind("school"), TUESDAY, date(2026, 8, 20)) == 0
    assert rules.days_late(closed.of_kind("organ"), TUESDAY, date(2026, 7, 2)) == 2


def test_a_reply_is_due_after_five_working_days() -> None:
    assert rules.reply_day(WORKS, date(2026, 7, 3)) == date(2026, 7, 10)


@pytest.mark.parametrize(
    ("changes", "field", "key"),
    [
        ({"title": " "}, "title", "supervision-words-needed"),
        ({"title": "长" * 201}, "title", "supervision-too-long"),
        ({"cause": ""}, "cause", "supervision-words-needed"),
        ({"demand": "长" * 2001}, "demand", "supervision-too-long"),
        ({"reply_on": TUESDAY}, "reply_on", "supervision-day-past"),
        ({"reply_on": date(2026, 7, 4)}, "reply_on", "supervision-day-rests"),
        ({"reply_on": date(2027, 6, 30)}, "reply_on", "supervision-day-far"),
    ],
)
def test_what_is_wrong_with_a_wording_is_said_at_its_field(changes: dict[str, str], field: str, key: str) -> None:
    words: dict[str, object] = {"title": "标题", "cause": "事由", "demand": "要求", "reply_on": date(2026, 7, 7)}
    assert rules.faults(Wording(**words), WORKS, TUESDAY, sending=True) == {}  # type: ignore[arg-type]
    faults = rules.faults(Wording(**(words | changes)), WORKS, TUESDAY, sending=True)  # type: ignore[arg-type]
    assert {name: [each.key for each in said] for name, said in faults.items()} == {field: [key]}


def test_what_is_only_kept_may_lack_something_but_not_be_too_long() -> None:
    assert rules.faults(Wording("", "", "", TUESDAY), WORKS, TUESDAY, sending=False) == {}
    assert set(rules.faults(Wording("长" * 201, "", "", TUESDAY), WORKS, TUESDAY, sending=False)) == {"title"}


def test_a_seal_covers_every_word_and_every_task() -> None:
    head = {"title": "标题", "number": 1}
    seals = {
        rules.seal(head, [("自评", "2026-06-30", 4)]),
        rules.seal(head, [("自评", "2026-06-30", 5)]),
        rules.seal(head, []),
        rules.seal(head | {"number": 2}, []),
    }
    assert len(seals) == 4
