"""The lights of tasks in lists and counts: the same rule for a row and for a condition in SQL."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from server.db.work import Work
from server.deadlines import queries as deadlines
from server.deadlines.rules import Lights
from server.organisation.models import Unit
from server.tasks.models import Task
from server.tasks.rules import Light, light


def light_of(work: Work, due_at: datetime | None, unit_kind: str | None) -> Light:
    """The light of one task now. unit_kind: of the unit whose matter it is."""
    known: Mapping[str, Lights] = deadlines.lights_by_kind(work)
    return light(due_at, known.get(unit_kind or "", known[""]))


def is_red(work: Work) -> ColumnElement[bool]:
    """The condition that a task's light is red now; False for tasks without a date."""
    known = deadlines.lights_by_kind(work)
    usual = Task.due_at < known[""].red_before
    kinds = [kind for kind in known if kind]
    if not kinds:
        return usual
    own = [and_(_of(kind), Task.due_at < known[kind].red_before) for kind in kinds]
    others = or_(Task.unit_id.is_(None), Task.unit_id.not_in(select(Unit.id).where(Unit.kind.in_(kinds))))
    return or_(*own, and_(others, usual))


def _of(kind: str) -> ColumnElement[bool]:
    return Task.unit_id.in_(select(Unit.id).where(Unit.kind == kind))
