"""Score sheets as typed: whatever comes in is read without raising, and kept."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.assessments import sheet
from server.assessments.models import Body
from server.assessments.rules import SealRow, needs_reason, seal_hash, superseded_by
from server.assessments.sheet import Answer, Sheet
from server.standards.rules import RowScore
from server.standards.tree import Node, Rule, Standard

STANDARD = Standard(
    [
        Node("1", None, 1, 1, wording="甲", points=Decimal(2), rule=Rule("fixed", Decimal(2)), may_not_apply=True),
        Node("2", None, 1, 2, wording="乙", points=Decimal(3), rule=Rule("count", Decimal(3), {"each": "1"})),
        Node("3", None, 1, 3, wording="丙", points=Decimal(1), rule=Rule("fixed", Decimal(1))),
    ]
)
KEYS = [row.key for row in STANDARD.rows]


def test_a_page_is_read_row_by_row() -> None:
    form = {
        "answer.1": ["yes"],
        "note.1": ["第一行\r\n第二行 "],
        "paper.1": ["3号柜"],
        "evidence.1": ["a", "a", "b", ""],
        "answer.2": [" 3 "],
        "na.3": ["1"],
        "answer.3": ["yes"],
        "answer.9": ["yes"],
        "report": ["报告"],
    }
    read = sheet.sheet_from_form(form, KEYS)
    assert read.rows["1"] == Answer("yes", "第一行\n第二行", "3号柜", ("a", "b"))
    assert read.rows["2"].answer == "3"
    assert read.rows["3"].answer == "na"
    assert set(read.rows) == {"1", "2", "3"}
    assert read.report == "报告"


def test_what_is_typed_is_kept_as_it_is_even_when_wrong() -> None:
    read = sheet.sheet_from_form({"answer.2": ["三"], "note.2": ["说明"]}, KEYS)
    again = sheet.sheet_from_values(sheet.values_of(read))
    assert again == read
    row = sheet.score_sheet(STANDARD, again)["2"]
    assert row.problem is not None
    assert row.score.points == 0
    assert not row.is_answered


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"rows": None},
        {"rows": []},
        {"rows": {"1": None}},
        {"rows": {"1": {"answer": ["yes"]}}},
        {"rows": {"1": {"answer": {"x": 1}, "evidence": "abc", "note": 5.5}}},
        {"rows": {1: True}},
        {"report": ["x"], "report_evidence": {"a": 1}},
    ],
)
def test_values_of_a_wrong_shape_do_no_harm(values: dict[str, Any]) -> None:
    read = sheet.sheet_from_values(values)
    assert not any(row.problem for row in sheet.score_sheet(STANDARD, sheet.clean(read, KEYS)).values())


def test_the_api_may_send_short_forms() -> None:
    read = sheet.sheet_from_values({"rows": {"1": True, "2": 2, "3": "no"}})
    scored = sheet.score_sheet(STANDARD, read)
    assert [row.score.points for row in scored.values()] == [2, 2, 0]


def test_a_row_that_must_apply_cannot_be_left_out() -> None:
    scored = sheet.score_sheet(STANDARD, Sheet({"1": Answer("na"), "3": Answer("na")}))
    assert scored["1"].score.not_applicable
    assert scored["3"].problem is not None


def test_shapes_that_are_wrong_are_named_by_field() -> None:
    rows = {
        "9": Answer("yes"),
        "1": Answer("yes", note="长" * 2001, on_paper="长" * 501, evidence=("no-id",)),
        "2": Answer("1", evidence=tuple(str(n) for n in range(51))),
    }
    found = sheet.shape_problems(Sheet(rows, report="长" * 20001, report_evidence=("x",)), KEYS)
    assert set(found) == {"rows", "note.1", "paper.1", "evidence.1", "evidence.2", "report", "report_evidence"}
    assert all(str(message) for messages in found.values() for message in messages)


def test_where_a_reason_is_due() -> None:
    scored = sheet.score_sheet(STANDARD, Sheet({"1": Answer("yes"), "2": Answer("2"), "3": Answer("")}))
    same = RowScore("1", Decimal(2), Decimal(2))
    assert not needs_reason(scored["1"], None)
    assert not needs_reason(scored["1"], same)
    assert needs_reason(scored["1"], RowScore("1", Decimal(0), Decimal(2)))
    assert needs_reason(scored["1"], RowScore("1", Decimal(0), Decimal(2), not_applicable=True))
    assert needs_reason(scored["2"], RowScore("2", Decimal(2), Decimal(3)))
    assert not needs_reason(scored["3"], same)
    left_out = sheet.score_sheet(STANDARD, Sheet({"1": Answer("na")}))["1"]
    assert needs_reason(left_out, None)
    assert not needs_reason(left_out, RowScore("1", Decimal(0), Decimal(2), not_applicable=True))


def test_a_later_body_never_ends_an_earlier_one() -> None:
    assert superseded_by(Body.SELF) == ("self", "verification", "second", "final")
    assert superseded_by(Body.VERIFICATION) == ("verification", "second", "final")
    assert superseded_by(Body.SECOND) == ("second", "final")


ROW = SealRow("1", "fixed", Decimal(2), {"holds": True}, Decimal(2), False, "", "", False, ("aa", "bb"))


@pytest.mark.parametrize(
    "change",
    [
        {"points": Decimal(1)},
        {"claim": {"holds": False}},
        {"not_applicable": True},
        {"reason": "x"},
        {"on_paper": "x"},
        {"carried": True},
        {"evidence": ("aa",)},
        {"max_points": Decimal("2.01")},
        {"rule": "manual"},
        {"key": "2"},
    ],
)
def test_a_seal_sees_every_change(change: dict[str, Any]) -> None:
    from dataclasses import replace

    assert seal_hash({"total": "2.00"}, [], [ROW]) != seal_hash({"total": "2.00"}, [], [replace(ROW, **change)])


def test_a_seal_sees_head_and_files_but_not_order() -> None:
    other = SealRow("2", "fixed", Decimal(2), {}, Decimal(0), False, "", "", False, ())
    one = seal_hash({"total": "2.00"}, ["f", "g"], [ROW, other])
    assert one == seal_hash({"total": "2.00"}, ["g", "f"], [other, ROW])
    assert one != seal_hash({"total": "2.01"}, ["f", "g"], [ROW, other])
    assert one != seal_hash({"total": "2.00"}, ["f"], [ROW, other])


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["rows", "report", "report_on_paper", "report_evidence", "x"]), plain))
def test_no_values_ever_raise(values: dict[str, Any]) -> None:
    read = sheet.sheet_from_values(values)
    sheet.shape_problems(read, KEYS)
    scored = sheet.score_sheet(STANDARD, read)
    assert all(0 <= row.score.points <= row.score.max_points for row in scored.values())
    assert sheet.sheet_from_values(sheet.values_of(read)) == read
