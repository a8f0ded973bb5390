"""What a grid says of a sheet: whatever way an office wrote it, and what is not understood."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.schemes.form_types import Choice, Field, FieldKind, Form, When
from server.schemes.words import Words
from server.tasks.form_sheets import form_sheet
from server.tasks.sheet_cells import FORMULA, NotUnderstood, Raw
from server.tasks.sheets import Cell, CellKind, Reading, neutral, read_grid, understand

HEAD = ("编号", "填写项目", "填写说明", "填写内容")
YES_NO = (("yes", "是"), ("no", "否"))
FORM = Form(
    "plan",
    "方案",
    (
        Field("leader", "负责人", FieldKind.TEXT, required=True),
        Field("kind", "类别", FieldKind.CHOICE, choices=(Choice("a", "机关"), Choice("b", "学校"))),
        Field("people", "人数", FieldKind.INTEGER, minimum=Decimal(0)),
        Field("done_on", "完成日期", FieldKind.DATE, when=When("kind", ("b",))),
        Field("topics", "内容", FieldKind.CHECKS, choices=(Choice("water", "节水"), Choice("power", "节电"))),
        Field("agreed", "已公示", FieldKind.CHECK),
        Field("scan", "扫描件", FieldKind.FILES),
        Field(
            "events",
            "活动",
            FieldKind.TABLE,
            columns=(Field("day", "日期", FieldKind.DATE), Field("what", "做法", FieldKind.TEXT)),
        ),
    ),
)


def read(*rows: tuple[Raw, ...], values: Mapping[str, Any] | None = None) -> Reading:
    sheet = form_sheet(FORM, Words("zh-CN", own=True), values or {})
    return read_grid(sheet, rows, values or {}, "zh-CN")


def causes(found: Reading) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, str(each.cause)) for each in found.problems]


def test_a_sheet_shows_every_field_and_what_is_to_be_written_there() -> None:
    sheet = form_sheet(FORM, Words("zh-CN", own=True), {"leader": "张三", "topics": ["power"]})
    lines = {line.code: line for block in sheet.blocks for line in block.lines}
    assert lines["1"].fixed == ("负责人 *", "")
    assert lines["1"].cells[0].value == "张三"
    assert lines["2"].cells[0].choices == (("a", "机关"), ("b", "学校"))
    assert "“类别”为“学校”时填写" in lines["4"].fixed[1]
    assert [lines[code].cells[0].value for code in ("5(1)", "5(2)")] == ["", "yes"]
    assert lines["7"].cells == ()
    assert "不能附文件" in lines["7"].fixed[1]
    assert lines["8(1)"].cells[0].path == ("events", 0, "day")
    assert sum(code.startswith("8(") for code in lines) == 8


def test_a_filled_sheet_becomes_the_values_that_a_page_would_post() -> None:
    found = read(
        ("创建方案", None, None, None),
        HEAD,
        ("1", "负责人 *", None, " 李四 "),
        ("2", "类别", None, "学校"),
        (Decimal(3), "人数", None, Decimal(12)),
        ("4", "完成日期", None, date(2026, 5, 15)),
        ("5(1)", "内容：节水", None, "是"),
        ("5（2）", "内容：节电", None, "√"),
        ("6", "已公示", None, True),
        ("编号", "日期", "做法"),
        ("8(1)", "2026年5月1日", "节水宣传"),
        ("8(3)", None, "停电演练"),
        ("填表人：", "王五", None, None),
    )
    assert found.values == {
        "leader": "李四",
        "kind": "b",
        "people": "12",
        "done_on": "2026-05-15",
        "topics": ["water", "power"],
        "agreed": "1",
        "events": [{"day": "2026-05-01", "what": "节水宣传"}, {"what": "停电演练"}],
    }
    assert (found.taken, found.problems, found.signer) == (10, [], "王五")


def test_what_the_file_leaves_empty_stays_as_it_was() -> None:
    before = {"leader": "张三", "topics": ["power"], "scan": ["1"], "events": [{"day": "2026-01-01", "what": "旧"}]}
    found = read(
        HEAD,
        ("1", None, None, "  "),
        ("5(1)", None, None, "是"),
        ("编号", "日期", "做法"),
        ("8(1)", None, "新"),
        values=before,
    )
    assert found.values == {
        "leader": "张三",
        "topics": ["power", "water"],
        "scan": ["1"],
        "events": [{"day": "2026-01-01", "what": "新"}],
    }
    assert before["topics"] == ["power"]
    assert found.taken == 2


def test_no_takes_a_tick_away() -> None:
    found = read(HEAD, ("5(2)", None, None, "否"), ("6", None, None, "×"), values={"topics": ["power"], "agreed": "1"})
    assert found.values == {"topics": [], "agreed": ""}


def test_lines_may_move_and_columns_may_be_added() -> None:
    found = read(
        (None, "备注", "填写内容", "编号", "填写项目"),
        (),
        (None, "我", "9", "3", "人数"),
        ("x", None, "丁", "1", "负责人 *", "多一列"),
    )
    assert found.values == {"people": "9", "leader": "丁"}
    assert found.problems == []


def test_a_row_that_is_not_understood_is_named_with_its_column_and_cause() -> None:
    found = read(
        HEAD,
        ("1", None, None, "甲"),
        ("2", None, None, "医院"),
        ("3", None, None, "十几人"),
        ("4", None, None, "五月底"),
        ("9", None, None, "多出来的"),
        ("10", "没有填的", None, None),
        ("1", None, None, "乙"),
    )
    assert found.values == {"leader": "甲"}
    assert causes(found) == [
        (3, "填写内容", "“医院”不在可选的范围内：机关 / 学校。"),
        (4, "填写内容", "“十几人”不是数字。"),
        (5, "填写内容", "“五月底”不是日期，请写成 2026-05-15 的样子。"),
        (6, "", "编号“9”不在这份表格里，这一行的内容没有读入。"),
        (8, "", "编号“1”已在第 2 行读过。"),
    ]


def test_a_code_beside_the_words_of_another_line_is_not_believed() -> None:
    found = read(HEAD, ("3", "负责人 *", None, "12"))
    assert found.values == {}
    assert causes(found) == [(2, "", "编号“3”和旁边的文字对不上，请按下载时的编号填写。")]


def test_without_headings_nothing_is_read() -> None:
    found = read(("1", "负责人 *", None, "甲"))
    assert (found.values, found.taken) == ({}, 0)
    assert causes(found) == [(1, "", "没有找到表头（以“编号”开头的一行），请用下载的表格填写。")]


def test_a_column_that_was_taken_away_is_missed() -> None:
    found = read(("编号", "做法"), ("8(1)", "节水"))
    assert found.values == {"events": [{"what": "节水"}]}
    assert causes(found) == [(2, "日期", "表头里没有“日期”这一列。")]


@pytest.mark.parametrize(
    ("kind", "raw", "meant"),
    [
        (CellKind.NUMBER, "１２．５", "12.5"),
        (CellKind.NUMBER, Decimal("79.50"), "79.5"),
        (CellKind.NUMBER, "1,234.50", "1234.5"),
        (CellKind.NUMBER, "－3", "-3"),
        (CellKind.INTEGER, Decimal("3.0"), "3"),
        (CellKind.INTEGER, Decimal("3.5"), "3.5"),
        (CellKind.DATE, "2026年5月15日", "2026-05-15"),
        (CellKind.DATE, "２０２６年５月１５日", "2026-05-15"),
        (CellKind.DATE, "2026/5/15", "2026-05-15"),
        (CellKind.DATE, "2026.5.15", "2026-05-15"),
        (CellKind.DATE, "2026-05-15 00:00:00", "2026-05-15"),
        (CellKind.DATE, Decimal(46157), "2026-05-15"),
        (CellKind.DATE, Decimal(20260515), "2026-05-15"),
        (CellKind.TEXT, Decimal(13800000000), "13800000000"),
        (CellKind.TEXT, date(2026, 5, 15), "2026-05-15"),
        (CellKind.TEXT, "'=1+1", "=1+1"),
        (CellKind.TEXT, "'s", "'s"),
        (CellKind.LONG, "一\r\n二\x00", "一\n二"),
    ],
)
def test_numbers_days_and_words_are_taken_as_offices_write_them(kind: CellKind, raw: Raw, meant: str) -> None:
    assert understand(Cell(("x",), kind), raw) == meant


@pytest.mark.parametrize(
    ("kind", "raw", "key"),
    [
        (CellKind.TEXT, FORMULA, "sheet-cell-formula"),
        (CellKind.TEXT, "#REF!", "sheet-cell-error"),
        (CellKind.TEXT, "长" * 20_001, "sheet-cell-long"),
        (CellKind.NUMBER, "85%", "sheet-cell-number"),
        (CellKind.NUMBER, date(2026, 1, 1), "sheet-cell-number"),
        (CellKind.NUMBER, Decimal("1E+30"), "sheet-cell-number"),
        (CellKind.DATE, "2026-02-30", "sheet-cell-date"),
        (CellKind.DATE, Decimal("0.5"), "sheet-cell-date"),
        (CellKind.TICK, "也许", "sheet-cell-choice"),
    ],
)
def test_what_says_something_else_is_refused_with_its_cause(kind: CellKind, raw: Raw, key: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        understand(Cell(("x",), kind, choices=YES_NO if kind is CellKind.TICK else ()), raw)
    assert caught.value.cause.key == key


def test_a_number_may_be_one_of_the_words_beside_it() -> None:
    cell = Cell(("x",), CellKind.NUMBER, choices=(("na", "不涉及"),))
    assert [understand(cell, raw) for raw in ("不涉及", "NA", "4")] == ["na", "na", "4"]


@pytest.mark.parametrize("words", ["=1+1", "+86", "-1", "@sum", "  =1", "＝1"])
def test_no_words_start_a_formula(words: str) -> None:
    assert neutral(words) == f"'{words}"


def test_words_that_no_workbook_can_hold_lose_what_it_cannot() -> None:
    assert neutral("一\x07二\n三") == "一二\n三"
