"""What may be chosen in a field that names a unit, a post or a person: those within reach of the task."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import or_, select

from server.db.work import Work
from server.organisation.models import DEFAULT_ZONE, Holding, Person, Post, Unit
from server.organisation.queries import held_on
from server.organisation.rules import ADMINISTRATOR_KINDS, today
from server.processes.models import ProcessInstance
from server.schemes.form_types import NAMING, Choice, Field, FieldKind, Form
from server.tasks.models import Task

AT_MOST = 2_000
"""More units than a county has schools; a list of so many is still one that a browser searches by typing."""


def with_choices(work: Work, task: Task, form: Form) -> Form:
    """The same form, its fields that name somebody with all that may be chosen there now."""
    if not any(entry.kind in NAMING for entry in form.fields):
        return form
    return replace(form, fields=tuple(_chosen(work, task, entry) for entry in form.fields))


def name_of(work: Work, kind: FieldKind, value: str) -> str:
    """What an id that was once chosen stands for, also when it could not be chosen any more."""
    try:
        wanted = UUID(value)
    except ValueError:
        return value
    if kind is FieldKind.UNIT:
        found = work.session.scalar(select(Unit.name).where(Unit.id == wanted))
    elif kind is FieldKind.PERSON:
        found = work.session.scalar(select(Person.name).where(Person.id == wanted))
    else:
        row = work.session.execute(
            select(Unit.name, Post.title).join(Unit, Unit.id == Post.unit_id).where(Post.id == wanted)
        ).one_or_none()
        found = " · ".join(row) if row is not None else None
    return found or value


def _chosen(work: Work, task: Task, entry: Field) -> Field:
    if entry.kind not in NAMING:
        return entry
    own = [unit_id for unit_id in (task.unit_id, _owner(work, task)) if unit_id is not None]
    reading = {FieldKind.UNIT: _units, FieldKind.POST: _posts, FieldKind.PERSON: _people}[entry.kind]
    return replace(entry, choices=reading(work, own))


def _owner(work: Work, task: Task) -> UUID | None:
    wanted = select(ProcessInstance.owner_unit_id).where(ProcessInstance.id == task.instance_id)
    return work.session.scalar(wanted)


def _units(work: Work, own: list[UUID]) -> tuple[Choice, ...]:
    """The units themselves, those below them, and those next to them."""
    parents = work.session.scalars(select(Unit.parent_id).where(Unit.id.in_(own), Unit.parent_id.is_not(None))).all()
    near = or_(Unit.id.in_([*own, *parents]), Unit.parent_id.in_([*own, *parents]))
    is_open = or_(Unit.closed_on.is_(None), Unit.closed_on >= today(work.now, DEFAULT_ZONE))
    rows = work.session.execute(select(Unit.id, Unit.name).where(near, is_open).order_by(Unit.code).limit(AT_MOST))
    return tuple(Choice(str(unit_id), name) for unit_id, name in rows)


def _posts(work: Work, own: list[UUID]) -> tuple[Choice, ...]:
    rows = work.session.execute(
        select(Post.id, Unit.name, Post.title)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.unit_id.in_(own), Post.kind.not_in(ADMINISTRATOR_KINDS))
        .order_by(Unit.code, Post.rank, Post.title)
        .limit(AT_MOST)
    )
    return tuple(Choice(str(post_id), f"{name} · {title}") for post_id, name, title in rows)


def _people(work: Work, own: list[UUID]) -> tuple[Choice, ...]:
    rows = work.session.execute(
        select(Person.id, Person.name, Unit.name, Post.title)
        .join(Holding, Holding.person_id == Person.id)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Post.unit_id.in_(own),
            Post.kind.not_in(ADMINISTRATOR_KINDS),
            Holding.delegated_by.is_(None),
            held_on(today(work.now, DEFAULT_ZONE)),
        )
        .order_by(Unit.code, Post.rank, Post.title, Person.name)
        .limit(AT_MOST)
    )
    found: dict[str, Choice] = {}
    for person_id, name, unit, title in rows:
        found.setdefault(str(person_id), Choice(str(person_id), f"{name} · {unit} · {title}"))
    return tuple(found.values())
