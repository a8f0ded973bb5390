"""Tasks that no process opened: requests, supervision, and whatever else one seat owes by an instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from server.actor import Actor
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.db.rows import insert_now, update_now
from server.db.work import Work
from server.i18n import DEFAULT_LANGUAGE, text
from server.identity.holders import nearest_posts
from server.tasks.models import Origin, RequestState, Seat, SeatState, Task, TaskState, TimeRequest
from server.tasks.rules import POST, RESCUE_SEAT


@dataclass(frozen=True, slots=True)
class Matter:
    """A task to be opened. kind: of `TaskKinds`, which also names it. seats: their keys, any one of which decides."""

    origin: Origin
    kind: str
    matter: str
    unit_id: UUID
    seats: Sequence[str]
    campaign_id: UUID | None = None
    subject_id: UUID | None = None
    due_at: datetime | None = None


def open_matter(actor: Actor, work: Work, wanted: Matter) -> Task:
    """Open a task that belongs to no instance; somebody always sits there, if only whoever rescues."""
    task = Task(
        id=work.ids.new(),
        origin=wanted.origin,
        kind=wanted.kind,
        campaign_id=wanted.campaign_id,
        title=text(title_key(wanted.kind), DEFAULT_LANGUAGE),
        matter=wanted.matter,
        unit_id=wanted.unit_id,
        subject_id=wanted.subject_id,
        due_at=wanted.due_at,
        state=TaskState.OPEN,
        opened_at=work.now,
    )
    work.session.flush()
    insert_now(work.session, [task])
    seats = [
        Seat(
            id=work.ids.new(),
            task_id=task.id,
            campaign_id=task.campaign_id,
            key=key,
            post_id=UUID(key.removeprefix(POST)) if key.startswith(POST) else None,
            position=position,
            added_by=actor.name,
            state=SeatState.OPEN,
        )
        for position, key in enumerate(wanted.seats or (RESCUE_SEAT,), start=1)
    ]
    insert_now(work.session, seats)
    record_alone(actor, work, task, Verb.TASK_OPENED, {"task": str(task.id), "kind": task.kind})
    return task


def title_key(kind: str) -> str:
    """The message that names tasks of a kind that no diagram names."""
    return f"tasks-title-{kind.replace('.', '-')}"


def seats_with(work: Work, permission: str, unit_id: UUID) -> tuple[str, ...]:
    """Seat keys of the nearest posts that hold a permission over a unit."""
    return tuple(f"{POST}{post_id}" for post_id in nearest_posts(work.session, permission, unit_id))


def record_alone(actor: Actor, work: Work, task: Task, verb: Verb, details: Mapping[str, Any]) -> None:
    """Record what was done to a task of no instance, in the chain of the unit whose matter it is."""
    stream = Stream(StreamKind.UNIT, str(task.unit_id), task.campaign_id)
    audit.record(actor, work, stream, verb, {"task": task.title, "matter": task.matter}, details)


def close(work: Work, task: Task, state: TaskState) -> None:
    """Close a task of no instance."""
    late = state is TaskState.DONE and task.due_at is not None and work.now > task.due_at
    update_now(work.session, task, state=state, closed_at=work.now, late=late)


def drop_requests(actor: Actor, work: Work, task: Task) -> None:
    """Nobody needs to decide any more whether a task gets more time: it is closed, or has got it."""
    if task.asked_at is None:
        return
    open_requests = select(TimeRequest.id).where(TimeRequest.task_id == task.id, TimeRequest.state == RequestState.OPEN)
    ids = work.session.scalars(open_requests).all()
    work.session.execute(
        update(TimeRequest)
        .where(TimeRequest.id.in_(ids), TimeRequest.state == RequestState.OPEN)
        .values(state=RequestState.DROPPED, decided_at=work.now)
    )
    asking = select(Task).where(Task.subject_id.in_(ids), Task.origin == Origin.REQUEST, Task.state == TaskState.OPEN)
    for asked in work.session.scalars(asking).all():
        close(work, asked, TaskState.CANCELLED)
        record_alone(actor, work, asked, Verb.TASK_CANCELLED, {"task": str(asked.id), "kind": asked.kind})
    if task.state == TaskState.OPEN:
        task.asked_at = None
