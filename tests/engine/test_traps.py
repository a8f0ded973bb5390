"""Every way in which the workflow library was seen to go wrong, turned into a promise of ours."""

import os
import subprocess
import sys
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from server.engine import state as codec
from server.engine.contract import DefinitionRejected, Step, StepBudgetExceeded, TaskNotOpen, compile_process
from server.engine.token import CONDITIONS
from tests.engine.diagrams import ENGINE, NOW, Diagram, Facts, Run, line


def rules(diagram: Diagram) -> set[str]:
    try:
        diagram.compiled()
    except DefinitionRejected as rejected:
        return {finding.rule for finding in rejected.findings}
    return set()


def ladder(blocks: int) -> Diagram:
    """Parallel blocks one after the other; guessing ahead makes 2^blocks tasks of it."""
    diagram = Diagram().start().end()
    before = "s"
    for n in range(blocks):
        diagram.both(f"f{n}", f"j{n}").user(f"a{n}", f"b{n}")
        diagram.way(f"{before} -> f{n} -> a{n} -> j{n}", f"f{n} -> b{n} -> j{n}")
        before = f"j{n}"
    return diagram.way(f"{before} -> e")


def loop() -> Diagram:
    diagram = Diagram().start().user("a", "b").xor("g", default="g_e").end()
    return diagram.way("s -> a -> b -> g -> e").flow("g", "a", "form.b.ok = false")


# expressions and scripts


def test_python_in_a_condition_is_not_python(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    diagram = Diagram().start().user("a").xor("g", default="g_e").end()
    diagram.way("s -> a -> g -> e").flow("g", "a", f"__import__('os').system('touch {victim}')")
    assert rules(diagram) & {"feel-syntax", "feel-unknown-function", "feel-unknown-fact"}
    assert not victim.exists()


def test_restored_instances_have_our_script_engine_not_the_default() -> None:
    run = Run(line("a").compiled())
    instance = codec.load(run.definition, run.step.state, Facts(), NOW)
    assert instance.script_engine is CONDITIONS
    with pytest.raises(NotImplementedError):
        CONDITIONS.execute(None, "1")
    with pytest.raises(NotImplementedError):
        CONDITIONS.environment.evaluate("1 + 1", {})
    with pytest.raises(NotImplementedError):
        CONDITIONS.environment.call_service({}, operation_name="x")
    assert type(CONDITIONS).evaluate is not PythonScriptEngine.evaluate


def test_comment_inside_an_element_does_not_crash_the_reader() -> None:
    data = line("a").xml().replace(b"</bpmn:userTask>", b"<!-- why --></bpmn:userTask>")
    assert Run(compile_process(data)).open == ["a"]


# state


def test_in_flight_branches_survive_every_save() -> None:
    run = Run(ladder(3).compiled())
    for n in range(3):
        run.do(f"b{n}").do(f"a{n}")
    assert run.step.ended


def test_order_of_keys_in_the_stored_state_does_not_matter() -> None:
    run = Run(ladder(2).compiled()).do("a0", zeta=1, alpha=[{"b": 1, "a": 2}]).do("b0", x=1)
    body = orjson.loads(zlib.decompress(run.step.state[len(codec.STAMP) :]))
    assert list(body["own"]["form"]["a0"]) == ["zeta", "alpha"]
    run.step = Step(
        codec.STAMP + zlib.compress(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)),
        *(getattr(run.step, name) for name in ("waiting", "passed", "ended", "end_element", "facts", "thrown")),
    )
    assert run.do("a1").do("b1").step.ended


def test_state_does_not_grow_with_history() -> None:
    run = Run(loop().compiled())
    sizes = []
    for _ in range(120):
        run.do("a").do("b", ok=False)
        sizes.append(len(run.step.state))
    assert max(sizes[20:]) - min(sizes[20:]) < 40
    assert run.at("a").attempt == 121


def test_a_thousand_rounds_do_not_freeze_the_instance() -> None:
    run = Run(loop().compiled())
    for _ in range(1_050):
        run.do("a").do("b", ok=False)
    assert run.open == ["a"]
    assert run.do("a").do("b", ok=True).step.ended


def test_long_lines_do_not_meet_the_recursion_limit() -> None:
    ids = [f"t{n}" for n in range(295)]
    definition = line(*ids).compiled()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(250)
    try:
        run = Run(definition)
        for node in ids:
            run.do(node)
    finally:
        sys.setrecursionlimit(limit)
    assert run.step.ended


def test_a_long_line_of_gateways_runs_within_one_step() -> None:
    ids = [f"g{n}" for n in range(290)]
    diagram = Diagram().start().end()
    for node in ids:
        diagram.xor(node)
    assert Run(diagram.way(" -> ".join(["s", *ids, "e"])).compiled()).step.ended


# parallel branches


def test_parallel_blocks_do_not_multiply() -> None:
    run = Run(ladder(20).compiled())
    assert len(run.step.state) < 600
    for n in range(20):
        run.do(f"a{n}").do(f"b{n}")
    assert run.step.ended


def test_a_join_inside_a_loop_waits_anew_in_each_round() -> None:
    diagram = Diagram().start().xor("m").both("f", "j").user("a", "b", "c").xor("g", default="g_e").end()
    diagram.way("s -> m -> f -> a -> j -> c -> g -> e", "f -> b -> j").flow("g", "m", "form.c.again = true")
    run = Run(diagram.compiled())
    for again in (True, True, False):
        assert run.open == ["a", "b"]
        assert run.do("b").open == ["a"]
        assert run.do("a").open == ["c"]
        run.do("c", again=again)
    assert run.step.ended


def test_a_join_with_a_direct_way_back_does_not_stall() -> None:
    diagram = Diagram().start().both("f", "j").user("a", "b").xor("g", default="g_j").xor("m").end()
    diagram.way("s -> f -> m -> a -> g", "f -> b -> j -> e", "g -> j").flow("g", "m", "form.a.again = true")
    run = Run(diagram.compiled()).do("a", again=True).do("a", again=True).do("b").do("a", again=False)
    assert run.step.ended


def test_two_tokens_on_one_way_do_not_open_a_join() -> None:
    diagram = Diagram().start().both("f", "f2", "j").user("a", "b", "c").xor("m").end()
    diagram.way("s -> f -> f2 -> a -> m", "f2 -> b -> m -> j -> e", "f -> c -> j")
    run = Run(diagram.compiled()).do("a").do("b")
    assert run.open == ["c"]
    assert ("j", "completed") not in [(entry.element_id, entry.change) for entry in run.trail]
    assert not run.do("c").step.ended  # the second token of the first way is left over: the linter reports it


def test_branches_do_not_merge_or_share_values() -> None:
    diagram = Diagram().start().both("f", "j").user("a", "b", "c").xor("g", default="g_e").end()
    diagram.way("s -> f -> a -> j -> c -> g -> e", "f -> b -> j")
    diagram.flow("g", "c", "count(form.a.list) != 2 or count(form.b.list) != 1")
    shared = {"list": [{"n": 1}, {"n": 1}]}
    run = Run(diagram.compiled()).do("a", **shared)
    shared["list"].clear()
    run.do("b", list=[{"n": 1}])
    assert run.do("c").step.ended


def test_a_task_reached_by_two_tokens_opens_twice_each_with_its_attempt() -> None:
    diagram = Diagram().start().both("f").user("a").xor("m").end().way("s -> f -> m -> a -> e")
    diagram.node("intermediateThrowEvent", "t").way("f -> t -> m")
    run = Run(diagram.compiled())
    assert run.open == ["a", "a"]
    assert [waiting.attempt for waiting in run.step.waiting] == [1, 2]
    assert run.do("a").do("a").step.ended


# guards


def test_a_task_cannot_be_completed_twice() -> None:
    run = Run(line("a", "b").compiled())
    first = run.at("a").task_id
    run.do("a")
    with pytest.raises(TaskNotOpen):
        ENGINE.complete(run.definition, run.step.state, first, {}, facts=Facts(), now=NOW)


def test_a_task_cannot_be_completed_before_its_turn() -> None:
    run = Run(line("a", "b").compiled())
    later = Run(line("a", "b").compiled()).do("a").at("b").task_id
    with pytest.raises(TaskNotOpen):
        ENGINE.complete(run.definition, run.step.state, later, {}, facts=Facts(), now=NOW)


def test_a_deadline_fires_once_and_only_when_told() -> None:
    diagram = Diagram().start().deadline("d").user("a").end().way("s -> d -> a -> e")
    run = Run(diagram.compiled())
    due = run.at("d").task_id
    years_later = {"facts": Facts(), "now": NOW + timedelta(days=4_000)}
    assert ENGINE.inspect(run.definition, run.step.state).waiting == run.step.waiting
    run.fire("d")
    assert run.open == ["a"]
    with pytest.raises(TaskNotOpen):
        ENGINE.fire(run.definition, run.step.state, due, **years_later)  # type: ignore[arg-type]


def test_a_deadline_of_work_that_was_sent_back_is_gone() -> None:
    diagram = Diagram().start().user("a", "b", "late").deadline("d", tag="boundaryEvent", attachedToRef="b").end()
    run = Run(diagram.way("s -> a -> b -> e", "d -> late -> e").compiled()).do("a")
    stale = run.at("d").task_id
    run.back("b", "a")
    assert run.open == ["a"]
    with pytest.raises(TaskNotOpen):
        ENGINE.fire(run.definition, run.step.state, stale, facts=Facts(), now=NOW)
    run.do("a")
    assert run.open == ["b", "d"]
    assert run.at("d").attempt == 2
    assert run.do("b").step.ended


def test_a_return_leaves_no_second_active_place() -> None:
    diagram = Diagram().start().user("p", "a", "b", "c").both("f", "j").end()
    run = Run(diagram.way("s -> p -> f -> a -> j -> c -> e", "f -> b -> j").compiled()).do("p").do("a")
    assert run.back("b", "p").open == ["p"]
    run.do("p")
    assert run.open == ["a", "b"]
    assert run.do("b").open == ["a"]
    assert run.do("a").open == ["c"]
    assert run.do("c").step.ended


# events


def test_two_deadlines_behind_one_event_gateway_are_two() -> None:
    diagram = Diagram().start().node("eventBasedGateway", "g").deadline("d1", "early").deadline("d2", "late")
    diagram.message("m", "answer").user("x", "y", "z").end()
    definition = diagram.way("s -> g -> d1 -> x -> e", "g -> d2 -> y -> e", "g -> m -> z -> e").compiled()
    assert Run(definition).open == ["d1", "d2", "m"]
    assert Run(definition).fire("d2").open == ["y"]
    assert Run(definition).fire("d1").open == ["x"]
    assert Run(definition).catch("answer").open == ["z"]


def test_a_message_that_does_not_interrupt_can_come_again() -> None:
    diagram = Diagram().start().user("a", "note").end()
    diagram.message("m", "remark", tag="boundaryEvent", attachedToRef="a", cancelActivity="false")
    run = Run(diagram.way("s -> a -> e", "m -> note -> e").compiled()).catch("remark").catch("remark")
    assert run.open == ["a", "note", "note", "m"]
    run.do("a")
    assert run.open == ["note", "note"]
    assert run.do("note").do("note").step.ended


def test_running_does_not_change_the_shared_definition() -> None:
    diagram = Diagram().start().user("a", "b").deadline("d", tag="boundaryEvent", attachedToRef="a").end()
    diagram.node("eventBasedGateway", "g").message("m", "x").deadline("t")
    definition = diagram.way("s -> a -> g -> m -> e", "g -> t -> e", "d -> b -> e").compiled()

    def picture() -> dict[str, tuple[object, ...]]:
        specs = definition.engine.spec.task_specs
        return {n: (list(s._inputs), list(s._outputs), getattr(s, "boundaries", ())) for n, s in specs.items()}

    before = picture()
    Run(definition).do("a").catch("x")
    Run(definition).fire("d").do("b")
    assert picture() == before


# constructs that used to pass in silence


@pytest.mark.parametrize(
    ("tag", "inner", "rule"),
    [
        ("intermediateThrowEvent", "<bpmn:linkEventDefinition/>", "unsupported-event"),
        ("intermediateThrowEvent", "<bpmn:compensateEventDefinition/>", "unsupported-event"),
        ("endEvent", "<bpmn:signalEventDefinition/>", "unsupported-event"),
        ("endEvent", "<bpmn:errorEventDefinition/>", "unsupported-event"),
        ("intermediateCatchEvent", "<bpmn:conditionalEventDefinition/>", "unsupported-event"),
        ("intermediateCatchEvent", "", "unsupported-event"),
        ("startEvent", "<bpmn:messageEventDefinition/>", "unsupported-event"),
        ("startEvent", "<bpmn:timerEventDefinition/>", "unsupported-event"),
        (
            "intermediateCatchEvent",
            '<bpmn:timerEventDefinition gg:deadline="x"/><bpmn:messageEventDefinition/>',
            "unsupported-event",
        ),
        ("sendTask", "", "message-missing"),
        ("receiveTask", "", "message-missing"),
        ("complexGateway", "", "unsupported-element"),
        ("adHocSubProcess", "", "unsupported-element"),
        ("subProcess", "", "unsupported-element"),
        ("transaction", "", "unsupported-element"),
        ("scriptTask", "<bpmn:script>1</bpmn:script>", "script-task"),
        ("task", "", "plain-task"),
        ("manualTask", "", "plain-task"),
        ("userTask", "<bpmn:standardLoopCharacteristics/>", "standard-loop"),
        ("userTask", "<bpmn:multiInstanceLoopCharacteristics/>", "multi-instance-task"),
        ("serviceTask", "", "activity-missing"),
        ("callActivity", "", "call-target"),
        ("businessRuleTask", "", "decision-missing"),
    ],
)
def test_what_we_do_not_run_is_refused(tag: str, inner: str, rule: str) -> None:
    diagram = Diagram().start().user("a").end().node(tag, "x", inner)
    assert rule in rules(diagram.way("s -> a -> x -> e"))


def test_event_subprocess_and_compensation_are_refused() -> None:
    assert "unsupported-element" in rules(line("a").node("subProcess", "x", triggeredByEvent="true"))
    assert "unsupported-element" in rules(line().user("a", isForCompensation="true").way("s -> a -> e"))


@pytest.mark.parametrize(
    ("inner", "rule"),
    [
        ('<bpmn:multiInstanceLoopCharacteristics isSequential="true"/>', "sequential-fan-out"),
        (
            (
                "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>200000</bpmn:loopCardinality>"
                "</bpmn:multiInstanceLoopCharacteristics>"
            ),
            "fan-out-expression",
        ),
        (
            (
                "<bpmn:multiInstanceLoopCharacteristics><bpmn:completionCondition>true</bpmn:completionCondition>"
                "</bpmn:multiInstanceLoopCharacteristics>"
            ),
            "fan-out-expression",
        ),
        ("<bpmn:multiInstanceLoopCharacteristics/>", "collection-missing"),
    ],
)
def test_fan_out_says_only_over_what(inner: str, rule: str) -> None:
    diagram = Diagram().start().node("callActivity", "c", inner, calledElement="x").end().way("s -> c -> e")
    assert rule in rules(diagram)


@pytest.mark.parametrize("timer", ["timeDate", "timeDuration", "timeCycle"])
def test_no_time_is_written_into_a_diagram(timer: str) -> None:
    inner = f'<bpmn:timerEventDefinition gg:deadline="x"><bpmn:{timer}>P1D</bpmn:{timer}></bpmn:timerEventDefinition>'
    diagram = Diagram().start().node("intermediateCatchEvent", "t", inner).end().way("s -> t -> e")
    assert rules(diagram) == {"timer-text"}


@pytest.mark.parametrize("node_id", ["Start", "End", "Root", "in", "typename"])
def test_ids_that_the_library_skips_or_cannot_restore_are_refused(node_id: str) -> None:
    assert rules(line(node_id)) == {"id-reserved"}


@pytest.mark.parametrize("node_id", ["p.EndJoin", "a.BoundaryEventSplit", "a-b", "1a", "审核"])
def test_ids_that_expressions_cannot_name_are_refused(node_id: str) -> None:
    assert rules(line(node_id)) == {"id-form"}


def test_condition_on_a_plain_flow_is_refused() -> None:
    diagram = Diagram().start().user("a", "b").end().way("s -> a", "b -> e").flow("a", "b", "true")
    assert rules(diagram) == {"condition-misplaced"}


def test_several_ways_out_of_a_task_are_refused() -> None:
    assert rules(Diagram().start().user("a", "b").end().way("s -> a -> b -> e", "a -> e")) == {"implicit-split"}


def test_several_starts_and_no_end_are_refused() -> None:
    assert "one-start" in rules(line("a").start("s2").way("s2 -> a"))
    assert "no-end" in rules(Diagram().start().user("a").way("s -> a"))
    assert "dead-end" in rules(line("a").user("b"))
    assert "unreachable" in rules(line("a").user("b").way("b -> e"))


def test_a_process_marked_as_not_executable_is_refused() -> None:
    diagram = line("a")
    diagram.executable = ' isExecutable="false"'
    assert rules(diagram) == {"one-process"}


def test_a_circle_without_anybody_to_wait_for_is_refused() -> None:
    diagram = Diagram().start().xor("g", default="g_e").xor("h").end().way("s -> g -> e", "h -> g")
    assert "busy-loop" in rules(diagram.flow("g", "h", "true"))


def test_a_step_has_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.engine.token.STEP_BUDGET", 20)
    ids = [f"g{n}" for n in range(30)]
    diagram = Diagram().start().user("a").end()
    for node in ids:
        diagram.xor(node)
    run = Run(diagram.way(" -> ".join(["s", "a", *ids, "e"])).compiled())
    with pytest.raises(StepBudgetExceeded):
        run.do("a")
    assert ENGINE.inspect(run.definition, run.step.state).waiting[0].element_id == "a"


def test_tokens_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.engine.token.MAX_TOKENS", 12)
    diagram = Diagram().start().both("f").user(*(f"u{n}" for n in range(20))).end()
    diagram.way("s -> f", *(f"f -> u{n} -> e" for n in range(20)))
    with pytest.raises(StepBudgetExceeded, match="too-many-tokens"):
        Run(diagram.compiled())


# threads and repeatability


def test_one_definition_serves_many_threads() -> None:
    definition = ladder(3).compiled()

    def work(_: int) -> bool:
        run = Run(definition)
        for n in range(3):
            run.do(f"a{n}", n=n).do(f"b{n}")
        return run.step.ended

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(160)))


def test_the_same_command_on_the_same_state_gives_the_same_bytes() -> None:
    run = Run(ladder(2).compiled())
    task = run.at("b0").task_id
    first, second = (
        ENGINE.complete(run.definition, run.step.state, task, {"x": 1}, facts=Facts(), now=NOW) for _ in range(2)
    )
    assert first == second


_REPEAT = """
from tests.engine.test_traps import ladder, loop
from tests.engine.diagrams import Run
run = Run(ladder(4).compiled())
for n in range(4):
    run.do(f"b{n}").do(f"a{n}")
print(run.trail, Run(loop().compiled()).do("a").do("b", ok=False).step)
"""


def test_nothing_depends_on_the_order_of_hashes() -> None:
    def output(seed: str) -> str:
        environment: Mapping[str, str] = {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([str(Path.cwd())])}
        done = subprocess.run(
            [sys.executable, "-c", _REPEAT], capture_output=True, text=True, env=dict(environment), check=True
        )
        return done.stdout

    assert output("1") == output("2")


def test_task_ids_of_different_instances_differ() -> None:
    definition = line("a").compiled()
    first, second = (ENGINE.start(definition, facts=Facts(), now=NOW, seed=UUID(int=n)) for n in (1, 2))
    assert first.waiting[0].task_id != second.waiting[0].task_id
    seeded = [ENGINE.start(definition, facts=Facts(), now=NOW, seed=UUID(int=3)) for _ in range(2)]
    assert seeded[0] == seeded[1]
