"""How long the engine itself takes: no database, no web. Run: python -m bench.engine

Each figure is the median of repeated single commands on stored bytes (load, step, dump), in milliseconds.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

from server.engine import compiler, feel
from server.engine.contract import ProcessEngine, Step, compile_process, lint_process, trial_start

NOW = datetime(2026, 5, 15, 1, tzinfo=UTC)
ENGINE = ProcessEngine()
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:gg="urn:greengate:bpmn:1">'
    '<bpmn:process id="p" isExecutable="true">'
)


def diagram(nodes: list[str], flows: list[tuple[str, str, str]]) -> bytes:
    """A process of these nodes; a flow is (source, target, condition or empty)."""
    lines = [
        f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">'
        + (f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else "")
        + "</bpmn:sequenceFlow>"
        for source, target, condition in flows
    ]
    return (HEAD + "".join(nodes + lines) + "</bpmn:process></bpmn:definitions>").encode()


def chain(length: int, deadlines: bool = False) -> bytes:
    """User tasks one after the other, each with a boundary deadline if wanted."""
    ids = [f"t{n}" for n in range(length)]
    nodes = ['<bpmn:startEvent id="s"/>', '<bpmn:endEvent id="e"/>', *(f'<bpmn:userTask id="{i}"/>' for i in ids)]
    stops = ["s", *ids, "e"]
    flows = [(a, b, "") for a, b in pairwise(stops)]
    if deadlines:
        for node in ids:
            nodes.append(
                f'<bpmn:boundaryEvent id="d_{node}" attachedToRef="{node}" cancelActivity="false">'
                '<bpmn:timerEventDefinition gg:deadline="x"/></bpmn:boundaryEvent>'
            )
            flows.append((f"d_{node}", "e", ""))
    return diagram(nodes, flows)


def decided() -> bytes:
    """Submit, review, then a choice that reads two facts."""
    nodes = ['<bpmn:startEvent id="s"/>', '<bpmn:userTask id="a"/>', '<bpmn:endEvent id="e"/>']
    nodes += [
        '<bpmn:userTask id="b"/>',
        '<bpmn:exclusiveGateway id="m"/>',
        '<bpmn:exclusiveGateway id="g" default="g_e"/>',
    ]
    again = 'form.b.passed = false and unit.kind = "school"'
    return diagram(
        nodes, [("s", "m", ""), ("m", "a", ""), ("a", "b", ""), ("b", "g", ""), ("g", "e", ""), ("g", "m", again)]
    )


def wide(branches: int) -> bytes:
    """One parallel split and join."""
    ids = [f"t{n}" for n in range(branches)]
    nodes = ['<bpmn:startEvent id="s"/>', '<bpmn:endEvent id="e"/>', *(f'<bpmn:userTask id="{i}"/>' for i in ids)]
    nodes += ['<bpmn:parallelGateway id="f"/>', '<bpmn:parallelGateway id="j"/>']
    flows = [("s", "f", ""), ("j", "e", ""), *(("f", i, "") for i in ids), *((i, "j", "") for i in ids)]
    return diagram(nodes, flows)


def measure(name: str, work: Callable[[], object], repeat: int = 400, note: str = "") -> None:
    """Print the median and the 95th percentile."""
    work()
    times = []
    for _ in range(repeat):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * 1_000)
    times.sort()
    print(f"{name:58} {statistics.median(times):8.3f} ms  p95 {times[int(repeat * 0.95)]:8.3f}  {note}")


def facts(names: frozenset[str]) -> dict[str, str]:
    """The only fact there is."""
    return dict.fromkeys(names, "school")


def complete(bpmn: bytes, before: int, values: dict[str, object] | None = None) -> Callable[[], Step]:
    """Completing the first open task after so many others."""
    definition = compile_process(bpmn)
    step = ENGINE.start(definition, facts=facts, now=NOW, seed=UUID(int=1))
    for _ in range(before):
        step = ENGINE.complete(definition, step.state, step.waiting[0].task_id, {"x": "y"}, facts=facts, now=NOW)
    task = next(w for w in step.waiting if w.kind == "user").task_id
    return lambda: ENGINE.complete(definition, step.state, task, values or {}, facts=facts, now=NOW)


def size(work: Callable[[], Step]) -> str:
    """Bytes of the state that the command leaves."""
    return f"{len(work().state)} bytes"


def main() -> None:
    """All figures."""
    for name, work in (
        ("complete, 10 approvals", complete(chain(10), 5)),
        ("complete, 10 approvals with 10 boundary deadlines", complete(chain(10, deadlines=True), 0)),
        ("complete, the 200th of 290 approvals", complete(chain(290), 200)),
        ("complete, 20 parallel branches", complete(wide(20), 10)),
        ("complete, 200 parallel branches", complete(wide(200), 100)),
        ("complete with a condition, answer kept", complete(decided(), 1, {"passed": False})),
    ):
        measure(name, work, note=size(work))
    cold = complete(decided(), 1, {"passed": False})

    def uncached() -> Step:
        feel.answers.clear()
        return cold()

    measure("complete with a condition, nothing kept", uncached, 100)
    measure(
        "start, 10 approvals", lambda: ENGINE.start(compile_process(chain(10)), facts=facts, now=NOW, seed=UUID(int=1))
    )
    bpmn = chain(50)

    def compile_again() -> object:
        compiler._compiled._kept.clear()
        return compile_process(bpmn)

    measure("compile, 50 approvals, not kept", compile_again, 50)
    measure("compile, 50 approvals, kept", lambda: compile_process(bpmn))
    measure("lint, 50 approvals", lambda: lint_process(bpmn), 20)
    measure("trial start in a child process", lambda: trial_start(bpmn), 3)


if __name__ == "__main__":
    main()
