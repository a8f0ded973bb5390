"""Sending work back: what is offered, what is refused, and that exactly the right places are open afterwards."""

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.contract import ReturnRefused, ReturnTarget, TaskNotOpen, TooManyReturns
from tests.engine.diagrams import ENGINE, Diagram, Facts, Run, line


def forked() -> Run:
    """p, then a1 → a2 beside b, joined, then c."""
    diagram = Diagram().start().user("p", "a1", "a2", "b", "c").both("f", "j").end()
    return Run(diagram.way("s -> p -> f -> a1 -> a2 -> j -> c -> e", "f -> b -> j").compiled())


def test_serial_return_opens_the_target_and_says_so() -> None:
    run = Run(line("a", "b", "c").compiled()).do("a").do("b")
    returned = run.at("c").task_id
    run.back("c", "a")
    assert run.open == ["a"]
    assert run.at("a").attempt == 2
    assert [(p.element_id, p.change) for p in run.step.passed] == [("c", "returned"), ("a", "entered")]
    assert run.step.passed[0].task_id == returned
    assert run.do("a").do("b").open == ["c"]
    assert run.at("c").attempt == 2
    assert run.do("c").step.ended


def test_a_returned_task_can_no_longer_be_completed() -> None:
    run = Run(line("a", "b").compiled()).do("a")
    gone = run.at("b").task_id
    run.back("b", "a")
    with pytest.raises(TaskNotOpen):
        ENGINE.complete(run.definition, run.step.state, gone, {}, facts=Facts(), now=run.now)


def test_only_declared_targets_are_offered() -> None:
    diagram = Diagram().start().user("a", "b").user("c", gg_returnTargets="a b").end().way("s -> a -> b -> c -> e")
    run = Run(diagram.compiled()).do("a").do("b")
    targets = ENGINE.return_targets(run.definition, run.step.state, run.at("c").task_id)
    assert targets == (ReturnTarget("a", True, None), ReturnTarget("b", True, None))
    with pytest.raises(ReturnRefused, match="return-not-declared"):
        Run(line("a", "b").compiled()).do("a").back("b", "a", undeclared=False)
    assert run.back("c", "b", undeclared=False).open == ["b"]


def test_a_target_that_was_jumped_over_is_not_allowed() -> None:
    diagram = Diagram().start().user("a", "b").user("c", gg_returnTargets="a b").xor("g", default="g_c").end()
    diagram.way("s -> a -> g -> c -> e", "b -> c").flow("g", "b", "form.a.more = true")
    run = Run(diagram.compiled()).do("a", more=False)
    targets = ENGINE.return_targets(run.definition, run.step.state, run.at("c").task_id)
    assert targets[1] == ReturnTarget("b", False, "engine-return-not-passed")
    with pytest.raises(ReturnRefused, match="return-not-passed"):
        run.back("c", "b")


def test_what_was_done_after_the_target_counts_as_not_done() -> None:
    run = Run(line("a", "b", "c").compiled()).do("a").do("b").back("c", "a")
    with pytest.raises(ReturnRefused, match="return-not-passed"):
        run.back("a", "b")


@pytest.mark.parametrize("target", ["s", "e", "nowhere", ""])
def test_only_user_tasks_are_targets(target: str) -> None:
    with pytest.raises(ReturnRefused, match="return-not-a-task"):
        Run(line("a", "b").compiled()).do("a").back("b", target)


def test_out_of_a_branch_to_before_the_split_closes_every_branch() -> None:
    run = forked().do("p").do("a1").back("a2", "p")
    assert run.open == ["p"]
    assert ("b", "cancelled") in run.passed
    run.do("p").do("a1").do("a2").do("b")
    assert run.open == ["c"]


def test_within_one_branch_the_other_branch_stays_open() -> None:
    run = forked().do("p").do("a1")
    untouched = run.at("b").task_id
    run.back("a2", "a1")
    assert run.open == ["a1", "b"]
    assert run.at("b").task_id == untouched
    run.do("a1").do("b").do("a2")
    assert run.open == ["c"]


def test_into_the_other_branch_is_refused() -> None:
    with pytest.raises(ReturnRefused, match="return-into-branch"):
        forked().do("p").do("b").do("a1").back("a2", "b")


def test_into_a_block_that_was_joined_is_refused() -> None:
    run = forked().do("p").do("a1").do("a2").do("b")
    with pytest.raises(ReturnRefused, match="return-into-branch"):
        run.back("c", "a2")
    assert run.back("c", "p").open == ["p"]


def test_a_token_waiting_in_the_join_is_taken_back_too() -> None:
    run = forked().do("p").do("a1").do("a2").back("b", "p").do("p")
    assert run.open == ["a1", "b"]
    assert run.do("b").open == ["a1"]
    assert run.do("a1").do("a2").open == ["c"]


def test_a_part_joined_early_stays_inside_the_split() -> None:
    diagram = Diagram().start().user("a", "b", "c", "m", "n", "z").both("f", "j1", "j2").end()
    diagram.way("s -> f -> a -> j1 -> m -> n -> j2 -> z -> e", "f -> b -> j1", "f -> c -> j2")
    run = Run(diagram.compiled()).do("a").do("b").do("m").back("n", "m")
    assert run.open == ["c", "m"]
    with pytest.raises(ReturnRefused, match="return-into-branch"):
        run.back("m", "a")
    run.do("m").do("n").do("c")
    assert run.do("z").step.ended


def test_return_from_the_branch_of_a_boundary_event_ends_its_host_too() -> None:
    diagram = Diagram().start().user("a", "b", "urge").end()
    diagram.deadline("d", tag="boundaryEvent", attachedToRef="b", cancelActivity="false")
    run = Run(diagram.way("s -> a -> b -> e", "d -> urge -> e").compiled()).do("a").fire("d")
    assert run.open == ["b", "urge"]
    assert run.back("urge", "a").open == ["a"]


def test_fifty_returns_and_no_more() -> None:
    run = Run(line("a", "b").compiled())
    for _ in range(50):
        run.do("a").back("b", "a")
    run.do("a")
    with pytest.raises(TooManyReturns) as failure:
        run.back("b", "a")
    assert failure.value.params["limit"] == 50
    diagram = Diagram().start().user("a").user("b", gg_returnTargets="a").end().way("s -> a -> b -> e")
    run = Run(diagram.compiled())
    for _ in range(50):
        run.do("a").back("b", "a")
    run.do("a")
    targets = ENGINE.return_targets(run.definition, run.step.state, run.at("b").task_id)
    assert targets == (ReturnTarget("a", False, "engine-return-used-up"),)
    assert run.do("b").step.ended


# any structured diagram, any legal return

Path = tuple[tuple[str, int], ...]


@dataclass
class Structured:
    """A diagram of nested blocks, with the place of every task in its parallel blocks."""

    diagram: Diagram
    paths: dict[str, Path] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    count: int = 0

    def fresh(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"


Shape = str | tuple[str, list["Shape"]]
shapes: st.SearchStrategy[Shape] = st.recursive(
    st.just("task"),
    lambda inner: st.tuples(st.sampled_from(["seq", "and", "xor"]), st.lists(inner, min_size=2, max_size=3)),
    max_leaves=9,
)


def draw(built: Structured, shape: Shape, path: Path, pick: list[bool]) -> tuple[str, str]:
    """Add a block; returns where it is entered and left."""
    if isinstance(shape, str):
        node = built.fresh("t")
        built.diagram.user(node)
        built.paths[node] = path
        return node, node
    kind, parts = shape
    if kind == "seq":
        ends = [draw(built, part, path, pick) for part in parts]
        for (_, left), (entered, _) in itertools.pairwise(ends):
            built.diagram.way(f"{left} -> {entered}")
        return ends[0][0], ends[-1][1]
    split, join = built.fresh("f"), built.fresh("j")
    tag = "parallelGateway" if kind == "and" else "exclusiveGateway"
    last = len(parts) - 1
    ways = []
    for number, part in enumerate(parts):
        inner = (*path, (split, number)) if kind == "and" else path
        entered, left = draw(built, part, inner, pick)
        ways.append((entered, left))
    default = {"default": f"{split}_{ways[last][0]}"} if kind == "xor" else {}
    built.diagram.node(tag, split, **default).node(tag, join)
    for number, (entered, left) in enumerate(ways):
        condition = None
        if kind == "xor" and number != last:
            name = f"pick.{split}_{number}"
            built.facts[name] = pick[len(built.facts) % len(pick)]
            condition = name
        built.diagram.flow(split, entered, condition).way(f"{left} -> {join}")
    return split, join


@settings(max_examples=120, deadline=None)
@given(
    shape=shapes, pick=st.lists(st.booleans(), min_size=1, max_size=4), walk=st.lists(st.integers(0, 999), max_size=14)
)
def test_after_any_legal_return_exactly_the_right_places_are_open(
    shape: Shape, pick: list[bool], walk: list[int]
) -> None:
    built = Structured(Diagram().start().user("first").end())
    built.paths["first"] = ()
    entered, left = draw(built, shape, (), pick)
    built.diagram.way(f"s -> first -> {entered}", f"{left} -> e")
    run = Run(built.diagram.compiled(), built.facts)
    done: list[str] = []
    for choice in walk:
        if run.step.ended:
            return
        here = run.open[choice % len(run.open)]
        going_back = choice % 3 == 0 and done
        if not going_back:
            run.do(here)
            done = [name for name in done if name != here] + [here]
            continue
        target = done[choice % len(done)]
        outer = built.paths[target]
        if built.paths[here][: len(outer)] != outer:
            with pytest.raises(ReturnRefused, match="return-into-branch"):
                run.back(here, target)
            continue
        kept = [name for name in run.open if built.paths[name][: len(outer)] != outer]
        run.back(here, target)
        assert sorted(run.open) == sorted([*kept, target])
        at = done.index(target)
        done = done[:at] + [name for name in done[at:] if built.paths[name][: len(outer)] != outer]
    for _ in range(len(built.paths) + 1):
        if not run.step.ended:
            run.do(run.open[0])
    assert run.step.ended


@settings(max_examples=60, deadline=None)
@given(shape=shapes, pick=st.lists(st.booleans(), min_size=1, max_size=4))
def test_structured_diagrams_are_sound_and_end(shape: Shape, pick: list[bool]) -> None:
    from server.engine.read import read_process
    from server.engine.soundness import check_soundness

    built = Structured(Diagram().start().end())
    entered, left = draw(built, shape, (), pick)
    built.diagram.way(f"s -> {entered}", f"{left} -> e")
    draft = read_process(built.diagram.xml())
    check_soundness(draft)
    assert draft.findings == []
    run = Run(built.diagram.compiled(), built.facts)
    for _ in built.paths:
        if not run.step.ended:
            run.do(run.open[-1])
    assert run.step.ended
