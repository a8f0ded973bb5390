"""Taking back what one has handed in, as long as nobody has acted on what followed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from server.actor import Actor
from server.audit.models import AuditRow
from server.audit.verbs import Verb
from server.db.rows import insert_now
from server.db.work import Work
from server.engine.contract import Definition, ElementKind
from server.errors import Conflict, NotAllowed, NotFound
from server.i18n import Message
from server.notifications import operations as notifications
from server.notifications.models import Notification
from server.processes import operations as processes
from server.processes.commands import Told
from server.processes.models import InstanceState, ProcessInstance
from server.processes.registry import Running, SeatPlace
from server.tasks import operations
from server.tasks.kinds import TaskKinds
from server.tasks.models import Confirmation, Decision, Draft, Origin, Seat, SeatState, Task, TaskState
from server.tasks.operations import Desk
from server.tasks.reminders import said_of
from server.tasks.rules import Policy, held_by_other

SENT_ON = frozenset({ElementKind.CHILDREN, ElementKind.ACTIVITY, ElementKind.MESSAGE})
"""What has happened when the way led past one of these cannot be called back."""
TOUCHED = frozenset({Verb.SEAT_ADDED, Verb.SEAT_REMOVED, Verb.TASK_SHEET_TAKEN, Verb.TIME_ASKED, Verb.TIME_REFUSED})
"""Done to a task by somebody, besides what can be seen of the task itself."""
WENT_ON = (Verb.DEADLINE_FIRED.value, "fanout:")
ROWS_AT_MOST = 200
"""An instance that has gone on for more rows of its chain than this is not called back."""
GONE_ON = Message("task-back-gone-on")


@dataclass(frozen=True, slots=True)
class Taken:
    """A task with what was decided on it. definition: of its process, if it has one."""

    task: Task
    seats: Sequence[Seat]
    decisions: Sequence[Decision]
    definition: Definition | None


def take_back(actor: Actor, work: Work, task_id: UUID) -> UUID:
    """Take back the actor's own decision; returns the task that is open for it again.

    While others are still to decide, the seat opens again. Else the work comes back from what it opened, by the one
    door back, and what was handed in lies there as the draft. Raises NotFound for strangers, NotAllowed where somebody
    else decided, Conflict when it is too late, with the reason.
    """
    desk = operations.take(work, task_id)
    mine = latest_of(actor, desk.decisions.values())
    if mine is None:
        sits = any(seat.key in actor.seat_keys for seat in desk.seats)
        if not sits and not operations.over(actor, work, desk.task, operations.ON_BEHALF):
            raise NotFound(Message("error-not-found"))
        if not desk.decisions:
            raise Conflict(Message("task-back-none"))
        raise NotAllowed(Message("task-back-not-yours"))
    definition = desk.running.definition if desk.running is not None else None
    wrong = obstacle(actor, work, Taken(desk.task, desk.seats, list(desk.decisions.values()), definition), mine)
    if wrong is not None or desk.running is None:
        raise Conflict(wrong or GONE_ON)
    seat = next(each for each in desk.seats if each.id == mine.seat_id)
    details = {"task": str(task_id), "element": desk.task.element_id or "", "seat": seat.key, "verdict": mine.verdict}
    was_open = desk.task.state == TaskState.OPEN
    again = task_id if was_open else _come_back(actor, work, desk, desk.running, details)
    mine.taken_back_at, seat.state = work.now, SeatState.OPEN
    if was_open:
        operations.tell(actor, work, desk, Verb.DECISION_TAKEN_BACK, details)
    else:
        desk.task.state = TaskState.CANCELLED
    work.session.flush()
    _keep_values(actor, work, desk.task, again, mine)
    return again


def latest_of(actor: Actor, decisions: Iterable[Decision]) -> Decision | None:
    """The last standing decision that somebody has made or entered."""
    own = [each for each in decisions if actor.person_id is not None and each.person_id == actor.person_id]
    return max(own, key=lambda each: each.decided_at, default=None)


def look(actor: Actor, work: Work, task: Task, definition: Definition | None) -> tuple[Decision | None, Message | None]:
    """The actor's decision on a task, and why it cannot be taken back now, if so; for pages, without a lock."""
    standing = work.session.scalars(
        select(Decision).where(Decision.task_id == task.id, Decision.taken_back_at.is_(None))
    ).all()
    mine = latest_of(actor, standing)
    if mine is None:
        return None, None
    seats = work.session.scalars(select(Seat).where(Seat.task_id == task.id)).all()
    return mine, obstacle(actor, work, Taken(task, seats, standing, definition), mine)


def obstacle(actor: Actor, work: Work, taken: Taken, mine: Decision) -> Message | None:
    """Why a decision cannot be taken back any more; None when it can."""
    task = taken.task
    if task.kind == "gate":
        return Message("task-back-gate")
    if task.origin != Origin.PROCESS or taken.definition is None:
        return Message("task-of-no-process")
    if not getattr(work.part(TaskKinds)[task.kind], "may_be_taken_back", False):
        return Message("task-back-kind")
    if work.session.get(Confirmation, mine.id) is not None:
        return Message("task-back-confirmed")
    if task.state == TaskState.OPEN:
        return _of_open(actor, work, taken, mine)
    if task.state != TaskState.DONE or _instance_state(work, task) != InstanceState.RUNNING:
        return GONE_ON
    if len(taken.decisions) > 1:
        return Message("task-back-several")
    return _of_done(actor, work, task, taken.definition)


def _instance_state(work: Work, task: Task) -> str | None:
    return work.session.scalar(select(ProcessInstance.state).where(ProcessInstance.id == task.instance_id))


def _of_open(actor: Actor, work: Work, taken: Taken, mine: Decision) -> Message | None:
    """In a sequence the next one may have decided on the strength of it; a claim counts on the seats as they are."""
    if _instance_state(work, taken.task) != InstanceState.RUNNING:
        return GONE_ON
    if held_by_other(taken.task, actor.person_id, work.now):
        return _acted(taken.task.claimed_name or "")
    places = {seat.id: seat.position for seat in taken.seats}
    later = [each for each in taken.decisions if places[each.seat_id] > places[mine.seat_id]]
    return _acted(later[0].name) if later and taken.task.policy == Policy.SEQUENCE else None


def _of_done(actor: Actor, work: Work, task: Task, definition: Definition) -> Message | None:
    rows = _since(work, task)
    if not rows or _sent_on(rows[0], definition, task):
        return GONE_ON
    followers = followers_of(work, task)
    if not followers:
        return Message("task-back-waiting")
    named = {str(each.id) for each in followers}
    for row in rows[1:]:
        if row.verb.startswith(WENT_ON):
            return GONE_ON
        if row.verb in TOUCHED and row.details.get("task") in named:
            return _acted(str(row.actor.get("name", "")))
    return _touched(actor, work, followers)


def _since(work: Work, task: Task) -> list[AuditRow]:
    """What the instance's chain tells from the completion of a task on; nothing when that is a long story."""
    since = AuditRow.stream_id == task.instance_id, AuditRow.at >= task.closed_at
    rows = work.session.scalars(
        select(AuditRow).where(*since).order_by(AuditRow.sequence).limit(ROWS_AT_MOST + 1)
    ).all()
    completed = Verb.TASK_COMPLETED.value
    at = [i for i, row in enumerate(rows) if row.verb == completed and row.details.get("task") == str(task.id)]
    return list(rows[at[-1] :]) if at and len(rows) <= ROWS_AT_MOST else []


def _sent_on(row: AuditRow, definition: Definition, task: Task) -> bool:
    """Whether the step did what no way back undoes: children, activities, messages, or the end of what others did."""
    for element_id, change in row.details.get("passed", ()):
        kind = definition.elements[element_id].kind
        if kind in SENT_ON or (change == "cancelled" and kind is ElementKind.USER and element_id != task.element_id):
            return True
    return False


def followers_of(work: Work, task: Task) -> Sequence[Task]:
    """The tasks that the completion of one has opened."""
    opened = select(Task).where(Task.after_id == task.id, Task.instance_id == task.instance_id)
    return work.session.scalars(opened.order_by(Task.opened_at, Task.element_id)).all()


def _touched(actor: Actor, work: Work, followers: Sequence[Task]) -> Message | None:
    """Who has acted on one of the tasks that followed, if anybody."""
    ids = [each.id for each in followers]
    decided = work.session.scalars(
        select(Decision.name)
        .where(Decision.task_id.in_(ids), Decision.taken_back_at.is_(None))
        .order_by(Decision.decided_at)
    ).first()
    if decided is not None:
        return _acted(decided)
    if any(each.state != TaskState.OPEN for each in followers):
        return GONE_ON
    holder = next((each.claimed_name for each in followers if held_by_other(each, actor.person_id, work.now)), None)
    if holder:
        return _acted(holder)
    begun = work.session.scalars(select(Draft.saved_by).where(Draft.task_id.in_(ids), Draft.saved_by != actor.name))
    name = begun.first()
    return None if name is None else Message("task-back-begun", {"name": name})


def _acted(name: str) -> Message:
    return Message("task-back-acted", {"name": name})


def _come_back(actor: Actor, work: Work, desk: Desk, running: Running, details: Mapping[str, Any]) -> UUID:
    """Close what the task opened and open it anew; who had been told of what it opened is told of that."""
    task, followers = desk.task, followers_of(work, desk.task)
    ids = [each.id for each in followers]
    before = {each.id for each in running.memo["open_tasks"]}
    places = [SeatPlace(seat.key, seat.weight) for seat in desk.seats if seat.state != SeatState.REMOVED]
    running.memo["seats_again"] = {task.element_id or "": tuple(places)}
    told = Told(Verb.DECISION_TAKEN_BACK, details)
    processes.come_back(actor, work, running, followers[0].id, task.element_id or "", told)
    now_open: list[Task] = running.memo["open_tasks"]
    if before - {each.id for each in now_open} - set(ids):
        raise Conflict(GONE_ON)
    again = next((each for each in now_open if each.id not in before and each.element_id == task.element_id), None)
    if again is None:
        raise Conflict(GONE_ON)
    # Who sits there has been told of it when it opened first.
    work.session.execute(update(Task).where(Task.id == again.id).values(reminded=task.reminded))
    for each in followers:
        about = Notification.about_id == each.id
        people = set(work.session.scalars(select(Notification.person_id).where(about))) - {actor.person_id}
        said = said_of(each, "tasks-told-taken-back", matter=f"back:{each.id.hex}", name=actor.name)
        # It is about a task that is closed, and yet to be read.
        notifications.tell(work, people, replace(said, about_id=None))
    notifications.settle(work, select(Task.id).where(Task.id.in_(ids)))
    return again.id


def _keep_values(actor: Actor, work: Work, task: Task, again: UUID, mine: Decision) -> None:
    """What had been handed in is the draft again, unless somebody else has begun one in the meantime."""
    draft = work.session.get(Draft, again, populate_existing=True)
    if draft is None:
        row = Draft(
            task_id=again,
            campaign_id=task.campaign_id,
            values=mine.values,
            saved_at=work.now,
            saved_by=actor.name,
            proof_id=mine.scan_evidence_id,
            filled_in_by=mine.behalf_name,
        )
        insert_now(work.session, [row])
    elif draft.saved_by == actor.name:
        draft.values, draft.saved_at = mine.values, work.now
    work.session.flush()
