"""Starting, completing, choosing, joining, waiting: what a step says."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest

from server.engine.contract import ElementKind, ExpressionFailed, Passed, TaskNotOpen
from tests.engine.diagrams import ENGINE, NOW, Diagram, Facts, Run, line


def choice(condition: str = "form.a.ok = true") -> Diagram:
    diagram = Diagram().start().user("a", "yes", "no").xor("g", default="g_no").end()
    return diagram.way("s -> a -> g -> no -> e", "yes -> e").flow("g", "yes", condition)


def test_start_opens_the_first_task_and_tells_the_trail() -> None:
    run = Run(line("a", "b").compiled())
    assert run.open == ["a"]
    assert run.passed == [("s", "entered"), ("s", "completed"), ("a", "entered")]
    assert not run.step.ended
    assert run.at("a").kind is ElementKind.USER
    assert run.at("a").attempt == 1


def test_completing_to_the_end() -> None:
    run = Run(line("a", "b").compiled()).do("a").do("b")
    assert run.open == []
    assert run.step.ended
    assert run.step.end_element == "e"
    assert run.passed == [("b", "completed"), ("e", "entered"), ("e", "completed")]


def test_task_id_stays_the_same_while_the_place_is_open() -> None:
    diagram = Diagram().start().both("f", "j").user("a", "b").end().way("s -> f -> a -> j -> e", "f -> b -> j")
    run = Run(diagram.compiled())
    before = run.at("b").task_id
    run.do("a")
    assert run.at("b").task_id == before
    assert ENGINE.inspect(run.definition, run.step.state).waiting == run.step.waiting


def test_condition_reads_the_form_of_the_task() -> None:
    assert Run(choice().compiled()).do("a", ok=True).open == ["yes"]
    assert Run(choice().compiled()).do("a", ok=False).open == ["no"]


def test_the_default_flow_is_taken_whatever_stands_on_it() -> None:
    diagram = Diagram().start().user("a", "b").xor("g", default="g_e").end().way("s -> a -> g", "b -> e")
    definition = diagram.flow("g", "e", "false").flow("g", "b", "form.a.more = true").compiled()
    assert Run(definition).do("a", more=False).step.ended


def test_conditions_are_tried_in_the_order_of_the_file() -> None:
    diagram = Diagram().start().user("x", "y").xor("g", default="g_e").end().way("s -> g -> e", "x -> e", "y -> e")
    assert Run(diagram.flow("g", "y", "true").flow("g", "x", "true").compiled()).open == ["y"]


def test_facts_read_are_reported_with_the_step() -> None:
    facts = Facts(unit__kind="school", unit__size=3)
    run = Run(choice('form.a.ok = true and unit.kind = "school"').compiled(), facts)
    assert facts.asked == []
    run.do("a", ok=True)
    assert facts.asked == [frozenset({"unit.kind"})]
    assert run.step.facts == {"form.a.ok": True, "unit.kind": "school"}


def test_definition_knows_the_facts_it_reads() -> None:
    definition = choice('form.a.ok = true and unit.kind = "school"').compiled()
    assert definition.facts_read == {"form.a.ok", "unit.kind"}


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("form.yes.ok = true", "fact-missing"),
        ("unit.kind = 1", "fact-missing"),
        ("form.a.missing > 3", "not-boolean"),
        ("form.a.text and true", "not-boolean"),
        ('date(form.a.text) = date("2026-01-01")', "feel-no-answer"),
    ],
)
def test_a_condition_without_answer_refuses_the_step_and_names_the_gateway(condition: str, reason: str) -> None:
    run = Run(choice(condition).compiled())
    with pytest.raises(ExpressionFailed) as failure:
        run.do("a", ok=True, text="x")
    assert failure.value.reason == reason
    assert failure.value.element_id == "g"
    assert failure.value.expression == condition
    assert ENGINE.inspect(run.definition, run.step.state).waiting[0].element_id == "a"


def test_a_fact_port_may_raise_key_errors_or_leave_out_a_name() -> None:
    definition = choice("unit.kind = 1").compiled()
    for port in (lambda names: {}[min(names)], lambda _names: {}):
        step = ENGINE.start(definition, facts=port, now=NOW, seed=UUID(int=1))
        with pytest.raises(ExpressionFailed, match="fact-missing"):
            ENGINE.complete(definition, step.state, step.waiting[0].task_id, {}, facts=port, now=NOW)


def test_a_fact_that_is_not_plain_is_refused() -> None:
    definition = choice("unit.kind = 1").compiled()
    step = ENGINE.start(definition, facts=Facts(), now=NOW, seed=UUID(int=1))
    with pytest.raises(ExpressionFailed, match="fact-not-plain"):
        ENGINE.complete(
            definition, step.state, step.waiting[0].task_id, {}, facts=lambda _names: {"unit.kind": NOW}, now=NOW
        )


def test_start_data_are_facts() -> None:
    diagram = Diagram().start().xor("g", default="g_b").user("a", "b").end()
    definition = diagram.way("s -> g -> b -> e", "a -> e").flow("g", "a", 'start.kind = "x"').compiled()
    assert Run(definition, kind="x").open == ["a"]
    assert Run(definition, kind="y").open == ["b"]


def test_parallel_branches_join_in_document_order() -> None:
    diagram = Diagram().start().both("f", "j").user("b", "a", "c").end()
    run = Run(diagram.way("s -> f -> c -> j -> e", "f -> a -> j", "f -> b -> j").compiled())
    assert run.open == ["b", "a", "c"]
    assert run.do("a").do("c").open == ["b"]
    assert not run.step.ended
    assert run.do("b").step.ended


def test_inclusive_gateway_waits_for_the_chosen_branches_only() -> None:
    diagram = Diagram().start().user("a", "x", "y", "z", "after").end()
    diagram.node("inclusiveGateway", "f", default="f_z").node("inclusiveGateway", "j")
    diagram.way("s -> a -> f", "x -> j", "y -> j", "z -> j", "j -> after -> e", "f -> z")
    diagram.flow("f", "x", "form.a.x").flow("f", "y", "form.a.y")
    definition = diagram.compiled()
    both = Run(definition).do("a", x=True, y=True)
    assert both.open == ["x", "y"]
    assert both.do("x").open == ["y"]
    assert both.do("y").open == ["after"]
    assert both.do("after").step.ended
    assert Run(definition).do("a", x=False, y=True).do("y").open == ["after"]
    assert Run(definition).do("a", x=False, y=False).open == ["z"]


def test_call_and_service_activities_wait_for_the_host() -> None:
    diagram = Diagram().start().end().node("callActivity", "c", calledElement="child")
    diagram.node(
        "serviceTask",
        "v",
        '<bpmn:extensionElements><gg:parameter name="level" value="city"/></bpmn:extensionElements>',
        gg_activity="findings.open",
    )
    diagram.xor("g", default="g_e").user("u").way("s -> c -> v -> g -> e", "u -> e").flow(
        "g", "u", "result_of.v.open > 0"
    )
    definition = diagram.compiled()
    assert definition.calls == {"child"}
    assert dict(definition.elements["v"].parameters) == {"level": "city"}
    run = Run(definition)
    assert run.step.waiting[0].kind is ElementKind.CHILDREN
    assert run.finish("c").step.waiting[0].kind is ElementKind.ACTIVITY
    with pytest.raises(TaskNotOpen, match="task-of-another-kind"):
        run.do("v")
    assert run.finish("v", open=2).open == ["u"]


def test_fan_out_is_read_from_the_diagram() -> None:
    loop = "<bpmn:multiInstanceLoopCharacteristics/>"
    diagram = Diagram().start().end().way("s -> c -> e")
    diagram.node(
        "callActivity",
        "c",
        loop,
        calledElement="unit",
        gg_collection="participants",
        gg_opens="percent",
        gg_opensAt="80",
        gg_openChildren="carry_over",
    )
    element = diagram.compiled().elements["c"]
    assert (element.is_fan_out, element.collection, element.opens, element.opens_at, element.open_children) == (
        True,
        "participants",
        "percent",
        80,
        "carry_over",
    )


def test_messages_are_caught_by_name_and_their_payload_is_a_fact() -> None:
    diagram = Diagram().start().message("m", "answer").xor("g", default="g_e").user("u").end()
    definition = diagram.way("s -> m -> g -> e", "u -> e").flow("g", "u", "message.m.n > 1").compiled()
    run = Run(definition)
    assert run.at("m").kind is ElementKind.MESSAGE
    with pytest.raises(TaskNotOpen, match="nobody-waits"):
        run.catch("question")
    assert run.catch("answer", n=2).open == ["u"]


def test_thrown_messages_leave_and_signals_are_heard_inside_too() -> None:
    diagram = Diagram().start().both("f").user("u").end("e1").end("e2")
    diagram.message("t", "out", tag="intermediateThrowEvent").signal("w", "stop", "intermediateCatchEvent")
    diagram.signal("z", "stop", "intermediateThrowEvent").message("d", "done", tag="sendTask")
    run = Run(diagram.way("s -> f -> w -> e1", "f -> u -> t -> d -> z -> e2").compiled())
    assert run.open == ["u", "w"]
    run.do("u")
    assert run.step.ended
    assert [(thrown.kind, thrown.name) for thrown in run.step.thrown] == [
        ("message", "out"),
        ("message", "done"),
        ("signal", "stop"),
    ]


def test_message_end_and_receive_task() -> None:
    diagram = Diagram().start().message("r", "go", tag="receiveTask").message("e", "bye", tag="endEvent")
    run = Run(diagram.way("s -> r -> e").compiled()).catch("go")
    assert run.step.ended
    assert run.step.thrown[0].name == "bye"


def test_terminate_end_closes_everything() -> None:
    diagram = Diagram().start().both("f").user("a", "b").end("e1", "<bpmn:terminateEventDefinition/>").end("e2")
    run = Run(diagram.way("s -> f -> a -> e1", "f -> b -> e2").compiled()).do("a")
    assert run.step.ended
    assert run.step.end_element == "e1"
    assert ("b", "cancelled") in run.passed


def test_interrupting_deadline_ends_its_task_and_the_other_deadlines() -> None:
    diagram = Diagram().start().user("a", "late").end()
    diagram.deadline("d1", tag="boundaryEvent", attachedToRef="a")
    diagram.deadline("d2", tag="boundaryEvent", attachedToRef="a", cancelActivity="false").user("urge")
    definition = diagram.way("s -> a -> e", "d1 -> late -> e", "d2 -> urge -> e").compiled()
    run = Run(definition)
    assert run.open == ["a", "d1", "d2"]
    assert run.fire("d2").open == ["a", "d1", "urge"]
    run.fire("d1")
    assert run.open == ["late", "urge"]
    assert ("a", "cancelled") in run.passed
    assert Run(definition).do("a").passed == [
        ("a", "completed"),
        ("d1", "cancelled"),
        ("d2", "cancelled"),
        ("e", "entered"),
        ("e", "completed"),
    ]


def test_deadline_of_a_call_activity_opens_the_way() -> None:
    diagram = Diagram().start().node("callActivity", "c", calledElement="x").end()
    diagram.deadline("d", tag="boundaryEvent", attachedToRef="c")
    run = Run(diagram.way("s -> c -> e", "d -> e").compiled())
    assert run.open == ["c", "d"]
    assert run.fire("d").step.ended


def test_cancel_closes_every_place() -> None:
    diagram = Diagram().start().both("f", "j").user("a", "b").end().way("s -> f -> a -> j -> e", "f -> b -> j")
    run = Run(diagram.compiled())
    step = ENGINE.cancel(run.definition, run.step.state, now=NOW)
    assert step.ended
    assert step.end_element is None
    assert {entry.change for entry in step.passed} == {"cancelled"}
    assert ENGINE.inspect(run.definition, step.state).waiting == ()


@pytest.mark.parametrize("task_id", [uuid4(), UUID(int=0)])
def test_unknown_task_is_refused(task_id: UUID) -> None:
    run = Run(line("a").compiled())
    with pytest.raises(TaskNotOpen):
        ENGINE.complete(run.definition, run.step.state, task_id, {}, facts=Facts(), now=NOW)


def test_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        ENGINE.start(line("a").compiled(), facts=Facts(), now=datetime(2026, 1, 1), seed=UUID(int=1))  # noqa: DTZ001


def test_inspect_runs_nothing() -> None:
    run = Run(line("a").compiled())
    picture = ENGINE.inspect(run.definition, run.step.state)
    assert picture.state == run.step.state
    assert picture.passed == ()
    assert picture.waiting == run.step.waiting


def test_passed_is_plain() -> None:
    run = Run(line("a").compiled())
    assert run.step.passed[-1] == Passed("a", run.at("a").task_id, "entered")
