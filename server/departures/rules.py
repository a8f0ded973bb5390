"""Pure rules of departures: which days can be, and what becomes of a span of days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.errors import Invalid
from server.i18n import Message

LATEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Cut:
    """What becomes of a holding. last: its last day; None: it never begins. follows_on: a successor's first day."""

    last: date | None
    follows_on: date


def cut(from_on: date, until_on: date | None, last_day: date) -> Cut:
    """A holding ends with the last day of who leaves, or earlier when it ends earlier by itself."""
    if from_on > last_day:
        return Cut(None, from_on)
    last = last_day if until_on is None else min(until_on, last_day)
    return Cut(last, last + timedelta(days=1))


def end_of(last_day: date, zone: str) -> datetime:
    """The last second of a day in a zone."""
    return datetime.combine(last_day, time(23, 59, 59), ZoneInfo(zone))


def require_day(last_day: date, on: date) -> None:
    """Raises Invalid for a day that is over or more than a year ahead."""
    if not on <= last_day <= on + LATEST:
        wrong = Message("departures-day-wrong", {"days": LATEST.days})
        raise Invalid(wrong, {"last_day": [wrong]})
