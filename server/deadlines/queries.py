"""Reading the calendar: which days are worked, and the lights that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from server.db.work import Work
from server.deadlines.models import CalendarPeriod
from server.deadlines.rules import Calendar, Lights, Period, lights
from server.organisation.models import DEFAULT_ZONE, Unit

HELD = "calendar"
"""Where a session keeps the calendar, so that one unit of work reads it once."""
HELD_LIGHTS = "lights"
PERIODS_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A period that was entered, and by whom."""

    id: UUID
    period: Period
    added_by: str


def calendar_of(work: Work) -> Calendar:
    """The calendar of the installation; one statement in a unit of work."""
    held: Calendar | None = work.session.info.get(HELD)
    if held is None:
        rows = work.session.execute(_PERIODS.order_by(_PERIOD.c.added_at, _PERIOD.c.from_on).limit(PERIODS_AT_MOST))
        held = work.session.info[HELD] = Calendar([Period(*row[1:6]) for row in rows])
    return held


def forget_calendar(work: Work) -> None:
    """Read it anew after a change."""
    work.session.info.pop(HELD, None)
    work.session.info.pop(HELD_LIGHTS, None)


def lights_of(work: Work, unit_kind: str = "") -> Lights:
    """How deadlines are coloured now for units of a kind."""
    return lights(calendar_of(work), work.now, ZoneInfo(DEFAULT_ZONE), unit_kind)


def lights_by_kind(work: Work) -> Mapping[str, Lights]:
    """The same for each kind of unit with days of its own, all others under the empty name; kept for a unit of work."""
    held: Mapping[str, Lights] | None = work.session.info.get(HELD_LIGHTS)
    if held is None:
        kinds = ("", *calendar_of(work).kinds())
        held = work.session.info[HELD_LIGHTS] = {kind: lights_of(work, kind) for kind in kinds}
    return held


def periods(work: Work, year: int) -> tuple[PeriodRow, ...]:
    """The periods that touch a year, by their days."""
    rows = work.session.execute(
        _PERIODS.where(_PERIOD.c.from_on <= date(year, 12, 31), _PERIOD.c.until_on >= date(year, 1, 1))
        .order_by(_PERIOD.c.from_on, _PERIOD.c.added_at)
        .limit(PERIODS_AT_MOST)
    )
    return tuple(PeriodRow(row[0], Period(*row[1:6]), row[6]) for row in rows)


def unit_kinds(work: Work) -> tuple[str, ...]:
    """The kinds of unit there are."""
    return tuple(work.session.scalars(select(Unit.kind).distinct().order_by(Unit.kind)))


_PERIOD = CalendarPeriod.__table__
_PERIODS = select(
    _PERIOD.c.id,
    _PERIOD.c.from_on,
    _PERIOD.c.until_on,
    _PERIOD.c.works,
    _PERIOD.c.unit_kind,
    _PERIOD.c.name,
    _PERIOD.c.added_by,
)
