"""Background work of processes: filling fan-outs in chunks, and looking at barriers."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import aliased

from server.actor import SYSTEM
from server.audit.verbs import Verb
from server.db.jobs import Job, JobArguments
from server.db.work import Work
from server.errors import GreengateError
from server.processes import commands, fan_outs, incidents, operations
from server.processes.models import FanOut, FanOutItem, FanOutState, ItemState, ProcessDefinition, ProcessInstance
from server.processes.operations import Birth
from server.processes.rules import OpenChildren, Opens, opens

CHUNK = 100
BARRIERS_AT_ONCE = 20


def fill(work: Work, arguments: JobArguments) -> JobArguments | None:
    """Start the next chunk of children; each under a savepoint, so that one that fails stops nobody else."""
    fan_out = operations.fan_out_for(work, UUID(str(arguments["fan_out"])))
    if fan_out.state == FanOutState.CANCELLED:
        return _cancel_children(work, fan_out, arguments)
    if fan_out.state == FanOutState.CLOSED and fan_out.open_children == OpenChildren.CANCEL:
        return None
    parent = work.session.get_one(ProcessInstance, fan_out.instance_id)
    definition_id = _child_definition(work, parent, fan_out)
    waiting = work.session.scalars(
        select(FanOutItem)
        .where(FanOutItem.fan_out_id == fan_out.id, FanOutItem.state == ItemState.WAITING, ~_held(fan_out))
        .order_by(FanOutItem.item_key)
        .limit(CHUNK)
    ).all()
    for item in waiting:
        _start_child(work, parent, fan_out, item, definition_id)
    if len(waiting) == CHUNK:
        return arguments
    if fan_out.state == FanOutState.FILLING:
        fan_out.state = FanOutState.OPEN
    fan_outs.look_at_barriers(work)
    return None


def _held(fan_out: FanOut | type[FanOut]) -> ColumnElement[bool]:
    """Items that wait because their child of an earlier fan-out was carried over and has not ended."""
    before, earlier = aliased(FanOut), aliased(FanOutItem)
    return exists().where(
        before.instance_id == fan_out.instance_id,
        before.id != fan_out.id,
        before.open_children == OpenChildren.CARRY_OVER,
        before.state == FanOutState.CLOSED,
        before.opened_at <= fan_out.opened_at,
        earlier.fan_out_id == before.id,
        earlier.item_key == FanOutItem.item_key,
        earlier.state.in_((ItemState.WAITING, ItemState.RUNNING, ItemState.FAILED)),
    )


def _fill_what_is_free(work: Work) -> None:
    """Ask for the filling of open fan-outs whose items no longer wait for what was carried over."""
    free = (
        select(FanOut.id)
        .join(FanOutItem, FanOutItem.fan_out_id == FanOut.id)
        .where(FanOut.state == FanOutState.OPEN, FanOutItem.state == ItemState.WAITING, ~_held(FanOut))
        .distinct()
        .order_by(FanOut.id)
    )
    for fan_out_id in work.session.scalars(free):
        work.jobs.enqueue(work.session, fan_outs.FILL_JOB, str(fan_out_id), {"fan_out": str(fan_out_id)})


def _child_definition(work: Work, parent: ProcessInstance, fan_out: FanOut) -> UUID:
    version = select(ProcessDefinition.scheme_version_id).where(ProcessDefinition.id == parent.definition_id)
    return work.session.execute(
        select(ProcessDefinition.id).where(
            ProcessDefinition.scheme_version_id == version.scalar_subquery(),
            ProcessDefinition.process_key == fan_out.process_key,
        )
    ).scalar_one()


def _start_child(work: Work, parent: ProcessInstance, fan_out: FanOut, item: FanOutItem, definition_id: UUID) -> None:
    birth = Birth(
        business_key=item.business_key,
        campaign_id=parent.campaign_id,
        owner_unit_id=parent.owner_unit_id,
        unit_id=item.unit_id,
        subject_id=item.subject_id,
        root_id=parent.root_id,
        parent_fan_out_id=fan_out.id,
        item_key=item.item_key,
        attempt=item.attempt,
    )
    try:
        with work.session.begin_nested():
            item.state = ItemState.RUNNING
            child = operations.start(SYSTEM, work, definition_id, birth)
            item.instance_id = child.instance.id
            if child.instance.state != "running":
                item.state = ItemState.DONE
    except GreengateError as error:
        item.state = ItemState.FAILED
        incidents.raise_for_item(work, parent, fan_out, item, error)


def _cancel_children(work: Work, fan_out: FanOut, arguments: JobArguments) -> JobArguments | None:
    running = work.session.scalars(
        select(FanOutItem)
        .where(FanOutItem.fan_out_id == fan_out.id, FanOutItem.state.in_((ItemState.RUNNING, ItemState.WAITING)))
        .order_by(FanOutItem.item_key)
        .limit(CHUNK)
    ).all()
    for item in running:
        was_running, item.state = item.state == ItemState.RUNNING, ItemState.WITHDRAWN
        if was_running and item.instance_id is not None:
            child = commands.lock_by_id(work, item.instance_id, running=False)
            if child.instance.state == "running":
                operations.cancel(SYSTEM, work, child, Verb.INSTANCE_CANCELLED, fan_out.closed_because or "")
    return arguments if len(running) == CHUNK else None


def barriers(work: Work, _arguments: JobArguments) -> JobArguments | None:
    """Look at open fan-outs and open the way past those whose condition holds; each is opened exactly once."""
    _fill_what_is_free(work)
    unfinished = exists().where(
        FanOutItem.fan_out_id == FanOut.id,
        FanOutItem.state.in_((ItemState.WAITING, ItemState.RUNNING, ItemState.FAILED)),
    )
    ready = work.session.scalars(
        select(FanOut.id)
        .where(FanOut.state == FanOutState.OPEN, (FanOut.opens != Opens.ALL) | ~unfinished)
        .order_by(FanOut.opened_at, FanOut.id)
    ).all()
    opened = sum(open_if_due(work, fan_out_id) for fan_out_id in ready)
    return {} if opened >= BARRIERS_AT_ONCE else None


def open_if_due(work: Work, fan_out_id: UUID, *, deadline_passed: bool = False) -> bool:
    """Open the way past one fan-out if its condition holds now; True when this call did it.

    Locks the parent instance before the fan-out, as every other command does.
    """
    parent_id = work.session.scalar(select(FanOut.instance_id).where(FanOut.id == fan_out_id))
    if parent_id is None:
        return False
    try:
        with work.session.begin_nested():
            parent = commands.lock_by_id(work, parent_id, running=False)
            fan_out = operations.fan_out_for(work, fan_out_id)
            because = opens(
                fan_out.opens, fan_out.opens_at, fan_outs.counts(work, fan_out), deadline_passed=deadline_passed
            )
            if because is None or parent.instance.state != "running" or not fan_outs.close_once(work, fan_out, because):
                return False
            work.session.refresh(fan_out)
            operations.finish_children(work, parent, fan_out, because)
    except GreengateError as error:
        incidents.raise_for_barrier(work, fan_out_id, parent_id, error)
        return False
    if fan_out.open_children == OpenChildren.CANCEL:
        _cancel_open_children(work, fan_out)
    return True


def _cancel_open_children(work: Work, fan_out: FanOut) -> None:
    open_children = work.session.scalars(
        select(FanOutItem)
        .where(FanOutItem.fan_out_id == fan_out.id, FanOutItem.state.in_((ItemState.RUNNING, ItemState.WAITING)))
        .order_by(FanOutItem.item_key)
    ).all()
    for item in open_children:
        operations.withdraw(SYSTEM, work, fan_out, item.item_key, fan_out.closed_because or "")


JOBS = (Job(fan_outs.FILL_JOB, fill), Job(fan_outs.BARRIER_JOB, barriers))
TICKS = ((fan_outs.BARRIER_JOB, 5),)
"""Job and seconds between two askings of the clock; the sweep catches what a lost wake-up has missed."""
