"""Which days are worked, and what follows for lights and for deadlines that count working days.

The State Council publishes the holidays of a year, and the weekends worked in their stead (调休), the November before;
the library has them year by year. Over them lie the periods that this installation has entered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

from server.schemes.schedule_rules import Works, after_working_days, end_of_day, weekdays

SOON = 3
"""Working days before a deadline from which its light is yellow."""


class Why(StrEnum):
    """What makes a day what it is."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    IN_LIEU = "in_lieu"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Period:
    """Days that are worked or not, both ends included. unit_kind: for units of this kind alone; empty for all."""

    from_on: date
    until_on: date
    works: bool
    unit_kind: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """One day. name: of the holiday (the library's key) or of the period; empty for ordinary days."""

    on: date
    works: bool
    why: Why
    name: str = ""


@dataclass(frozen=True, slots=True)
class Lights:
    """The two instants (aware, UTC) that colour a deadline: red before the first, yellow up to the second."""

    red_before: datetime
    yellow_until: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of an installation. periods: in the order they were entered; of two for one day the later counts, and
    one for the unit's own kind before one for all."""

    periods: Sequence[Period] = ()

    def day(self, on: date, unit_kind: str = "") -> Day:
        fitting = [each for each in self.periods if each.from_on <= on <= each.until_on]
        for kind in dict.fromkeys((unit_kind, "")):
            last = next((each for each in reversed(fitting) if each.unit_kind == kind), None)
            if last is not None:
                return Day(on, last.works, Why.PERIOD, last.name)
        return _statutory(on)

    def works(self, on: date, unit_kind: str = "") -> bool:
        return self.day(on, unit_kind).works

    def of_kind(self, unit_kind: str) -> Works:
        return lambda day: self.works(day, unit_kind)

    def kinds(self) -> tuple[str, ...]:
        """The kinds of unit that have days of their own."""
        return tuple(sorted({each.unit_kind for each in self.periods} - {""}))

    def is_known(self, year: int) -> bool:
        """Whether the year's holidays are known: from the library, or entered here."""
        return _published(date(year, 1, 1)) or any(
            each.unit_kind == "" and each.from_on.year <= year <= each.until_on.year for each in self.periods
        )


def lights(calendar: Calendar, now: datetime, zone: ZoneInfo, unit_kind: str = "") -> Lights:
    """A deadline that passed on days nobody works turns red when work begins again, not before."""
    works = calendar.of_kind(unit_kind)
    today = now.astimezone(zone).date()
    red_before = now if works(today) else end_of_day(_last_worked(works, today), zone)
    return Lights(min(red_before, now), end_of_day(after_working_days(works, today, SOON), zone))


def worked_ago(calendar: Calendar, now: datetime, zone: ZoneInfo, unit_kind: str, days: int) -> datetime:
    """The end of the day that lies so many working days back."""
    return end_of_day(after_working_days(calendar.of_kind(unit_kind), now.astimezone(zone).date(), -days), zone)


def worked_ahead(calendar: Calendar, now: datetime, zone: ZoneInfo, unit_kind: str, days: int) -> datetime:
    """The end of the day that lies so many working days ahead."""
    return end_of_day(after_working_days(calendar.of_kind(unit_kind), now.astimezone(zone).date(), days), zone)


def next_worked(works: Works, day: date) -> date:
    """The day itself when it is worked, else the first one after it that is."""
    return day if works(day) else after_working_days(works, day, 1)


def _last_worked(works: Works, day: date) -> date:
    return after_working_days(works, day, -1)


def _published(on: date) -> bool:
    try:
        chinese_calendar.is_workday(on)
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=4096)
def _statutory(on: date) -> Day:
    """Without a published schedule, Saturdays and Sundays are free and nothing else is."""
    weekend = not weekdays(on)
    if not _published(on):
        return Day(on, not weekend, Why.WEEKEND if weekend else Why.WEEKDAY)
    free, name = chinese_calendar.get_holiday_detail(on)
    if free:
        return Day(on, False, Why.HOLIDAY if name else Why.WEEKEND, _key(name))
    return Day(on, True, Why.IN_LIEU if weekend else Why.WEEKDAY, _key(name) if weekend else "")


def _key(name: str | None) -> str:
    return chinese_calendar.Holiday(name).name if name else ""
