"""Reading `standard.csv`: the shipped one whole, and what is refused."""

from decimal import Decimal
from pathlib import Path

import pytest

from server.standards.reading import ROWS_AT_MOST, read_standard
from server.standards.rules import NotApplicable, check_sums, total

SHIPPED = Path(__file__).parents[2] / "workflows" / "gaoping-2020" / "standard.csv"
HEAD = "id,unit,item,criterion,points,rule,parameters,not_applicable,source,line,evidence,evidence_source,unit_points"
GOOD = "1.1.1,甲,一,明确机构,2,fixed,,no,notice,80,文件,default,2"


def read(*lines: str, head: str = HEAD):  # type: ignore[no-untyped-def]
    return read_standard("\n".join([head, *lines]).encode())


def problems(*lines: str, head: str = HEAD) -> list[tuple[int, str, str]]:
    reading = read(*lines, head=head)
    assert reading.standard is None
    assert all(str(problem.message) for problem in reading.problems)
    return [(problem.line, problem.column, problem.message.key) for problem in reading.problems]


def test_the_shipped_standard_has_the_notice_s_sums() -> None:
    standard = read_standard(SHIPPED.read_bytes()).standard
    assert standard is not None
    assert len(standard.rows) == 42
    assert standard.max_points == Decimal(100)
    assert not check_sums(standard, Decimal(100))
    sums = total(standard, [], NotApplicable.ZERO).by_node
    assert [sums[str(unit)].max_points for unit in range(1, 6)] == [9, 27, 25, 22, 17]
    items = ["1.1", "2.1", "2.2", "3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5.1", "5.2"]
    assert [sums[item].max_points for item in items] == [9, 5, 22, 9, 6, 6, 4, 8, 6, 8, 10, 7]
    assert [row.key for row in standard.rows if row.rule and row.rule.kind == "count"] == [
        "2.2.3",
        "5.1.1",
        "5.1.2",
        "5.1.3",
        "5.2.2",
    ]


def test_a_row_keeps_wording_source_and_evidence() -> None:
    standard = read(GOOD).standard
    (row,) = standard.rows
    assert (row.wording, row.source, row.source_line, row.evidence_asked, row.evidence_source) == (
        "明确机构",
        "notice",
        80,
        "文件",
        "default",
    )
    assert standard.within("1.1.1") == ("1", "1.1")
    assert standard.by_key["1"].points == Decimal(2)
    assert standard.by_key["1.1"].points is None


def test_one_and_two_levels() -> None:
    two = read("1.1,甲,,写明,2,fixed,,no,default,,,,", "1.2,甲,,写明,3,manual,,yes,default,,,,").standard
    assert [(node.key, node.level) for node in two.nodes] == [("1", 1), ("1.1", 2), ("1.2", 2)]
    one = read("a,,,写明,2,fixed,,no,default,,,,", "b,,,写明,3,manual,,no,default,,,,").standard
    assert [(node.key, node.level, node.parent_key) for node in one.nodes] == [("a", 1, None), ("b", 1, None)]


def test_a_byte_order_mark_and_blank_lines_do_no_harm() -> None:
    content = b"\xef\xbb\xbf" + f"{HEAD}\r\n{GOOD}\r\n,,,,,,,,,,,,\r\n".encode()
    assert len(read_standard(content).standard.rows) == 1  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "column", "key"),
    [
        ("1.1,甲,一,写明,2,fixed,,no,default,,,,", "id", "standards-id-shape"),
        ("1.1.1.1,甲,一,写明,2,fixed,,no,default,,,,", "id", "standards-id-shape"),
        ("一.1.1,甲,一,写明,2,fixed,,no,default,,,,", "id", "standards-id-shape"),
        ("1.1,,一,写明,2,fixed,,no,default,,,,", "id", "standards-id-shape"),
        ("1.1.1,甲,一,,2,fixed,,no,default,,,,", "criterion", "standards-wording-missing"),
        ("1.1.1,甲,一,写明,两分,fixed,,no,default,,,,", "points", "standards-points-wanted"),
        ("1.1.1,甲,一,写明,2.005,fixed,,no,default,,,,", "points", "standards-points-wanted"),
        ("1.1.1,甲,一,写明,-2,fixed,,no,default,,,,", "points", "standards-points-wanted"),
        ("1.1.1,甲,一,写明,2,python,,no,default,,,,", "rule", "standards-rule-unknown"),
        ("1.1.1,甲,一,写明,2,count,,no,default,,,,", "parameters", "standards-rule-each"),
        ("1.1.1,甲,一,写明,2,count,each,no,default,,,,", "parameters", "standards-parameter-shape"),
        ("1.1.1,甲,一,写明,2,count,each=1;each=2,no,default,,,,", "parameters", "standards-parameter-shape"),
        ("1.1.1,甲,一,写明,2,fixed,,maybe,default,,,,", "not_applicable", "standards-yes-no"),
        ("1.1.1,甲,一,写明,2,fixed,,no,hearsay,,,,", "source", "standards-source"),
        ("1.1.1,甲,一,写明,2,fixed,,no,notice,,,,", "line", "standards-line"),
        ("1.1.1,甲,一,写明,2,fixed,,no,default,x,,,", "line", "standards-line"),
        ("1.1.1,甲,一,写明,2,fixed,,no,default,,文件,,", "evidence_source", "standards-source"),
        ("1.1.1,甲,一,写明,2,fixed,,no,default,,,,abc", "unit_points", "standards-points-wanted"),
        (f"1.1.1,甲,一,{'长' * 4001},2,fixed,,no,default,,,,", "criterion", "standards-too-long"),
        ("1.1.1,甲,一,写明", "", "standards-cells"),
    ],
)
def test_each_mistake_is_named_by_line_and_column(line: str, column: str, key: str) -> None:
    assert problems(line) == [(2, column, key)]


def test_all_mistakes_are_told_at_once() -> None:
    found = problems(GOOD, "1.1.1,甲,一,写明,x,fixed,,no,default,,,,", "1.1.2,丙,一,写明,2,fixed,,no,default,,,,")
    assert found == [
        (3, "id", "standards-id-twice"),
        (3, "points", "standards-points-wanted"),
        (4, "unit", "standards-title-differs"),
    ]


def test_rows_of_one_unit_stand_together() -> None:
    second, third = "2.1.1,乙,一,写明,2,fixed,,no,default,,,,", "1.1.2,甲,一,写明,2,fixed,,no,default,,,,"
    assert (4, "unit", "standards-apart") in problems(GOOD, second, third)


def test_stated_points_of_a_unit_are_said_once() -> None:
    found = problems(GOOD, "1.1.2,甲,一,写明,2,fixed,,no,default,,,,9")
    assert found == [(3, "unit_points", "standards-stated-differs")]


@pytest.mark.parametrize(
    ("head", "key"),
    [
        (HEAD.replace("points,", "", 1), "standards-column-missing"),
        (HEAD + ",formula", "standards-column-unknown"),
        (HEAD + ",id", "standards-column-unknown"),
        ("", "standards-column-missing"),
    ],
)
def test_a_wrong_head_is_refused(head: str, key: str) -> None:
    assert key in {found for _, _, found in problems(GOOD, head=head)}


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("评分".encode("gb18030"), "standards-not-utf8"),
        (b"\xff\xfe\x00", "standards-not-utf8"),
        (b'id,"unit\n', "standards-not-csv"),
        (HEAD.encode(), "standards-no-rows"),
        (b"", "standards-column-missing"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, key: str) -> None:
    reading = read_standard(content)
    assert reading.standard is None
    assert key in {problem.message.key for problem in reading.problems}


def test_too_many_rows_are_refused() -> None:
    lines = [f"1.1.{number},甲,一,写明,1,fixed,,no,default,,,," for number in range(ROWS_AT_MOST + 1)]
    assert problems(*lines) == [(1, "", "standards-too-many-rows")]
