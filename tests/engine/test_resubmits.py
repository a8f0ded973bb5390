"""After work was sent back: through all steps again, or straight to the one that returned it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.contract import ReturnRefused, SentBack
from tests.engine.diagrams import Diagram, Run
from tests.engine.test_returns import Shape, Structured, draw, shapes

STRAIGHT = "straight"


def checked(way: str = STRAIGHT, drawn: bool = False) -> Run:
    """t, then m and n, then r, which returns to t: by declaration, or by a way of the diagram."""
    names = {} if drawn else {"gg_returnTargets": "t m"}
    diagram = Diagram().start().user("t", "m", "n").user("r", gg_resubmit=way, **names).xor("g", default="g_e").end()
    diagram.way("s -> t -> m -> n -> r -> g -> e").flow("g", "t", 'form.r.verdict = "return"')
    return Run(diagram.compiled())


def forked() -> Run:
    """t, then a1 → a2 beside b → b2, joined, then c; a2 returns to t."""
    diagram = Diagram().start().user("t", "a1").user("a2", gg_resubmit=STRAIGHT, gg_returnTargets="t a1")
    diagram.user("b", "b2", "c").both("f", "j").end()
    return Run(diagram.way("s -> t -> f -> a1 -> a2 -> j -> c -> e", "f -> b -> b2 -> j").compiled())


def returned(run: Run, drawn: bool = False) -> Run:
    run.do("t").do("m").do("n")
    return run.do("r", verdict="return") if drawn else run.back("r", "t", undeclared=False)


@pytest.mark.parametrize("drawn", [True, False])
def test_straight_to_who_returned_it_past_what_stands(drawn: bool) -> None:
    run = returned(checked(drawn=drawn), drawn)
    assert run.open == ["t"]
    assert run.sent_back("t") == SentBack("r", STRAIGHT, ("m", "n"), None)
    assert run.straight("t").open == ["r"]
    assert run.passed == [("t", "completed"), ("r", "entered")]
    assert run.at("r").attempt == 2
    assert run.do("r", verdict="approve").step.ended


@pytest.mark.parametrize("drawn", [True, False])
def test_through_all_is_always_open(drawn: bool) -> None:
    run = returned(checked("choice", drawn), drawn)
    known = run.sent_back("t")
    assert known is not None
    assert known.way == "choice"
    assert run.do("t").open == ["m"]
    assert run.do("m").do("n").open == ["r"]
    assert run.do("r", verdict="approve").step.ended


def test_without_being_asked_for_there_is_no_other_way() -> None:
    run = returned(checked("through-all"))
    assert run.sent_back("t") is None
    with pytest.raises(ReturnRefused, match="straight-not-now"):
        run.straight("t")


def test_a_task_that_was_not_sent_back_goes_nowhere_straight() -> None:
    with pytest.raises(ReturnRefused, match="straight-not-now"):
        checked().straight("t")


def test_with_nothing_between_there_is_nothing_to_offer() -> None:
    run = checked().do("t").do("m").do("n").back("r", "m", undeclared=False)
    known = run.sent_back("m")
    assert known is not None
    assert known.stands == ("n",)
    diagram = Diagram().start().user("t").user("r", gg_resubmit=STRAIGHT, gg_returnTargets="t").end()
    run = Run(diagram.way("s -> t -> r -> e").compiled()).do("t").back("r", "t", undeclared=False)
    assert run.sent_back("t") is None


def test_a_repair_returns_nothing_to_anybody() -> None:
    assert checked().do("t").do("m").do("n").back("r", "t", undeclared=True).sent_back("t") is None


def test_a_verdict_that_leads_elsewhere_is_no_return() -> None:
    run = checked(drawn=True).do("t").do("m").do("n").do("r", verdict="approve")
    assert run.step.ended


def test_what_stands_can_be_returned_to_afterwards() -> None:
    run = returned(checked()).straight("t").back("r", "m", undeclared=False)
    assert run.open == ["m"]
    assert run.straight("m").open == ["r"]


def test_a_second_return_counts_anew() -> None:
    run = returned(checked()).straight("t").back("r", "t", undeclared=False)
    assert run.sent_back("t") == SentBack("r", STRAIGHT, ("m", "n"), None)
    assert run.straight("t").open == ["r"]
    assert run.at("r").attempt == 3


def test_a_return_in_between_forgets_who_had_returned_it_before() -> None:
    diagram = Diagram().start().user("o").user("t", gg_returnTargets="o", gg_resubmit=STRAIGHT).user("m")
    diagram.user("r", gg_resubmit=STRAIGHT, gg_returnTargets="t").end().way("s -> o -> t -> m -> r -> e")
    run = Run(diagram.compiled()).do("o").do("t").do("m").back("r", "t", undeclared=False)
    assert run.back("t", "o", undeclared=False).open == ["o"]
    assert run.do("o").sent_back("t") is None
    assert run.do("t").open == ["m"]


def test_who_takes_back_what_went_straight_may_go_straight_again() -> None:
    run = returned(checked()).straight("t").back("r", "t", undeclared=True)
    assert run.sent_back("t") == SentBack("r", STRAIGHT, ("m", "n"), None)
    assert run.straight("t").open == ["r"]


def test_taken_back_from_a_branch_beside_it_may_go_straight_again() -> None:
    run = forked().do("t").do("b").do("a1").back("a2", "t", undeclared=False).straight("t")
    assert run.back("b2", "t", undeclared=True).open == ["t"]
    assert run.straight("t").open == ["a2", "b2"]


def test_out_of_a_branch_the_other_branches_are_as_they_were() -> None:
    run = forked().do("t").do("b").do("a1").back("a2", "t", undeclared=False)
    assert run.open == ["t"]
    assert run.straight("t").open == ["a2", "b2"]
    assert run.do("b2").open == ["a2"]
    assert run.do("a2").open == ["c"]
    assert run.do("c").step.ended


def test_a_branch_that_waited_in_the_join_waits_there_again() -> None:
    run = forked().do("t").do("b").do("b2").do("a1").back("a2", "t", undeclared=False)
    assert run.straight("t").open == ["a2"]
    assert run.do("a2").open == ["c"]
    assert run.do("c").step.ended


def test_within_a_branch_the_other_branch_goes_on_meanwhile() -> None:
    diagram = Diagram().start().user("t", "a1", "m").user("a2", gg_resubmit=STRAIGHT, gg_returnTargets="a1")
    diagram.user("b", "c").both("f", "j").end()
    run = Run(diagram.way("s -> t -> f -> a1 -> m -> a2 -> j -> c -> e", "f -> b -> j").compiled())
    run.do("t").do("a1").do("m").back("a2", "a1", undeclared=False).do("b")
    assert run.straight("a1").open == ["a2"]
    assert run.do("a2").open == ["c"]


def test_children_that_were_closed_are_not_started_a_second_time_by_a_short_way() -> None:
    diagram = Diagram().start().user("t", "a1").user("a2", gg_resubmit=STRAIGHT, gg_returnTargets="t").both("f", "j")
    diagram.node("callActivity", "kids", calledElement="child", gg_phase="x").end()
    run = Run(diagram.way("s -> t -> f -> a1 -> a2 -> j -> e", "f -> kids -> j").compiled())
    run.do("t").do("a1").back("a2", "t", undeclared=False)
    assert run.sent_back("t") == SentBack("a2", STRAIGHT, ("a1",), "engine-straight-children")
    with pytest.raises(ReturnRefused, match="straight-not-now"):
        run.straight("t")
    assert run.do("t").open == ["a1", "kids"]


def test_the_branch_of_a_reminder_goes_through_all() -> None:
    diagram = Diagram().start().user("t", "a", "b").user("urge", gg_resubmit=STRAIGHT, gg_returnTargets="t").end()
    diagram.deadline("d", tag="boundaryEvent", attachedToRef="b", cancelActivity="false")
    run = Run(diagram.way("s -> t -> a -> b -> e", "d -> urge -> e").compiled()).do("t").do("a").fire("d")
    known = run.back("urge", "t", undeclared=False).sent_back("t")
    assert known is not None
    assert known.reason == "engine-straight-boundary"


def test_the_state_holds_a_few_names_and_only_while_the_target_is_open() -> None:
    run = checked().do("t").do("m").do("n")
    before = len(run.step.state)
    run.back("r", "t", undeclared=False)
    assert len(run.step.state) < before + 100
    run.do("t")
    assert run.do("m").do("n").sent_back("r") is None


@settings(max_examples=150, deadline=None)
@given(
    shape=shapes, pick=st.lists(st.booleans(), min_size=1, max_size=4), walk=st.lists(st.integers(0, 999), max_size=16)
)
def test_straight_opens_again_what_was_open_and_every_join_opens_once(
    shape: Shape, pick: list[bool], walk: list[int]
) -> None:
    built = Structured(Diagram().start().user("first").end())
    built.paths["first"] = ()
    entered, left = draw(built, shape, (), pick)
    built.diagram.way(f"s -> first -> {entered}", f"{left} -> e")
    names = " ".join(sorted(built.paths))
    marked = f'<bpmn:userTask gg:resubmit="straight" gg:returnTargets="{names}" '
    built.diagram.nodes = [re.sub("^<bpmn:userTask ", marked, node) for node in built.diagram.nodes]
    run = Run(built.diagram.compiled(), built.facts)
    done: list[str] = []
    for choice in walk:
        if run.step.ended:
            break
        here = run.open[choice % len(run.open)]
        target = done[choice % len(done)] if done else ""
        inside = target and built.paths[here][: len(built.paths[target])] == built.paths[target]
        if choice % 3 or not inside:
            run.do(here)
            done = [name for name in done if name != here] + [here]
            continue
        was_open = sorted(run.open)
        try:
            run.back(here, target, undeclared=False)
        except ReturnRefused:
            continue
        if run.sent_back(target) is not None:
            run.straight(target)
            assert sorted(run.open) == was_open
        else:
            run.do(target)
            outer = built.paths[target]
            at = done.index(target)
            done = done[:at] + [name for name in done[at:] if built.paths[name][: len(outer)] != outer] + [target]
    before = {name: sum(p.element_id == name and p.change == "completed" for p in run.trail) for name in built.paths}
    for _ in range(len(built.paths) + 1):
        if not run.step.ended:
            run.do(run.open[0])
    assert run.step.ended
    after = {name: sum(p.element_id == name and p.change == "completed" for p in run.trail) for name in built.paths}
    assert all(after[name] - before[name] <= 1 for name in built.paths)
