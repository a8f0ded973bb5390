"""SpiffWorkflow's task specs with the behaviour we need, by subclassing.

A task exists only where a token is: nothing is predicted, so a diagram of twenty parallel blocks costs what it runs.
Joins count the tokens that really wait in them instead of searching the history, so loops, returns and restored
instances cannot confuse them. A token carries where it came from (`via`) and which splits it is inside (`scope`).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent as SpiffBoundaryEvent
from SpiffWorkflow.bpmn.specs.defaults import EndEvent as SpiffEndEvent
from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway as SpiffExclusiveGateway
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway as SpiffInclusiveGateway
from SpiffWorkflow.bpmn.specs.defaults import IntermediateCatchEvent as SpiffCatchEvent
from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway as SpiffParallelGateway
from SpiffWorkflow.bpmn.specs.defaults import UserTask as SpiffUserTask
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition, TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from server.engine.shapes import Element

if TYPE_CHECKING:
    from server.engine.token import Token

Scope = list[list[Any]]
"""Splits a token is inside, outermost first: [number of the split, branches (sorted), branches in all]."""


def inside(scope: Scope, outer: Scope) -> bool:
    """Whether a scope lies in another, or is it."""
    return scope[: len(outer)] == outer


OPEN = TaskState.WAITING | TaskState.READY | TaskState.STARTED


class Process(BpmnProcessSpec):  # type: ignore[misc]
    """A process; `reaches` answers for inclusive joins which elements lie downstream of which."""

    def __init__(self, process_id: str) -> None:
        super().__init__(name=process_id)
        self.reachable: dict[str, frozenset[str]] = {}


class Place(BpmnSpecMixin):  # type: ignore[misc]
    """Anything a token can be in."""

    element: Element

    def test(self) -> None:
        """The linter has looked; boundary events have no incoming flow."""

    def _predict(self, my_task: "Token", *_: Any, **__: Any) -> None:
        """Tokens are where they are; guessing ahead is what makes trees explode."""

    def _on_complete_hook(self, my_task: "Token") -> None:
        super()._on_complete_hook(my_task)
        if not my_task.children:
            my_task._sync_children(self.outputs, TaskState.FUTURE)
        self.send(my_task, my_task.children)

    def send(self, my_task: "Token", tokens: "Iterable[Token]") -> None:
        """Tell the tokens that go on from here where they come from."""
        going = list(tokens)
        for branch, token in enumerate(going):
            scope = list(my_task.scope)
            if len(going) > 1:
                scope.append([my_task.number, [branch], len(going)])
            token.internal_data.update(via=self.name, scope=scope)


class Guarded(Place):
    """A place where the host works; its boundary events are armed while it is open."""

    boundaries: tuple[str, ...] = ()

    def _on_ready_hook(self, my_task: "Token") -> None:
        super()._on_ready_hook(my_task)
        for name in self.boundaries:
            arm(my_task, self._wf_spec.task_specs[name])

    def _on_complete_hook(self, my_task: "Token") -> None:
        disarm(my_task)
        super()._on_complete_hook(my_task)

    def _on_cancel(self, my_task: "Token") -> None:
        disarm(my_task)
        super()._on_cancel(my_task)


def arm(host: "Token", spec: "Boundary") -> None:
    """Put a boundary event beside its host."""
    token = host.parent._add_child(spec, TaskState.FUTURE)
    token.triggered = True
    token.internal_data.update(host=host.number, scope=list(host.scope))
    spec._update(token)


def disarm(host: "Token") -> None:
    """Take away the boundary events that did not happen."""
    for token in host.workflow.open_tokens():
        if token.internal_data.get("host") == host.number and token.state == TaskState.WAITING:
            token.cancel()


class UserTask(Guarded, SpiffUserTask):  # type: ignore[misc]
    """Waits for a person."""


class HostActivity(Guarded):
    """Call activities and service tasks: the host does the work and says when it is finished."""

    def _run_hook(self, my_task: "Token") -> None:
        super()._run_hook(my_task)


class Start(Place):
    """The one plain start."""


class Throw(Place):
    """Sends a message or signal, or marks a spot."""

    def _run_hook(self, my_task: "Token") -> bool:
        super()._run_hook(my_task)
        my_task.workflow.throw(self.element)
        return True


class End(Place, SpiffEndEvent):  # type: ignore[misc]
    """A plain, message or terminating end."""

    def _run_hook(self, my_task: "Token") -> bool:
        my_task.workflow.end_element = self.name
        if self.element.event == "message":
            my_task.workflow.throw(self.element)
        return True

    def _on_complete_hook(self, my_task: "Token") -> None:
        if isinstance(self.event_definition, TerminateEventDefinition):
            for token in my_task.workflow.open_tokens():
                token.cancel()


class Decision(Place):
    """A decision table; its result becomes facts of the instance."""

    def _run_hook(self, my_task: "Token") -> bool:
        super()._run_hook(my_task)
        my_task.workflow.decide(self.element)
        return True


class HostEvent(EventDefinition):  # type: ignore[misc]
    """A deadline, message or signal: it has happened when the host says so, never by itself."""


class Catch(Place, SpiffCatchEvent):  # type: ignore[misc]
    """Waits for a deadline, message or signal; of those behind one event gateway the first wins."""

    def _run_hook(self, my_task: "Token") -> bool:
        race = my_task.internal_data.get("race")
        if race is not None:
            for token in my_task.workflow.open_tokens():
                if token is not my_task and token.internal_data.get("race") == race:
                    token.cancel()
        super()._run_hook(my_task)
        return True


class Boundary(Place, SpiffBoundaryEvent):  # type: ignore[misc]
    """Waits beside its host; interrupting ones end it, others fork and, if they can happen again, wait again."""

    def _run_hook(self, my_task: "Token") -> bool:
        host = next(
            (t for t in my_task.workflow.open_tokens() if t.number == my_task.internal_data.get("host")),
            None,
        )
        if host is not None and self.cancel_activity:
            host.cancel()
        elif host is not None:
            my_task.internal_data["scope"] = [*host.scope, [my_task.number, [0], 0]]
            if self.element.event != "timer":
                arm(host, self)
        super()._run_hook(my_task)
        return True


class EventGateway(Place):
    """Puts a token into each of the events behind it, in a race."""

    def send(self, my_task: "Token", tokens: "Iterable[Token]") -> None:
        for token in tokens:
            token.internal_data.update(via=self.name, scope=list(my_task.scope), race=my_task.number)


class ExclusiveGateway(Place, SpiffExclusiveGateway):  # type: ignore[misc]
    """One way on. SpiffWorkflow chooses; our script engine answers the conditions."""


class Join(Place):
    """Waits for tokens on its incoming flows and merges those that it consumes."""

    def waiting(self, my_task: "Token") -> "list[Token]":
        """Tokens in this join, oldest first."""
        return [t for t in my_task.workflow.open_tokens() if t.task_spec is self and t.state == TaskState.WAITING]

    def consume(self, my_task: "Token", tokens: "list[Token]") -> None:
        """One token goes on for all of these."""
        my_task.internal_data["scope"] = merged([token.scope for token in tokens])
        for token in tokens:
            if token is not my_task:
                token.absorb()


class ParallelGateway(Join, SpiffParallelGateway):  # type: ignore[misc]
    """Goes on when a token waits on every incoming flow; a second one on the same flow waits for the next round."""

    def _update_hook(self, my_task: "Token") -> bool:
        if len(self._inputs) < 2:
            return True
        my_task._set_state(TaskState.WAITING)
        first: dict[str, Token] = {}
        for token in self.waiting(my_task):
            first.setdefault(token.internal_data["via"], token)
        if len(first) < len(set(self._inputs)):
            return False
        self.consume(my_task, list(first.values()))
        return True

    def _run_hook(self, _my_task: "Token") -> bool:
        return True


class InclusiveGateway(Join, SpiffInclusiveGateway):  # type: ignore[misc]
    """Goes on when no token elsewhere can still reach an empty incoming flow."""

    def _update_hook(self, my_task: "Token") -> bool:
        if len(self._inputs) < 2:
            return True
        my_task._set_state(TaskState.WAITING)
        return False

    def may_fire(self, my_task: "Token") -> bool:
        """Asked when nothing else moves."""
        waiting = self.waiting(my_task)
        arrived = {token.internal_data["via"] for token in waiting}
        empty = set(self._inputs) - arrived
        for token in my_task.workflow.open_tokens():
            if token.task_spec is self:
                continue
            ahead = self._wf_spec.reachable[f"{token.task_spec.name} {self.name}"]
            if ahead & empty and not ahead & arrived:
                return False
        return True

    def fire(self, my_task: "Token") -> None:
        """Take one token from each flow that has one."""
        first: dict[str, Token] = {}
        for token in self.waiting(my_task):
            first.setdefault(token.internal_data["via"], token)
        chosen = list(first.values())
        self.consume(chosen[0], chosen)
        chosen[0]._ready()

    def _run_hook(self, my_task: "Token") -> bool:
        if len(self._outputs) < 2:
            return True
        matches, defaults = self._get_matching_outputs(my_task)
        my_task._sync_children(matches or defaults, TaskState.FUTURE)
        return True


def merged(scopes: list[Scope]) -> Scope:
    """Scope of the token that goes on from a join: out of the split when all its branches are in, else still inside."""
    result: Scope = []
    for level in zip(*scopes, strict=False):
        if all(entry == level[0] for entry in level):
            result.append(list(level[0]))
            continue
        number, total = level[0][0], level[0][2]
        if all(entry[0] == number for entry in level):
            branches = sorted({branch for entry in level for branch in entry[1]})
            if len(branches) != total:
                result.append([number, branches, total])
        break
    return result


def event_definition(element: Element) -> EventDefinition:
    """SpiffWorkflow's view of an event of ours."""
    if element.event is None:
        return NoneEventDefinition()
    if element.event == "terminate":
        return TerminateEventDefinition()
    return HostEvent(name=element.event_name or element.deadline or element.id)
