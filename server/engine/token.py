"""A running instance on top of SpiffWorkflow: tokens, their trail, and the facts that conditions read.

The instance's own values live in `Store`, not in task data: nothing is copied from task to task, nothing is merged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from server.engine import feel
from server.engine.decisions import DecisionTable
from server.engine.errors import ExpressionFailed, FactMissing, StepBudgetExceeded, ValuesRefused
from server.engine.shapes import JSON, Definition, Element, ElementKind, FactPort, Passed, Thrown, Waiting
from server.engine.specs import OPEN, InclusiveGateway, Place, Scope
from server.engine.values import fact as plain_fact
from server.engine.values import plain

STEP_BUDGET = 500
MAX_TOKENS = 2_000
OWN_FACTS = frozenset({"start", "form", "decision", "result_of", "message"})
WAITING_KINDS = frozenset(
    {ElementKind.USER, ElementKind.CHILDREN, ElementKind.ACTIVITY, ElementKind.DEADLINE, ElementKind.MESSAGE}
)


@dataclass(slots=True)
class Store:
    """What an instance remembers besides its tokens.

    seed and number: source of task ids. own: the instance's own facts by first word, then by element. entered: how
    often. done: user tasks completed, oldest first, with the scope they were in; what a return may go back to.
    """

    seed: UUID
    number: int = 0
    own: dict[str, dict[str, JSON]] = field(default_factory=lambda: {name: {} for name in sorted(OWN_FACTS)})
    entered: dict[str, int] = field(default_factory=dict)
    done: list[tuple[str, Scope]] = field(default_factory=list)
    returns: int = 0
    end_element: str | None = None


class Token(Task):  # type: ignore[misc]
    """A SpiffWorkflow task whose id follows from the instance and a count, and whose changes leave a trail."""

    _state: int

    def __init__(
        self,
        workflow: "Instance",
        task_spec: Place,
        parent: "Token | None" = None,
        state: int = TaskState.FUTURE,
        number: int | None = None,
    ) -> None:
        if number is None:
            workflow.store.number += 1
            number = workflow.store.number
        self.number = number
        super().__init__(workflow, task_spec, parent, state, uuid5(workflow.store.seed, str(number)))

    @property
    def scope(self) -> Scope:
        """Splits that this token is inside."""
        scope: Scope = self.internal_data.get("scope", [])
        return scope

    def _add_child(self, task_spec: Place, state: int = TaskState.FUTURE) -> "Token":
        return Token(self.workflow, task_spec, self, state)

    def _set_state(self, value: int) -> None:
        before, self._state = self._state, value
        if before == value:
            return
        if value & OPEN and not before & OPEN:
            self.workflow.note(self, "entered")
        elif value == TaskState.COMPLETED:
            self.workflow.note(self, "completed")
        elif value == TaskState.CANCELLED and before & OPEN:
            self.workflow.note(self, "cancelled")

    def absorb(self) -> None:
        """Vanish into another token of the same join."""
        self._state = TaskState.CANCELLED


class Answers(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """SpiffWorkflow's door to expressions, led to FEEL. There is no way to Python behind it."""

    def evaluate(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("conditions are evaluated for a task")

    def execute(self, *_: Any, **__: Any) -> bool:
        raise NotImplementedError("there are no scripts")

    def call_service(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("services are done by the host")


class Conditions(PythonScriptEngine):  # type: ignore[misc]
    """Every condition must be true or false."""

    def __init__(self) -> None:
        super().__init__(Answers())

    def validate(self, expression: str) -> None:
        """Nothing is ever parsed as Python."""

    def evaluate(self, task: Token, expression: str, **_: Any) -> bool:
        answer = task.workflow.evaluate(expression, task.task_spec.element)
        if not isinstance(answer, bool):
            raise ExpressionFailed(task.task_spec.name, expression, "not-boolean", answer=repr(answer)[:80])
        return answer

    def execute(self, *_: Any, **__: Any) -> bool:
        raise NotImplementedError("there are no scripts")


CONDITIONS = Conditions()


class Instance(BpmnWorkflow):  # type: ignore[misc]
    """One instance in memory for the length of one command."""

    def __init__(self, definition: Definition, store: Store, facts: FactPort, now: datetime) -> None:
        self.definition = definition
        self.store = store
        self.now = now
        self.trail: list[Passed] = []
        self.thrown: list[Thrown] = []
        self.facts_read: dict[str, JSON] = {}
        self._port = facts
        self._steps = 0
        super().__init__(definition.engine.spec, {}, script_engine=CONDITIONS, deserializing=True)
        self.task_tree = Token(self, self.spec.start, state=TaskState.COMPLETED, number=0)

    def open_tokens(self) -> list[Token]:
        """Tokens that are somewhere, oldest first."""
        return [token for token in self.tasks.values() if token._state & OPEN]

    @property
    def end_element(self) -> str | None:
        return self.store.end_element

    @end_element.setter
    def end_element(self, value: str | None) -> None:
        self.store.end_element = value

    def note(self, token: Token, change: Literal["entered", "completed", "cancelled", "returned"]) -> None:
        """Write a line of the trail."""
        name = token.task_spec.name
        if name not in self.definition.elements:
            return
        if change == "entered":
            token.internal_data["attempt"] = self.store.entered[name] = self.store.entered.get(name, 0) + 1
        self.trail.append(Passed(name, token.id, change))

    def waiting(self) -> tuple[Waiting, ...]:
        """Everything the host has to know about, in document order."""
        found: list[tuple[int, int, Waiting]] = []
        for token in self.open_tokens():
            element = self.definition.elements[token.task_spec.name]
            if element.kind in WAITING_KINDS:
                attempt = token.internal_data["attempt"]
                found.append((element.order, attempt, Waiting(token.id, element.id, element.kind, attempt)))
        return tuple(row[2] for row in sorted(found, key=lambda row: row[:2]))

    def enter(self, name: str, scope: Scope, **more: Any) -> Token:
        """A new token in an element. more: what else it remembers."""
        spec = self.spec.task_specs[name]
        token: Token = self.task_tree._add_child(spec, TaskState.FUTURE)
        token.internal_data.update(via="", scope=scope, **more)
        spec._update(token)
        return token

    def run(self) -> None:
        """Go on until everything waits for the host."""
        while True:
            self.do_engine_steps(will_complete_task=self._count)
            joins = [t for t in self.open_tokens() if isinstance(t.task_spec, InclusiveGateway)]
            ready = next((t for t in joins if t.state == TaskState.WAITING and t.task_spec.may_fire(t)), None)
            if ready is None:
                self._limit_tokens(next(reversed(self.tasks.values())))
                return
            ready.task_spec.fire(ready)

    def _count(self, token: Token) -> None:
        self._steps += 1
        if self._steps > STEP_BUDGET:
            raise StepBudgetExceeded(token.task_spec.name, limit=STEP_BUDGET)
        self._limit_tokens(token)

    def _limit_tokens(self, token: Token) -> None:
        if len(self.tasks) > MAX_TOKENS:
            raise StepBudgetExceeded(token.task_spec.name, reason="too-many-tokens", limit=MAX_TOKENS)

    def refresh_timers(self) -> None:
        """Deadlines belong to the host."""

    def _task_completed_notify(self, task: Token) -> None:
        """Completion is decided by open tokens, not by a task named `End`."""

    # facts

    def evaluate(self, source: str, element: Element) -> JSON:
        """The value of an expression with the facts it reads."""
        inspection = feel.inspect("condition", source)
        facts = self._answer(inspection.facts, element, source)
        try:
            return feel.evaluate(source, facts, self.now, reads_clock=inspection.reads_clock)
        except feel.FeelFailed as failure:
            raise ExpressionFailed(element.id, source, f"feel-{failure.reason}", detail=failure.detail) from None

    def decide(self, element: Element) -> None:
        """Run the decision table of a business rule task and keep its result."""
        table: DecisionTable = self.definition.engine.decisions[element.decision]
        facts = self._answer(table.facts, element, table.decision_id)
        try:
            hits = feel.decide(table.table, facts, self.now, reads_clock=table.reads_clock)
        except feel.FeelFailed as failure:
            raise ExpressionFailed(
                element.id, table.decision_id, f"feel-{failure.reason}", detail=failure.detail
            ) from None
        self.store.own["decision"][element.id] = plain(table.result(hits, element.id), element.id)

    def _answer(self, names: tuple[str, ...], element: Element, source: str) -> dict[str, JSON]:
        found: dict[str, JSON] = {}
        asked: set[str] = set()
        for name in names:
            if name.partition(".")[0] in OWN_FACTS:
                found[name] = self._own(name, element, source)
            elif name in self.facts_read:
                found[name] = self.facts_read[name]
            else:
                asked.add(name)
        if asked:
            found.update(self._ask(asked, element, source))
        self.facts_read.update(found)
        return found

    def _own(self, name: str, element: Element, source: str) -> JSON:
        first, *rest = name.split(".")
        place: JSON = self.store.own[first]
        if first != "start" and (not rest or rest[0] not in self.store.own[first]):
            raise ExpressionFailed(element.id, source, "fact-missing", name=name)
        for part in rest:
            place = place.get(part) if isinstance(place, Mapping) else None
        return place

    def _ask(self, names: set[str], element: Element, source: str) -> dict[str, JSON]:
        try:
            answers = self._port(frozenset(names))
            return {name: plain_fact(answers[name], name) for name in sorted(names)}
        except FactMissing as missing:
            raise ExpressionFailed(element.id, source, "fact-missing", name=missing.name) from missing
        except KeyError as missing:
            raise ExpressionFailed(element.id, source, "fact-missing", name=str(missing.args[0])) from missing
        except ValuesRefused as refused:
            name = str(refused.params.get("path", ""))
            raise ExpressionFailed(element.id, source, "fact-not-plain", name=name) from refused

    def throw(self, element: Element) -> None:
        """A message or signal leaves; a signal is heard inside as well."""
        if element.event not in ("message", "signal") or element.event_name is None:
            return
        self.thrown.append(Thrown(element.event, element.event_name, dict(element.parameters)))
        if element.event == "signal":
            self.hear("signal", element.event_name, {})

    def hear(self, kind: str | None, name: str, payload: dict[str, JSON]) -> int:
        """Wake every token that waits for this; kind None means message or signal."""
        woken = 0
        for token in self.open_tokens():
            element = self.definition.elements[token.task_spec.name]
            if token.state != TaskState.WAITING or element.event_name != name or element.kind != ElementKind.MESSAGE:
                continue
            if kind is None or element.event == kind:
                self.store.own["message"][element.id] = dict(payload)
                self.happen(token)
                woken += 1
        return woken

    def happen(self, token: Token) -> None:
        """The event that this token waits for has come about."""
        token.task_spec.event_definition.catch(token)
        token.task_spec._update(token)
