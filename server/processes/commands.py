"""The one command runner: lock, step, activities, projections, audit; one transaction, and the caller commits it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import undefer
from sqlalchemy.orm.exc import StaleDataError

from server.actor import Actor
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.db.rows import insert_now, settle, update_now
from server.db.work import Work
from server.engine.contract import (
    Definition,
    Element,
    ElementKind,
    EngineError,
    FactMissing,
    FactPort,
    Passed,
    ProcessEngine,
    Step,
    Waiting,
)
from server.errors import Conflict, GreengateError, NotFound, Stale, Unavailable
from server.i18n import Message
from server.processes import fan_outs
from server.processes.models import InstanceState, ProcessDefinition, ProcessInstance
from server.processes.registry import ProcessParts, Running, SeatPlace
from server.schemes import queries as schemes

log = logging.getLogger("greengate.processes")

ACTIVITIES_AT_MOST = 20
"""System activities in a row within one command; more is a loop in the diagram."""

SKIPPED = "skipped"
"""The verdict of a task that was passed over because nobody is named for it; no person ever gives it."""

Locking = Select[ProcessInstance, ProcessDefinition]
Move = Callable[[ProcessEngine, Definition, bytes, FactPort, datetime], Step]
"""One engine call: given engine, definition, state, facts and the instant."""


class ProcessFailed(Unavailable):
    """A step of a process failed; nothing of it was kept. The door records an incident in a transaction of its own.

    cause: for an administrator, without a stack trace.
    """

    def __init__(self, cause: str, running: Running, element_id: str | None, retry: Mapping[str, Any]) -> None:
        super().__init__(Message("process-failed"))
        self.cause = cause
        self.instance_id = running.instance.id
        self.campaign_id = running.instance.campaign_id
        self.element_id = element_id
        self.retry = dict(retry)


@dataclass(frozen=True, slots=True)
class Told:
    """What the audit row of a command says besides the trail."""

    verb: Verb
    details: Mapping[str, Any]


def lock(work: Work, query: Locking, which: Mapping[str, Any], *, running: bool = True) -> Running:
    """Lock one instance for this transaction and read it whole.

    query: of `locking`, with its parameters in `which`. Raises NotFound, or Conflict when it must run and does not.
    """
    found = _load(work, query, which)
    if running and found.instance.state != InstanceState.RUNNING:
        raise Conflict(Message("process-not-running"))
    return found


def locking(which: ColumnElement[bool]) -> Locking:
    """A statement for `lock`, to be made once. which: a condition with parameters that picks exactly one instance."""
    return _whole(which).with_for_update(of=ProcessInstance).execution_options(populate_existing=True)


def read(work: Work, which: ColumnElement[bool]) -> Running:
    """One instance whole, without a lock; for pages that only look."""
    return _load(work, _whole(which), {})


def _whole(which: ColumnElement[bool]) -> Locking:
    return (
        select(ProcessInstance, ProcessDefinition)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .where(which)
        .options(undefer(ProcessInstance.content))
    )


def _load(work: Work, query: Locking, which: Mapping[str, Any]) -> Running:
    row = work.session.execute(query, which).one_or_none()
    if row is None:
        raise NotFound(Message("error-not-found"))
    instance, definition = row
    return Running(instance, _definition(work, definition), definition.scheme_version_id)


_BY_ID = locking(ProcessInstance.id == bindparam("instance_id", type_=Uuid()))


def lock_by_id(work: Work, instance_id: UUID, *, running: bool = True) -> Running:
    return lock(work, _BY_ID, {"instance_id": instance_id}, running=running)


def _definition(work: Work, row: ProcessDefinition) -> Definition:
    return schemes.definition_of(work, row.scheme_version_id, row.process_key)


def run(actor: Actor, work: Work, running: Running, move: Move, told: Told) -> Step:
    """Carry out one engine call on a locked instance, and all that follows from it.

    Raises ProcessFailed when the engine, a fact or an activity fails; the caller must then roll back.
    """
    instance = running.instance
    engine = work.part(ProcessEngine)
    facts = fact_port(work, running)
    retry = {"verb": told.verb.value, "details": dict(told.details)}
    try:
        step = move(engine, running.definition, instance.content, facts, work.now)
        step = _run_activities(work, running, engine, facts, step)
    except EngineError as error:
        raise ProcessFailed(str(error), running, error.element_id, retry) from error
    except (GreengateError, SQLAlchemyError):
        raise
    except Exception as error:
        log.exception("a step of instance %s failed", instance.id)
        raise ProcessFailed(f"{type(error).__name__}: {error}", running, None, retry) from error
    try:
        _write(work, running, _ended(work, step) | _audit(actor, work, running, step, told))
        fan_outs.project(work, running, step)
        for project in work.part(ProcessParts).projectors:
            project(actor, work, running, step)
        if step.ended:
            finished(work, running)
        work.session.flush()
        settle(work.session)
    except StaleDataError as error:
        raise Stale(Message("error-stale")) from error
    return step


def fact_port(work: Work, running: Running) -> FactPort:
    """Facts for one command; each provider is asked at most once between two changes of the instance."""
    providers = work.part(ProcessParts).facts

    def facts(names: frozenset[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in sorted(names):
            prefix = name.split(".", 1)[0]
            if prefix not in providers:
                raise FactMissing(name)
            loaded = running.memo.get(f"facts:{prefix}")
            if loaded is None:
                loaded = running.memo[f"facts:{prefix}"] = providers[prefix].load(work, running)
            if name not in loaded:
                raise FactMissing(name)
            found[name] = loaded[name]
        return found

    return facts


def _run_activities(work: Work, running: Running, engine: ProcessEngine, facts: FactPort, step: Step) -> Step:
    """Run system activities in this transaction until none waits; the step then tells of all that happened."""
    activities = work.part(ProcessParts).activities
    for _ in range(ACTIVITIES_AT_MOST):
        waiting = next((place for place in step.waiting if place.kind is ElementKind.ACTIVITY), None)
        if waiting is None:
            empty = _passed_over(work, running, step)
            if empty is None:
                return step
            following = engine.complete(
                running.definition, step.state, empty.task_id, {"verdict": SKIPPED}, facts=facts, now=work.now
            )
            running.memo.setdefault("skipped", []).append(empty.element_id)
            step = _joined(step, following)
            continue
        element = running.definition.elements[waiting.element_id]
        _write_now(work, running, {"content": step.state})
        result = activities[element.activity or ""](work, running, element.parameters)
        _forget_facts(running)
        following = engine.finish(
            running.definition, step.state, waiting.task_id, dict(result), facts=facts, now=work.now
        )
        step = _joined(step, following)
    raise EngineError(element.id, reason="too-many-activities", at_most=ACTIVITIES_AT_MOST)


def seats_of(work: Work, running: Running, task_id: UUID, element: Element) -> tuple[SeatPlace, ...]:
    """The seats of a task that opens in this step, found once; empty when nobody is named.

    A task that is taken back opens with the seats it had.
    """
    kept: Mapping[str, tuple[SeatPlace, ...]] = running.memo.get("seats_again", {})
    if kept.get(element.id):
        return kept[element.id]
    found: dict[UUID, tuple[SeatPlace, ...]] = running.memo.setdefault("seats", {})
    if task_id not in found:
        finder = work.part(ProcessParts).seats
        found[task_id] = finder(work, running, element) if finder is not None else ()
    return found[task_id]


def _passed_over(work: Work, running: Running, step: Step) -> Waiting | None:
    """A task that opens now, for which nobody is named, and which the diagram lets pass in that case."""
    entered = {line.task_id for line in step.passed if line.change == "entered"}
    for place in step.waiting:
        element = running.definition.elements[place.element_id]
        if place.kind is not ElementKind.USER or place.task_id not in entered or element.approval is None:
            continue
        if element.approval.when_empty == "skip" and not seats_of(work, running, place.task_id, element):
            return place
    return None


def _forget_facts(running: Running) -> None:
    for name in [name for name in running.memo if name.startswith("facts:")]:
        del running.memo[name]


def _joined(first: Step, second: Step) -> Step:
    return Step(
        state=second.state,
        waiting=second.waiting,
        passed=first.passed + second.passed,
        ended=second.ended,
        end_element=second.end_element,
        facts={**first.facts, **second.facts},
        thrown=first.thrown + second.thrown,
    )


def _ended(work: Work, step: Step) -> dict[str, Any]:
    """What a step changes in the instance's row."""
    if not step.ended:
        return {"content": step.state}
    ended = {"state": InstanceState.ENDED, "outcome": step.end_element, "ended_at": work.now}
    return {"content": step.state} | ended


def _write(work: Work, running: Running, values: Mapping[str, Any]) -> None:
    """Write the instance's row: a new one whole, a known one guarded by its revision. What waits is written before."""
    work.session.flush()
    instance = running.instance
    if inspect(instance).transient:
        for name, value in values.items():
            setattr(instance, name, value)
        insert_now(work.session, [instance])
        return
    update_now(work.session, instance, **values)


def _write_now(work: Work, running: Running, values: Mapping[str, Any]) -> None:
    """The same, and carried out before anything else happens."""
    try:
        _write(work, running, values)
        settle(work.session)
    except StaleDataError as error:
        raise Stale(Message("error-stale")) from error


def finished(work: Work, running: Running) -> None:
    """Tell those who wait for this instance that it has ended or was cancelled."""
    for heard in work.part(ProcessParts).on_end:
        heard(work, running)
    fan_outs.child_ended(work, running)


def _audit(actor: Actor, work: Work, running: Running, step: Step, told: Told) -> dict[str, Any]:
    """Record a step; returns the end of the chain as columns of the instance, which is still to be written."""
    details = {**told.details, "passed": _trail(step.passed), "facts": dict(step.facts)}
    if running.memo.get("skipped"):
        # What nobody decided reads as nobody's word.
        details["skipped"] = list(running.memo.pop("skipped"))
    if step.ended:
        details["outcome"] = step.end_element
    head = _on_head(actor, work, running, Told(told.verb, details))
    return {"audit_sequence": head.sequence, "audit_head": head.row_hash}


def record(actor: Actor, work: Work, running: Running, told: Told) -> None:
    """Add a row to the instance's audit chain, whose head lies in the locked instance row."""
    instance = running.instance
    instance.audit_sequence, instance.audit_head = _on_head(actor, work, running, told)


def _on_head(actor: Actor, work: Work, running: Running, told: Told) -> audit.Head:
    instance = running.instance
    return audit.record_on_head(
        actor,
        work,
        Stream(StreamKind.INSTANCE, str(instance.id), instance.campaign_id),
        audit.Head(instance.audit_sequence, instance.audit_head),
        told.verb,
        {"process": instance.process_key, "business_key": instance.business_key},
        told.details,
    )


def _trail(passed: tuple[Passed, ...]) -> list[list[str]]:
    return [[line.element_id, line.change] for line in passed]
