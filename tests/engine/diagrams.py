"""Small diagrams for tests, written as a list of nodes and arrows."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from server.engine.contract import (
    JSON,
    Definition,
    FactMissing,
    ProcessEngine,
    SentBack,
    Step,
    Waiting,
    compile_process,
)

NOW = datetime(2026, 5, 15, 1, tzinfo=UTC)
ENGINE = ProcessEngine()
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:gg="urn:greengate:bpmn:1" targetNamespace="urn:test">\n'
)


@dataclass
class Diagram:
    """flows are written `a -> b -> c`; a condition or default is set with `flow`."""

    pid: str = "p"
    nodes: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    before: str = ""
    lanes: str = ""
    executable: str = ' isExecutable="true"'

    def node(self, tag: str, node_id: str, inner: str = "", **attributes: Any) -> "Diagram":
        names = "".join(f" {name.replace('gg_', 'gg:')}={quoteattr(str(v))}" for name, v in attributes.items())
        self.nodes.append(f'<bpmn:{tag} id="{node_id}"{names}>{inner}</bpmn:{tag}>')
        return self

    def start(self, node_id: str = "s") -> "Diagram":
        return self.node("startEvent", node_id)

    def end(self, node_id: str = "e", inner: str = "") -> "Diagram":
        return self.node("endEvent", node_id, inner)

    def user(self, *ids: str, **attributes: Any) -> "Diagram":
        for node_id in ids:
            self.node("userTask", node_id, **attributes)
        return self

    def xor(self, node_id: str, default: str | None = None) -> "Diagram":
        return self.node("exclusiveGateway", node_id, **({"default": default} if default else {}))

    def both(self, *ids: str) -> "Diagram":
        for node_id in ids:
            self.node("parallelGateway", node_id)
        return self

    def deadline(self, node_id: str, key: str = "due", tag: str = "intermediateCatchEvent", **more: Any) -> "Diagram":
        return self.node(tag, node_id, f'<bpmn:timerEventDefinition gg:deadline="{key}"/>', **more)

    def message(self, node_id: str, name: str = "hello", tag: str = "intermediateCatchEvent", **more: Any) -> "Diagram":
        reference = f"m_{name}"
        if f'id="{reference}"' not in self.before:
            self.before += f'<bpmn:message id="{reference}" name="{name}"/>'
        if tag in ("sendTask", "receiveTask"):
            return self.node(tag, node_id, messageRef=reference, **more)
        return self.node(tag, node_id, f'<bpmn:messageEventDefinition messageRef="{reference}"/>', **more)

    def signal(self, node_id: str, name: str, tag: str, **more: Any) -> "Diagram":
        reference = f"g_{name}"
        if f'id="{reference}"' not in self.before:
            self.before += f'<bpmn:signal id="{reference}" name="{name}"/>'
        return self.node(tag, node_id, f'<bpmn:signalEventDefinition signalRef="{reference}"/>', **more)

    def way(self, *texts: str) -> "Diagram":
        for text in texts:
            stops = [stop.strip() for stop in text.split("->")]
            for source, target in itertools.pairwise(stops):
                self.flow(source, target)
        return self

    def flow(self, source: str, target: str, condition: str | None = None, flow_id: str | None = None) -> "Diagram":
        flow_id = flow_id or f"{source}_{target}"
        inner = "" if condition is None else f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>"
        self.flows.append(
            f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'
        )
        return self

    def xml(self) -> bytes:
        body = "\n".join([self.lanes, *self.nodes, *self.flows])
        return (
            f'{HEAD}{self.before}\n<bpmn:process id="{self.pid}"{self.executable}>\n{body}\n'
            "</bpmn:process>\n</bpmn:definitions>\n"
        ).encode()

    def compiled(self, decisions: Mapping[str, bytes] | None = None) -> Definition:
        return compile_process(self.xml(), decisions or {})


def line(*ids: str) -> Diagram:
    """start → user tasks → end."""
    return Diagram().start().user(*ids).end().way(" -> ".join(["s", *ids, "e"]))


class Facts(dict[str, JSON]):
    """A fact port that remembers what it was asked."""

    def __init__(self, **values: JSON) -> None:
        super().__init__({name.replace("__", "."): value for name, value in values.items()})
        self.asked: list[frozenset[str]] = []

    def __call__(self, names: frozenset[str]) -> Mapping[str, JSON]:
        self.asked.append(names)
        for name in sorted(names):
            if name not in self:
                raise FactMissing(name)
        return {name: self[name] for name in names}


class Run:
    """One instance, driven by element ids. Every command goes through stored bytes."""

    def __init__(self, definition: Definition, facts: Facts | None = None, now: datetime = NOW, **data: Any) -> None:
        self.definition = definition
        self.facts = facts or Facts()
        self.now = now
        self.step: Step = ENGINE.start(definition, facts=self.facts, now=now, data=data, seed=UUID(int=7))
        self.trail = list(self.step.passed)

    @property
    def open(self) -> list[str]:
        return [waiting.element_id for waiting in self.step.waiting]

    def at(self, element_id: str, which: int = 0) -> Waiting:
        return [waiting for waiting in self.step.waiting if waiting.element_id == element_id][which]

    def _took(self, step: Step) -> "Run":
        self.step = step
        self.trail.extend(step.passed)
        return self

    def straight(self, element_id: str, **values: Any) -> "Run":
        """Done, and straight to the task that had returned it."""
        task, state = self.at(element_id).task_id, self.step.state
        more = {"facts": self.facts, "now": self.now, "straight": True}
        return self._took(ENGINE.complete(self.definition, state, task, values, **more))

    def sent_back(self, element_id: str) -> SentBack | None:
        return ENGINE.sent_back(self.definition, self.step.state, self.at(element_id).task_id)

    def do(self, element_id: str, which: int = 0, **values: Any) -> "Run":
        task = self.at(element_id, which).task_id
        return self._took(
            ENGINE.complete(self.definition, self.step.state, task, values, facts=self.facts, now=self.now)
        )

    def finish(self, element_id: str, **values: Any) -> "Run":
        task = self.at(element_id).task_id
        return self._took(ENGINE.finish(self.definition, self.step.state, task, values, facts=self.facts, now=self.now))

    def fire(self, element_id: str) -> "Run":
        task = self.at(element_id).task_id
        return self._took(ENGINE.fire(self.definition, self.step.state, task, facts=self.facts, now=self.now))

    def catch(self, name: str, **payload: Any) -> "Run":
        return self._took(ENGINE.catch(self.definition, self.step.state, name, payload, facts=self.facts, now=self.now))

    def back(self, element_id: str, target: str, undeclared: bool = True) -> "Run":
        task = self.at(element_id).task_id
        return self._took(
            ENGINE.return_to(
                self.definition,
                self.step.state,
                task,
                target,
                facts=self.facts,
                now=self.now,
                undeclared=undeclared,
            )
        )

    @property
    def passed(self) -> list[tuple[str, str]]:
        """(element, change) of the last step."""
        return [(entry.element_id, entry.change) for entry in self.step.passed]
