"""The lights of tasks in lists and counts: the same rule for a row and for a condition in SQL."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from server.db.work import Work
from server.deadlines import queries as deadlines
from server.deadlines.queries import Place
from server.deadlines.rules import Lights
from server.organisation.models import DEFAULT_ZONE, Unit
from server.tasks.models import Task
from server.tasks.rules import Light, light


def light_of(work: Work, due_at: datetime | None, unit_kind: str | None, zone: str | None) -> Light:
    """The light of one task now. unit_kind, zone: of the unit whose matter it is."""
    known: Mapping[Place, Lights] = deadlines.lights_by_place(work)
    return light(due_at, known[deadlines.place_of(known, zone, unit_kind)])


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
