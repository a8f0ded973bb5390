"""What people and the host do to process instances. Nothing here commits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.actor import SYSTEM, Actor
from server.audit.verbs import Verb
from server.db.work import Work
from server.engine.contract import (
    Definition,
    FactPort,
    ProcessEngine,
    ReturnRefused,
    ReturnTarget,
    SentBack,
    Step,
    TooManyReturns,
)
from server.errors import Conflict, NotFound
from server.i18n import Message
from server.processes import commands, fan_outs
from server.processes.commands import Told
from server.processes.models import (
    FanOut,
    FanOutItem,
    FanOutState,
    InstanceState,
    ItemState,
    ProcessDefinition,
    ProcessInstance,
)
from server.processes.registry import Item, ProcessParts, Running
from server.schemes import queries as schemes


@dataclass(frozen=True, slots=True)
class Birth:
    """Where a new instance belongs. parent and item are given together, by the filling of a fan-out.

    owner_unit_id: in whose name it runs; without it, the unit of whoever starts it.
    """

    business_key: str
    campaign_id: UUID | None = None
    owner_unit_id: UUID | None = None
    unit_id: UUID | None = None
    subject_id: UUID | None = None
    root_id: UUID | None = None
    parent_fan_out_id: UUID | None = None
    item_key: str | None = None
    attempt: int = 1


def start(
    actor: Actor, work: Work, definition_id: UUID, birth: Birth, data: Mapping[str, Any] | None = None
) -> Running:
    """Start one published process for one business key, as a whole of its own or as a child.

    Raises Conflict when the same process already runs for this business key; the caller must then roll back.
    """
    row = work.session.get(ProcessDefinition, definition_id)
    if row is None:
        raise NotFound(Message("error-not-found"))
    definition = schemes.definition_of(work, row.scheme_version_id, row.process_key)
    instance_id = work.ids.new()
    instance = ProcessInstance(
        id=instance_id,
        definition_id=row.id,
        process_key=row.process_key,
        business_key=birth.business_key,
        campaign_id=birth.campaign_id,
        root_id=birth.root_id or instance_id,
        parent_fan_out_id=birth.parent_fan_out_id,
        item_key=birth.item_key,
        attempt=birth.attempt,
        owner_unit_id=birth.owner_unit_id or actor.unit_id,
        unit_id=birth.unit_id,
        subject_id=birth.subject_id,
        state=InstanceState.RUNNING,
        content=b"",
        started_by=actor.person_id,
        audit_sequence=0,
        audit_head="",
        started_at=work.now,
    )
    running = Running(instance, definition, row.scheme_version_id, memo={"open_tasks": []})

    def move(engine: ProcessEngine, definition: Definition, _state: bytes, facts: FactPort, now: datetime) -> Step:
        return engine.start(definition, facts=facts, now=now, data=data or {}, seed=instance_id)

    try:
        # The row is written when the first step has been taken, with its state.
        commands.run(actor, work, running, move, Told(Verb.INSTANCE_STARTED, {"attempt": birth.attempt}))
    except IntegrityError as error:
        if "business_key" not in str(error.orig):
            raise
        raise Conflict(Message("process-already-running", {"key": birth.business_key})) from error
    return running


def complete(
    actor: Actor,
    work: Work,
    running: Running,
    task_id: UUID,
    values: Mapping[str, Any],
    told: Told,
    *,
    straight: bool = False,
) -> Step:
    """Complete a user task of a locked instance. straight: go to the task that had sent the work back to it."""

    def move(engine: ProcessEngine, definition: Definition, state: bytes, facts: FactPort, now: datetime) -> Step:
        return engine.complete(definition, state, task_id, dict(values), facts=facts, now=now, straight=straight)

    return commands.run(actor, work, running, move, told)


def fire_deadline(work: Work, running: Running, task_id: UUID, details: Mapping[str, Any]) -> Step:
    """Fire an armed catch event of a locked instance; the schedule decides when."""

    def move(engine: ProcessEngine, definition: Definition, state: bytes, facts: FactPort, now: datetime) -> Step:
        return engine.fire(definition, state, task_id, facts=facts, now=now)

    return commands.run(SYSTEM, work, running, move, Told(Verb.DEADLINE_FIRED, details))


def finish_children(work: Work, running: Running, fan_out: FanOut, because: str) -> Step:
    """Open the way past a fan-out that has just been closed."""
    counted = fan_outs.counts(work, fan_out)
    result = {
        "total": counted.counted,
        "done": counted.done,
        "withdrawn": counted.withdrawn,
        "left_out": counted.left_out,
        "opened_by": because,
    }

    def move(engine: ProcessEngine, definition: Definition, state: bytes, facts: FactPort, now: datetime) -> Step:
        return engine.finish(definition, state, fan_out.task_id, result, facts=facts, now=now)

    return commands.run(
        SYSTEM, work, running, move, Told(Verb.FANOUT_OPENED, {"element": fan_out.element_id, **result})
    )


def sent_back(work: Work, running: Running, task_id: UUID) -> SentBack | None:
    """By whom the work was sent back to an open task, where the diagram lets it come straight to that."""
    return work.part(ProcessEngine).sent_back(running.definition, running.instance.content, task_id)


def return_targets(work: Work, running: Running, task_id: UUID) -> tuple[ReturnTarget, ...]:
    """Where the work may be sent back to from this place, and why not elsewhere."""
    return work.part(ProcessEngine).return_targets(running.definition, running.instance.content, task_id)


def return_to(actor: Actor, work: Work, running: Running, task_id: UUID, target: str, reason: str) -> Step:
    """Send a locked instance back to an earlier user task; the only door back."""
    running.memo["returned_reason"] = reason
    told = Told(Verb.INSTANCE_RETURNED, {"task": str(task_id), "target": target, "reason": reason})
    return _go_back(actor, work, running, (task_id, target), told)


def come_back(actor: Actor, work: Work, running: Running, task_id: UUID, target: str, told: Told) -> Step:
    """The same for who takes back what led from the target to an open task; no diagram needs to name that."""
    return _go_back(actor, work, running, (task_id, target), told, undeclared=True)


def _go_back(
    actor: Actor, work: Work, running: Running, way: tuple[UUID, str], told: Told, *, undeclared: bool = False
) -> Step:
    task_id, target = way

    def move(engine: ProcessEngine, definition: Definition, state: bytes, facts: FactPort, now: datetime) -> Step:
        try:
            return engine.return_to(definition, state, task_id, target, facts=facts, now=now, undeclared=undeclared)
        except TooManyReturns as error:
            raise Conflict(Message("process-too-many-returns")) from error
        except ReturnRefused as error:
            raise Conflict(Message("process-return-refused")) from error

    return commands.run(actor, work, running, move, told)


def cancel(actor: Actor, work: Work, running: Running, verb: Verb, reason: str) -> None:
    """End a locked instance before its time; its open places are closed and its parent's barrier is looked at."""
    instance = running.instance
    step = work.part(ProcessEngine).cancel(running.definition, instance.content, now=work.now)
    instance.content = step.state
    instance.state = InstanceState.CANCELLED
    instance.ended_at = work.now
    fan_outs.project(work, running, step)
    for project in work.part(ProcessParts).projectors:
        project(actor, work, running, step)
    commands.record(actor, work, running, Told(verb, {"reason": reason}))
    commands.finished(work, running)
    work.session.flush()


def join(actor: Actor, work: Work, fan_out: FanOut, item: Item) -> None:
    """Add an item to a fan-out that is still open; its child starts by the next filling."""
    _require_open(fan_out)
    work.session.add(fan_outs.item_row(fan_out, item))
    work.session.flush()
    work.jobs.enqueue(work.session, fan_outs.FILL_JOB, f"{fan_out.id}:{item.key}", {"fan_out": str(fan_out.id)})
    _tell_parent(actor, work, fan_out, Verb.PARTICIPANT_JOINED, {"item": item.key})


def withdraw(actor: Actor, work: Work, fan_out: FanOut, item_key: str, reason: str) -> None:
    """Take an item out: its child is cancelled, and the barrier no longer counts it."""
    item = _item(work, fan_out, item_key)
    child = commands.lock_by_id(work, item.instance_id, running=False) if item.instance_id else None
    work.session.refresh(item)
    if item.state in (ItemState.WITHDRAWN, ItemState.LEFT_OUT):
        raise Conflict(Message("process-item-already-out"))
    item.state, item.reason, item.again = ItemState.WITHDRAWN, reason, False
    work.session.flush()
    if child is not None and child.instance.state == InstanceState.RUNNING:
        cancel(actor, work, child, Verb.PARTICIPANT_WITHDRAWN, reason)
    fan_outs.look_at_barriers(work)


def leave_out(actor: Actor, work: Work, fan_out: FanOut, item_key: str, reason: str) -> None:
    """Let the barrier open without a failed item; the reason is kept."""
    item = _item(work, fan_out, item_key)
    if item.state != ItemState.FAILED:
        raise Conflict(Message("process-item-not-failed"))
    item.state, item.reason = ItemState.LEFT_OUT, reason
    work.session.flush()
    fan_outs.look_at_barriers(work)
    _tell_parent(actor, work, fan_out, Verb.FANOUT_ITEM_LEFT_OUT, {"item": item_key, "reason": reason})


def retry_item(actor: Actor, work: Work, fan_out: FanOut, item_key: str) -> None:
    """Start the child of a failed item again."""
    item = _item(work, fan_out, item_key)
    if item.state != ItemState.FAILED:
        raise Conflict(Message("process-item-not-failed"))
    item.state = ItemState.WAITING
    work.session.flush()
    work.jobs.enqueue(work.session, fan_outs.FILL_JOB, f"{fan_out.id}:{item_key}", {"fan_out": str(fan_out.id)})
    _tell_parent(actor, work, fan_out, Verb.INCIDENT_RETRIED, {"item": item_key})


def do_again(actor: Actor, work: Work, fan_out: FanOut, item_key: str, reason: str) -> None:
    """A new attempt of a child that has ended, or was withdrawn.

    While the fan-out is open the child starts anew at once; after it has closed the item is only marked, and starts
    when the diagram enters the fan-out again.
    """
    item = _item(work, fan_out, item_key)
    if item.state not in (ItemState.DONE, ItemState.WITHDRAWN):
        raise Conflict(Message("process-item-not-done"))
    item.reason = reason
    if fan_out.state in (FanOutState.FILLING, FanOutState.OPEN):
        item.attempt += 1
        item.state = ItemState.WAITING
        work.jobs.enqueue(
            work.session, fan_outs.FILL_JOB, f"{fan_out.id}:{item_key}:{item.attempt}", {"fan_out": str(fan_out.id)}
        )
    else:
        item.again = True
    work.session.flush()
    _tell_parent(actor, work, fan_out, Verb.FANOUT_ITEM_REOPENED, {"item": item_key, "reason": reason})


def fan_out_for(work: Work, fan_out_id: UUID) -> FanOut:
    """A fan-out, locked after its parent instance: joins, withdrawals and the barrier wait for one another.

    The order of locks is always parent, fan-out, child, item.
    """
    parent = select(FanOut.instance_id).where(FanOut.id == fan_out_id).scalar_subquery()
    work.session.execute(select(ProcessInstance.id).where(ProcessInstance.id == parent).with_for_update()).all()
    row = work.session.get(FanOut, fan_out_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(Message("error-not-found"))
    return row


def _item(work: Work, fan_out: FanOut, item_key: str) -> FanOutItem:
    item = work.session.get(FanOutItem, (fan_out.id, item_key), populate_existing=True)
    if item is None:
        raise NotFound(Message("error-not-found"))
    return item


def _require_open(fan_out: FanOut) -> None:
    if fan_out.state not in (FanOutState.FILLING, FanOutState.OPEN):
        raise Conflict(Message("process-fan-out-closed"))


def _tell_parent(actor: Actor, work: Work, fan_out: FanOut, verb: Verb, details: Mapping[str, Any]) -> None:
    """An audit row in the parent's chain, under the parent's lock."""
    parent = commands.lock_by_id(work, fan_out.instance_id)
    commands.record(actor, work, parent, Told(verb, {"element": fan_out.element_id, **details}))
    work.session.flush()
