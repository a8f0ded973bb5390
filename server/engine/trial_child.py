"""The child of `trial.py`: limits itself, then starts a diagram and walks on a little."""

import json
import resource
import sys
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from uuid import UUID

from server.engine import feel
from server.engine.compiler import compile_process
from server.engine.draft import finding
from server.engine.errors import DefinitionRejected, EngineRefusal, ExpressionFailed, FactMissing
from server.engine.process_engine import ProcessEngine
from server.engine.shapes import JSON, Definition, ElementKind, FactPort, Finding, Step, Waiting

CPU_SECONDS = 10
MEMORY_BYTES = 1 << 30
MAX_TASKS = 2_000
MAX_STEPS = 60
NOW = datetime(2026, 1, 15, 1, tzinfo=UTC)
# A form is empty here, and other facts may be unknown; what can be said about that, the linter has said.
_HARMLESS = frozenset({"fact-missing", "not-boolean", "feel-no-answer"})


def limit_myself() -> None:
    """Everything that a hostile file could use up."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def trial(bpmn: bytes, decisions: Mapping[str, bytes], samples: Mapping[str, JSON]) -> list[Finding]:
    """Start, then do whatever is open, each element once, until the end or for a while."""

    def facts(names: frozenset[str]) -> Mapping[str, JSON]:
        for name in sorted(names):
            if name not in samples:
                raise FactMissing(name)
        return {name: samples[name] for name in names}

    try:
        definition = compile_process(bpmn, decisions)
    except DefinitionRejected as rejected:
        return list(rejected.findings)
    findings = _dry_run(definition, samples)
    try:
        _walk(definition, facts, findings)
    except EngineRefusal as refused:
        if not (isinstance(refused, ExpressionFailed) and refused.reason in _HARMLESS):
            element = definition.elements.get(refused.element_id or "")
            findings.append(finding("trial-failed", "error", element, reason=refused.reason))
    return findings


def _dry_run(definition: Definition, samples: Mapping[str, JSON]) -> list[Finding]:
    """Every condition that reads nothing but sample facts must be true or false."""
    findings = []
    for flow in definition.flows:
        inspection = feel.inspect("condition", flow.condition or "true")
        if not flow.condition or not set(inspection.facts) <= set(samples):
            continue
        try:
            answer = feel.evaluate(flow.condition, {name: samples[name] for name in inspection.facts}, NOW)
        except feel.FeelFailed as failure:
            answer = failure.detail
        if not isinstance(answer, bool):
            findings.append(finding("condition-null", "error", flow, expression=flow.condition[:200]))
    return findings


def _walk(definition: Definition, facts: FactPort, findings: list[Finding]) -> None:
    engine = ProcessEngine()
    seen: set[str] = set()
    step = engine.start(definition, facts=facts, now=NOW, seed=UUID(int=1))
    for _ in range(MAX_STEPS):
        if len(step.waiting) > MAX_TASKS:
            findings.append(Finding("trial-tasks", "error", params={"limit": MAX_TASKS}))
            return
        todo = next((w for w in step.waiting if w.element_id not in seen and w.kind != ElementKind.MESSAGE), None)
        if todo is None:
            return
        seen.add(todo.element_id)
        step = _do(engine, definition, step, todo, facts)


def _do(engine: ProcessEngine, definition: Definition, step: Step, todo: Waiting, facts: FactPort) -> Step:
    if todo.kind is ElementKind.DEADLINE:
        return engine.fire(definition, step.state, todo.task_id, facts=facts, now=NOW)
    if todo.kind is ElementKind.USER:
        return engine.complete(definition, step.state, todo.task_id, {}, facts=facts, now=NOW)
    return engine.finish(definition, step.state, todo.task_id, {}, facts=facts, now=NOW)


def main() -> None:
    """Read the order, answer with findings."""
    limit_myself()
    order = json.loads(sys.stdin.buffer.read())
    decisions = {name: b64decode(data) for name, data in order["decisions"].items()}
    findings = trial(b64decode(order["bpmn"]), decisions, order["facts"])
    sys.stdout.write(json.dumps([asdict(entry) for entry in findings]))


if __name__ == "__main__":
    main()
