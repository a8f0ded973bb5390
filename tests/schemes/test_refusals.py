"""Every way in which a package can be wrong, each with its finding, its place and its words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.contract import FactCatalogue, FactKind, FactType
from server.i18n import LANGUAGES, text
from server.schemes.findings import Finding
from server.schemes.parts import Known
from tests.schemes.support import changed, check, only, quiet, rules_of, small

SCHEME = "scheme.toml"


def seat_put(by: str, of: str = "", *, gate: bool = False) -> tuple[str, str]:
    """A seat put into the second task of the diagram, or into a gate in its place."""
    head = 'gg:form="review" gg:deadline="review" gg:phase="apply"'
    seat = f'<gg:seat by="{by}" of="{of}"/>'
    kind = ' gg:kind="gate"' if gate else ""
    return (
        f"{head}/>",
        f"{head}{kind}><extensionElements>{seat}</extensionElements></userTask>",
    )


BROKEN: list[tuple[str, str, str, str, str]] = [
    # rule, file, text, put in its place, element named
    ("format", SCHEME, "format = 1", "format = 2", "format"),
    ("not-toml", SCHEME, "format = 1", "format == 1", ""),
    ("value-missing", SCHEME, 'key = "small"\nlanguage', "language", "scheme.key"),
    ("value-key", SCHEME, 'key = "apply"', 'key = "Äpply"', "phase.Äpply.key"),
    ("value-text", SCHEME, 'title = "Apply"', 'title = ""', "phase.apply.title"),
    ("value-choice", SCHEME, 'unit = "participant"', 'unit = "somebody"', "role.liaison.unit"),
    ("value-choice", SCHEME, 'language = "en"', 'language = "fr"', "scheme.language"),
    ("value-choice", SCHEME, 'kind = "yearly", month = 3, day = 31', 'kind = "sometimes"', "deadline.plan.rule.kind"),
    ("value-number", SCHEME, "month = 3", "month = 13", "deadline.plan.rule.month"),
    ("value-number", SCHEME, "month = 3, day = 31", "month = 4, day = 31", "deadline.plan.rule.day"),
    ("value-number", SCHEME, "month = 3", 'month = "3"', "deadline.plan.rule.month"),
    ("value-unknown", SCHEME, 'post = "office"', 'post = "office"\npots = "x"', "role.office.pots"),
    ("value-unknown", SCHEME, 'kind = "yearly",', 'kind = "yearly", year = 2026,', "deadline.plan.rule.year"),
    ("value-flag", SCHEME, "lead = true", 'lead = "yes"', "issuer.city.lead"),
    ("value-list", SCHEME, 'fallback = ["head"]', 'fallback = "head"', "role.liaison.fallback"),
    ("value-decimal", SCHEME, 'minimum = "1"', "minimum = 1.5", "parameter.review_days.minimum"),
    ("value-table", SCHEME, 'rule = { kind = "yearly", month = 3, day = 31 }', 'rule = "3-31"', "deadline.plan.rule"),
    ("value-tables", SCHEME, "[[phase]]", "[phase]", "phase"),
    (
        "key-twice",
        SCHEME,
        'key = "review"\ntitle = "Review"\nrule',
        'key = "plan"\ntitle = "Review"\nrule',
        "deadline.plan",
    ),
    ("source-missing", SCHEME, 'source = "notice"\nline = 2', "", "phase.apply"),
    ("source-line-missing", SCHEME, 'source = "notice"\nline = 2', 'source = "notice"', "phase.apply"),
    ("source-line-extra", SCHEME, 'source = "notice"\nline = 2', 'source = "default"\nline = 2', "phase.apply"),
    ("value-choice", SCHEME, 'source = "notice"\nline = 2', 'source = "hearsay"', "phase.apply.source"),
    ("parameter-choices", SCHEME, 'kind = "integer"', 'kind = "choice"', "parameter.review_days.choices"),
    ("parameter-bounds", SCHEME, 'minimum = "1"', 'minimum = "31"', "parameter.review_days.minimum"),
    ("parameter-default", SCHEME, 'maximum = "30"', 'maximum = "30"\ndefault = "31"', "parameter.review_days.default"),
    ("parameter-not-number", SCHEME, 'kind = "integer"', 'kind = "text"', "deadline.review.rule"),
    ("parameter-unknown", SCHEME, 'parameter = "review_days"', 'parameter = "days"', "deadline.review.rule"),
    ("deadline-unknown", SCHEME, 'to = "plan"', 'to = "start"', "deadline.review.rule"),
    ("deadline-circle", SCHEME, 'to = "plan"', 'to = "review"', "deadline.review.rule"),
    ("issuer-lead", SCHEME, "lead = true", "lead = false", "issuer"),
    ("role-fallback", SCHEME, 'fallback = ["head"]', 'fallback = ["liaison"]', "role.liaison.fallback"),
    (
        "process-root",
        SCHEME,
        "root = true",
        'root = true\n[[process]]\nkey = "b"\ntitle = "B"\nfile = "b.bpmn"\nroot = true',
        "process.b",
    ),
    ("process-no-root", SCHEME, "root = true", "", "process"),
    ("file-missing", SCHEME, 'file = "small.bpmn"', 'file = "other.bpmn"', "process.small.file"),
    ("file-missing", SCHEME, 'file = "forms/plan.json"', 'file = "forms/none.json"', "form.plan.file"),
    ("process-id", SCHEME, 'key = "small"\ntitle = "Small"', 'key = "tiny"\ntitle = "Small"', "small"),
    ("task-form-missing", "small.bpmn", ' gg:form="plan"', "", "Plan"),
    ("seat-row", "small.bpmn", *seat_put("lead_unit"), "Review"),
    ("seat-field-unknown", "small.bpmn", *seat_put("form_field", "Plan.nobody"), "Review"),
    ("seat-field-kind", "small.bpmn", *seat_put("form_field", "Plan.words"), "Review"),
    ("gate-secretary", "small.bpmn", *seat_put("post", "secretary", gate=True), "Review"),
    ("gate-secretary", "small.bpmn", *seat_put("lead_unit", 'x" post="secretary', gate=True), "Review"),
    ("task-no-standard", "small.bpmn", 'gg:form="plan"', 'gg:kind="assessments.self"', "Plan"),
    ("form-json", "forms/plan.json", "{", "", ""),
    ("form-keyword", "forms/plan.json", '"maxLength"', '"maxlength"', "properties.words"),
    ("words-language", "i18n/zh-CN.toml", "", "", ""),
]


@pytest.mark.parametrize(
    ("rule", "path", "old", "new", "element"), BROKEN, ids=[f"{n}-{row[0]}" for n, row in enumerate(BROKEN)]
)
def test_a_broken_package_is_refused_with_its_place(rule: str, path: str, old: str, new: str, element: str) -> None:
    files = changed(path, old, new) if old else {**small(), "i18n/chinese.toml": b""}
    found = [finding for finding in check(files).findings if finding.rule == rule]
    assert element in [finding.element or "" for finding in found]
    for finding in found:
        for language in LANGUAGES:
            assert text(finding.message, language)
            assert finding.cure is not None
            assert text(finding.cure, language)


def test_the_sound_package_is_sound() -> None:
    checked = check(small())
    assert checked.findings == ()
    assert checked.is_fit


def test_no_scheme_at_all() -> None:
    checked = check({"README.md": b""})
    assert checked.definition is None
    assert rules_of(checked) == {"scheme-missing"}


@pytest.mark.parametrize("content", [b"\xff\xfe", b"format = 1\n" + b"x = [" * 3000])
def test_a_scheme_that_cannot_be_read(content: bytes) -> None:
    checked = check({**small(), SCHEME: content})
    assert not checked.is_fit


def test_all_that_is_wrong_is_said_at_once() -> None:
    files = changed(SCHEME, 'to = "plan"', 'to = "nowhere"')
    files["forms/plan.json"] = b"{}"
    files["small.bpmn"] = files["small.bpmn"].replace(b' default="Back"', b"").replace(b'phase="apply"', b'phase="x"')
    files["i18n/en.toml"] = b"= nothing"
    files["standard.csv"] = b"id\n"
    rules = rules_of(check(files))
    assert {"deadline-unknown", "form-object", "missing-default", "not-toml", "file-unlisted"} <= rules


def test_a_file_that_nothing_uses() -> None:
    assert only(check({**small(), "standard.csv": b"id\n"}), "file-unlisted").file == "standard.csv"


def test_unused_names_are_warnings_and_do_not_stand_in_the_way() -> None:
    checked = check(changed("small.bpmn", 'gg:deadline="review" ', ""))
    assert only(checked, "deadline-unused").severity == "warning"
    assert checked.is_fit


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('gg:role="office"', 'gg:role="boss"', "unknown-role"),
        ('gg:form="plan"', 'gg:form="plans"', "unknown-form"),
        ('gg:deadline="plan"', 'gg:deadline="plans"', "unknown-deadline"),
        ('gg:phase="apply"', 'gg:phase="plans"', "unknown-phase"),
    ],
)
def test_names_in_a_diagram_that_the_scheme_does_not_have(old: str, new: str, rule: str) -> None:
    checked = check(changed("small.bpmn", old, new))
    found = [finding for finding in checked.errors if finding.file == "small.bpmn"]
    assert rule in {finding.rule for finding in found}
    assert all(finding.line for finding in found)


FACTS = FactCatalogue({"result.passed": FactType(FactKind.BOOLEAN)})


@pytest.mark.parametrize("condition", ['form.Review.verdikt = "file"', "result.pased", 'form.Nobody.verdict = "file"'])
def test_a_condition_that_reads_what_nobody_answers(condition: str) -> None:
    files = changed("small.bpmn", 'form.Review.verdict = "file"', condition)
    assert "feel-unknown-fact" in rules_of(check(files, quiet(known=Known(facts=FACTS))))


def test_a_condition_on_a_field_of_a_form_is_known() -> None:
    assert check(small(), quiet(known=Known(facts=FACTS))).is_fit


def test_activities_and_collections_are_those_of_the_host() -> None:
    call = '<serviceTask id="Grant" name="Grant" gg:activity="recognition.grant"/>'
    files = changed("small.bpmn", '<endEvent id="Done"', f'{call}<endEvent id="Done"')
    files["small.bpmn"] = (
        files["small.bpmn"]
        .replace(b'targetRef="Done"', b'targetRef="Grant"')
        .replace(
            b'<sequenceFlow id="Back"',
            b'<sequenceFlow id="F5" sourceRef="Grant" targetRef="Done"/><sequenceFlow id="Back"',
        )
    )
    assert check(files, quiet(known=Known(activities=frozenset({"recognition.grant"})))).errors == ()
    assert "unknown-activity" in rules_of(check(files, quiet(known=Known(activities=frozenset({"findings.open"})))))


def test_processes_that_call_each_other_in_a_circle() -> None:
    call = '<callActivity id="Again" name="Again" calledElement="small"/>'
    files = changed("small.bpmn", '<endEvent id="Done"', f'{call}<endEvent id="Done"')
    files["small.bpmn"] = (
        files["small.bpmn"]
        .replace(b'targetRef="Done"', b'targetRef="Again"')
        .replace(
            b'<sequenceFlow id="Back"',
            b'<sequenceFlow id="F5" sourceRef="Again" targetRef="Done"/><sequenceFlow id="Back"',
        )
    )
    assert "call-cycle" in rules_of(check(files))


class Part:
    """A part of a package that another floor reads."""

    def __init__(self) -> None:
        self.installed: list[str] = []

    def check(self, files: object, scheme: object) -> list[Finding]:
        return [Finding("standard.csv", "twice", row="1.1.1")]

    def install(self, *_: object) -> None:
        raise AssertionError("a package with an error is not installed")


def test_parts_of_other_floors_are_asked() -> None:
    checked = check(small(), quiet(parts=[Part()]))
    assert only(checked, "twice").place == "standard.csv [1.1.1]"
    assert not checked.is_fit


def test_parts_are_not_asked_about_a_scheme_that_cannot_be_trusted() -> None:
    assert "twice" not in rules_of(check(changed(SCHEME, "lead = true", 'lead = "yes"'), quiet(parts=[Part()])))


ASSESSMENT = """
[assessment]
standard = { value = "standard.csv", source = "notice", line = 9 }
total = { value = "100", source = "notice", line = 9 }
pass_mark = { value = "80", inclusive = true, source = "notice", line = 9 }
not_applicable = { parameter = "na", source = "authority" }
[[parameter]]
key = "na"
title = "Not applicable"
kind = "choice"
choices = ["full", "rescale"]
source = "authority"
"""


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("", "", ""),
        ('value = "80"', 'value = "101"', "pass-mark"),
        (", inclusive = true", "", "value-missing"),
        ('"full", "rescale"', '"full", "half"', "value-choice"),
        ('parameter = "na"', 'parameter = "nb"', "parameter-unknown"),
        ('value = "standard.csv"', 'value = "table.csv"', "file-missing"),
        ('value = "100"', "value = 100", "value-decimal"),
    ],
)
def test_the_rules_of_assessment(old: str, new: str, rule: str) -> None:
    files = {**small(), "standard.csv": b"id\n"}
    files[SCHEME] += ASSESSMENT.replace(old, new).encode() if old else ASSESSMENT.encode()
    found = rules_of(check(files))
    assert found == set() if not rule else rule in found


TARGETS = """
[[target]]
by = 2026-12-31
percent = "50"
title = "Half"
source = "notice"
line = 4
[[target]]
by = 2027-12-31
percent = "40"
title = "Less"
source = "notice"
line = 4
"""


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("", "", "target-falls"),
        ("2027", "2026", "target-twice"),
        ('"50"', '"101"', "value-percent"),
        ("2027-12-31", '"2027-12-31"', "value-date"),
    ],
)
def test_targets(old: str, new: str, rule: str) -> None:
    files = small()
    files[SCHEME] += TARGETS.replace(old, new).encode() if old else TARGETS.encode()
    assert rule in rules_of(check(files))


HAND_IN = """
[[hand_in]]
key = "plan"
title = "Plan"
process = "small"
element = "Plan"
from = "liaison"
to = "office"
deadline = "plan"
source = "notice"
line = 4
"""


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("", "", ""),
        ('process = "small"', 'process = "big"', "process-unknown"),
        ('element = "Plan"', 'element = "Filed"', "element-unknown"),
        ('from = "liaison"', 'from = "nobody"', "role-unknown"),
        ('deadline = "plan"', 'deadline = "never"', "deadline-unknown"),
    ],
)
def test_hand_ins(old: str, new: str, rule: str) -> None:
    files = small()
    files[SCHEME] += HAND_IN.replace(old, new).encode() if old else HAND_IN.encode()
    found = rules_of(check(files))
    assert found == set() if not rule else rule in found


@pytest.mark.parametrize("path", ["scheme.toml", "forms/review.json", "i18n/zh-CN.toml"])
@given(data=st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_whatever_the_bytes_hold_it_is_judged_and_not_raised(path: str, data: st.DataObject) -> None:
    content = small()[path]
    at = data.draw(st.integers(0, len(content)))
    cut = data.draw(st.integers(0, 12))
    put = data.draw(
        st.one_of(st.binary(max_size=6), st.sampled_from([b"[", b"{", b'"', b"=", b"\n", b"9" * 5000, b"nan"]))
    )
    checked = check({**small(), path: content[:at] + put + content[at + cut :]})
    for finding in checked.findings:
        assert text(finding.message, "en")
        assert finding.cure is None or text(finding.cure, "zh-CN")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('post = "office"', 'post = "secretary"'),
        ('post = "office"', 'post = "office"\nfallback = ["secretary"]'),
    ],
)
def test_a_role_of_secretaries_may_do_other_tasks_and_decide_no_gate(old: str, new: str) -> None:
    files = changed(SCHEME, old, new)
    assert "gate-secretary" not in rules_of(check(files))
    files["small.bpmn"] = files["small.bpmn"].replace(b'gg:form="review"', b'gg:form="review" gg:kind="gate"')
    assert only(check(files), "gate-secretary").severity == "error"


def test_who_takes_care_of_a_gate_when_nobody_is_there_is_no_secretary() -> None:
    files = changed(SCHEME, 'post = "liaison"\nfallback = ["head"]', 'post = "secretary"')
    gate = b'gg:form="review" gg:kind="gate" gg:whenEmpty="liaison"'
    files["small.bpmn"] = files["small.bpmn"].replace(b'gg:form="review"', gate)
    assert only(check(files), "gate-secretary").element == "Review"
