"""The shipped scheme: sound by itself, and equal to the notice where the corpus can be read."""

import csv
import io
import json
import os
import re
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.bootstrap import known
from server.engine.contract import ElementKind, compile_process
from server.i18n import LANGUAGES
from server.schemes.definition import Origin, SchemeDefinition, SecondRows, ShortRow
from server.schemes.parts import SchemeParts
from server.schemes.schedule_rules import Days, propose_all
from server.schemes.scheme_toml import parse_scheme
from server.schemes.words import words_of_files
from server.standards.parts import StandardPart
from tests.schemes.support import check, gaoping

CORPUS = os.environ.get("GREENGATE_CORPUS", "")
NOTICE = Path(CORPUS) / "seed-004.txt"
needs_corpus = pytest.mark.skipif(
    not CORPUS or not NOTICE.exists(), reason="GREENGATE_CORPUS names no folder with seed-004.txt"
)


@pytest.fixture(scope="module")
def scheme() -> SchemeDefinition:
    definition = parse_scheme(gaoping().files).definition
    assert definition is not None
    return definition


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gaoping().files["standard.csv"].decode("utf-8"), newline="")))


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def nested(text: str) -> str:
    """A title within a title bears single angle quotes; by itself it bears double ones."""
    return bare(text).replace("〈", "《").replace("〉", "》")


def test_nothing_is_wrong_with_it() -> None:
    read = gaoping()
    assert read.findings == []
    parts = SchemeParts([StandardPart()], known(), trial=False)
    assert check(read.files, parts).findings == ()


def test_the_heads_of_the_notice(scheme: SchemeDefinition) -> None:
    assert scheme.number is not None
    assert scheme.number.value == "高能源发〔2020〕42号"
    assert [issuer.title for issuer in scheme.issuers] == ["高平市能源局", "高平市发展和改革委员会", "高平市财政局"]
    assert scheme.lead is not None
    assert scheme.lead.title == "高平市能源局"
    assert [basis.number for basis in scheme.basis][1:] == [
        "国管节能〔2020〕39号",
        "晋直管发〔2020〕38号",
        "晋市能源节能发〔2020〕144号",
    ]
    assert [(target.by, target.percent) for target in scheme.targets] == [
        (date(2020, 12, 31), Decimal(25)),
        (date(2021, 12, 31), Decimal(50)),
        (date(2022, 12, 31), Decimal(70)),
    ]


def test_eighty_passes(scheme: SchemeDefinition) -> None:
    assert scheme.assessment is not None
    mark = scheme.assessment.pass_mark
    assert mark is not None
    assert mark.met(Decimal(80))
    assert not mark.met(Decimal("79.99"))


def test_what_the_notice_does_not_say_is_this_authoritys(scheme: SchemeDefinition) -> None:
    assert scheme.phase("recognise").source.origin is Origin.AUTHORITY
    for key in ("rectification", "second_verification", "gate"):
        assert scheme.deadline(key).source.origin is Origin.AUTHORITY
    limit = scheme.parameter("rectification_days")
    assert (limit.default, limit.source.origin) == (None, Origin.AUTHORITY)
    assert scheme.findings is not None
    assert scheme.findings.below_pass.value is ShortRow.BLOCKING
    assert scheme.findings.at_or_above_pass.value is ShortRow.ADVICE
    assert scheme.second_verification is not None
    assert scheme.second_verification.rows.value is SecondRows.MENDED


def test_the_dates_of_the_first_round(scheme: SchemeDefinition) -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    events = {"finding.opened": datetime(2020, 11, 5, 8, 0, tzinfo=UTC)}
    found = propose_all(scheme.rules, 2020, Days(shanghai, {"rectification_days": 30}), events)
    days = {key: instant.astimezone(shanghai).date().isoformat() for key, instant in found.items() if instant}
    assert days == {
        "plan": "2020-08-15",
        "filing": "2020-08-25",
        "completion": "2020-10-16",
        "self_assessment": "2020-10-31",
        "verification": "2020-11-05",
        "rectification": "2020-12-05",
        "rectification_review": "2020-12-10",
        "second_verification": "2020-12-15",
        "summary": "2020-12-18",
        "gate": "2020-12-25",
    }
    later = propose_all(scheme.rules, 2021, Days(shanghai, {"rectification_days": 30}), {})
    assert later["plan"] == datetime(2021, 8, 15, 15, 59, 59, tzinfo=UTC)
    assert later["rectification"] is None


def test_the_standard_adds_up_at_each_level() -> None:
    units: dict[str, Decimal] = defaultdict(Decimal)
    items: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows():
        units[row["unit"]] += Decimal(row["points"])
        items[row["item"]] += Decimal(row["points"])
        assert Decimal(row["points"]) > 0
    assert len(rows()) == 42
    assert list(units.values()) == [9, 27, 25, 22, 17]
    assert sum(units.values()) == 100
    for row in rows():
        assert units[row["unit"]] == Decimal(row["unit_points"])
        assert items[row["item"]] == Decimal(row["item_points"])
    assert {row["unit"] for row in rows() if row["item"] == "源头减量"} == {"实行生活垃圾分类"}


def test_every_word_of_the_screen_is_there_in_english(scheme: SchemeDefinition) -> None:
    files = gaoping().files
    words = words_of_files(files, "en", "zh-CN")
    wanted = [f"row.{row['id']}" for row in rows()] + [f"evidence.{row['id']}" for row in rows()]
    wanted += [f"unit.{key}" for key in "12345"] + [f"item.{row['id'].rpartition('.')[0]}" for row in rows()]
    for name, entries in (("phase", scheme.phases), ("role", scheme.roles), ("deadline", scheme.deadlines)):
        wanted += [f"{name}.{entry.key}.title" for entry in entries]
    wanted += [f"parameter.{entry.key}.title" for entry in scheme.parameters]
    for entry in scheme.forms:
        assert entry.form is not None
        for field in entry.form.fields:
            wanted.append(f"form.{entry.key}.field.{field.key}.title")
            wanted += [f"form.{entry.key}.field.{field.key}.choice.{choice.value}" for choice in field.choices]
    for process in scheme.processes:
        definition = compile_process(files[process.file])
        named = [element for element in definition.elements.values() if element.name != element.id]
        wanted += [f"element.{process.key}.{element.id}" for element in named]
        tasks = [element for element in named if element.kind is ElementKind.USER]
        wanted += [f"help.{process.key}.{element.id}" for element in tasks]
    assert [key for key in wanted if not words.entries.get(key)] == []
    assert all(re.search(r"[\u4e00-\u9fff]", said) is None for said in words.entries.values())


def test_no_word_has_lost_what_it_names(scheme: SchemeDefinition) -> None:
    files = gaoping().files
    ids_drawn = {
        f"{process.key}.{found.decode()}"
        for process in scheme.processes
        for found in re.findall(rb' id="(\w+)"', files[process.file])
    }
    ids = {row["id"] for row in rows()}
    for language in LANGUAGES:
        for key in words_of_files(files, language, "zh-CN").entries:
            kind, _, rest = key.partition(".")
            if kind in ("element", "help"):
                assert rest in ids_drawn, key
            if kind in ("row", "evidence"):
                assert rest in ids, key


def test_each_diagram_has_one_pool_with_lanes_and_a_shape_for_everything(scheme: SchemeDefinition) -> None:
    for process in scheme.processes:
        text = gaoping().files[process.file].decode("utf-8")
        definition = compile_process(gaoping().files[process.file])
        assert text.count("processRef=") == 1
        for key in [*definition.elements, *definition.lanes, "Pool"]:
            assert text.count(f'<bpmndi:BPMNShape id="{key}_di" bpmnElement="{key}"') == 1
        for flow in definition.flows:
            assert text.count(f'<bpmndi:BPMNEdge id="{flow.id}_di" bpmnElement="{flow.id}"') == 1


def test_each_rejection_leads_back(scheme: SchemeDefinition) -> None:
    for key, gateway, back in (
        ("participant", "Filed", "Plan"),
        ("finding", "Closed", "Mend"),
        ("campaign", "Approved", "Summarise"),
        ("campaign", "Submitted", "Participants"),
    ):
        definition = compile_process(gaoping().files[scheme.process(key).file])
        assert [flow.target for flow in definition.flows if flow.source == gateway and flow.is_default] == [back]


# --- compared with the notice itself


def answers() -> Any:
    return json.loads(NOTICE.with_name("seed-004.key.json").read_text(encoding="utf-8"))


def lines() -> list[str]:
    return NOTICE.read_text(encoding="utf-8").split("\n")


@needs_corpus
def test_the_rows_are_those_of_the_notice() -> None:
    expected = answers()["standard"]
    assert len(rows()) == len(expected)
    for row, answer in zip(rows(), expected, strict=True):
        assert (row["unit"], row["item"]) == (answer["unit"], answer["item"])
        assert bare(row["criterion"]).startswith(bare(answer["criterion"]))
        assert Decimal(row["points"]) == answer["points"]
        parameters = dict(
            part.split("=") for part in row["parameters"].split(";") if "=" in part and row["rule"] == "count"
        )
        assert parameters == {name: str(value) for name, value in answer.get("rule", {}).items()}
        assert bare(row["criterion"]) in bare(lines()[int(row["line"]) - 1])


@needs_corpus
def test_heads_and_dates_are_those_of_the_key(scheme: SchemeDefinition) -> None:
    key = answers()
    assert scheme.title.value == key["title"]
    assert [issuer.title for issuer in scheme.issuers] == key["issuer"]
    assert scheme.number is not None
    assert scheme.number.value == key["doc_no"]
    assert scheme.issued_on is not None
    assert scheme.issued_on.value.isoformat() == key["date"]
    from_notice = [phase for phase in scheme.phases if phase.source.origin is Origin.NOTICE]
    assert [(phase.title, phase.source.line) for phase in from_notice] == [
        (phase["name"], phase["source_line"]["line"]) for phase in key["phases"]
    ]
    dated = [entry for entry in scheme.deadlines if entry.source.origin is Origin.NOTICE]
    assert [entry.source.line for entry in dated] == [entry["source_line"]["line"] for entry in key["deadlines"]]
    assert [(target.by.isoformat(), f"{target.percent}%", target.source.line) for target in scheme.targets] == [
        (target["by"], target["value"], target["source_line"]["line"]) for target in key["targets"]
    ]
    assert scheme.assessment is not None
    mark = scheme.assessment.pass_mark
    assert mark is not None
    assert (mark.value, mark.inclusive, mark.source.line) == (80, True, key["pass_mark"]["source_line"]["line"])


@needs_corpus
def test_each_quoted_line_holds_what_is_quoted(scheme: SchemeDefinition) -> None:
    text = lines()
    quoted: list[tuple[str, int | None]] = [(entry.title, entry.source.line) for entry in scheme.phases]
    quoted += [(entry.title, entry.source.line) for entry in scheme.issuers if not entry.lead]
    quoted += [
        (part, entry.source.line) for entry in scheme.basis for part in (entry.number, entry.title, entry.issuer)
    ]
    for value in (scheme.title, scheme.number, scheme.recipients, scheme.recognition):
        assert value is not None
        quoted.append((value.value, value.source.line))
    assert scheme.scope is not None
    quoted += [(kind, scheme.scope.source.line) for kind in (scheme.scope.title, *scheme.scope.kinds)]
    quoted += [(entry.title, entry.source.line) for entry in scheme.hand_ins]
    missing = [(said, line) for said, line in quoted if line is not None and bare(said) not in nested(text[line - 1])]
    assert missing == []
