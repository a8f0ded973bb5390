"""Reading the calendar: which days are worked, and the lights that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from server.db.work import Work
from server.deadlines.models import CalendarPeriod, ScheduleEntry
from server.deadlines.rules import Calendar, Lights, Period, lights
from server.organisation.models import DEFAULT_ZONE, IN_ANOTHER_ZONE, Unit

HELD = "calendar"
"""Where a session keeps the calendar, so that one unit of work reads it once."""
HELD_LIGHTS = "lights"
PERIODS_AT_MOST = 1000
Place = tuple[str, str]
"""A zone, and a kind of unit with days of its own, or the empty name."""


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


def lights_by_place(work: Work) -> Mapping[Place, Lights]:
    """How deadlines are coloured now: for each zone, and in it for each kind of unit with days of its own; all other
    kinds under the empty name. Kept for a unit of work; two statements."""
    held: Mapping[Place, Lights] | None = work.session.info.get(HELD_LIGHTS)
    if held is None:
        calendar = calendar_of(work)
        others = work.session.scalars(select(Unit.zone).where(IN_ANOTHER_ZONE).distinct().order_by(Unit.zone))
        held = work.session.info[HELD_LIGHTS] = {
            (zone, kind): lights(calendar, work.now, ZoneInfo(zone), kind)
            for zone in (DEFAULT_ZONE, *others)
            for kind in ("", *calendar.kinds())
        }
    return held


def place_of(known: Mapping[Place, Any], zone: str | None, unit_kind: str | None) -> Place:
    """Under which place a unit is found; what belongs to no unit is where the default is."""
    here = zone or DEFAULT_ZONE
    for place in ((here, unit_kind or ""), (here, "")):
        if place in known:
            return place
    return DEFAULT_ZONE, ""


def periods(work: Work, year: int) -> tuple[PeriodRow, ...]:
    """The periods that touch a year, by their days."""
    rows = work.session.execute(
        _PERIODS.where(_PERIOD.c.from_on <= date(year, 12, 31), _PERIOD.c.until_on >= date(year, 1, 1))
        .order_by(_PERIOD.c.from_on, _PERIOD.c.added_at)
        .limit(PERIODS_AT_MOST)
    )
    return tuple(PeriodRow(row[0], Period(*row[1:6]), row[6]) for row in rows)


def late_rule(work: Work, campaign_id: UUID | None, key: str | None) -> str | None:
    """A campaign's own, stricter rule for what is late; None where the scheme's holds."""
    wanted = select(ScheduleEntry.late).where(ScheduleEntry.campaign_id == campaign_id, ScheduleEntry.key == key)
    return work.session.scalar(wanted)


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
