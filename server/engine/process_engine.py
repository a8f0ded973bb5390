"""The commands on one instance. Stateless: bytes in, step out; nothing is kept between two calls."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from server.engine import resubmits, returns, state
from server.engine.errors import EngineRefusal, FactMissing, TaskNotOpen
from server.engine.shapes import JSON, Definition, Element, ElementKind, FactPort, ReturnTarget, SentBack, Step
from server.engine.token import Instance, Store, Token
from server.engine.values import plain

_NO_DATA: Mapping[str, JSON] = {}


def no_facts(names: frozenset[str]) -> Mapping[str, JSON]:
    """A fact port that knows nothing."""
    raise FactMissing(min(names))


class ProcessEngine:
    """Thread-safe: it holds nothing. Every refusal leaves the caller's state valid."""

    def start(
        self,
        definition: Definition,
        *,
        facts: FactPort,
        now: datetime,
        seed: UUID,
        data: Mapping[str, Any] = _NO_DATA,
    ) -> Step:
        """A new instance. data: facts `start.<key>`. seed: its own id, from which the ids of its tasks follow."""
        _must_be_aware(now)
        instance = Instance(definition, Store(seed), facts, now)
        instance.store.own["start"] = plain(data, None)
        instance.enter(definition.engine.start, [])
        return _step(instance)

    def complete(
        self,
        definition: Definition,
        state: bytes,
        task_id: UUID,
        values: Mapping[str, Any],
        *,
        facts: FactPort,
        now: datetime,
        straight: bool = False,
    ) -> Step:
        """Finish a user task; its values are facts `form.<element>.<field>` from now on.

        straight: past the tasks between, to the one that had sent the work back here; see `sent_back`.
        """
        instance, token, element = _open(definition, state, task_id, (ElementKind.USER,), facts, now)
        said = instance.store.own["form"][element.id] = plain(values, element.id)
        returns.remember(instance, token)
        if straight:
            resubmits.go_straight(instance, token)
            return _step(instance)
        token.run()
        _run(instance)
        resubmits.note_drawn(instance, element, token.scope, said)
        return _picture(instance)

    def sent_back(self, definition: Definition, state: bytes, task_id: UUID) -> SentBack | None:
        """By whom the work was sent back to an open user task, when that lets it come straight."""
        instance, token, _ = _open(definition, state, task_id, (ElementKind.USER,), no_facts, None)
        return resubmits.sent_back(instance, token)

    def fire(self, definition: Definition, state: bytes, task_id: UUID, *, facts: FactPort, now: datetime) -> Step:
        """A deadline has come."""
        instance, token, _ = _open(definition, state, task_id, (ElementKind.DEADLINE,), facts, now)
        instance.happen(token)
        return _step(instance)

    def finish(
        self,
        definition: Definition,
        state: bytes,
        task_id: UUID,
        values: Mapping[str, Any],
        *,
        facts: FactPort,
        now: datetime,
    ) -> Step:
        """The host's work is done; its values are facts `result_of.<element>.<key>`."""
        kinds = (ElementKind.ACTIVITY, ElementKind.CHILDREN)
        instance, token, element = _open(definition, state, task_id, kinds, facts, now)
        instance.store.own["result_of"][element.id] = plain(values, element.id)
        token.complete()
        return _step(instance)

    def catch(
        self,
        definition: Definition,
        state: bytes,
        name: str,
        payload: Mapping[str, Any],
        *,
        facts: FactPort,
        now: datetime,
    ) -> Step:
        """A message or signal has come; its payload is facts `message.<element>.<key>`.

        Raises TaskNotOpen when nobody in the instance waits for it.
        """
        instance = _load(definition, state, facts, now)
        if not instance.hear(None, name, plain(payload, None)):
            raise TaskNotOpen(reason="nobody-waits", name=name[:80])
        return _step(instance)

    def return_targets(self, definition: Definition, state: bytes, task_id: UUID) -> tuple[ReturnTarget, ...]:
        """Where an open user task may be sent back to: the targets its element declares, each with its reason."""
        instance, token, _ = _open(definition, state, task_id, (ElementKind.USER,), no_facts, None)
        return returns.targets(instance, token)

    def return_to(
        self,
        definition: Definition,
        state: bytes,
        task_id: UUID,
        target_element_id: str,
        *,
        facts: FactPort,
        now: datetime,
        undeclared: bool = False,
    ) -> Step:
        """Send an open user task back to an earlier one.

        undeclared: allow targets that the diagram does not name (for an administrator's repair); the work must
        still have passed there.
        """
        instance, token, _ = _open(definition, state, task_id, (ElementKind.USER,), facts, now)
        returns.go_back(instance, token, target_element_id, undeclared=undeclared)
        return _step(instance)

    def cancel(self, definition: Definition, state: bytes, *, now: datetime) -> Step:
        """End the instance where it stands."""
        instance = _load(definition, state, no_facts, now)
        for token in instance.open_tokens():
            if token.state & (TaskState.WAITING | TaskState.READY | TaskState.STARTED):
                token.cancel()
        return _picture(instance)

    def inspect(self, definition: Definition, state: bytes) -> Step:
        """The picture of a stored state; nothing runs."""
        return _picture(_load(definition, state, no_facts, None), state)


def _must_be_aware(now: datetime | None) -> None:
    if now is not None and now.tzinfo is None:
        raise ValueError("now must be an aware datetime")


def _load(definition: Definition, stored: bytes, facts: FactPort, now: datetime | None) -> Instance:
    _must_be_aware(now)
    return state.load(definition, stored, facts, now)


def _open(
    definition: Definition,
    stored: bytes,
    task_id: UUID,
    kinds: tuple[ElementKind, ...],
    facts: FactPort,
    now: datetime | None,
) -> tuple[Instance, Token, Element]:
    instance = _load(definition, stored, facts, now)
    token = instance.tasks.get(task_id)
    element = None if token is None else definition.elements.get(token.task_spec.name)
    if token is None or element is None:
        raise TaskNotOpen(reason="task-not-open", task=str(task_id))
    if element.kind not in kinds:
        raise TaskNotOpen(element.id, reason="task-of-another-kind", task=str(task_id))
    return instance, token, element


def _step(instance: Instance) -> Step:
    _run(instance)
    return _picture(instance)


def _run(instance: Instance) -> None:
    try:
        instance.run()
    except SpiffWorkflowException as error:
        raise EngineRefusal(reason="engine-failed", detail=str(error)[:200]) from error


def _picture(instance: Instance, stored: bytes | None = None) -> Step:
    return Step(
        state=state.dump(instance) if stored is None else stored,
        waiting=instance.waiting(),
        passed=tuple(instance.trail),
        ended=not instance.open_tokens(),
        end_element=instance.end_element,
        facts=dict(sorted(instance.facts_read.items())),
        thrown=tuple(instance.thrown),
    )
