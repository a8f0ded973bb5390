"""Fan-outs: children of a call activity as instances of their own, and the barrier that waits for them.

The parent's transaction only notes that children are wanted; jobs start them in chunks and look at the barrier in
transactions of their own, so that two last children who end at once cannot miss each other.
"""

from collections.abc import Sequence

from sqlalchemy import func, select, update

from server.db.work import Work, rows_changed
from server.engine.contract import ElementKind, Step
from server.processes.models import FanOut, FanOutItem, FanOutState, InstanceState, ItemState
from server.processes.registry import Item, ProcessParts, Running
from server.processes.rules import Counts, OpenChildren, Opens

FILL_JOB = "processes.fill"
BARRIER_JOB = "processes.barriers"


def project(work: Work, running: Running, step: Step) -> None:
    """Open a row for each call activity that was entered, and cancel those that were left another way."""
    if not any(running.definition.elements[line.element_id].kind is ElementKind.CHILDREN for line in step.passed):
        return
    wanted = {place.task_id: place for place in step.waiting if place.kind is ElementKind.CHILDREN}
    rows = work.session.scalars(
        select(FanOut).where(
            FanOut.instance_id == running.instance.id, FanOut.state.in_((FanOutState.FILLING, FanOutState.OPEN))
        )
    ).all()
    known = {row.task_id for row in rows}
    for row in rows:
        if row.task_id not in wanted:
            row.state = FanOutState.CANCELLED
            row.closed_at = work.now
            row.closed_because = "left"
            work.jobs.enqueue(work.session, FILL_JOB, f"{row.id}:cancel", {"fan_out": str(row.id)})
    for task_id, place in wanted.items():
        if task_id not in known:
            _open(work, running, place.element_id, place.task_id)


def _open(work: Work, running: Running, element_id: str, task_id: object) -> None:
    element = running.definition.elements[element_id]
    row = FanOut(
        id=work.ids.new(),
        instance_id=running.instance.id,
        task_id=task_id,
        element_id=element_id,
        process_key=element.called,
        collection=element.collection if element.is_fan_out else None,
        opens=element.opens or Opens.ALL,
        opens_at=element.opens_at,
        deadline_key=element.deadline,
        open_children=element.open_children or OpenChildren.CONTINUE,
        campaign_id=running.instance.campaign_id,
        state=FanOutState.FILLING,
        opened_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    earlier = _earlier_attempts(work, running, row)
    for item in _items(work, running, row):
        last, again = (earlier or {}).get(item.key, (0, True))
        if again:
            attempt = last + 1
            work.session.add(item_row(row, item, attempt))
    work.jobs.enqueue(work.session, FILL_JOB, str(row.id), {"fan_out": str(row.id)})


def _items(work: Work, running: Running, row: FanOut) -> Sequence[Item]:
    if row.collection is None:
        return [Item("only", running.instance.business_key, running.instance.unit_id, running.instance.subject_id)]
    return work.part(ProcessParts).collections[row.collection](work, running)


def _earlier_attempts(work: Work, running: Running, row: FanOut) -> dict[str, tuple[int, bool]] | None:
    """For a fan-out that is entered again: item key to its last attempt, and whether it was asked for again.

    None when it is entered for the first time. A single child (no collection) is always done again.
    """
    rows = work.session.execute(
        select(FanOutItem.item_key, FanOutItem.attempt, FanOutItem.again)
        .join(FanOut, FanOut.id == FanOutItem.fan_out_id)
        .where(FanOut.instance_id == running.instance.id, FanOut.element_id == row.element_id, FanOut.id != row.id)
        .order_by(FanOutItem.attempt)
    ).all()
    if not rows:
        return None
    work.session.execute(
        update(FanOutItem)
        .where(
            FanOutItem.fan_out_id.in_(
                select(FanOut.id).where(FanOut.instance_id == running.instance.id, FanOut.element_id == row.element_id)
            )
        )
        .values(again=False)
    )
    return {key: (attempt, again or row.collection is None) for key, attempt, again in rows}


def item_row(row: FanOut, item: Item, attempt: int = 1) -> FanOutItem:
    return FanOutItem(
        fan_out_id=row.id,
        item_key=item.key,
        campaign_id=row.campaign_id,
        business_key=item.business_key,
        unit_id=item.unit_id,
        subject_id=item.subject_id,
        attempt=attempt,
        state=ItemState.WAITING,
    )


def child_ended(work: Work, running: Running) -> None:
    """Mark the item of an ended child and have the barriers looked at."""
    instance = running.instance
    if instance.parent_fan_out_id is None:
        return
    state = ItemState.DONE if instance.state == InstanceState.ENDED else ItemState.WITHDRAWN
    work.session.execute(
        update(FanOutItem)
        .where(FanOutItem.fan_out_id == instance.parent_fan_out_id, FanOutItem.item_key == instance.item_key)
        .where(FanOutItem.instance_id == instance.id, FanOutItem.state == ItemState.RUNNING)
        .values(state=state)
    )
    look_at_barriers(work)


def look_at_barriers(work: Work) -> None:
    work.jobs.enqueue(work.session, BARRIER_JOB, "all", {})


def counts(work: Work, fan_out: FanOut) -> Counts:
    rows = work.session.execute(
        select(FanOutItem.state, func.count()).where(FanOutItem.fan_out_id == fan_out.id).group_by(FanOutItem.state)
    ).all()
    return Counts.of(dict(rows))


def close_once(work: Work, fan_out: FanOut, because: str) -> bool:
    """Close the fan-out; False when somebody else has already done so."""
    changed = work.session.execute(
        update(FanOut)
        .where(FanOut.id == fan_out.id, FanOut.state == FanOutState.OPEN)
        .values(state=FanOutState.CLOSED, closed_at=work.now, closed_because=because)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(changed) == 1
