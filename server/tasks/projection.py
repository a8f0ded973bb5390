"""Tasks of process origin are a projection of the engine's picture, kept equal in the transaction of each step."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from server.actor import Actor
from server.db.rows import insert_now, update_now
from server.db.work import Work
from server.deadlines import operations as deadlines
from server.engine.contract import Approval, ElementKind, Step, Waiting
from server.processes import commands
from server.processes.registry import Running, SeatPlace
from server.tasks import matters
from server.tasks.models import Origin, Seat, SeatState, Task, TaskState
from server.tasks.rules import POST, RESCUE_SEAT

REASON_AT_MOST = 2000


def open_tasks(work: Work, running: Running) -> list[Task]:
    """The open tasks of a locked instance; read once in a unit of work."""
    if "open_tasks" not in running.memo:
        running.memo["open_tasks"] = list(
            work.session.scalars(
                select(Task).where(Task.instance_id == running.instance.id, Task.state == TaskState.OPEN)
            )
        )
    tasks: list[Task] = running.memo["open_tasks"]
    return tasks


def project(actor: Actor, work: Work, running: Running, step: Step) -> None:
    """Close tasks that the engine no longer waits for, and open those it now waits for."""
    wanted = {place.task_id: place for place in step.waiting if place.kind is ElementKind.USER}
    known = (
        [] if running.instance.audit_sequence == 0 and "open_tasks" not in running.memo else open_tasks(work, running)
    )
    still_open = []
    for task in known:
        if task.id in wanted:
            still_open.append(task)
            continue
        completed = running.memo.get("completed_task") == task.id
        update_now(
            work.session,
            task,
            state=TaskState.DONE if completed else TaskState.CANCELLED,
            closed_at=work.now,
            late=completed and task.due_at is not None and work.now > task.due_at,
        )
        matters.drop_requests(actor, work, task)
    kept = {task.id for task in still_open}
    new = [place for task_id, place in wanted.items() if task_id not in kept]
    opened = [_open(work, running, place) for place in new]
    seats = [seat for task in opened for seat in _seats(actor, work, running, task)]
    insert_now(work.session, opened)
    insert_now(work.session, seats)
    running.memo["open_tasks"] = still_open + opened


def _open(work: Work, running: Running, place: Waiting) -> Task:
    instance, element = running.instance, running.definition.elements[place.element_id]
    approval = element.approval or Approval()
    return Task(
        id=place.task_id,
        origin=Origin.PROCESS,
        kind=element.task_kind or "form",
        campaign_id=instance.campaign_id,
        instance_id=instance.id,
        definition_id=instance.definition_id,
        element_id=element.id,
        attempt=place.attempt,
        title=element.name,
        matter=instance.business_key,
        unit_id=instance.unit_id,
        subject_id=instance.subject_id,
        phase=element.phase,
        role=element.role,
        policy=approval.policy,
        policy_at=approval.at,
        votes=approval.votes,
        deadline_key=element.deadline,
        due_at=_due(work, running, element.deadline),
        state=TaskState.OPEN,
        opened_at=work.now,
        after_id=running.memo.get("completed_task"),
        returned_reason=running.memo["returned_reason"][:REASON_AT_MOST] if "returned_reason" in running.memo else None,
    )


def _due(work: Work, running: Running, key: str | None) -> datetime | None:
    if key is None:
        return None
    instance = running.instance
    return deadlines.due_for(work, instance.campaign_id, instance.unit_id, key, deadlines.events_of(work, running))


def _seats(actor: Actor, work: Work, running: Running, task: Task) -> Sequence[Seat]:
    element = running.definition.elements[task.element_id or ""]
    places = commands.seats_of(work, running, task.id, element) or (SeatPlace(RESCUE_SEAT),)
    return [
        Seat(
            id=work.ids.new(),
            task_id=task.id,
            campaign_id=task.campaign_id,
            key=place.key,
            post_id=UUID(place.key.removeprefix(POST)) if place.key.startswith(POST) else None,
            position=position,
            weight=place.weight,
            added_by=actor.name,
            state=SeatState.OPEN,
        )
        for position, place in enumerate(places, start=1)
    ]
