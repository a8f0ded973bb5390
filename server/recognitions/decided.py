"""What somebody decided, on whichever post, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select

from server.actor import Actor
from server.db.work import Work
from server.organisation.models import DEFAULT_ZONE, Holding, Person, Post, Unit
from server.organisation.queries import held_on
from server.organisation.rules import today
from server.processes.models import InstanceState, ProcessDefinition, ProcessInstance
from server.recognitions import conditions
from server.recognitions.conditions import ConditionRow
from server.tasks.models import Decision, Seat, SeatState, Task, TaskState
from server.tasks.rules import ADVERSE, CONDITIONAL

PAGE = 30
HANDED_IN = "done"
"""The verdict of a task that is handed in and decides nothing."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where an instance waits: an open task, with who holds its seats today, else the title of the post."""

    title: str
    element_id: str | None
    kind: str
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """One decision of the actor. state: of the instance, or of the task where no instance is; again: returned later."""

    task_id: UUID
    title: str
    matter: str
    kind: str
    element_id: str | None
    scheme_version_id: UUID | None
    verdict: str
    opinion: str
    decided_at: datetime
    task_open: bool
    state: str
    again: bool
    waiting: tuple[Waiting, ...]
    conditions: tuple[ConditionRow, ...]


def decided(actor: Actor, work: Work, page: int = 1) -> tuple[Sequence[DecidedRow], int]:
    """A page of the actor's decisions, newest first, and how many there are."""
    if actor.person_id is None:
        return [], 0
    mine = and_(Decision.person_id == actor.person_id, Decision.verdict != HANDED_IN, Decision.taken_back_at.is_(None))
    total = work.session.scalar(select(func.count()).select_from(Decision).where(mine)) or 0
    found = work.session.execute(
        select(Decision, Task, ProcessInstance.state, ProcessDefinition.scheme_version_id)
        .join(Task, Task.id == Decision.task_id)
        .outerjoin(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .outerjoin(ProcessDefinition, ProcessDefinition.id == Task.definition_id)
        .where(mine)
        .order_by(Decision.decided_at.desc(), Task.matter, Task.title)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    running = {task.instance_id for _, task, state, _ in found if state == InstanceState.RUNNING}
    waiting, returned = _waiting(work, running), _returned(work, {task.instance_id for _, task, _, _ in found})
    return [
        DecidedRow(
            task_id=task.id,
            title=task.title,
            matter=task.matter,
            kind=task.kind,
            element_id=task.element_id,
            scheme_version_id=version,
            verdict=decision.verdict,
            opinion=decision.opinion,
            decided_at=decision.decided_at,
            task_open=task.state == TaskState.OPEN,
            state=state or ("running" if task.state == TaskState.OPEN else "ended"),
            again=(last := returned.get(task.instance_id)) is not None and last > decision.decided_at,
            waiting=tuple(waiting.get(task.instance_id, ())),
            conditions=_set(work, decision, task),
        )
        for decision, task, state, version in found
    ], total


def _set(work: Work, decision: Decision, task: Task) -> tuple[ConditionRow, ...]:
    if decision.verdict != CONDITIONAL or task.campaign_id is None:
        return ()
    return tuple(conditions.of_campaign(work, task.campaign_id, task.id))


def _returned(work: Work, instances: set[UUID | None]) -> Mapping[UUID | None, datetime]:
    """When something was last sent back in each instance."""
    rows = work.session.execute(
        select(Task.instance_id, func.max(Decision.decided_at))
        .join(Task, Task.id == Decision.task_id)
        .where(
            Task.instance_id.in_(instances - {None}), Decision.verdict.in_(ADVERSE), Decision.taken_back_at.is_(None)
        )
        .group_by(Task.instance_id)
    ).all()
    return {row[0]: row[1] for row in rows}


def _waiting(work: Work, instances: set[UUID | None]) -> Mapping[UUID | None, list[Waiting]]:
    """The open tasks of running instances with who sits on them, in two statements."""
    on = today(work.now, DEFAULT_ZONE)
    rows = work.session.execute(
        select(Task, Post.title, Unit.name, Person.name)
        .outerjoin(Seat, and_(Seat.task_id == Task.id, Seat.state == SeatState.OPEN))
        .outerjoin(Post, Post.id == Seat.post_id)
        .outerjoin(Unit, Unit.id == Post.unit_id)
        .outerjoin(Holding, and_(Holding.post_id == Post.id, held_on(on)))
        .outerjoin(Person, Person.id == Holding.person_id)
        .where(Task.instance_id.in_(instances), Task.state == TaskState.OPEN)
        .order_by(Task.opened_at, Task.title, Seat.position, Person.name)
    ).all()
    tasks: dict[UUID, Task] = {}
    people: dict[UUID, list[str]] = {}
    for task, post, unit, person in rows:
        tasks[task.id] = task
        if post is not None:
            people.setdefault(task.id, []).append(f"{unit} {person or post}")
    found: dict[UUID | None, list[Waiting]] = {}
    for task_id, task in tasks.items():
        who = tuple(dict.fromkeys(people.get(task_id, ())))
        found.setdefault(task.instance_id, []).append(Waiting(task.title, task.element_id, task.kind, who))
    return found
