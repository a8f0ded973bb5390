"""The lights of tasks in lists and counts: the same rule for a row and for a condition in SQL."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, or_, select

from server.db.work import Work
from server.deadlines import queries as deadlines
from server.deadlines.queries import Place
from server.deadlines.rules import Lights, worked_ahead
from server.deadlines.sprints import window_for
from server.organisation.models import DEFAULT_ZONE, Unit
from server.tasks.models import Task
from server.tasks.rules import Light, light

NOWHERE: tuple[UUID | None, UUID | None] = (None, None)


def light_of(
    work: Work,
    due_at: datetime | None,
    unit_kind: str | None,
    zone: str | None,
    of: tuple[UUID | None, UUID | None] = NOWHERE,
) -> Light:
    """The light of one task now. unit_kind, zone: of the unit whose matter it is. of: its campaign and that unit, by
    which a sprint window is found, in which lights turn yellow earlier."""
    known: Mapping[Place, Lights] = deadlines.lights_by_place(work)
    place = deadlines.place_of(known, zone, unit_kind)
    window = window_for(work, *of) if due_at is not None else None
    if window is None or due_at is None or due_at > window.due_at:
        return light(due_at, known[place])
    here, kind = place
    until = worked_ahead(deadlines.calendar_of(work), work.now, ZoneInfo(here), kind, window.yellow)
    usual = known[place]
    return light(due_at, Lights(usual.red_before, max(usual.yellow_until, until)))


def is_red(work: Work) -> ColumnElement[bool]:
    """The condition that a task's light is red now; False for tasks without a date."""
    known = deadlines.lights_by_place(work)
    usual = Task.due_at < known[DEFAULT_ZONE, ""].red_before
    special = [place for place in known if place != (DEFAULT_ZONE, "")]
    if not special:
        return usual
    kinds = {kind for _, kind in special if kind}
    zones = {zone for zone, _ in special} - {DEFAULT_ZONE}
    own = [and_(Task.unit_id.in_(_at(place, kinds)), Task.due_at < known[place].red_before) for place in special]
    elsewhere = select(Unit.id).where(or_(Unit.zone.in_(zones), Unit.kind.in_(kinds)))
    others = or_(Task.unit_id.is_(None), Task.unit_id.not_in(elsewhere))
    return or_(*own, and_(others, usual))


def _at(place: Place, kinds: set[str]) -> Select[UUID]:
    """The units of a place; under the empty name all kinds without days of their own."""
    zone, kind = place
    fitting = Unit.kind == kind if kind else Unit.kind.not_in(kinds)
    return select(Unit.id).where(Unit.zone == zone, fitting)
