"""Urging: those who manage a campaign ask those who sit on a task to get on with it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from server.actor import Actor
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.db.rows import insert_now
from server.db.work import Work
from server.errors import Conflict, NotFound
from server.i18n import Message
from server.notifications import operations as notifications
from server.organisation.models import DEFAULT_ZONE, Unit
from server.organisation.rules import today
from server.tasks import holders, operations
from server.tasks.lights import is_red
from server.tasks.models import Task, TaskState, Urge
from server.tasks.operations import MANAGE
from server.tasks.reminders import said_of

AGAIN_AFTER = timedelta(hours=4)
"""Nobody is urged more often for one task, whoever does it."""
AT_ONCE = 500
NOTE_AT_MOST = 200


def urge(actor: Actor, work: Work, task_id: UUID, note: str = "") -> int:
    """Urge those who sit on an open task; returns how many could be told.

    Raises NotFound for who does not manage it, Conflict when it is closed, or was urged less than `AGAIN_AFTER` ago.
    """
    desk = operations.take(work, task_id)
    if not operations.over(actor, work, desk.task, MANAGE):
        raise NotFound(Message("error-not-found"))
    operations.require_open(desk)
    last = urged(work, task_id)[1]
    if last is not None and last.urged_at > work.now - AGAIN_AFTER:
        raise Conflict(Message("task-urged-lately", {"name": last.urged_by}))
    told = _urge(actor, work, [desk.task], note)
    details = {"task": str(task_id), "element": desk.task.element_id or "", "note": _short(note), "told": told}
    operations.tell(actor, work, desk, Verb.TASK_URGED, details)
    return told


def urge_overdue(actor: Actor, work: Work, campaign_id: UUID, note: str = "") -> tuple[int, int]:
    """Urge for all overdue tasks of a campaign that the actor manages, but those urged lately; `AT_ONCE` at most.

    Returns how many tasks, and how many people could be told. Recorded once, with all tasks, in the chain of the unit
    in whose name it is done.
    """
    paths = actor.paths(MANAGE)
    if not paths:
        raise NotFound(Message("error-not-found"))
    tasks = work.session.scalars(
        select(Task)
        .join(Unit, Unit.id == Task.unit_id)
        .where(_overdue(work, campaign_id), or_(*[Unit.path.startswith(path, autoescape=True) for path in paths]))
        .where(~_lately(work.now))
        .order_by(Task.due_at, Task.matter, Task.title)
        .limit(AT_ONCE)
    ).all()
    if not tasks:
        return 0, 0
    told = _urge(actor, work, tasks, note)
    stream = Stream(StreamKind.UNIT, str(actor.unit_id or tasks[0].unit_id), campaign_id)
    details = {"tasks": [str(task.id) for task in tasks], "note": _short(note), "told": told}
    audit.record(actor, work, stream, Verb.TASK_URGED, {"campaign": str(campaign_id)}, details)
    return len(tasks), told


def _overdue(work: Work, campaign_id: UUID) -> ColumnElement[bool]:
    return and_(Task.campaign_id == campaign_id, Task.state == TaskState.OPEN, is_red(work))


def _lately(now: datetime) -> ColumnElement[bool]:
    return exists().where(Urge.task_id == Task.id, Urge.urged_at > now - AGAIN_AFTER)


def _urge(actor: Actor, work: Work, tasks: Sequence[Task], note: str) -> int:
    sitting = holders.people_of(work, tasks, today(work.now, DEFAULT_ZONE))
    insert_now(
        work.session,
        [
            Urge(
                id=work.ids.new(),
                campaign_id=task.campaign_id,
                task_id=task.id,
                urged_by=actor.name,
                urged_at=work.now,
                note=_short(note),
            )
            for task in tasks
        ],
    )
    told = 0
    for task in tasks:
        key = f"urge:{task.id.hex}:{int(work.now.timestamp())}"
        dated = "dated" if task.due_at is not None else "undated"
        noted = "-noted" if _short(note) else ""
        said = said_of(task, f"tasks-told-urged-{dated}{noted}", matter=key, name=actor.name, note=_short(note))
        told += notifications.tell(work, sitting.get(task.id, frozenset()), said)
    return told


def _short(note: str) -> str:
    return note.strip()[:NOTE_AT_MOST]


def urged(work: Work, task_id: UUID) -> tuple[int, Urge | None]:
    """How often a task was urged, and the last time."""
    of_task = Urge.task_id == task_id
    count = work.session.scalar(select(func.count()).where(of_task)) or 0
    last = work.session.scalars(select(Urge).where(of_task).order_by(Urge.urged_at.desc()).limit(1)).one_or_none()
    return count, last


def overdue_count(work: Work, campaign_id: UUID) -> int:
    """How many tasks of a campaign are overdue."""
    return work.session.scalar(select(func.count()).select_from(Task).where(_overdue(work, campaign_id))) or 0
