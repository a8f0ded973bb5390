"""Which days are worked: public holidays with the weekends worked instead, own periods over them, and the lights."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.deadlines.rules import Calendar, Period, Why, lights, next_worked
from server.tasks.rules import Light, light

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUMMER = Period(date(2026, 7, 13), date(2026, 8, 28), False, "school", "暑假")


def morning(month: int, day: int, year: int = 2026) -> datetime:
    """Nine o'clock in Shanghai."""
    return datetime(year, month, day, 1, 0, tzinfo=UTC)


def evening(month: int, day: int) -> datetime:
    """The end of a day of 2026 in Shanghai."""
    return datetime(2026, month, day, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "works", "why"),
    [
        (date(2026, 2, 14), True, Why.IN_LIEU),
        (date(2026, 2, 17), False, Why.HOLIDAY),
        (date(2026, 10, 1), False, Why.HOLIDAY),
        (date(2026, 10, 10), True, Why.IN_LIEU),
        (date(2026, 11, 28), False, Why.WEEKEND),
        (date(2024, 2, 29), True, Why.WEEKDAY),
        (date(2020, 1, 31), False, Why.HOLIDAY),
    ],
)
def test_the_published_days_of_a_year(day: date, works: bool, why: Why) -> None:
    found = Calendar().day(day)
    assert (found.works, found.why) == (works, why)


def test_a_year_that_is_not_published_has_weekends_and_says_so() -> None:
    calendar = Calendar()
    assert calendar.is_known(2026)
    assert not calendar.is_known(2031)
    assert [calendar.works(date(2031, 1, day)) for day in (1, 4, 5, 6)] == [True, False, False, True]
    entered = Calendar([Period(date(2031, 1, 1), date(2031, 1, 1), False, "", "元旦")])
    assert entered.is_known(2031)
    assert not entered.works(date(2031, 1, 1))


def test_periods_lie_over_the_published_days_the_later_over_the_earlier_the_own_kind_over_all() -> None:
    day = date(2026, 7, 14)
    everybody = Period(day, day, True, "", "值班")
    assert not Calendar([SUMMER]).works(day, "school")
    assert Calendar([SUMMER]).works(day, "bureau")
    assert not Calendar([everybody, SUMMER]).works(day, "school")
    assert not Calendar([SUMMER, everybody]).works(day, "school")
    assert Calendar([SUMMER, Period(day, day, True, "school", "返校")]).works(day, "school")
    assert Calendar([SUMMER]).kinds() == ("school",)


def test_the_next_day_that_is_worked() -> None:
    works = Calendar().works
    assert next_worked(works, date(2026, 10, 1)) == date(2026, 10, 8)
    assert next_worked(works, date(2026, 10, 10)) == date(2026, 10, 10)


@pytest.mark.parametrize(
    ("due", "now", "colour"),
    [
        (evening(11, 27), morning(11, 27), Light.YELLOW),
        (evening(11, 27), morning(11, 28), Light.YELLOW),
        (evening(11, 27), morning(11, 29), Light.YELLOW),
        (evening(11, 27), morning(11, 30), Light.RED),
        (evening(11, 28), morning(11, 29), Light.YELLOW),
        (evening(10, 2), morning(10, 7), Light.YELLOW),
        (evening(10, 2), morning(10, 8), Light.RED),
        (evening(10, 9), morning(10, 10), Light.RED),
        (morning(11, 26), morning(11, 26) + timedelta(minutes=1), Light.RED),
        (evening(12, 2), morning(11, 27), Light.YELLOW),
        (evening(12, 3), morning(11, 27), Light.GREEN),
        (evening(10, 12), morning(9, 30), Light.GREEN),
        (evening(10, 10), morning(9, 30), Light.YELLOW),
        (None, morning(11, 27), Light.NONE),
    ],
)
def test_no_light_turns_red_on_a_day_nobody_works(due: datetime | None, now: datetime, colour: Light) -> None:
    assert light(due, lights(Calendar(), now, SHANGHAI)) is colour


def test_the_day_is_that_of_the_zone_and_not_of_a_server_in_utc() -> None:
    friday_evening_in_utc = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    assert light(evening(11, 27), lights(Calendar(), friday_evening_in_utc, SHANGHAI)) is Light.YELLOW
    assert light(evening(11, 27), lights(Calendar(), friday_evening_in_utc, ZoneInfo("UTC"))) is Light.RED


def test_a_school_on_holiday_has_no_red_lights() -> None:
    due = evening(7, 20)
    assert light(due, lights(Calendar([SUMMER]), morning(8, 3), SHANGHAI, "school")) is Light.YELLOW
    assert light(due, lights(Calendar([SUMMER]), morning(8, 3), SHANGHAI, "bureau")) is Light.RED
