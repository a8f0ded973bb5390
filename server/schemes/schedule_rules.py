"""When a deadline falls: the rules that a scheme writes down, and the instant that they propose for one campaign.

"X 日前" includes the day: every proposed instant is the last second of a day in the given zone.
"""

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

LAST_SECOND = time(23, 59, 59)
EARLY_ENDS, MIDDLE_ENDS = 10, 20
SATURDAY = 5
LOOK_AT_MOST = 400
"""Days that are looked through for a working day; a calendar without any counts every day."""

EVENTS = frozenset({"campaign.opened", "task.opened", "finding.opened", "finding.mended"})
"""Events that a deadline may count from. Their instants are handed to `propose` under these names."""

Anchors = Mapping[str, datetime]
"""What is known: event names and keys of other deadlines to their instants (aware)."""


class Third(StrEnum):
    """A third of a month: 上旬, 中旬, 下旬."""

    EARLY = "early"
    MIDDLE = "middle"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class ParameterRef:
    """A number that is asked for when a campaign opens."""

    key: str


Amount = int | ParameterRef


@dataclass(frozen=True, slots=True)
class Fixed:
    """One date of the notice. follow_year: later campaigns are offered the same day of their own year."""

    on: date
    follow_year: bool = False


@dataclass(frozen=True, slots=True)
class Yearly:
    """The same day every year. 29 February is the last of February in other years."""

    month: int
    day: int


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """X月底前."""

    month: int


@dataclass(frozen=True, slots=True)
class MonthThird:
    """X月上旬, 中旬, 下旬: ends on the 10th, the 20th, the last."""

    month: int
    third: Third


@dataclass(frozen=True, slots=True)
class DaysAfter:
    """So many days (and months) after an event; the day of the event is not counted. working: working days."""

    event: str
    days: Amount = 0
    months: Amount = 0
    working: bool = False


@dataclass(frozen=True, slots=True)
class Relative:
    """So many days after another deadline; before it when negative. working: working days."""

    to: str
    days: Amount
    working: bool = False


Works = Callable[[date], bool]
"""Whether a day is worked."""


def weekdays(day: date) -> bool:
    """Monday to Friday: what is known without a calendar."""
    return day.weekday() < SATURDAY


@dataclass(frozen=True, slots=True)
class Days:
    """What days and amounts mean in one place. zone: where the days end."""

    zone: ZoneInfo
    parameters: Mapping[str, Any]
    works: Works = weekdays


Rule = Fixed | Yearly | MonthEnd | MonthThird | DaysAfter | Relative


def propose(rule: Rule, year: int, days: Days, anchors: Anchors) -> datetime | None:
    """The instant (aware, UTC) that a rule proposes, or None while its event, deadline or parameter is not known."""
    day = _day(rule, year, days, anchors)
    return None if day is None else end_of_day(day, days.zone)


def propose_all(rules: Mapping[str, Rule], year: int, days: Days, events: Anchors) -> dict[str, datetime | None]:
    """All deadlines of a campaign, each after those that it counts from; None where a rule still waits."""
    found: dict[str, datetime | None] = {}
    known: dict[str, datetime] = dict(events)
    for key in order(rules):
        found[key] = instant = propose(rules[key], year, days, known)
        if instant is not None:
            known[key] = instant
    return {key: found.get(key) for key in rules}


def order(rules: Mapping[str, Rule]) -> Sequence[str]:
    """Keys so that each comes after the one it is relative to; those in a circle are left out."""
    placed: list[str] = []
    waiting = list(rules)
    while waiting:
        ready = [key for key in waiting if (to := follows(rules[key])) is None or to in placed]
        if not ready:
            break
        placed.extend(ready)
        waiting = [key for key in waiting if key not in placed]
    return placed


def follows(rule: Rule) -> str | None:
    """The deadline that a rule counts from, if any."""
    return rule.to if isinstance(rule, Relative) else None


def waits_for(rule: Rule) -> str | None:
    """The event that a rule counts from, if any."""
    return rule.event if isinstance(rule, DaysAfter) else None


def parameters_of(rule: Rule) -> tuple[str, ...]:
    """Parameters that a rule needs."""
    amounts: tuple[Amount, ...] = ()
    if isinstance(rule, DaysAfter):
        amounts = (rule.days, rule.months)
    elif isinstance(rule, Relative):
        amounts = (rule.days,)
    return tuple(amount.key for amount in amounts if isinstance(amount, ParameterRef))


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day in a zone, in UTC."""
    return datetime.combine(day, LAST_SECOND, zone).astimezone(UTC)


def _day(rule: Rule, year: int, known: Days, anchors: Anchors) -> date | None:
    match rule:
        case Fixed(on, follow_year):
            return _in_month(year, on.month, on.day) if follow_year else on
        case Yearly(month, day):
            return _in_month(year, month, day)
        case MonthEnd(month):
            return _in_month(year, month, 31)
        case MonthThird(month, third):
            ends = {Third.EARLY: EARLY_ENDS, Third.MIDDLE: MIDDLE_ENDS, Third.LATE: 31}
            return _in_month(year, month, ends[third])
        case DaysAfter(event, days, months, working):
            return _after(anchors.get(event), (days, months), known, working=working)
        case Relative(to, days, working):
            return _after(anchors.get(to), (days, 0), known, working=working)


def _after(start: datetime | None, amounts: tuple[Amount, Amount], known: Days, *, working: bool) -> date | None:
    days, months = (_number(amount, known.parameters) for amount in amounts)
    if start is None or days is None or months is None:
        return None
    day = start.astimezone(known.zone).date()
    if months:
        ahead = day.month - 1 + months
        day = _in_month(day.year + ahead // 12, ahead % 12 + 1, day.day)
    return after_working_days(known.works, day, days) if working else day + timedelta(days=days)


def count(start: datetime, steps: Sequence[Sequence[Any]], days: Days) -> datetime:
    """The instant (aware, UTC) that lies so many steps after another; steps: days, months, whether working days."""
    for number, months, working in steps:
        day = _after(start, (number, months), days, working=working)
        start = end_of_day(day, days.zone) if day is not None else start
    return start


def after_working_days(works: Works, day: date, count: int) -> date:
    """The working day that many after a day (before it when negative), whose own day is not counted."""
    step, left = (1 if count >= 0 else -1), abs(count)
    for _ in range(LOOK_AT_MOST + 2 * left):
        if left == 0:
            return day
        day += timedelta(days=step)
        left -= works(day)
    return day


def _number(amount: Amount, parameters: Mapping[str, Any]) -> int | None:
    if isinstance(amount, ParameterRef):
        value = parameters.get(amount.key)
        return int(value) if value is not None else None
    return amount


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
