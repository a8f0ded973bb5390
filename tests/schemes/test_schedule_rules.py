from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from server.schemes.schedule_rules import (
    Days,
    DaysAfter,
    Fixed,
    MonthEnd,
    MonthThird,
    ParameterRef,
    Relative,
    Rule,
    Third,
    Yearly,
    count,
    order,
    propose,
    propose_all,
    weekdays,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


def day(rule: Rule, year: int = 2026, zone: ZoneInfo = SHANGHAI, **known: object) -> date | None:
    parameters = known.get("parameters", {})
    anchors = known.get("anchors", {})
    works = known.get("works", weekdays)
    instant = propose(rule, year, Days(zone, parameters, works), anchors)  # type: ignore[arg-type]
    if instant is None:
        return None
    assert instant.tzinfo is UTC
    local = instant.astimezone(zone)
    assert (local.hour, local.minute, local.second, local.microsecond) == (23, 59, 59, 0)
    return local.date()


def test_before_a_day_means_its_last_second_in_the_zone() -> None:
    assert propose(Fixed(date(2020, 8, 15)), 2020, Days(SHANGHAI, {}), {}) == datetime(
        2020, 8, 15, 15, 59, 59, tzinfo=UTC
    )


def test_a_fixed_date_stays_in_its_year_unless_it_follows() -> None:
    assert day(Fixed(date(2020, 8, 15))) == date(2020, 8, 15)
    assert day(Fixed(date(2020, 8, 15), follow_year=True)) == date(2026, 8, 15)


@pytest.mark.parametrize(
    ("year", "expected"), [(2024, date(2024, 2, 29)), (2026, date(2026, 2, 28)), (2100, date(2100, 2, 28))]
)
def test_29_february_is_the_last_of_february_in_other_years(year: int, expected: date) -> None:
    assert day(Yearly(2, 29), year) == expected
    assert day(Fixed(date(2020, 2, 29), follow_year=True), year) == expected
    assert day(MonthEnd(2), year) == expected
    assert day(MonthThird(2, Third.LATE), year) == expected


@pytest.mark.parametrize(("month", "last"), [(1, 31), (4, 30), (10, 31), (12, 31)])
def test_month_ends(month: int, last: int) -> None:
    assert day(MonthEnd(month)) == date(2026, month, last)


def test_thirds_of_a_month() -> None:
    ends = [day(MonthThird(6, third)) for third in Third]
    assert ends == [date(2026, 6, 10), date(2026, 6, 20), date(2026, 6, 30)]


def test_days_after_an_event_do_not_count_its_own_day() -> None:
    opened = datetime(2026, 11, 6, 2, 0, tzinfo=UTC)
    rule = DaysAfter("finding.opened", ParameterRef("limit"))
    assert day(rule, parameters={"limit": 30}, anchors={"finding.opened": opened}) == date(2026, 12, 6)
    assert day(rule, parameters={"limit": "30"}, anchors={"finding.opened": opened}) == date(2026, 12, 6)


def test_the_day_of_an_event_is_the_day_in_the_zone_not_the_servers() -> None:
    late_in_the_evening = datetime(2026, 11, 5, 17, 0, tzinfo=UTC)
    rule = DaysAfter("finding.opened", 1)
    assert day(rule, anchors={"finding.opened": late_in_the_evening}) == date(2026, 11, 7)
    assert day(rule, zone=NEW_YORK, anchors={"finding.opened": late_in_the_evening}) == date(2026, 11, 6)


def test_a_month_after_the_end_of_a_longer_month() -> None:
    opened = datetime(2026, 1, 31, 4, 0, tzinfo=UTC)
    assert day(DaysAfter("finding.opened", months=1), anchors={"finding.opened": opened}) == date(2026, 2, 28)
    assert day(DaysAfter("finding.opened", 3, 13), anchors={"finding.opened": opened}) == date(2027, 3, 3)


def test_the_end_of_day_follows_daylight_saving() -> None:
    assert propose(Yearly(1, 15), 2026, Days(NEW_YORK, {}), {}) == datetime(2026, 1, 16, 4, 59, 59, tzinfo=UTC)
    assert propose(Yearly(7, 15), 2026, Days(NEW_YORK, {}), {}) == datetime(2026, 7, 16, 3, 59, 59, tzinfo=UTC)


def test_what_is_not_known_yet_proposes_nothing() -> None:
    assert day(DaysAfter("finding.opened", 5)) is None
    assert (
        day(DaysAfter("finding.opened", ParameterRef("limit")), anchors={"finding.opened": datetime.now(UTC)}) is None
    )
    assert day(Relative("plan", 5)) is None


def test_all_deadlines_follow_each_other_whatever_their_order() -> None:
    rules: dict[str, Rule] = {
        "review": Relative("mend", 5),
        "mend": DaysAfter("finding.opened", ParameterRef("limit")),
        "completion": Relative("self", -15),
        "self": MonthEnd(10),
    }
    found = propose_all(rules, 2026, Days(SHANGHAI, {"limit": 10}), {})
    assert list(found) == list(rules)
    assert found["mend"] is None
    assert found["review"] is None
    assert found["completion"] == datetime(2026, 10, 16, 15, 59, 59, tzinfo=UTC)
    later = propose_all(
        rules, 2026, Days(SHANGHAI, {"limit": 10}), {"finding.opened": datetime(2026, 11, 5, 8, 0, tzinfo=UTC)}
    )
    assert later["review"] == datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC)


def test_a_circle_is_left_out_and_stays_empty() -> None:
    rules: dict[str, Rule] = {"a": Relative("b", 1), "b": Relative("a", 1), "c": Yearly(5, 1)}
    assert order(rules) == ["c"]
    assert propose_all(rules, 2026, Days(SHANGHAI, {}), {})["a"] is None


def test_working_days_leave_out_days_off() -> None:
    thursday = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
    after = {"finding.opened": thursday}
    assert day(DaysAfter("finding.opened", 5, working=True), anchors=after) == date(2026, 12, 3)
    assert day(DaysAfter("finding.opened", 0, working=True), anchors=after) == date(2026, 11, 26)
    assert day(Relative("finding.opened", -4, working=True), anchors=after) == date(2026, 11, 20)
    closed = {"works": lambda day: weekdays(day) and day != date(2026, 11, 30), "anchors": after}
    assert day(DaysAfter("finding.opened", 5, working=True), **closed) == date(2026, 12, 4)


def test_a_calendar_without_any_working_day_does_not_count_for_ever() -> None:
    after = {"finding.opened": datetime(2026, 11, 26, 4, 0, tzinfo=UTC)}
    assert day(DaysAfter("finding.opened", 2, working=True), anchors=after, works=lambda _day: False) is not None


def test_steps_are_counted_one_after_the_other() -> None:
    friday = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
    found = count(friday, [[1, 0, True], [1, 1, False]], Days(SHANGHAI, {}))
    assert found == datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
