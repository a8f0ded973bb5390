"""`greengate verify`: whether what the tables show is what the states, chains, seals and files say. Nothing is mended.

Everything is read in batches, each on one snapshot, so that a running installation can be looked at too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import undefer

from server.assessments import queries as assessments
from server.assessments.models import Assessment, Body
from server.audit.models import AuditRow, AuditStream, StreamKind
from server.audit.queries import check_chains
from server.audit.verbs import Verb
from server.bootstrap import Application
from server.campaigns.models import Campaign, CampaignState
from server.db.work import Work, Workshop
from server.deadlines.models import Timer
from server.engine.contract import Definition, Element, ElementKind, EngineError, ProcessEngine, Step
from server.errors import NotFound
from server.evidence.queries import check_blobs
from server.i18n import Message
from server.organisation.models import Unit
from server.processes.models import (
    FanOut,
    FanOutItem,
    FanOutState,
    InstanceState,
    ItemState,
    ProcessDefinition,
    ProcessInstance,
)
from server.recognitions.models import How, Recognition
from server.schemes import queries as schemes
from server.standards import queries as standards
from server.standards.rules import total, verdict
from server.supervision import operations as supervision
from server.supervision import queries as supervisions
from server.tasks.models import Decision, Origin, Seat, SeatState, Task, TaskState
from server.tasks.rules import Vote, outcome

BATCH = 200
OPEN_FAN_OUT = (FanOutState.FILLING, FanOutState.OPEN)
OF_ROOT = {
    CampaignState.RUNNING: InstanceState.RUNNING,
    CampaignState.ENDED: InstanceState.ENDED,
    CampaignState.CANCELLED: InstanceState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be. area: process, task, campaign, audit, evidence, assessment or the like."""

    area: str
    place: str
    message: Message


Cursor = tuple[Any, ...] | None
Check = Callable[[Work, Cursor], tuple[list[Problem], Cursor]]
"""Looks at the batch after a cursor; returns what is wrong there and the next cursor, None when nothing follows."""


def verify(application: Application) -> list[Problem]:
    """Everything that is wrong, empty when nothing is."""
    problems: list[Problem] = []
    for check in (_instances, _items, _tasks, _campaigns, _assessments, _seals, _recognitions, _orders):
        problems += _whole(application.workshop, check)
    with _snapshot(application.workshop) as work:
        problems += [Problem("audit", each.place, each.message) for each in check_chains(work)]
        problems += [Problem("evidence", each.place, each.message) for each in check_blobs(work)]
    return problems


def _whole(workshop: Workshop, check: Check) -> Iterator[Problem]:
    cursor: Cursor = None
    while True:
        with _snapshot(workshop) as work:
            found, cursor = check(work, cursor)
        yield from found
        if cursor is None:
            return


@contextmanager
def _snapshot(workshop: Workshop) -> Iterator[Work]:
    """A unit of work all of whose statements see one moment."""
    with workshop.reading() as work:
        if workshop.engine.dialect.name == "postgresql":
            work.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield work


def _next(rows: Sequence[Any], key: Callable[[Any], tuple[Any, ...]]) -> Cursor:
    return key(rows[-1]) if len(rows) == BATCH else None


def _grouped(rows: Iterable[tuple[UUID, Any]]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for key, value in rows:
        found.setdefault(key, []).append(value)
    return found


# --- instances against what is shown of them --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the tables show of a batch of instances: ids of engine tasks by instance. children: items by instance."""

    tasks: Mapping[UUID, list[UUID]]
    timers: Mapping[UUID, list[UUID]]
    fan_outs: Mapping[UUID, list[UUID]]
    children: frozenset[UUID]


def _instances(work: Work, after: Cursor) -> tuple[list[Problem], Cursor]:
    """Waiting places of every state against open tasks, armed timers and open fan-outs."""
    wanted = (
        select(ProcessInstance, ProcessDefinition)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .options(undefer(ProcessInstance.content))
        .order_by(ProcessInstance.id)
        .limit(BATCH)
    )
    rows = work.session.execute(wanted if after is None else wanted.where(ProcessInstance.id > after[0])).all()
    shown = _shown(work, [instance.id for instance, _ in rows])
    problems = [problem for instance, row in rows for problem in _instance(work, instance, row, shown)]
    return problems, _next(rows, lambda row: (row[0].id,))


def _shown(work: Work, ids: Sequence[UUID]) -> _Shown:
    session = work.session
    open_tasks = select(Task.instance_id, Task.id).where(
        Task.instance_id.in_(ids), Task.state == TaskState.OPEN, Task.origin == Origin.PROCESS
    )
    armed = select(Timer.instance_id, Timer.id).where(
        Timer.instance_id.in_(ids), Timer.fired_at.is_(None), Timer.cancelled_at.is_(None)
    )
    fan_outs = select(FanOut.instance_id, FanOut.task_id).where(
        FanOut.instance_id.in_(ids), FanOut.state.in_(OPEN_FAN_OUT)
    )
    return _Shown(
        _grouped((instance_id, task_id) for instance_id, task_id in session.execute(open_tasks) if instance_id),
        _grouped((instance_id, timer_id) for instance_id, timer_id in session.execute(armed)),
        _grouped((instance_id, task_id) for instance_id, task_id in session.execute(fan_outs)),
        frozenset(each for each in session.scalars(select(FanOutItem.instance_id).where(_of(ids))) if each),
    )


def _of(ids: Sequence[UUID]) -> Any:
    return FanOutItem.instance_id.in_(ids)


def _instance(work: Work, instance: ProcessInstance, row: ProcessDefinition, shown: _Shown) -> Iterator[Problem]:
    place = _named(instance)
    try:
        definition = schemes.definition_of(work, row.scheme_version_id, row.process_key)
        step = work.part(ProcessEngine).inspect(definition, instance.content)
    except (EngineError, NotFound) as error:
        yield Problem("process", place, Message("verify-state-unreadable", {"cause": str(error)}))
        return
    if definition.sha256 != row.sha256:
        yield Problem("process", place, Message("verify-definition-differs"))
    yield from _ending(instance, step)
    if instance.state == InstanceState.RUNNING and instance.parent_fan_out_id and instance.id not in shown.children:
        yield Problem("process", place, Message("verify-child-unknown"))
    waiting = _waiting(definition, step)
    for name, places in (("tasks", shown.tasks), ("timers", shown.timers), ("fan-outs", shown.fan_outs)):
        rows = places.get(instance.id, [])
        lacking, surplus = len(waiting[name] - set(rows)), len(set(rows) - waiting[name])
        if lacking or surplus:
            numbers = {"lacking": lacking, "surplus": surplus}
            yield Problem("process", place, Message(f"verify-{name}-differ", numbers))


def _named(instance: ProcessInstance) -> str:
    return f"{instance.process_key} {instance.business_key} #{instance.attempt}"


def _waiting(definition: Definition, step: Step) -> dict[str, set[UUID]]:
    """Where a state waits, by what must be shown of it. A barrier with a deadline shows as fan-out and as timer."""
    found: dict[str, set[UUID]] = {"tasks": set(), "timers": set(), "fan-outs": set()}
    for place in step.waiting:
        element: Element = definition.elements[place.element_id]
        if place.kind is ElementKind.USER:
            found["tasks"].add(place.task_id)
        if place.kind is ElementKind.DEADLINE or (place.kind is ElementKind.CHILDREN and element.opens == "deadline"):
            found["timers"].add(place.task_id)
        if place.kind is ElementKind.CHILDREN:
            found["fan-outs"].add(place.task_id)
    return found


def _ending(instance: ProcessInstance, step: Step) -> Iterator[Problem]:
    """State, outcome and the engine's own picture of the end."""
    ended = instance.state == InstanceState.ENDED
    wanted = step.end_element if ended else None
    if step.ended != (instance.state != InstanceState.RUNNING) or instance.outcome != wanted:
        facts = {"state": instance.state, "outcome": instance.outcome or "–", "engine": step.end_element or "–"}
        yield Problem("process", _named(instance), Message("verify-end-differs", facts))
    if any(place.kind is ElementKind.ACTIVITY for place in step.waiting):
        yield Problem("process", _named(instance), Message("verify-activity-waits"))
    if instance.revision < 1 or instance.audit_sequence < 1:
        yield Problem("process", _named(instance), Message("verify-never-audited"))


def _items(work: Work, after: Cursor) -> tuple[list[Problem], Cursor]:
    """Items of fan-outs against the instances that they name."""
    key = tuple_(FanOutItem.fan_out_id, FanOutItem.item_key)
    wanted = (
        select(FanOutItem, ProcessInstance)
        .outerjoin(ProcessInstance, ProcessInstance.id == FanOutItem.instance_id)
        .order_by(FanOutItem.fan_out_id, FanOutItem.item_key)
        .limit(BATCH)
    )
    rows = work.session.execute(wanted if after is None else wanted.where(key > tuple_(*after))).all()
    problems = [
        Problem("process", item.business_key or item.item_key, Message("verify-item-differs", {"state": item.state}))
        for item, instance in rows
        if not _agrees(item, instance)
    ]
    return problems, _next(rows, lambda row: (row[0].fan_out_id, row[0].item_key))


def _agrees(item: FanOutItem, instance: ProcessInstance | None) -> bool:
    if instance is None:
        return item.instance_id is None and item.state not in (ItemState.RUNNING, ItemState.DONE)
    if (instance.parent_fan_out_id, instance.item_key) != (item.fan_out_id, item.item_key):
        return False
    running = instance.state == InstanceState.RUNNING
    if item.state == ItemState.RUNNING:
        return running and instance.attempt == item.attempt
    if item.state == ItemState.DONE:
        return instance.state == InstanceState.ENDED and instance.attempt == item.attempt
    return not running and (item.state != ItemState.WAITING or instance.attempt < item.attempt)


def _campaigns(work: Work, after: Cursor) -> tuple[list[Problem], Cursor]:
    """Campaigns against their root instances."""
    wanted = (
        select(Campaign, ProcessInstance.state)
        .outerjoin(ProcessInstance, ProcessInstance.id == Campaign.root_instance_id)
        .order_by(Campaign.id)
        .limit(BATCH)
    )
    rows = work.session.execute(wanted if after is None else wanted.where(Campaign.id > after[0])).all()
    problems = [
        Problem("campaign", campaign.title, Message("verify-campaign-differs", {"state": campaign.state}))
        for campaign, state in rows
        if OF_ROOT.get(CampaignState(campaign.state)) != state
    ]
    return problems, _next(rows, lambda row: (row[0].id,))


# --- tasks and decisions ----------------------------------------------------------------------------------------------


def _tasks(work: Work, after: Cursor) -> tuple[list[Problem], Cursor]:
    """Tasks against their seats and decisions, and decisions against the audit."""
    wanted = select(Task).order_by(Task.id).limit(BATCH)
    rows = work.session.scalars(wanted if after is None else wanted.where(Task.id > after[0])).all()
    ids = [task.id for task in rows]
    seats = _grouped((seat.task_id, seat) for seat in work.session.scalars(select(Seat).where(Seat.task_id.in_(ids))))
    decisions = _grouped(
        (each.task_id, each) for each in work.session.scalars(select(Decision).where(Decision.task_id.in_(ids)))
    )
    audited = _audited(work, [task for task in rows if task.id in decisions])
    problems: list[Problem] = []
    for task in rows:
        problems += _task(task, seats.get(task.id, []), decisions.get(task.id, []))
        problems += _unaudited(task, seats.get(task.id, []), decisions.get(task.id, []), audited)
    return problems, _next(rows, lambda task: (task.id,))


def _audited(work: Work, tasks: Sequence[Task]) -> set[tuple[str, str, str]]:
    """Task, seat and verdict of every decision that the audit chains tell of: the instances', else the units'."""
    units = {str(task.unit_id) for task in tasks if task.instance_id is None}
    alone = select(AuditStream.id).where(AuditStream.kind == StreamKind.UNIT, AuditStream.key.in_(units))
    rows = work.session.scalars(
        select(AuditRow.details).where(
            or_(AuditRow.stream_id.in_({task.instance_id for task in tasks}), AuditRow.stream_id.in_(alone)),
            AuditRow.verb.in_((Verb.TASK_COMPLETED.value, Verb.DECISION_MADE.value)),
        )
    )
    return {(str(row.get("task")), str(row.get("seat")), str(row.get("verdict"))) for row in rows}


def _task(task: Task, seats: Sequence[Seat], decisions: Sequence[Decision]) -> Iterator[Problem]:
    standing = {each.seat_id: each.verdict for each in decisions if each.taken_back_at is None}
    votes = [
        Vote(seat.position, seat.weight, standing.get(seat.id))
        for seat in sorted(seats, key=lambda each: each.position)
        if seat.state != SeatState.REMOVED
    ]
    result = outcome(task.rule, votes)
    if task.state == TaskState.OPEN and not any(seat.state == SeatState.OPEN for seat in seats):
        yield Problem("task", _task_named(task), Message("verify-task-without-seat"))
    elif task.state == TaskState.OPEN and result is not None:
        yield Problem("task", _task_named(task), Message("verify-task-decided"))
    if task.state == TaskState.DONE and result is None:
        yield Problem("task", _task_named(task), Message("verify-task-undecided"))


def _task_named(task: Task) -> str:
    return f"{task.title} {task.matter} #{task.attempt}".strip()


def _unaudited(
    task: Task, seats: Sequence[Seat], decisions: Sequence[Decision], audited: set[tuple[str, str, str]]
) -> Iterator[Problem]:
    keys = {seat.id: seat.key for seat in seats}
    for each in decisions:
        if (str(task.id), keys.get(each.seat_id, ""), each.verdict) not in audited:
            yield Problem("task", _task_named(task), Message("verify-decision-unaudited", {"name": each.name}))


# --- points -----------------------------------------------------------------------------------------------------------


def _assessments(work: Work, after: Cursor) -> tuple[list[Problem], Cursor]:
    """Stored totals and verdicts against the stored rows."""
    wanted = (
        select(Assessment, Campaign.scheme_version_id, Unit.name)
        .join(Campaign, Campaign.id == Assessment.campaign_id)
        .join(Unit, Unit.id == Assessment.unit_id)
        .order_by(Assessment.id)
        .limit(BATCH)
    )
    rows = work.session.execute(wanted if after is None else wanted.where(Assessment.id > after[0])).all()
    problems: list[Problem] = []
    for found, version_id, unit_name in rows:
        problems += _assessment(work, found, version_id, f"{unit_name} {found.body} #{found.attempt}")
    return problems, _next(rows, lambda row: (row[0].id,))


def _assessment(work: Work, found: Assessment, version_id: UUID, place: str) -> Iterator[Problem]:
    stored = standards.standard_of(work, version_id)
    policy = standards.policy_of(work, found.campaign_id)
    scores = assessments.scores_of(work, found.id, stored, evidence=False)
    rows = [assessments.as_row_score(row, stored.standard.by_key[key].max_points) for key, row in scores.items()]
    result = total(stored.standard, rows, policy.not_applicable)
    if (result.points, str(result.exact)) != (found.total, found.total_exact):
        facts = {"stored": f"{found.total:.2f}", "computed": f"{result.points:.2f}"}
        yield Problem("assessment", place, Message("verify-total-differs", facts))
    judged = verdict(result, policy.pass_rule)
    if (judged.outcome.value, judged.passed) != (found.verdict, found.passed):
        yield Problem("assessment", place, Message("verify-verdict-differs", {"stored": found.verdict}))


def _seals(work: Work, after: Cursor) -> tuple[list[Problem], Cursor]:
    broken, following = assessments.broken_seals(work, after=after[0] if after else None, at_most=BATCH)
    named = work.session.execute(
        select(Unit.name, Assessment.body, Assessment.attempt)
        .join(Unit, Unit.id == Assessment.unit_id)
        .where(Assessment.id.in_(broken))
        .order_by(Assessment.id)
    )
    problems = [
        Problem("assessment", f"{name} {body} #{attempt}", Message("verify-seal-broken"))
        for name, body, attempt in named
    ]
    return problems, None if following is None else (following,)


def _recognitions(work: Work, after: Cursor) -> tuple[list[Problem], Cursor]:
    """Recognitions that were earned against the results they rest on."""
    wanted = (
        select(Recognition, Assessment)
        .outerjoin(Assessment, Assessment.id == Recognition.assessment_id)
        .order_by(Recognition.id)
        .limit(BATCH)
    )
    rows = work.session.execute(wanted if after is None else wanted.where(Recognition.id > after[0])).all()
    problems = [
        Problem("recognition", f"{found.unit_name} {found.year}", Message("verify-recognition-unfounded"))
        for found, result in rows
        if found.how == How.EARNED and not _founded(found, result)
    ]
    return problems, _next(rows, lambda row: (row[0].id,))


def _founded(found: Recognition, result: Assessment | None) -> bool:
    return (
        result is not None
        and result.passed is True
        and result.body != Body.SELF
        and (result.campaign_id, result.subject_id, result.total) == (found.campaign_id, found.subject_id, found.total)
    )


# --- supervision ------------------------------------------------------------------------------------------------------


def _orders(work: Work, after: Cursor) -> tuple[list[Problem], Cursor]:
    """Sent orders against their seals, and the numbers of each authority's year against gaps."""
    rows = supervisions.sent_after(work, after[0] if after else None, BATCH)
    problems = [
        Problem(
            "supervision", f"{order.authority_name} {order.year} {order.number}", Message("verify-order-seal-broken")
        )
        for order, items in rows
        if supervision.seal_of(order, items) != order.seal
    ]
    if after is None:
        problems += [
            Problem("supervision", f"{name} {year}", Message("verify-order-numbers", {"last": last, "count": count}))
            for name, year, last, count in supervisions.numbers_with_gaps(work)
        ]
    return problems, _next(rows, lambda row: (row[0].id,))
