"""Workbooks: what goes out is locked, bounded and harmless; what comes back is looked at before it is believed."""

import io
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula

from server.errors import Invalid
from server.tasks import workbook_reading as workbook
from server.tasks.sheet_cells import FORMULA, Raw
from server.tasks.sheets import Block, Cell, CellKind, Column, Line, Sheet
from server.tasks.workbook_reading import read
from server.tasks.workbook_writing import Paper, write
from tests.tasks.paper import as_csv, place, saved

SHEET = Sheet(
    (
        Block(
            (Column("编号"), Column("填写项目"), Column("填写内容", span=2)),
            (
                Line("", ("一、基本情况",)),
                Line("1", ("=负责人",), (Cell(("leader",), value="@张三"),)),
                Line("2", ("类别",), (Cell(("kind",), CellKind.CHOICE, "b", (("a", "机关, 事业"), ("b", "学校"))),)),
                Line("3", ("人数",), (Cell(("n",), CellKind.INTEGER, "12", least=Decimal(0), most=Decimal(99)),)),
                Line("4", ("日期",), (Cell(("d",), CellKind.DATE, "2026-05-15"),)),
                Line("5", ("做法",), (Cell(("how",), CellKind.LONG, "一\n二"),)),
                Line("6", ("附件",)),
                Line("7", ("写错的数",), (Cell(("m",), CellKind.NUMBER, "十二"),)),
            ),
        ),
    ),
    (6, 20, 30, 10),
)
PAPER = Paper(SHEET, "创建[方案]", (("单位", "示例单位"),), "说明", "GG1.mark.sign", "zh-CN")
WRITTEN = write(PAPER)
PARTS = sorted(zipfile.ZipFile(io.BytesIO(WRITTEN)).namelist())
WORKBOOK_XML = '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'


def written() -> Any:
    return load_workbook(io.BytesIO(write(PAPER)))


def with_cells(cells: Mapping[str, Any]) -> bytes:
    book = Workbook()
    for where, value in cells.items():
        book.active[where] = value
    return saved(book)


def package(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def changed(content: bytes, part: str, old: str, new: str) -> bytes:
    """A workbook with words replaced in one of its parts."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    return package(parts)


def refused(name: str, content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        read(name, content)
    return caught.value.message.key


def only(content: bytes, name: str = "回.xlsx") -> tuple[tuple[Raw, ...], ...]:
    return read(name, content)[0].rows


# --- what goes out ---------------------------------------------------------------------------------------------------


def test_only_cells_to_fill_in_are_open() -> None:
    page = written().worksheets[0]
    assert page.protection.sheet
    open_rows = {cell.row for row in page.iter_rows() for cell in row if not cell.protection.locked}
    asked = {place(page, code, "填写内容").row for code in ("1", "2", "3", "4", "5", "7")}
    signed = next(row[0].row for row in page.iter_rows() if row[0].value == "填表人")
    assert open_rows == asked | {signed}


def test_cells_know_numbers_days_and_choices() -> None:
    book = written()
    page = book.worksheets[0]
    assert place(page, "3", "填写内容").value == 12
    assert place(page, "4", "填写内容").value == datetime(2026, 5, 15)  # noqa: DTZ001 - a workbook knows no zone
    assert place(page, "7", "填写内容").value == "十二"
    asked = {kind.type: kind for kind in page.data_validations.dataValidation}
    assert set(asked) == {"list", "whole", "date", "decimal"}
    assert place(page, "2", "填写内容").coordinate in asked["list"].sqref
    where = re.fullmatch(r"greengate!\$(\w)\$1:\$\w\$2", asked["list"].formula1)
    assert where
    hidden = book["greengate"]
    assert [hidden[f"{where[1]}{row}"].value for row in (1, 2)] == ["机关, 事业", "学校"]
    assert (asked["whole"].formula1, asked["whole"].formula2) == ("0", "99")


def test_nothing_that_goes_out_is_a_formula() -> None:
    page = written().worksheets[0]
    values = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
    assert not any(cell.data_type == "f" for cell in values)
    assert not any(str(cell.value).startswith(("=", "+", "-", "@")) for cell in values)
    assert place(page, "1", "填写内容").value == "'@张三"


def test_it_is_made_for_a4_and_for_reading() -> None:
    book = written()
    page = book.worksheets[0]
    assert (page.page_setup.paperSize, page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (9, 1, 0)
    assert page.print_title_rows == "$5:$5"
    assert page.title == "创建 方案"
    assert book["greengate"].sheet_state == "veryHidden"
    assert page["A1"].value == "创建[方案]"
    assert place(page, "5", "填写内容").alignment.wrap_text


# --- what comes back -------------------------------------------------------------------------------------------------


def test_cells_come_back_as_what_they_are() -> None:
    content = with_cells(
        {"A1": "字", "B1": 1.1, "C1": date(2026, 5, 15), "D1": True, "E1": datetime(2026, 5, 15, 9, 30), "C3": 7}  # noqa: DTZ001
    )
    assert only(content) == (
        ("字", Decimal("1.1"), date(2026, 5, 15), True, "2026-05-15 09:30:00") + (None,) * 55,
        (),
        (None, None, Decimal(7)) + (None,) * 57,
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_the_encodings_of_offices(encoding: str) -> None:
    rows = only(as_csv(write(PAPER), encoding), "回.CSV")
    assert ("1", "'=负责人", "'@张三", "") in rows


def test_a_formula_is_its_last_result_and_never_calculated() -> None:
    content = with_cells({"A1": "=1+1", "A2": '=HYPERLINK("http://x")', "A3": "字"})
    given = changed(content, "xl/worksheets/sheet1.xml", "<f>1+1</f><v></v>", "<f>1+1</f><v>7</v>")
    assert [row[0] for row in only(given)] == [Decimal(7), FORMULA, "字"]
    array = with_cells({"A1": ArrayFormula("A1:A2", "=SUM(1,2)")})
    assert [row[0] for row in only(array)] == [FORMULA]


def test_merged_cells_count_where_they_begin() -> None:
    book = Workbook()
    book.active["A1"] = "一"
    book.active["A2"] = "二"
    book.active.merge_cells("A1:B2")
    assert [row[:2] for row in only(saved(book))] == [("一", None)]


def test_a_sheet_of_a_million_rows_is_read_no_further_than_any_paper_goes() -> None:
    content = with_cells({"A1": "一", "A1048576": "底", "XFD2": "右", "B2": "二"})
    rows = only(content)
    assert [row[:2] for row in rows] == [("一", None), (None, "二")]
    claimed = changed(content, "xl/worksheets/sheet1.xml", 'ref="A1:XFD1048576"', 'ref="A1:A1"')
    assert only(claimed) == rows


def test_a_renamed_sheet_is_the_same_sheet() -> None:
    book = written()
    book.worksheets[0].title = "改过名"
    assert [grid.name for grid in read("回.xlsx", saved(book))] == ["改过名", "greengate"]


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("空.xlsx", b"", "evidence-empty"),
        ("大.xlsx", b"PK" + bytes(workbook.FILE_AT_MOST), "sheet-too-large"),
        ("宏.xlsm", b"PK", "evidence-macros"),
        ("旧.xls", b"\xd0\xcf\x11\xe0", "sheet-kind"),
        ("文.docx", b"PK", "sheet-kind"),
        ("无", b"PK", "sheet-kind"),
        ("密.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "sheet-locked"),
        ("断.xlsx", b"PK\x03\x04 cut off", "evidence-cut-off"),
        ("字.xlsx", "不是表格".encode(), "evidence-cut-off"),
        ("图.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "sheet-unreadable"),
        ("包.csv", b"PK\x03\x04abc", "sheet-unreadable"),
        ("别的.xlsx", package({"word/document.xml": "<x/>"}), "sheet-unreadable"),
        ("坏.xlsx", package({"xl/workbook.xml": WORKBOOK_XML}), "sheet-unreadable"),
        ("坏.xlsx", package({"xl/workbook.xml": "<workbook", "[Content_Types].xml": "<T"}), "sheet-unreadable"),
        ("长.csv", b"1,2\n" * (workbook.ROWS_AT_MOST + 1), "sheet-too-many-rows"),
        ("怪.csv", b'"' + b"x" * 200_000 + b'"', "sheet-unreadable"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_with_the_reason(name: str, content: bytes, key: str) -> None:
    assert refused(name, content) == key


def test_macros_are_refused_under_any_name() -> None:
    good = with_cells({"A1": "一"})
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    macro = changed(good, "[Content_Types].xml", kind, "application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    assert refused("x.xlsx", macro) == "evidence-macros"
    assert refused("x.xlsx", package({"xl/workbook.xml": "", "xl/vbaProject.bin": "x"})) == "evidence-macros"


def test_a_file_that_unpacks_without_end_is_refused_before_it_is_unpacked() -> None:
    bomb = package(
        {"xl/workbook.xml": WORKBOOK_XML, "xl/worksheets/sheet1.xml": b" " * (workbook.UNPACKED_AT_MOST + 1)}
    )
    assert len(bomb) < 100_000
    assert refused("x.xlsx", bomb) == "sheet-unpacks-too-large"
    many = {f"x{number}.xml": "" for number in range(workbook.PARTS_AT_MOST + 1)}
    assert refused("x.xlsx", package(many)) == "sheet-unpacks-too-large"


@pytest.mark.parametrize("tag", ["<xf/>", "<c/>", "<row/>", "<x:si />"])
def test_a_file_of_nothing_but_markup_is_refused_before_it_is_parsed(tag: str) -> None:
    heavy = package({"xl/workbook.xml": WORKBOOK_XML, "xl/styles.xml": tag * (workbook.TAGS_AT_MOST + 1)})
    assert refused("x.xlsx", heavy) == "sheet-unpacks-too-large"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    content = bytearray(WRITTEN)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Invalid):
        read("x.xlsx", bytes(content))


@settings(max_examples=60, deadline=None)
@given(part=st.sampled_from(PARTS), words=st.text(max_size=30), at=st.floats(0, 1))
def test_a_file_with_other_words_in_its_parts_is_read_or_refused(part: str, words: str, at: float) -> None:
    with zipfile.ZipFile(io.BytesIO(WRITTEN)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    old = parts[part]
    cut = int(at * len(old))
    parts[part] = bytes(old[:cut]) + words.encode() + bytes(old[cut + len(words) :])  # type: ignore[arg-type]
    with suppress(Invalid):
        read("x.xlsx", package(parts))


def test_a_part_that_is_larger_than_it_says_is_refused() -> None:
    content = bytearray(package({"xl/workbook.xml": b"<" + b" " * 100_000}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.find(signature) + offset
        content[at : at + 4] = (10).to_bytes(4, "little")
    assert refused("x.xlsx", bytes(content)) == "evidence-cut-off"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "other.bin"])
def test_declarations_of_entities_are_refused_wherever_they_stand(part: str, encoding: str) -> None:
    lol = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'
    parts = {"xl/workbook.xml": WORKBOOK_XML, part: lol.encode(encoding)}
    assert refused("x.xlsx", package(parts)) == "sheet-entities"


def test_a_protected_archive_and_too_many_sheets_are_refused() -> None:
    content = bytearray(package({"xl/workbook.xml": WORKBOOK_XML}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(signature) + offset] |= 1
    assert refused("x.xlsx", bytes(content)) == "evidence-encrypted"
    book = Workbook()
    for _ in range(workbook.SHEETS_AT_MOST):
        book.create_sheet()
    assert refused("x.xlsx", saved(book)) == "sheet-too-many-sheets"
