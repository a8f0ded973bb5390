"""Claiming: of several who might do a task, one takes it up, and the others leave it alone until that lapses."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from server.actor import Actor
from server.audit.verbs import Verb
from server.db.work import Work
from server.deadlines import queries as deadlines
from server.errors import Conflict, NotAllowed, NotFound
from server.i18n import Message
from server.notifications import operations as notifications
from server.organisation.models import DEFAULT_ZONE, Unit
from server.organisation.rules import today
from server.schemes.schedule_rules import after_working_days, end_of_day
from server.tasks import holders, lateness, operations
from server.tasks.deciders import require_decider
from server.tasks.models import SeatState, Task
from server.tasks.operations import Desk
from server.tasks.reminders import said_of
from server.tasks.rules import Policy, held_by_other, is_held

WORKING_DAYS = 1
"""A claim ends with the working day that lies so many after it."""


def claim(actor: Actor, work: Work, task_id: UUID) -> None:
    """Take a task up, for somebody who sits on it. Doing so again changes nothing.

    Raises NotFound for strangers, Conflict when it is closed, somebody else's, or nobody but the actor's to do.
    """
    desk = operations.take(work, task_id)
    task = desk.task
    sits = any(seat.key in actor.seat_keys and seat.state == SeatState.OPEN for seat in desk.seats)
    operations.require_seat(actor, desk)
    if actor.person_id is None:
        raise NotFound(Message("error-not-found"))
    operations.require_open(desk)
    lateness.require_free(actor, work, task)
    require_decider(actor, work, task)
    if is_held(task, work.now):
        return
    if not sits or not is_shared(work, task, sum(seat.state == SeatState.OPEN for seat in desk.seats)):
        raise Conflict(Message("task-claim-needless"))
    task.claimed_by, task.claimed_name = actor.person_id, actor.name
    task.claimed_at, task.claimed_until = work.now, _until(work, task)
    _tell(actor, work, desk, Verb.TASK_CLAIMED, actor.name)


def release(actor: Actor, work: Work, task_id: UUID) -> None:
    """Let go of a task; for who has claimed it, and for who manages it. Who had claimed it hears of the latter."""
    desk = operations.take(work, task_id)
    task = desk.task
    sits = any(seat.key in actor.seat_keys for seat in desk.seats)
    manages = operations.over(actor, work, task, operations.MANAGE)
    if not sits and not manages:
        raise NotFound(Message("error-not-found"))
    operations.require_open(desk)
    if not is_held(task, work.now):
        raise Conflict(Message("task-claim-none"))
    others = held_by_other(task, actor.person_id, work.now)
    if others and not manages:
        raise NotAllowed(Message("task-claim-not-yours"))
    if others and task.claimed_by is not None:
        key = f"claim:{task.id.hex}:{int(work.now.timestamp())}"
        notifications.tell(work, {task.claimed_by}, said_of(task, "tasks-told-released", matter=key, name=actor.name))
    name = task.claimed_name or ""
    clear(task)
    _tell(actor, work, desk, Verb.TASK_RELEASED, name)


def clear(task: Task) -> None:
    task.claimed_by = task.claimed_name = task.claimed_at = task.claimed_until = None


def is_shared(work: Work, task: Task, open_seats: int) -> bool:
    """Whether any one of several people settles a task: then it is worth saying who does."""
    if task.policy != Policy.ONE and open_seats != 1:
        return False
    return len(_people(work, task)) > 1


def settle(work: Work, desk: Desk) -> None:
    """After a change of seats, a claim stands only while its holder may still do the task alone."""
    if not is_held(desk.task, work.now):
        return
    work.session.flush()
    open_seats = sum(seat.state == SeatState.OPEN for seat in desk.seats)
    alone = desk.task.policy == Policy.ONE or open_seats == 1
    if not alone or desk.task.claimed_by not in _people(work, desk.task):
        clear(desk.task)


def _people(work: Work, task: Task) -> frozenset[UUID]:
    return holders.people_of(work, [task], today(work.now, DEFAULT_ZONE)).get(task.id, frozenset())


def _until(work: Work, task: Task) -> datetime:
    row = work.session.execute(select(Unit.zone, Unit.kind).where(Unit.id == task.unit_id)).one_or_none()
    zone, kind = (ZoneInfo(row[0] or DEFAULT_ZONE), row[1]) if row else (ZoneInfo(DEFAULT_ZONE), "")
    works = deadlines.calendar_of(work).of_kind(kind)
    return end_of_day(after_working_days(works, work.now.astimezone(zone).date(), WORKING_DAYS), zone)


def _tell(actor: Actor, work: Work, desk: Desk, verb: Verb, name: str) -> None:
    details = {"task": str(desk.task.id), "element": desk.task.element_id or "", "name": name}
    operations.tell(actor, work, desk, verb, details)
    work.session.flush()
