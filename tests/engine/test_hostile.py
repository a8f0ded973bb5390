"""Files that mean harm, or make no sense: always findings, never an exception, never anything executed."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.engine import trial_child
from server.engine.contract import DefinitionRejected, FactCatalogue, compile_process, lint_process, trial_start
from server.i18n import has_text
from tests.engine.diagrams import HEAD, Diagram, line
from tests.engine.test_lint import decision, dmn

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMBS = {
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><x>&l9;</x>',
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"y" * 50_000}">]><x>{"&a;" * 1_000}</x>',
    "external file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "parameter entity": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1/x.dtd">%a;]><x/>',
    "external dtd": '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><x/>',
    "deep": "<x>" * 4_000 + "</x>" * 4_000,
    "include": '<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></x>',
    "stylesheet": '<?xml-stylesheet href="file:///etc/passwd"?><x/>',
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(name: str) -> None:
    data = BOMBS[name].encode()
    findings = lint_process(data, {"d.dmn": data})
    assert {finding.severity for finding in findings} == {"error"}
    assert not any("root:" in str(finding) for finding in findings)
    with pytest.raises(DefinitionRejected):
        compile_process(data)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_findings(data: bytes) -> None:
    assert lint_process(data, {"d.dmn": data})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_damage_to_a_good_file_gives_findings_or_a_definition(data: st.DataObject) -> None:
    good = bytearray(line("a", "b").xml())
    at = data.draw(st.integers(0, len(good) - 1))
    length = data.draw(st.integers(0, 30))
    good[at : at + length] = data.draw(st.binary(max_size=30))
    lint_process(bytes(good))
    try:
        compile_process(bytes(good))
    except DefinitionRejected as rejected:
        if not rejected.findings:
            raise


EVENTS = ["startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent"]
GATEWAYS = ["exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"]
TAGS = st.sampled_from([*EVENTS, *GATEWAYS, "userTask", "callActivity", "serviceTask", "subProcess", "lane", "task"])


@settings(max_examples=120, deadline=None)
@given(
    nodes=st.lists(st.tuples(TAGS, st.integers(0, 6)), max_size=9),
    flows=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14),
)
def test_any_graph_is_judged(nodes: list[tuple[str, int]], flows: list[tuple[int, int]]) -> None:
    diagram = Diagram()
    for tag, number in nodes:
        diagram.node(tag, f"n{number}", attachedToRef="n1", default="n1_n2", gg_returnTargets="n1 n9")
    for source, target in flows:
        diagram.flow(f"n{source}", f"n{target}", "a.b" if source % 2 else None)
    assert all(has_text(f"lint-{finding.rule}") for finding in lint_process(diagram.xml()))


def test_text_of_an_id_is_never_executed(tmp_path: Path) -> None:
    evil = f"__import__('os').system('touch {tmp_path}/x')"
    diagram = Diagram().start().node("serviceTask", "v", gg_activity=evil, gg_phase=evil).end()
    lint_process(diagram.way("s -> v -> e").xml())
    trial_start(diagram.xml())
    assert list(tmp_path.iterdir()) == []


def test_a_ladder_of_parallel_blocks_is_cheap() -> None:
    from tests.engine.test_traps import ladder

    assert {finding.rule for finding in lint_process(ladder(30).xml())} <= {
        "one-pool",
        "lanes-missing",
        "task-role",
        "task-phase",
        "task-name",
    }


def test_branches_that_multiply_each_other_are_stopped() -> None:
    diagram = Diagram().start().end()
    before = "s"
    for n in range(5):
        ids = [f"t{n}_{k}" for k in range(8)]
        diagram.both(f"f{n}").xor(f"m{n}").way(f"{before} -> f{n}")
        for node in ids:
            diagram.node("intermediateThrowEvent", node).way(f"f{n} -> {node} -> m{n}")
        before = f"m{n}"
    diagram.way(f"{before} -> e")
    assert "token-flood" in {finding.rule for finding in lint_process(diagram.xml())}
    assert [finding.params.get("reason") for finding in trial_start(diagram.xml())] == ["step-budget-exceeded"]


def test_the_trial_has_limits_of_its_own() -> None:
    assert [f.params["limit"] for f in trial_start(line("a").xml(), wall_seconds=0.01)] == ["time"]
    assert trial_start(line("a").xml()) == ()
    assert [finding.rule for finding in trial_start(b"<x/>")] == ["not-bpmn"]


def test_the_trial_walks_the_diagram(monkeypatch: pytest.MonkeyPatch) -> None:
    diagram = Diagram().start().user("a").node("serviceTask", "v", gg_activity="x").deadline("t").end()
    diagram.node("businessRuleTask", "d", gg_decision="level").message("m")
    diagram.way("s -> a -> v -> t -> d -> m -> e")
    files = dmn(decision(read="unit.kind", policy="UNIQUE", rows=(("-", "1"), ("-", "2"))))
    findings = trial_child.trial(diagram.xml(), files, {"unit.kind": "a"})
    assert [(f.rule, f.element_id, f.params["reason"]) for f in findings] == [
        ("trial-failed", "d", "decision-not-unique")
    ]
    assert trial_child.trial(diagram.xml(), dmn(decision(read="unit.kind")), {"unit.kind": "a"}) == []
    monkeypatch.setattr(trial_child, "MAX_TASKS", 0)
    assert [f.rule for f in trial_child.trial(line("a").xml(), {}, {})] == ["trial-tasks"]


def test_the_trial_asks_conditions_with_sample_facts() -> None:
    diagram = Diagram().start().user("a", "b").xor("g", default="g_e").end().way("s -> a -> g -> e", "b -> e")
    diagram.flow("g", "b", "unit.rows[1] > 1")
    findings = trial_child.trial(diagram.xml(), {}, {"unit.rows": []})
    assert [finding.rule for finding in findings] == ["condition-null"]
    assert trial_child.trial(diagram.xml(), {}, {"unit.rows": [2]}) == []
    assert trial_start(diagram.xml(), {}, FactCatalogue({})) == ()


def test_an_empty_envelope_is_refused() -> None:
    assert [f.rule for f in lint_process(f"{HEAD}</bpmn:definitions>".encode())] == ["one-process"]
    empty = f'{HEAD}<bpmn:process id="p"/></bpmn:definitions>'.encode()
    assert "one-start" in {finding.rule for finding in lint_process(empty)}


_LIMITED = """
import resource
from server.engine import trial_child
trial_child.limit_myself()
assert resource.getrlimit(resource.RLIMIT_CPU)[1] == trial_child.CPU_SECONDS
assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == 0
try:
    bytearray(2 << 30)
except MemoryError:
    print("limited")
"""


def test_the_child_limits_itself_before_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([sys.executable, "-c", _LIMITED], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "limited"

    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    monkeypatch.setattr(trial_child, "limit_myself", stop)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(Stopped):
        trial_child.main()
