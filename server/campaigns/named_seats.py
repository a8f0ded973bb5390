"""Seats named by what is said elsewhere: by the row that a finding is about, or by a field of a form filled in before.

What names nobody that can be found today (a closed unit, a person without a post, an empty field) gives no seat, so
that the fallback of the task says what happens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, bindparam, or_, select

from server.db.work import Work
from server.engine.contract import SeatRule
from server.organisation.models import DEFAULT_ZONE, Holding, Post, Unit
from server.organisation.queries import held_on
from server.organisation.rules import ADMINISTRATOR_KINDS, PostKind, ids_in, today
from server.processes.registry import Running
from server.schemes import queries as schemes
from server.schemes.form_types import FieldKind
from server.tasks.models import Decision, Task

NAMESAKES_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class RowUnits:
    """Who looks after a row, as the standard writes it. lead_role: a role of the scheme."""

    lead: str
    assisting: tuple[str, ...]
    lead_role: str | None


def lead_unit(work: Work, running: Running, row: RowUnits) -> UUID | None:
    """The open unit that leads a row; None when the row names none or none is found."""
    return unit_named(work, running.instance.owner_unit_id, row.lead) if row.lead else None


def assisting_units(work: Work, running: Running, row: RowUnits) -> Sequence[UUID]:
    found = (unit_named(work, running.instance.owner_unit_id, name) for name in row.assisting)
    return [unit_id for unit_id in found if unit_id is not None]


def unit_named(work: Work, authority_id: UUID | None, name: str) -> UUID | None:
    """The open unit with this code or name that is nearest to the authority: under it, else under the unit above, …

    Two namesakes equally near are nobody: which of them is meant is not for a machine to guess.
    """
    path = work.session.scalar(select(Unit.path).where(Unit.id == authority_id))
    wanted = or_(Unit.code == name, Unit.name == name, Unit.short_name == name)
    rows = work.session.execute(
        select(Unit.id, Unit.path, Unit.code, Unit.closed_on, Unit.zone).where(wanted).limit(NAMESAKES_AT_MOST)
    )
    open_ones = [row for row in rows if row.closed_on is None or row.closed_on >= today(work.now, row.zone)]
    by_code: list[UUID] = [row.id for row in open_ones if row.code == name]
    if by_code:
        return by_code[0]
    for above in reversed(ids_in(path) if path else ()):
        near: list[UUID] = [row.id for row in open_ones if f"/{above.hex}/" in row.path]
        if near:
            return near[0] if len(near) == 1 else None
    return None


def of_form_field(work: Work, running: Running, rule: SeatRule) -> Iterable[str]:
    """The seats that a field of an earlier form names, as it was filled in last."""
    kind = _kind_of(work, running, rule)
    values = work.session.scalar(_LAST_VALUES, {"instance_id": running.instance.id, "element_id": rule.task})
    named = _as_id((values or {}).get(rule.field))
    if named is None or kind is None:
        return ()
    if kind is FieldKind.PERSON:
        return of_person(work, named)
    if kind is FieldKind.POST:
        return (f"post:{named}",) if _is_post(work, named) else ()
    return posts_in(work, named, rule.post)


def of_person(work: Work, person_id: UUID | None) -> Iterable[str]:
    """The seat of somebody who still holds a post; who has left gets nothing more."""
    return () if person_id is None or not _is_here(work, person_id) else (f"person:{person_id}",)


def posts_in(work: Work, unit_id: UUID, kind: str | None) -> Iterable[str]:
    """The posts of a kind (its head's, when none is said) in a unit that is still open."""
    unit = work.session.get(Unit, unit_id)
    if unit is None or (unit.closed_on is not None and unit.closed_on < today(work.now, unit.zone)):
        return ()
    wanted = select(Post.id).where(Post.unit_id == unit_id, Post.kind == (kind or PostKind.HEAD))
    return tuple(f"post:{post_id}" for post_id in work.session.scalars(wanted.order_by(Post.rank, Post.title)))


def _kind_of(work: Work, running: Running, rule: SeatRule) -> FieldKind | None:
    element = running.definition.elements.get(rule.task)
    if element is None or element.form is None:
        return None
    form = schemes.form_of(work, running.scheme_version_id, element.form)
    return next((entry.kind for entry in form.fields if entry.key == rule.field), None)


def _as_id(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _is_here(work: Work, person_id: UUID) -> bool:
    """Whether somebody holds a post of ours today."""
    on: date = today(work.now, DEFAULT_ZONE)
    wanted = select(Holding.id).where(Holding.person_id == person_id, held_on(on)).limit(1)
    return work.session.scalar(wanted) is not None


def _is_post(work: Work, post_id: UUID) -> bool:
    row = work.session.execute(
        select(Post.kind, Unit.closed_on, Unit.zone).join(Unit, Unit.id == Post.unit_id).where(Post.id == post_id)
    ).one_or_none()
    if row is None or row.kind in ADMINISTRATOR_KINDS:
        return False
    return row.closed_on is None or row.closed_on >= today(work.now, row.zone)


_LAST_VALUES = (
    select(Decision.values)
    .join(Task, Task.id == Decision.task_id)
    .where(
        Task.instance_id == bindparam("instance_id", type_=Uuid()),
        Task.element_id == bindparam("element_id"),
        Decision.taken_back_at.is_(None),
    )
    .order_by(Decision.decided_at.desc(), Decision.id.desc())
    .limit(1)
)
