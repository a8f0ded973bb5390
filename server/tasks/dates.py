"""Dates of tasks: the campaign's, a participant's own, and more time for one task, given or asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, case, or_, select, update

from server.actor import Actor
from server.audit.verbs import Verb
from server.db.work import Work
from server.deadlines import operations as deadlines
from server.errors import Conflict, Invalid, NotFound
from server.i18n import Message
from server.notifications import operations as notifications
from server.organisation.models import DEFAULT_ZONE
from server.organisation.rules import today
from server.tasks import holders, matters, operations
from server.tasks.matters import Matter
from server.tasks.models import Origin, RequestState, Task, TaskState, TimeRequest
from server.tasks.operations import MANAGE, Desk
from server.tasks.reminders import said_of
from server.tasks.rules import Stage

YEAR_LAST = 2100
REASON_AT_MOST = 500
REQUEST = "tasks.time"


def move_deadline(actor: Actor, work: Work, campaign_id: UUID, key: str, due_at: datetime) -> None:
    """Move a campaign's deadline and the dates of open tasks with it; no instance is loaded."""
    deadlines.move(actor, work, campaign_id, key, due_at)
    own = deadlines.units_with_own_date(campaign_id, key)
    _move_tasks(work, campaign_id, key, due_at, or_(Task.unit_id.is_(None), Task.unit_id.not_in(own)))


def override_deadline(
    actor: Actor, work: Work, campaign_id: UUID, unit_id: UUID, key: str, due_at: datetime, reason: str
) -> None:
    """Give one participant a date of its own, and its open tasks with it; no instance is loaded."""
    deadlines.override(actor, work, campaign_id, unit_id, key, due_at, reason)
    _move_tasks(work, campaign_id, key, due_at, Task.unit_id == unit_id)


def _move_tasks(work: Work, campaign_id: UUID, key: str, due_at: datetime, whose: ColumnElement[bool]) -> None:
    """Tasks that were given more time keep their own date."""
    work.session.execute(
        update(Task)
        .where(Task.campaign_id == campaign_id, Task.deadline_key == key, Task.state == TaskState.OPEN, whose)
        .where(Task.id.not_in(deadlines.tasks_with_own_date(campaign_id)))
        .values(
            due_at=due_at,
            reminded=case((Task.reminded > Stage.OPENED, Stage.OPENED), else_=Task.reminded),
            reminded_days=None,
        )
        .execution_options(synchronize_session=False)
    )


def extend(actor: Actor, work: Work, task_id: UUID, due_at: datetime, reason: str) -> None:
    """Give one open task more time; for those who manage the campaign. Raises Invalid when it would not be more, and
    Conflict for a task that no process opened: what it is of has its own date."""
    desk = operations.take(work, task_id)
    if not operations.over(actor, work, desk.task, MANAGE):
        raise NotFound(Message("error-not-found"))
    operations.need(reason)
    if desk.task.origin != Origin.PROCESS:
        raise Conflict(Message("task-of-no-process"))
    give_time(actor, work, desk, due_at, reason)
    matters.drop_requests(actor, work, desk.task)


def give_time(actor: Actor, work: Work, desk: Desk, due_at: datetime, reason: str) -> None:
    """More time for a locked task, by somebody who may give it."""
    operations.require_open(desk)
    task = desk.task
    require_later(work, task, due_at)
    details = {
        "task": str(task.id),
        "element": task.element_id or "",
        "from": task.due_at.isoformat() if task.due_at else "",
        "to": due_at.isoformat(),
        "reason": reason.strip(),
    }
    task.due_at, task.reminded, task.reminded_days = due_at, min(task.reminded, int(Stage.OPENED)), None
    deadlines.extend(actor, work, task.campaign_id, task.id, due_at, reason.strip())
    operations.tell(actor, work, desk, Verb.DEADLINE_EXTENDED, details)
    work.session.flush()


def require_later(work: Work, task: Task, due_at: datetime) -> None:
    """Raises Invalid for a date that is no more time, or beyond all plans."""
    wrong = wrong_extension(work, task, due_at)
    if wrong is not None:
        raise Invalid(wrong, {"due_at": [wrong]})


def wrong_extension(work: Work, task: Task, due_at: datetime) -> Message | None:
    """What is wrong with a date that should give a task more time."""
    if due_at.year > YEAR_LAST:
        return Message("task-date-wrong", {"value": due_at.date().isoformat()})
    if task.due_at is None or due_at <= task.due_at or due_at <= work.now:
        return Message("task-extension-later")
    return deadlines.beyond_notice(work, task.campaign_id, task.deadline_key, due_at)


def ask_for_time(actor: Actor, work: Work, task_id: UUID, due_at: datetime, reason: str) -> None:
    """Ask those who manage the campaign for more time; for whoever sits on the task. One request at a time.

    Raises NotFound for strangers, Conflict when the task is closed or somebody has asked already, Invalid without a
    reason or with a date that is not later.
    """
    desk = operations.take(work, task_id)
    task = desk.task
    operations.require_seat(actor, desk)
    operations.need(reason)
    operations.require_open(desk)
    if task.origin != Origin.PROCESS or task.unit_id is None:
        raise Conflict(Message("task-of-no-process"))
    if task.asked_at is not None:
        raise Conflict(Message("task-time-asked"))
    require_later(work, task, due_at)
    request = TimeRequest(
        id=work.ids.new(),
        campaign_id=task.campaign_id,
        task_id=task.id,
        wanted_due_at=due_at,
        reason=reason.strip()[:REASON_AT_MOST],
        asked_by=actor.name,
        asked_at=work.now,
        state=RequestState.OPEN,
    )
    work.session.add(request)
    task.asked_at = work.now
    details = {
        "task": str(task.id),
        "element": task.element_id or "",
        "to": due_at.isoformat(),
        "reason": request.reason,
    }
    operations.tell(actor, work, desk, Verb.TIME_ASKED, details)
    work.session.flush()
    matters.open_matter(
        actor,
        work,
        Matter(
            origin=Origin.REQUEST,
            kind=REQUEST,
            matter=task.matter,
            unit_id=task.unit_id,
            seats=matters.seats_with(work, MANAGE, task.unit_id),
            campaign_id=task.campaign_id,
            subject_id=request.id,
            due_at=task.due_at,
        ),
    )


def decide_request(actor: Actor, work: Work, request_id: UUID, due_at: datetime | None, opinion: str) -> TimeRequest:
    """Answer a request: the date that is granted, or None for a refusal; by whoever sits on the request's own task.

    Raises Conflict when it was answered or dropped, Invalid for a date that is not later.
    """
    request = work.session.get(TimeRequest, request_id, with_for_update=True, populate_existing=True)
    if request is None or request.state != RequestState.OPEN:
        raise Conflict(Message("task-closed"))
    desk = operations.take(work, request.task_id)
    if due_at is not None:
        give_time(actor, work, desk, due_at, f"{request.reason} {opinion}".strip())
    else:
        details = {"task": str(desk.task.id), "element": desk.task.element_id or "", "reason": opinion}
        operations.tell(actor, work, desk, Verb.TIME_REFUSED, details)
    request.state = RequestState.REFUSED if due_at is None else RequestState.GRANTED
    request.decided_due_at, request.decided_at, request.opinion = due_at, work.now, opinion
    desk.task.asked_at = None
    work.session.flush()
    answer = "tasks-told-time-refused" if due_at is None else "tasks-told-time-granted"
    sitting = holders.people_of(work, [desk.task], today(work.now, DEFAULT_ZONE))
    said = said_of(desk.task, answer, matter=f"time:{request.id.hex}")
    notifications.tell(work, sitting.get(desk.task.id, frozenset()), said)
    return request


def latest_request(work: Work, task_id: UUID) -> TimeRequest | None:
    """The request for more time for a task that waits for an answer, else the last one that got one."""
    answered = TimeRequest.state != RequestState.OPEN
    wanted = select(TimeRequest).where(TimeRequest.task_id == task_id).order_by(answered, TimeRequest.asked_at.desc())
    return work.session.scalars(wanted.limit(1)).one_or_none()
