"""What people do with tasks. Nothing here commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Uuid, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from server.actor import Actor, ActorKind, OnBehalf, Source
from server.audit.verbs import Verb
from server.db.rows import insert_now, settle, update_now
from server.db.work import Work
from server.engine.contract import Element, TaskNotOpen
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.i18n import Message
from server.organisation.models import DEFAULT_ZONE, Unit
from server.processes import commands
from server.processes import operations as processes
from server.processes.commands import Told
from server.processes.models import InstanceState, ProcessInstance
from server.processes.registry import Running
from server.tasks import opinions, resubmitting
from server.tasks.deciders import LEADERS, require_decider
from server.tasks.kinds import Applied, Checked, Missing, TaskContext, TaskKind, TaskKinds, Values, told_to_process
from server.tasks.lateness import require_free, too_late
from server.tasks.matters import close, record_alone
from server.tasks.models import Decision, Draft, Origin, Seat, SeatState, Task, TaskState, TimeRequest
from server.tasks.other_eyes import has_done
from server.tasks.rules import Vote, may_act_now, outcome

ON_BEHALF = "task.on_behalf"
MANAGE = "campaign.manage"
OPERATE = "process.operate"
SIGHT = {True: ("campaign.view", ON_BEHALF, "unit.work"), False: ("campaign.view", "task.rescue")}
"""Permissions that let somebody see a task, by whether it is the matter of a unit."""
OPINION_AT_MOST = 4000


@dataclass(frozen=True, slots=True)
class Completed:
    """What came of handing in.

    repeated: the same request had already been carried out. verdict: None while others are still to decide. given: what
    this seat decided, at decided_at. way: how work that was sent back goes on, where that is to be said.
    """

    task_id: UUID
    verdict: str | None
    given: str
    decided_at: datetime
    repeated: bool = False
    late: bool = False
    opened: Sequence[str] = ()
    """Titles of the tasks that this opened, in order."""
    way: Message | None = None


@dataclass(slots=True)
class Desk:
    """A task under the lock of its instance, else of its own, with all its seats and decisions."""

    running: Running | None
    task: Task
    seats: list[Seat] = field(default_factory=list)
    decisions: dict[UUID, Decision] = field(default_factory=dict)
    going: resubmitting.Going | None = None


class NotComplete(Invalid):
    """Handed in too early. missing: what is still to be done; checked: the values with what is wrong in them."""

    def __init__(self, checked: Checked, missing: Sequence[Missing]) -> None:
        super().__init__(Message("task-not-complete"), checked.errors)
        self.checked = checked
        self.missing = missing


def take(work: Work, task_id: UUID) -> Desk:
    """Lock a task's instance and read the task with all open tasks of the instance, in two statements.

    A task that no process opened is locked itself.
    """
    try:
        running = commands.lock(work, _ITS_INSTANCE, {"task_id": task_id}, running=False)
    except NotFound:
        return _take_alone(work, task_id)
    rows = work.session.execute(_ITS_DESK, {"instance_id": running.instance.id, "task_id": task_id}).all()
    running.memo["open_tasks"] = list({row[0].id: row[0] for row in rows if row[0].state == TaskState.OPEN}.values())
    return _desk(running, [row for row in rows if row[0].id == task_id])


def _take_alone(work: Work, task_id: UUID) -> Desk:
    """What a request for more time is about is locked before it: who hands that in drops the request."""
    about = work.session.scalar(_ASKED_FOR, {"task_id": task_id})
    if about is not None:
        commands.lock_by_id(work, about, running=False)
    alone = select(Task).where(Task.id == task_id, Task.instance_id.is_(None)).with_for_update()
    work.session.execute(alone.execution_options(populate_existing=True))
    return _desk(None, work.session.execute(_DESK_ALONE, {"task_id": task_id}).all())


def _desk(running: Running | None, rows: Sequence[Any]) -> Desk:
    if not rows:
        raise NotFound(Message("error-not-found"))
    desk = Desk(running, rows[0][0])
    for _, seat, decision in rows:
        if seat is not None:
            desk.seats.append(seat)
        if decision is not None:
            desk.decisions[seat.id] = decision
    return desk


_TASK_ID = bindparam("task_id", type_=Uuid())
# Made once: every completion asks them, and making them took longer than asking.
_ITS_INSTANCE = commands.locking(
    ProcessInstance.id == select(Task.instance_id).where(Task.id == _TASK_ID).scalar_subquery()
)
_DESK = (
    select(Task, Seat, Decision)
    .outerjoin(Seat, Seat.task_id == Task.id)
    .outerjoin(Decision, (Decision.seat_id == Seat.id) & Decision.taken_back_at.is_(None))
    .order_by(Seat.position)
    .execution_options(populate_existing=True)
)
_ITS_DESK = _DESK.where(
    Task.instance_id == bindparam("instance_id", type_=Uuid()),
    or_(Task.state == TaskState.OPEN, Task.id == _TASK_ID),
)
_ABOUT = aliased(Task)
_ASKED_FOR = (
    select(_ABOUT.instance_id)
    .join(TimeRequest, TimeRequest.task_id == _ABOUT.id)
    .join(Task, Task.subject_id == TimeRequest.id)
    .where(Task.id == _TASK_ID, Task.origin == Origin.REQUEST)
)
_DESK_ALONE = _DESK.where(Task.id == _TASK_ID, Task.instance_id.is_(None))


def complete(actor: Actor, work: Work, task_id: UUID, values: Values, key: str, way: str = "") -> Completed:
    """Hand in a task, or give a verdict on it. way: how work that was sent back shall go on, `resubmitting.going`.

    The key is looked at after the lock is taken, so that a double click is answered and not done twice.
    Raises NotFound, NotAllowed, Conflict (done already: by whom, when), NotComplete, Invalid when the key was used for
    another task, ProcessFailed. After any of them the caller must roll back.
    """
    desk = take(work, task_id)
    earlier = same_request(actor, desk, key)
    if earlier is not None:
        return Completed(
            task_id, earlier.verdict, earlier.verdict, earlier.decided_at, repeated=True, late=desk.task.late
        )
    if desk.task.state != TaskState.OPEN:
        require_sight(actor, work, desk)
    require_open(desk)
    seat = seat_for(actor, work, desk)
    late = too_late(actor, work, desk.task, desk.running.scheme_version_id if desk.running is not None else None)
    if late is not None:
        raise Conflict(late)
    require_free(actor, work, desk.task)
    kind, context = kind_and_context(work, desk)
    checked = opinions.judged(actor, work, kind, context, values, kind.check(work, context, values))
    missing = kind.missing(work, context, checked.values)
    if checked.errors or missing:
        raise NotComplete(checked, missing)
    desk.going = resubmitting.going(actor, work, desk.running, (kind, context), checked.values, way)
    try:
        applied = kind.apply(actor, work, context, checked.values)
        done = _decide(actor, work, desk, seat, checked.values, applied, key)
        settle(work.session)
        return done
    except IntegrityError as error:
        if "idempotency_key" in str(error.orig):
            raise Invalid(Message("task-key-used")) from error
        raise


def _decide(
    actor: Actor, work: Work, desk: Desk, seat: Seat, values: Values, applied: Applied, idempotency_key: str
) -> Completed:
    decision = _decision(actor, work, desk.task, seat, values, applied, idempotency_key)
    insert_now(work.session, [decision])
    desk.decisions[seat.id] = decision
    update_now(work.session, seat, state=SeatState.DECIDED)
    verdict = outcome(desk.task.rule, votes(desk))
    details = {
        "task": str(desk.task.id),
        "element": desk.task.element_id or "",
        "verdict": applied.verdict,
        "seat": seat.key,
        "seen": applied.seen_hash,
        "source": decision.source,
        "behalf": decision.behalf_name or "",
    }
    if verdict is None:
        tell(actor, work, desk, Verb.DECISION_MADE, details)
        return Completed(desk.task.id, None, applied.verdict, work.now)
    if applied.then is not None:
        applied.then(verdict)
    running = desk.running
    if running is None:
        close(work, desk.task, TaskState.DONE)
        tell(actor, work, desk, Verb.TASK_COMPLETED, details)
        return Completed(desk.task.id, verdict, applied.verdict, work.now, late=desk.task.late)
    running.memo["completed_task"] = desk.task.id
    if verdict == "return":
        running.memo["returned_reason"] = applied.opinion
    before = {task.id for task in running.memo["open_tasks"]}
    going = desk.going
    told = Told(Verb.TASK_COMPLETED, {**details, **(going.told if going is not None else {})})
    said = told_to_process(desk.task.kind, applied, verdict)
    if going is not None and going.is_straight:
        update_now(work.session, desk.task, straight=going.kept)
    processes.complete(actor, work, running, desk.task.id, said, told, straight=going is not None and going.is_straight)
    opened = [task.title for task in running.memo["open_tasks"] if task.id not in before]
    way = going.said if going is not None else None
    return Completed(desk.task.id, verdict, applied.verdict, work.now, late=desk.task.late, opened=opened, way=way)


def tell(actor: Actor, work: Work, desk: Desk, verb: Verb, details: Mapping[str, Any]) -> None:
    """Record what was done to a task: in its instance's chain, else in that of the unit whose matter it is."""
    if desk.running is not None:
        commands.record(actor, work, desk.running, Told(verb, details))
        return
    record_alone(actor, work, desk.task, verb, details)


def _decision(
    actor: Actor, work: Work, task: Task, seat: Seat, values: Values, applied: Applied, idempotency_key: str
) -> Decision:
    behalf = actor.on_behalf
    post_title, unit_name = actor.signs_as(seat.key)
    return Decision(
        id=work.ids.new(),
        task_id=task.id,
        seat_id=seat.id,
        campaign_id=task.campaign_id,
        verdict=applied.verdict,
        opinion=applied.opinion[:OPINION_AT_MOST],
        values=values,
        seen_hash=applied.seen_hash,
        actor_key=actor_key(actor),
        idempotency_key=idempotency_key,
        person_id=actor.person_id,
        name=actor.name,
        post_title=post_title,
        unit_name=unit_name,
        source=behalf.source.value if behalf else "self",
        behalf_name=behalf.name if behalf else None,
        behalf_note=behalf.note if behalf else None,
        scan_evidence_id=behalf.scan_evidence_id if behalf else None,
        decided_at=work.now,
    )


def actor_key(actor: Actor) -> str:
    """Whose requests an idempotency key tells apart."""
    return f"{actor.kind}:{actor.person_id or actor.account_id or actor.name}"[:80]


def votes(desk: Desk) -> list[Vote]:
    """The seats that still count, with their verdicts, in order."""
    return [
        Vote(seat.position, seat.weight, desk.decisions[seat.id].verdict if seat.id in desk.decisions else None)
        for seat in desk.seats
        if seat.state != SeatState.REMOVED
    ]


def same_request(actor: Actor, desk: Desk, idempotency_key: str) -> Decision | None:
    return next(
        (
            decision
            for decision in desk.decisions.values()
            if decision.idempotency_key == idempotency_key and decision.actor_key == actor_key(actor)
        ),
        None,
    )


def require_open(desk: Desk) -> None:
    runs = desk.running is None or desk.running.instance.state == InstanceState.RUNNING
    if desk.task.state == TaskState.OPEN and runs:
        return
    last = max(desk.decisions.values(), key=lambda decision: decision.decided_at, default=None)
    if last is None or desk.task.state != TaskState.DONE:
        raise Conflict(Message("task-closed"))
    when = last.decided_at.astimezone(ZoneInfo(DEFAULT_ZONE)).strftime("%Y-%m-%d %H:%M")
    raise Conflict(Message("task-done-by", {"name": last.name, "when": when}))


def require_sight(actor: Actor, work: Work, desk: Desk) -> None:
    """Strangers shall not learn that there is such a task, let alone who closed it; as `queries.may_see` asks."""
    if any(seat.key in actor.seat_keys for seat in desk.seats):
        return
    if not any(over(actor, work, desk.task, permission) for permission in SIGHT[desk.task.unit_id is not None]):
        raise NotFound(Message("error-not-found"))


def require_seat(actor: Actor, desk: Desk) -> None:
    """Raises NotFound for who never sat on a task, NotAllowed for whose seat was handed on or taken away."""
    own = [seat.state for seat in desk.seats if seat.key in actor.seat_keys]
    if not own:
        raise NotFound(Message("error-not-found"))
    if all(state == SeatState.REMOVED for state in own):
        raise NotAllowed(Message("task-seat-gone"))


def seat_for(actor: Actor, work: Work, desk: Desk) -> Seat:
    """The seat this actor may take now.

    Holders take their own. Who may act on behalf takes any open seat of the subtree, and must say for whom and by what
    source. Raises NotFound for strangers and NotAllowed when it is not their turn, or no more.
    """
    _require_other_eyes(actor, work, desk)
    require_decider(actor, work, desk.task)
    open_seats = [seat for seat in desk.seats if seat.state == SeatState.OPEN]
    own = next((seat for seat in open_seats if seat.key in actor.seat_keys), None)
    if own is not None and actor.on_behalf is None:
        if not may_act_now(desk.task.policy, votes(desk), own.position):
            raise NotAllowed(Message("task-not-your-turn"))
        return own
    if actor.kind is ActorKind.SYSTEM or not over(actor, work, desk.task, ON_BEHALF):
        if actor.on_behalf is not None:
            raise NotFound(Message("error-not-found"))
        require_seat(actor, desk)
        raise NotAllowed(Message("task-seat-spent"))
    if actor.on_behalf is None:
        raise NotAllowed(Message("task-say-for-whom"))
    if desk.task.kind in LEADERS and actor.on_behalf.source not in (Source.MEETING, Source.PAPER):
        raise NotAllowed(Message("task-gate-source"))
    if not open_seats:
        raise Conflict(Message("task-closed"))
    return open_seats[0]


def _require_other_eyes(actor: Actor, work: Work, desk: Desk) -> None:
    """Nobody decides on what they did themselves, where the diagram says so; nor does anybody in their name."""
    element = _element(desk)
    names = element.approval.not_same_as if element is not None and element.approval is not None else ()
    if not names or desk.running is None:
        return
    if has_done(actor, work, desk.running.instance.id, names, (seat.post_id for seat in desk.seats)):
        raise NotAllowed(Message("task-own-work"))


def _element(desk: Desk) -> Element | None:
    if desk.running is None or not desk.task.element_id:
        return None
    return desk.running.definition.elements[desk.task.element_id]


def over(actor: Actor, work: Work, task: Task, permission: str) -> bool:
    """Whether the actor holds a permission over the unit whose matter a task is; over any, when it is nobody's."""
    if task.unit_id is None:
        return actor.may_anywhere(permission)
    path = work.session.scalar(select(Unit.path).where(Unit.id == task.unit_id))
    return path is not None and actor.may(permission, path)


def kind_and_context(work: Work, desk: Desk) -> tuple[TaskKind, TaskContext]:
    version_id = desk.running.scheme_version_id if desk.running is not None else None
    context = TaskContext(desk.task, _element(desk), version_id)
    return work.part(TaskKinds)[desk.task.kind], context


def save_draft(actor: Actor, work: Work, task_id: UUID, values: dict[str, Any]) -> datetime:
    """Keep what has been typed; the last one to save wins, also of two who save at the same time.

    Raises Conflict for a task that is closed or claimed by somebody else: what they wrote is not written over.
    """
    task = work.session.get(Task, task_id)
    if task is None:
        raise NotFound(Message("error-not-found"))
    if task.state != TaskState.OPEN:
        raise Conflict(Message("task-closed"))
    require_free(actor, work, task)
    insert = insert_postgresql if work.session.get_bind().dialect.name == "postgresql" else insert_sqlite
    said = {"values": values, "saved_at": work.now, "saved_by": actor.name}
    work.session.execute(
        insert(Draft)
        .values(task_id=task_id, campaign_id=task.campaign_id, **said)
        .on_conflict_do_update(index_elements=[Draft.task_id], set_=said)
    )
    return work.now


def keep_proof(work: Work, task_id: UUID, evidence_id: UUID, filled_in_by: str) -> None:
    """Keep with a draft the returned file that filled it, until it is handed in."""
    said = {"proof_id": evidence_id, "filled_in_by": filled_in_by[:100] or None}
    work.session.execute(update(Draft).where(Draft.task_id == task_id).values(**said))


def return_to(actor: Actor, work: Work, task_id: UUID, target: str, reason: str) -> None:
    """Send the work back from an open task to an earlier one; for those who operate processes."""
    desk = take(work, task_id)
    require_sight(actor, work, desk)
    if not over(actor, work, desk.task, OPERATE):
        if any(seat.key in actor.seat_keys for seat in desk.seats):
            require_seat(actor, desk)
        raise NotAllowed(Message("error-not-allowed"))
    need(reason)
    require_open(desk)
    if desk.running is None:
        raise Conflict(Message("task-of-no-process"))
    processes.return_to(actor, work, desk.running, task_id, target, reason.strip())


def need(reason: str) -> None:
    if not reason.strip():
        raise Invalid(Message("task-reason-needed"), {"reason": [Message("task-reason-needed")]})


def return_choices(work: Work, task: Task) -> list[tuple[str, str]]:
    """Element id and name of the earlier tasks that an open task may be sent back to; reads only.

    None when it has been closed since the caller looked: the instance is read without a lock.
    """
    running = commands.read(work, ProcessInstance.id == task.instance_id)
    if running.instance.state != InstanceState.RUNNING:
        return []
    try:
        targets = processes.return_targets(work, running, task.id)
    except TaskNotOpen:
        return []
    return [
        (target.element_id, running.definition.elements[target.element_id].name) for target in targets if target.allowed
    ]


def on_behalf(actor: Actor, behalf: OnBehalf) -> Actor:
    """The same actor, entering what counts for somebody else."""
    return replace(actor, on_behalf=behalf)
