"""Copies of tasks: shown to posts or persons for their information, with a mark when one of them has read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from server.actor import Actor
from server.audit.verbs import Verb
from server.db.rows import insert_now
from server.db.work import Work
from server.errors import Conflict, Invalid, NotFound
from server.i18n import Message
from server.notifications import operations as notifications
from server.organisation.models import DEFAULT_ZONE, Holding, Person, Post, Unit
from server.organisation.rules import ADMINISTRATOR_KINDS, today
from server.processes.models import ProcessDefinition
from server.tasks import operations
from server.tasks.models import Copy, Seat, Task, TaskState
from server.tasks.reminders import said_of
from server.tasks.rules import POST

PAGE = 50
AT_MOST = 50
"""Receivers of one task, all its copies together."""
CHOICES = 200
NOTE_AT_MOST = 200
PERSON = "person:"


@dataclass(frozen=True, slots=True)
class CopyRow:
    """A copy in its receiver's list."""

    id: UUID
    task: Task
    scheme_version_id: UUID | None
    unit_name: str
    note: str
    sent_by: str
    sent_at: datetime
    is_read: bool


@dataclass(frozen=True, slots=True)
class Receiver:
    """A post that somebody holds today, to whom a copy may be sent, as a post or in person."""

    post_id: UUID
    person_id: UUID
    unit_name: str
    title: str
    name: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of copies, newest first, and how many there are in all."""

    rows: tuple[CopyRow, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def send(actor: Actor, work: Work, task_id: UUID, keys: Sequence[str], note: str = "") -> int:
    """Show a task to posts and persons (`post:<id>`, `person:<id>`); for who sits on it and who manages it.

    Returns how many people could be told. Raises NotFound for strangers, Invalid without receivers or for such as are
    not there or are too many, Conflict for a cancelled task or when all of them have it.
    """
    desk = operations.take(work, task_id)
    if not operations.over(actor, work, desk.task, operations.MANAGE):
        operations.require_seat(actor, desk)
    if desk.task.state == TaskState.CANCELLED:
        raise Conflict(Message("task-closed"))
    wanted = list(dict.fromkeys(keys))
    people = _people(work, wanted)
    if not wanted or any(not people[key] for key in wanted):
        wrong = Message("task-copy-whom")
        raise Invalid(wrong, {"to": [wrong]})
    known = set(work.session.scalars(select(Copy.key).where(Copy.task_id == task_id)))
    new = [key for key in wanted if key not in known]
    if not new:
        raise Conflict(Message("task-copy-there"))
    if len(known) + len(new) > AT_MOST:
        wrong = Message("task-copy-many", {"limit": AT_MOST})
        raise Invalid(wrong, {"to": [wrong]})
    short = note.strip()[:NOTE_AT_MOST]
    rows = [
        Copy(
            id=work.ids.new(),
            campaign_id=desk.task.campaign_id,
            task_id=task_id,
            key=key,
            note=short,
            sent_by=actor.name,
            sent_at=work.now,
        )
        for key in new
    ]
    insert_now(work.session, rows)
    details = {"task": str(task_id), "element": desk.task.element_id or "", "to": new, "note": short}
    operations.tell(actor, work, desk, Verb.TASK_COPIED, details)
    work.session.flush()
    noted = "tasks-told-copied-noted" if short else "tasks-told-copied"
    said = said_of(desk.task, noted, matter=f"copy:{rows[0].id.hex}", name=actor.name, note=short)
    told = {person for key in new for person in people[key]} - {actor.person_id}
    return notifications.tell(work, told, said)


def mark_read(actor: Actor, work: Work, copy_id: UUID) -> UUID:
    """Mark a copy that was sent to the actor as read; returns its task. Who reads it first is who has read it."""
    row = work.session.get(Copy, copy_id, with_for_update=True, populate_existing=True)
    if row is None or row.key not in actor.seat_keys:
        raise NotFound(Message("error-not-found"))
    if row.read_at is None:
        row.read_at, row.read_by = work.now, actor.name
        work.session.flush()
    return row.task_id


def received(actor: Actor, work: Work, page: int = 1) -> Page:
    """What was sent to the actor, newest first."""
    rows = work.session.execute(
        select(Copy, Task, Unit.name, ProcessDefinition.scheme_version_id)
        .join(Task, Task.id == Copy.task_id)
        .outerjoin(Unit, Unit.id == Task.unit_id)
        .outerjoin(ProcessDefinition, ProcessDefinition.id == Task.definition_id)
        .where(_mine(actor))
        .order_by(Copy.sent_at.desc(), Task.matter, Task.title)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    found = tuple(
        CopyRow(copy.id, task, version, unit or "", copy.note, copy.sent_by, copy.sent_at, copy.read_at is not None)
        for copy, task, unit, version in rows
    )
    total = work.session.scalar(select(func.count()).select_from(Copy).where(_mine(actor))) or 0
    return Page(found, page, total)


def unread_count(actor: Actor, work: Work) -> int:
    unread = and_(_mine(actor), Copy.read_at.is_(None))
    return work.session.scalar(select(func.count()).select_from(Copy).where(unread)) or 0


def names_of(work: Work, keys: Sequence[str]) -> dict[str, str]:
    """Posts and persons in words, by key: unit and title of a post, the name of a person."""
    posts = work.session.execute(
        select(Post.id, Unit.name, Post.title).join(Unit, Unit.id == Post.unit_id).where(Post.id.in_(_ids(keys, POST)))
    )
    people = work.session.execute(select(Person.id, Person.name).where(Person.id.in_(_ids(keys, PERSON))))
    named = {f"{POST}{post_id}": f"{unit} {title}" for post_id, unit, title in posts}
    return named | {f"{PERSON}{person_id}": name for person_id, name in people}


def receivers(actor: Actor, work: Work, task: Task) -> tuple[Receiver, ...]:
    """Who may be chosen: who holds a post today in the task's unit, those above it, where people sit, or one's own."""
    on = today(work.now, DEFAULT_ZONE)
    path = work.session.scalar(select(Unit.path).where(Unit.id == task.unit_id)) or ""
    above = [UUID(part) for part in path.strip("/").split("/") if part]
    sitting = select(Post.unit_id).where(Post.id.in_(select(Seat.post_id).where(Seat.task_id == task.id)))
    rows = work.session.execute(
        select(Post.id, Person.id, Unit.name, Post.title, Person.name)
        .join(Unit, Unit.id == Post.unit_id)
        .join(Holding, Holding.post_id == Post.id)
        .join(Person, Person.id == Holding.person_id)
        .where(or_(Post.unit_id.in_(above), Post.unit_id.in_(sitting), Post.unit_id == actor.unit_id), _held(on))
        .where(Post.kind.not_in(ADMINISTRATOR_KINDS))
        .where(Person.id != actor.person_id if actor.person_id is not None else Person.id.is_not(None))
        .order_by(Unit.path, Unit.code, Post.rank, Post.title, Person.name)
        .limit(CHOICES)
    ).all()
    return tuple(Receiver(*row) for row in rows)


def _mine(actor: Actor) -> ColumnElement[bool]:
    return Copy.key.in_(sorted(actor.seat_keys))


def _held(on: object) -> ColumnElement[bool]:
    return and_(Holding.from_on <= on, or_(Holding.until_on.is_(None), Holding.until_on >= on))


def _people(work: Work, keys: Sequence[str]) -> dict[str, frozenset[UUID]]:
    """Who stands behind each key today; nobody for what is not there, nor for administrators, who see no business."""
    found: dict[str, frozenset[UUID]] = {key: frozenset() for key in keys}
    on = today(work.now, DEFAULT_ZONE)
    administers = Post.kind.in_(ADMINISTRATOR_KINDS)
    held = (
        select(Holding.post_id, Holding.person_id)
        .join(Post, Post.id == Holding.post_id)
        .where(Holding.post_id.in_(_ids(keys, POST)), _held(on), ~administers)
    )
    for post_id, person_id in work.session.execute(held):
        found[f"{POST}{post_id}"] |= {person_id}
    administrators = select(Holding.person_id).join(Post, Post.id == Holding.post_id).where(_held(on), administers)
    people = select(Person.id).where(Person.id.in_(_ids(keys, PERSON)), Person.id.not_in(administrators))
    for person_id in work.session.scalars(people):
        found[f"{PERSON}{person_id}"] |= {person_id}
    return found


def _ids(keys: Sequence[str], kind: str) -> list[UUID]:
    """The ids of keys of a kind; what cannot be read as one is left out."""
    found = []
    for key in keys:
        try:
            each = UUID(key.removeprefix(kind)) if key.startswith(kind) else None
        except ValueError:
            continue
        if each is not None and key == f"{kind}{each}":
            found.append(each)
    return found
