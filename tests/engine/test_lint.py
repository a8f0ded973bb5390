"""Each rule has a diagram that breaks it, words in both languages, and a sound diagram breaks none."""

import re
from collections.abc import Callable
from importlib.resources import files

import pytest

from server.engine.contract import (
    DefinitionRejected,
    FactCatalogue,
    FactKind,
    FactType,
    Finding,
    Vocabulary,
    call_cycles,
    compile_process,
    cure,
    lint_process,
    trial_start,
    what,
)
from server.i18n import LANGUAGES, text
from tests.engine.diagrams import Diagram, line

DMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:test">
{decisions}
</definitions>"""


def decision(
    decision_id: str = "level",
    policy: str = "UNIQUE",
    rows: tuple[tuple[str, str], ...] = (('"a"', "1"),),
    read: str = "form.a.x",
    output: str = 'name="n"',
) -> str:
    rules = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>{when}</text></inputEntry>'
        f'<outputEntry id="o{n}"><text>{then}</text></outputEntry></rule>'
        for n, (when, then) in enumerate(rows)
    )
    return (
        f'<decision id="{decision_id}" name="{decision_id}"><decisionTable id="t" hitPolicy="{policy}">'
        f'<input id="in"><inputExpression id="ie"><text>{read}</text></inputExpression></input>'
        f'<output id="out" {output}/>{rules}</decisionTable></decision>'
    )


def dmn(*decisions: str) -> dict[str, bytes]:
    return {"d.dmn": DMN.format(decisions="".join(decisions)).encode()}


POOL = '<bpmn:collaboration id="c"><bpmn:participant id="pool" name="本级" processRef="p"/></bpmn:collaboration>'


def fit(diagram: Diagram, *nodes: str) -> Diagram:
    """Put a diagram into a pool with one lane."""
    diagram.before += POOL
    members = "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in nodes)
    lane = f'<bpmn:lane id="office" name="创建办" gg:role="office">{members}</bpmn:lane>'
    diagram.lanes = f'<bpmn:laneSet id="ls">{lane}</bpmn:laneSet>'
    return diagram


def good() -> Diagram:
    diagram = Diagram().start().xor("m").user("a", name="填报", gg_phase="plan", gg_form="plan").end()
    diagram.user("b", name="审核", gg_phase="plan", gg_kind="gate", gg_returnTargets="a").xor("g", default="g_e")
    diagram.way("s -> m -> a -> b -> g -> e").flow("g", "m", "form.b.passed = false")
    return fit(diagram, "s", "m", "a", "b", "g", "e")


def asked(condition: str) -> Diagram:
    diagram = Diagram().start().user("a", "b").xor("g", default="g_e").end().way("s -> a -> g -> e", "b -> e")
    return diagram.flow("g", "b", condition)


def told(**attributes: str) -> Diagram:
    return Diagram().start().user("a", **attributes).end().way("s -> a -> e")


def resubmitted(*names: str, **first: str) -> Diagram:
    """Tasks in a line, the last of which returns straight to the first."""
    diagram = Diagram().start().user(names[0], **first).user(*names[1:-1])
    diagram.user(names[-1], gg_returnTargets=names[0], gg_resubmit="straight").end()
    return diagram.way(" -> ".join(["s", *names, "e"]))


def seated(**seat: str) -> Diagram:
    attributes = " ".join(f'{name}="{value}"' for name, value in seat.items())
    inner = f"<bpmn:extensionElements><gg:seat {attributes}/></bpmn:extensionElements>"
    return Diagram().start().node("userTask", "a", inner, gg_role="office").end().way("s -> a -> e")


def long_conditions() -> Diagram:
    ids = [f"t{n}" for n in range(20)]
    diagram = Diagram().start().user(*ids).xor("g", default="g_e").end().way("s -> g -> e", *(f"{t} -> e" for t in ids))
    for node in ids:
        diagram.flow("g", node, f'a.b = "{"x" * 3_500}"')
    return diagram


def fanned(inner: str = "<bpmn:multiInstanceLoopCharacteristics/>", **attributes: str) -> Diagram:
    return Diagram().start().node("callActivity", "c", inner, calledElement="x", **attributes).end().way("s -> c -> e")


def served(inner: str = "", **attributes: str) -> Diagram:
    return Diagram().start().node("serviceTask", "v", inner, **attributes).end().way("s -> v -> e")


def ruled(**attributes: str) -> Diagram:
    return Diagram().start().user("a").node("businessRuleTask", "d", **attributes).end().way("s -> a -> d -> e")


def event(tag: str, inner: str) -> Diagram:
    return Diagram().start().node(tag, "x", inner).end().way("s -> x -> e")


def swapped(old: str, new: str, diagram: Diagram | None = None) -> bytes:
    return (diagram or line("a")).xml().replace(old.encode(), new.encode())


CATALOGUE = FactCatalogue(
    {
        "unit.kind": FactType(FactKind.STRING, values=("school", "office")),
        "result.passed": FactType(FactKind.BOOLEAN),
        "result.total": FactType(FactKind.POINTS),
        "unit.staff": FactType(FactKind.NUMBER),
    }
)
NOTHING: frozenset[str] = frozenset()
EMPTY = Vocabulary(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
FIFTY_THOUSAND = "x" * 30_000

Case = Diagram | bytes | Callable[[], tuple[Finding, ...]]


def with_decision(diagram: Diagram, files_: dict[str, bytes]) -> Callable[[], tuple[Finding, ...]]:
    return lambda: lint_process(diagram.xml(), files_)


LEVEL = {"gg_decision": "level"}
BAD: list[tuple[str, Case]] = [
    ("xml-too-large", b"<x>" + b"y" * (1 << 20) + b"</x>"),
    ("xml-encoding", '<?xml version="1.0" encoding="UTF-16"?><x/>'.encode("utf-16")),
    ("xml-encoding", '<?xml version="1.0" encoding="gb18030"?><x>创建</x>'.encode("gb18030")),
    ("xml-doctype", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
    ("xml-malformed", b"<x><y></x>"),
    ("xml-malformed", b""),
    ("xml-malformed", b"<x>&nothing;</x>"),
    ("xml-too-many", b"<x>" + b"<y/>" * 5_000 + b"</x>"),
    ("not-bpmn", b"<x/>"),
    ("not-dmn", with_decision(line("a"), {"x.dmn": b"<x/>"})),
    ("too-many-nodes", line(*(f"t{n}" for n in range(300)))),
    ("one-process", swapped("</bpmn:definitions>", '<bpmn:process id="q"/></bpmn:definitions>')),
    ("one-pool", line("a")),
    (
        "pool-not-black-box",
        swapped(
            "</bpmn:definitions>",
            '<bpmn:process id="q" isExecutable="false"/><bpmn:collaboration id="c">'
            '<bpmn:participant id="o" processRef="q"/></bpmn:collaboration></bpmn:definitions>',
        ),
    ),
    ("foreign-extension", swapped("</bpmn:userTask>", '<x:thing xmlns:x="urn:other"/></bpmn:userTask>')),
    ("unknown-extension", swapped("</bpmn:userTask>", "<gg:thing/></bpmn:userTask>")),
    ("foreign-extension", swapped('<bpmn:userTask id="a"', '<bpmn:userTask xmlns:x="urn:other" x:who="me" id="a"')),
    ("unknown-extension", told(gg_returnTarget="a")),
    ("misplaced-extension", served(gg_activity="x", gg_form="y")),
    ("script", swapped("</bpmn:userTask>", '<x:preScript xmlns:x="urn:other">1</x:preScript></bpmn:userTask>')),
    ("id-missing", swapped(' id="a"', "")),
    ("id-form", line("a-b")),
    ("id-reserved", line("End")),
    ("id-duplicate", line("a").user("a")),
    ("unsupported-element", Diagram().start().node("subProcess", "x").end()),
    ("unsupported-event", event("intermediateThrowEvent", "<bpmn:linkEventDefinition/>")),
    ("plain-task", Diagram().start().node("task", "x").end()),
    ("script-task", Diagram().start().node("scriptTask", "x").end()),
    (
        "timer-text",
        event(
            "intermediateCatchEvent",
            '<bpmn:timerEventDefinition gg:deadline="d"><bpmn:timeDate>1</bpmn:timeDate></bpmn:timerEventDefinition>',
        ),
    ),
    ("deadline-missing", event("intermediateCatchEvent", "<bpmn:timerEventDefinition/>")),
    ("message-missing", event("intermediateCatchEvent", '<bpmn:messageEventDefinition messageRef="no"/>')),
    ("multi-instance-task", swapped("</bpmn:userTask>", "<bpmn:multiInstanceLoopCharacteristics/></bpmn:userTask>")),
    ("standard-loop", swapped("</bpmn:userTask>", "<bpmn:standardLoopCharacteristics/></bpmn:userTask>")),
    ("sequential-fan-out", fanned('<bpmn:multiInstanceLoopCharacteristics isSequential="true"/>')),
    (
        "fan-out-expression",
        fanned(
            "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>9</bpmn:loopCardinality>"
            "</bpmn:multiInstanceLoopCharacteristics>"
        ),
    ),
    (
        "condition-language",
        swapped("<bpmn:conditionExpression>", '<bpmn:conditionExpression language="javascript">', asked("a.b")),
    ),
    ("flow-loose", line("a").way("a -> nowhere")),
    ("flow-double", asked("a.b").flow("g", "b", "a.c", "again")),
    ("flow-direction", line("a").way("a -> s")),
    ("one-start", line("a").start("s2").way("s2 -> a")),
    ("no-end", Diagram().start().user("a").way("s -> a")),
    ("dead-end", line("a").user("b")),
    ("implicit-split", line("a", "b").way("a -> e")),
    ("condition-misplaced", Diagram().start().user("a").end().way("a -> e").flow("s", "a", "true")),
    ("missing-default", swapped(' default="g_e"', "", asked("a.b"))),
    ("missing-condition", asked("a.b").user("c").way("g -> c -> e")),
    ("default-condition", Diagram().start().xor("g", default="g_e").end().way("s -> g").flow("g", "e", "true")),
    ("event-gateway-target", Diagram().start().node("eventBasedGateway", "g").user("a").end().way("s -> g -> a -> e")),
    ("idle-gateway", Diagram().start().xor("g").end().way("s -> g -> e")),
    (
        "gate-deadline",
        Diagram()
        .start()
        .user("a", gg_kind="gate")
        .deadline("d", tag="boundaryEvent", attachedToRef="a")
        .end()
        .way("s -> a -> e", "d -> e"),
    ),
    ("boundary-host", line("a").deadline("d", tag="boundaryEvent", attachedToRef="s").way("d -> e")),
    ("unreachable", line("a").user("b").way("b -> e")),
    ("no-way-to-end", asked("a.b").user("c", "d").way("c -> d -> c").flow("g", "c", "a.c")),
    (
        "busy-loop",
        Diagram().start().xor("g", default="g_e").xor("h").end().way("s -> g -> e", "h -> g").flow("g", "h", "a.b"),
    ),
    (
        "join-starves",
        Diagram()
        .start()
        .xor("g", default="g_a")
        .user("a", "b")
        .both("j")
        .end()
        .way("s -> g -> a -> j -> e", "b -> j")
        .flow("g", "b", "x.y"),
    ),
    (
        "token-flood",
        Diagram()
        .start()
        .xor("m")
        .xor("g", default="g_c")
        .both("f", "j")
        .user("a", "b", "c")
        .end()
        .way("s -> m -> f -> a -> j -> e", "f -> b -> g -> c -> j")
        .flow("g", "m", "x.y"),
    ),
    ("call-target", swapped(' calledElement="x"', "", fanned())),
    (
        "call-cycle",
        lambda: call_cycles(
            [
                Diagram(pid=pid).start().node("callActivity", "c", calledElement=to).end().way("s -> c -> e").compiled()
                for pid, to in (("one", "two"), ("two", "one"), ("three", "one"))
            ]
        ),
    ),
    ("collection-missing", fanned()),
    ("opens", fanned(gg_collection="x", gg_opens="sometimes")),
    ("opens-at", fanned(gg_collection="x", gg_opens="percent", gg_opensAt="101")),
    ("opens-at", fanned(gg_collection="x", gg_opens="count", gg_opensAt="many")),
    ("deadline-missing", fanned(gg_collection="x", gg_opens="deadline")),
    ("open-children", fanned(gg_collection="x", gg_openChildren="forget")),
    ("activity-missing", served()),
    (
        "parameter-form",
        served('<bpmn:extensionElements><gg:parameter name="n"/></bpmn:extensionElements>', gg_activity="x"),
    ),
    ("return-target", told(gg_returnTargets="nowhere")),
    ("return-target-later", Diagram().start().user("a", gg_returnTargets="b").user("b").end().way("s -> a -> b -> e")),
    ("resubmit-value", told(gg_resubmit="sometimes")),
    ("resubmit-nowhere", told(gg_resubmit="straight")),
    ("resubmit-kind", resubmitted("a", "b", "c", gg_kind="assessments.self")),
    ("resubmit-nothing", resubmitted("a", "c")),
    ("gate-no-reject", told(gg_kind="gate")),
    ("task-role", line("a")),
    ("task-phase", line("a")),
    ("task-name", line("a")),
    ("policy-unknown", told(gg_policy="lottery")),
    ("policy-at", told(gg_policy="weighted")),
    ("policy-at", told(gg_policy="percent", gg_policyAt="101")),
    ("policy-at", told(gg_policy="count", gg_policyAt="0")),
    ("policy-at", told(gg_policy="count", gg_policyAt="two")),
    ("policy-at", told(gg_policy="all", gg_policyAt="2")),
    ("votes-unknown", told(gg_policy="all", gg_votes="loudest")),
    ("votes-one", told(gg_votes="collect")),
    ("seat-form", seated(by="friend")),
    ("seat-form", seated(by="role")),
    ("seat-form", seated(by="head_above", levels="0")),
    ("seat-form", seated(by="head", unit="elsewhere")),
    ("seat-form", seated(by="initiator", weight="many")),
    ("seat-form", seated(by="form_field")),
    ("seat-field-earlier", seated(by="form_field", of="later.unit")),
    ("seat-field-earlier", seated(by="form_field", of="a")),
    ("seat-post-row", seated(by="initiator", row="1.1")),
    ("seat-post-row", seated(by="form_field", of="a.unit", row="1.1")),
    ("seat-weight", seated(by="initiator", weight="2")),
    ("when-empty", lambda: lint_process(told(gg_whenEmpty="x").xml(), {}, None, EMPTY)),
    ("gate-skip", told(gg_kind="gate", gg_whenEmpty="skip")),
    ("batch-value", told(gg_batch="often", gg_form="f")),
    ("batch-kind", told(gg_kind="gate", gg_batch="true")),
    ("batch-kind", told(gg_batch="true")),
    ("signature-value", told(gg_signature="maybe", gg_form="f")),
    ("signature-kind", told(gg_signature="required")),
    ("signature-batch", told(gg_signature="required", gg_batch="true", gg_form="f")),
    ("not-same-as", told(gg_notSameAs="a")),
    ("not-same-as", seated(by="doer", of="later")),
    ("lanes-missing", line("a")),
    ("lane-role", swapped(' gg:role="office"', "", good())),
    ("not-in-lane", swapped("<bpmn:flowNodeRef>b</bpmn:flowNodeRef>", "", good())),
    ("decision-missing", ruled()),
    ("decision-unknown", ruled(**LEVEL)),
    ("decision-duplicate", with_decision(ruled(**LEVEL), dmn(decision(), decision()))),
    ("decision-not-table", with_decision(line("a"), dmn('<decision id="x"/>'))),
    ("decision-policy", with_decision(line("a"), dmn(decision(policy="PRIORITY")))),
    ("decision-feature", with_decision(line("a"), dmn(decision(output='name="n" expressionLanguage="python"')))),
    (
        "decision-feature",
        with_decision(line("a"), dmn(decision().replace("<decisionTable", "<x><requiredDecision/></x><decisionTable"))),
    ),
    (
        "feel-too-much",
        with_decision(line("a"), dmn(*(decision(f"d{n}", rows=((f'"{"x" * 40_000}"', "1"),)) for n in range(4)))),
    ),
    ("feel-too-much", long_conditions()),
    ("performer-ignored", swapped("</bpmn:userTask>", "<bpmn:potentialOwner/></bpmn:userTask>")),
    ("unsupported-element", Diagram().start().node("eventBasedGateway", "g", eventGatewayType="Parallel").end()),
    ("unsupported-element", told(startQuantity="2")),
    ("decision-inputs", with_decision(line("a"), dmn(decision(read="")))),
    ("decision-outputs", with_decision(line("a"), dmn(decision(output='name="a b"')))),
    ("decision-rows", with_decision(line("a"), dmn(decision(rows=())))),
    (
        "decision-row-shape",
        with_decision(line("a"), dmn(decision().replace("<outputEntry", "<other").replace("</outputEntry", "</other"))),
    ),
    ("decision-too-large", with_decision(line("a"), dmn(decision(rows=(('"a"', f'"{FIFTY_THOUSAND}"'),) * 4)))),
    ("feel-syntax", asked("a.b and")),
    ("feel-syntax", with_decision(ruled(**LEVEL), dmn(decision(rows=(('"a', "1"),))))),
    ("feel-double-equals", asked("a.b == 1")),
    ("feel-full-width", asked("a.b ＝ 1")),
    ("feel-unknown-fact", lambda: lint_process(asked('unit.kin = "school"').xml(), {}, CATALOGUE)),
    ("feel-unknown-fact", asked("form.nobody.x")),
    ("feel-unknown-fact", lambda: lint_process(asked("kind").xml(), {}, CATALOGUE)),
    ("feel-unknown-fact", with_decision(ruled(**LEVEL), dmn(decision(read="decision.d.other")))),
    ("feel-unknown-function", asked("summe(a.b)")),
    ("feel-points", lambda: lint_process(asked("result.total >= 80").xml(), {}, CATALOGUE)),
    ("feel-points", with_decision(ruled(**LEVEL), dmn(decision(read="result.total + 1")))),
    ("feel-type-mismatch", lambda: lint_process(asked("unit.kind >= 80").xml(), {}, CATALOGUE)),
    ("feel-not-boolean", lambda: lint_process(asked("unit.kind").xml(), {}, CATALOGUE)),
    ("feel-if-in-loop", asked("some x in a.b satisfies (if x then true else false)")),
    ("feel-too-long", asked("a.b = " + "1" * 4_001)),
    ("trial-limit", lambda: trial_start(line("a").xml(), wall_seconds=0.001)),
    ("trial-tasks", lambda: (Finding("trial-tasks", "error", params={"limit": 2_000}),)),
    ("trial-failed", lambda: (Finding("trial-failed", "error", "a", "a", 3, {"reason": "step-budget-exceeded"}),)),
    (
        "condition-null",
        lambda: trial_start(
            asked("unit.staff.deep = 1").xml(), {}, FactCatalogue({"unit.staff.deep": FactType(FactKind.LIST)})
        ),
    ),
    *(
        (f"unknown-{name}", lambda d=diagram: lint_process(d.xml(), {}, None, EMPTY))
        for name, diagram in (
            ("task-kind", told()),
            ("role", told(gg_role="x")),
            ("role", seated(by="role", of="x")),
            ("form", told(gg_form="x")),
            ("deadline", told(gg_deadline="x")),
            ("phase", told(gg_phase="x")),
            ("collection", fanned(gg_collection="x")),
            ("activity", served(gg_activity="x")),
            ("process", fanned(gg_collection="y")),
        )
    ),
    ("unknown-decision", lambda: lint_process(ruled(**LEVEL).xml(), dmn(decision()), None, EMPTY)),
]


def findings_of(case: Case) -> tuple[Finding, ...]:
    if isinstance(case, Diagram):
        case = case.xml()
    return lint_process(case) if isinstance(case, bytes) else case()


@pytest.mark.parametrize(("rule", "case"), BAD, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(BAD)])
def test_each_rule_is_found_and_said_in_every_language(rule: str, case: Case) -> None:
    found = [finding for finding in findings_of(case) if finding.rule == rule]
    assert found
    for finding in found:
        for language in LANGUAGES:
            said = text(what(finding), language)
            assert said
            assert text(cure(finding), language)
            if finding.element_name and "$element" in _pattern(rule, language):
                assert finding.element_name in said


def _pattern(rule: str, language: str) -> str:
    source = (files("server.i18n") / language / "lint.ftl").read_text(encoding="utf-8")
    match = re.search(rf"^lint-{rule} = (.*)$", source, re.MULTILINE)
    return match[1] if match else ""


def test_every_rule_with_words_is_proved_and_every_proved_rule_has_words() -> None:
    for language in LANGUAGES:
        source = (files("server.i18n") / language / "lint.ftl").read_text(encoding="utf-8")
        rules = set(re.findall(r"^lint-(\S+?)(?:-cure)? =", source, re.MULTILINE)) - {"whole-file"}
        assert rules == {rule for rule, _ in BAD}


def test_every_rule_in_the_code_has_words() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for path in (files("server.engine")).iterdir() if path.name.endswith(".py")
    )
    used = set(re.findall(r'(?:refuse|warn|Finding|finding)\(\s*"([a-z]+(?:-[a-z]+)+|script|opens)"', code))
    assert used <= {rule for rule, _ in BAD}
    assert len(used) > 70


def test_a_good_diagram_has_no_findings() -> None:
    vocabulary = Vocabulary(
        task_kinds=frozenset({"form", "gate"}),
        roles=frozenset({"office"}),
        forms=frozenset({"plan"}),
        phases=frozenset({"plan"}),
    )
    assert lint_process(good().xml(), {}, CATALOGUE, vocabulary) == ()


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    diagram = Diagram().start().user("a", gg_policy="lottery").node("scriptTask", "x").xor("g").end()
    diagram.way("s -> a -> g -> e").flow("g", "a", "a.b == 1")
    findings = lint_process(diagram.xml())
    found = {finding.rule for finding in findings}
    assert {"script-task", "missing-default", "feel-double-equals", "policy-unknown", "task-role"} <= found
    lines = [finding.line or 0 for finding in findings]
    assert lines == sorted(lines)
    missing = next(finding for finding in findings if finding.rule == "missing-default")
    assert (missing.element_id, missing.severity) == ("g", "error")
    assert missing.line == 9


def test_findings_suggest_the_nearest_word() -> None:
    found = lint_process(asked('unit.kin = "school"').xml(), {}, CATALOGUE)
    unknown = next(finding for finding in found if finding.rule == "feel-unknown-fact")
    assert unknown.params["suggestion"] == "unit.kind"
    assert "unit.kind" in text(cure(unknown), "zh-CN")
    far = lint_process(asked("zzz.yyy").xml(), {}, CATALOGUE)
    assert next(f for f in far if f.rule == "feel-unknown-fact").params["suggestion"] == "none"


def test_facts_of_forms_are_checked_when_the_catalogue_knows_them() -> None:
    names = {"form.a.passed": FactType(FactKind.BOOLEAN)}
    good_, bad = (lint_process(asked(c).xml(), {}, FactCatalogue(names)) for c in ("form.a.passed", "form.a.past"))
    assert not [f for f in good_ if f.rule.startswith("feel")]
    assert [f.params["suggestion"] for f in bad if f.rule == "feel-unknown-fact"] == ["form.a.passed"]


def test_a_gate_may_refuse_by_a_choice_or_by_sending_back() -> None:
    diagram = Diagram().start().user("a").user("b", gg_kind="gate").xor("g", default="g_e").end()
    diagram.way("s -> a -> b -> g -> e").flow("g", "a", "form.b.passed = false")
    assert "gate-no-reject" not in {finding.rule for finding in lint_process(diagram.xml())}
    back = Diagram().start().user("a").user("b", gg_kind="gate", gg_returnTargets="a").end().way("s -> a -> b -> e")
    assert "gate-no-reject" not in {finding.rule for finding in lint_process(back.xml())}


def test_sound_diagrams_with_inclusive_gateways_and_boundary_events_are_accepted() -> None:
    diagram = Diagram().start().node("inclusiveGateway", "f", default="f_c").node("inclusiveGateway", "j").end()
    diagram.user("a", "b", "c").deadline("d", tag="boundaryEvent", attachedToRef="a")
    diagram.deadline("n", tag="boundaryEvent", attachedToRef="b", cancelActivity="false").user("urge").end("e2")
    diagram.way("s -> f", "a -> j", "b -> j", "f -> c -> j -> e", "d -> j", "n -> urge -> e2")
    diagram.flow("f", "a", "x.a").flow("f", "b", "x.b")
    found = {finding.rule for finding in lint_process(diagram.xml())}
    assert not found & {"join-starves", "token-flood"}


def test_compiling_refuses_what_cannot_run_and_leaves_the_rest_to_the_linter() -> None:
    assert compile_process(line("a").xml())
    with pytest.raises(DefinitionRejected) as rejected:
        compile_process(b"<x/>")
    assert [finding.rule for finding in rejected.value.findings] == ["not-bpmn"]


def test_call_graphs_without_circles_are_accepted() -> None:
    diagrams = [
        Diagram(pid="one").start().node("callActivity", "c", calledElement="two").end(),
        Diagram("two").start().end(),
    ]
    assert call_cycles([diagrams[0].way("s -> c -> e").compiled(), diagrams[1].way("s -> e").compiled()]) == ()
    own = Diagram(pid="own").start().node("callActivity", "c", calledElement="own").end().way("s -> c -> e").compiled()
    assert [finding.params["path"] for finding in call_cycles([own])] == ["own"]
