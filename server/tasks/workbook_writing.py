"""A sheet written as a workbook, for an office's screen and printer."""

import io
import re
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from server.i18n import text
from server.tasks.sheets import Block, Cell, CellKind, Line, Sheet, neutral

HIDDEN = "greengate"
A4 = 9
LINE_POINTS = 15.0
LONG_POINTS = 66.0
TALLEST = 400.0
NARROW = 10
"""Width below which words stand in the middle."""
FACE = "SimSun"

HEAD, DIVIDER, ANSWER = "E4ECF4", "F3F5F7", "FFFBE6"
FONTS = {
    "plain": Font(name=FACE, size=10.5),
    "bold": Font(name=FACE, size=10.5, bold=True),
    "title": Font(name=FACE, size=16, bold=True),
    "soft": Font(name=FACE, size=9.5, color="52606D"),
    "small": Font(name=FACE, size=8, color="7B8794"),
}
ALIGNMENTS = {
    "wrapped": Alignment(wrap_text=True, vertical="center"),
    "top": Alignment(wrap_text=True, vertical="top"),
    "middle": Alignment(wrap_text=True, vertical="center", horizontal="center"),
}
FORMS = {CellKind.DATE: "yyyy-mm-dd", CellKind.INTEGER: "General", CellKind.NUMBER: "General"}
"""How a cell shows what is typed; words stay as they are typed in all others."""
_EDGE = Side(style="thin", color="9AA5B1")
_BOX = Border(left=_EDGE, right=_EDGE, top=_EDGE, bottom=_EDGE)


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet with what stands around it. mark: the signed words by which it is known again."""

    sheet: Sheet
    title: str
    facts: tuple[tuple[str, str], ...]
    instruction: str
    mark: str
    language: str


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks, and whether it may be filled in. font, alignment: by name. form: of numbers and dates."""

    font: str = "plain"
    alignment: str = "wrapped"
    fill: str = ""
    boxed: bool = True
    is_open: bool = False
    form: str = "@"


def write(paper: Paper) -> bytes:
    """The workbook of one task: one sheet to read and print, one hidden with the mark and the choices."""
    book = Workbook()
    page = book.active
    page.title = re.sub(r"[\[\]:*?/\\']", " ", paper.title)[:31].strip() or HIDDEN
    hidden = book.create_sheet(HIDDEN)
    hidden.sheet_state = "veryHidden"
    hidden["A1"] = paper.mark
    writer = _Writer(paper, page, hidden)
    writer.whole()
    book.properties.creator = HIDDEN
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class _Writer:
    """Writes down a page, row by row."""

    def __init__(self, paper: Paper, page: Any, hidden: Any) -> None:
        self._paper = paper
        self._page = page
        self._hidden = hidden
        self._row = 0
        self._width = len(paper.sheet.widths)
        self._looks: dict[Look, Any] = {}
        self._lists: dict[tuple[str, ...], DataValidation] = {}

    def whole(self) -> None:
        paper, page = self._paper, self._page
        for at, width in enumerate(paper.sheet.widths, start=1):
            page.column_dimensions[get_column_letter(at)].width = width
        self._across(paper.title, Look("title", "middle", boxed=False), points=30)
        for term, words in paper.facts:
            self._across(text("sheet-fact", paper.language, term=term, words=words), Look(boxed=False))
        self._across(paper.instruction, Look("soft", boxed=False))
        for block in paper.sheet.blocks:
            self._block(block)
        self._foot()
        self._print()

    def _across(self, words: str, look: Look, points: float = 0) -> None:
        """Words over the whole width of the paper."""
        self._row += 1
        self._cell(1, words, look, self._width)
        self._page.row_dimensions[self._row].height = points or _points(words, sum(self._paper.sheet.widths))

    def _cell(self, at: int, words: str, look: Look, span: int = 1) -> Any:
        """A cell of words, which no spreadsheet takes for anything else; put together with those behind it."""
        cell = self._page.cell(self._row, at)
        cell.value, cell.data_type = neutral(words), "s"
        self._dress(cell, look)
        if span > 1:
            for covered in range(at + 1, at + span):
                self._dress(self._page.cell(self._row, covered), look)
            # Not by `merge_cells`, which takes the time of a hundred cells to draw edges that are drawn already.
            self._page.merged_cells.add(f"{cell.coordinate}:{get_column_letter(at + span - 1)}{self._row}")
        return cell

    def _dress(self, cell: Any, look: Look) -> None:
        """The library compares styles one by one: each look is put together once."""
        if look not in self._looks:
            cell.font, cell.alignment, cell.number_format = FONTS[look.font], ALIGNMENTS[look.alignment], look.form
            cell.border = _BOX if look.boxed else Border()
            cell.protection = Protection(locked=not look.is_open)
            if look.fill:
                cell.fill = PatternFill("solid", fgColor=look.fill)
            self._looks[look] = copy(cell._style)
        cell._style = copy(self._looks[look])

    def _block(self, block: Block) -> None:
        self._row += 1
        if block.title:
            self._across(block.title, Look("bold", boxed=False))
        self._row += 1
        at = 1
        for column in block.columns:
            self._cell(at, column.title, Look("bold", "middle", HEAD), column.span)
            at += column.span
        if block is self._paper.sheet.blocks[0]:
            self._page.print_title_rows = f"{self._row}:{self._row}"
            self._page.freeze_panes = f"A{self._row + 1}"
        for line in block.lines:
            self._line(block, line)

    def _line(self, block: Block, line: Line) -> None:
        if not line.code:
            self._across(line.fixed[0], Look("bold", fill=DIVIDER))
            return
        self._row += 1
        self._cell(1, line.code, Look(alignment="middle"), block.columns[0].span)
        at = 1 + block.columns[0].span
        # A row without a height grows with what is typed, but not for cells that were put together.
        tallest, fitted = 0.0, any(column.span > 1 for column in block.columns)
        for number, column in enumerate(block.columns[1:]):
            width = sum(self._paper.sheet.widths[at - 1 : at - 1 + column.span])
            if number < len(line.fixed):
                look = Look(alignment="middle" if width < NARROW else "wrapped")
                self._cell(at, line.fixed[number], look, column.span)
                tallest = max(tallest, _points(line.fixed[number], width))
            elif number - len(line.fixed) < len(line.cells):
                cell = line.cells[number - len(line.fixed)]
                self._answer(at, column.span, cell)
                fitted = fitted or cell.kind is CellKind.LONG
                least = LONG_POINTS if cell.kind is CellKind.LONG else 0.0
                tallest = max(tallest, least, _points(cell.value, width))
            else:
                self._cell(at, "", Look(fill=DIVIDER), column.span)
            at += column.span
        if fitted:
            self._page.row_dimensions[self._row].height = tallest

    def _answer(self, at: int, span: int, cell: Cell) -> None:
        alignment = "top" if cell.kind is CellKind.LONG else "wrapped"
        look = Look(alignment=alignment, fill=ANSWER, is_open=True, form=FORMS.get(cell.kind, "@"))
        place = self._cell(at, dict(cell.choices).get(cell.value, cell.value), look, span)
        typed = _typed(cell)
        if typed is not None:
            place.value = typed
            place.number_format = look.form
        self._ask(place.coordinate, cell)

    def _ask(self, coordinate: str, cell: Cell) -> None:
        """A list to choose from, or bounds, where the cell has them."""
        labels = tuple(neutral(label) for _, label in cell.choices)
        if cell.kind in (CellKind.CHOICE, CellKind.TICK):
            self._listed(labels).add(coordinate)
        elif cell.kind is CellKind.DATE:
            self._bounded("date", coordinate, Decimal(1), Decimal(109_574), "sheet-ask-date")
        elif cell.kind in (CellKind.INTEGER, CellKind.NUMBER) and not labels:
            kind = "whole" if cell.kind is CellKind.INTEGER else "decimal"
            least = cell.least if cell.least is not None else Decimal(-(10**12))
            most = cell.most if cell.most is not None else Decimal(10**12)
            self._bounded(kind, coordinate, least, most, "sheet-ask-number")

    def _listed(self, labels: tuple[str, ...]) -> DataValidation:
        """The list of these words, written once on the hidden sheet: in the cell itself it may hold no comma."""
        if labels not in self._lists:
            at = get_column_letter(len(self._lists) + 2)
            for number, label in enumerate(labels, start=1):
                cell = self._hidden[f"{at}{number}"]
                cell.value, cell.data_type = label, "s"
            where = f"{HIDDEN}!${at}$1:${at}${len(labels)}"
            asked = DataValidation(type="list", formula1=where, allow_blank=True)
            self._lists[labels] = self._added(asked, "sheet-ask-choice")
        return self._lists[labels]

    def _bounded(self, kind: str, coordinate: str, least: Decimal, most: Decimal, words: str) -> None:
        bounds = {"formula1": f"{least:f}", "formula2": f"{most:f}"}
        asked = DataValidation(type=kind, operator="between", allow_blank=True, **bounds)
        self._added(asked, words).add(coordinate)

    def _added(self, asked: DataValidation, words: str) -> DataValidation:
        asked.showErrorMessage, asked.errorStyle = True, "stop"
        asked.errorTitle, asked.error = text("sheet-ask", self._paper.language), text(words, self._paper.language)
        self._page.add_data_validation(asked)
        return asked

    def _foot(self) -> None:
        """Who filled it in, to be signed on paper as well; and the mark, which survives a copy as CSV."""
        language = self._paper.language
        self._row += 2
        half = max(2, self._width // 2)
        self._cell(1, text("sheet-signer", language), Look(boxed=False))
        self._cell(2, "", Look(fill=ANSWER, is_open=True), half - 1)
        if self._width > half:
            self._cell(half + 1, text("sheet-seal", language), Look(boxed=False), self._width - half)
        self._page.row_dimensions[self._row].height = 30
        self._row += 1
        self._across(text("sheet-mark", language, mark=self._paper.mark), Look("small", boxed=False))

    def _print(self) -> None:
        page = self._page
        page.protection.sheet = True
        page.protection.formatColumns = page.protection.formatRows = False
        page.page_setup.paperSize = A4
        page.page_setup.orientation = "landscape" if self._paper.sheet.landscape else "portrait"
        page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
        page.sheet_properties.pageSetUpPr.fitToPage = True
        page.print_options.horizontalCentered = True
        page.page_margins.left = page.page_margins.right = 0.5
        page.page_margins.top = page.page_margins.bottom = 0.6
        page.oddFooter.center.text = "&P / &N"
        page.sheet_view.showGridLines = False


def _typed(cell: Cell) -> Decimal | date | None:
    """The value as number or date where it is one, so that the spreadsheet knows it too."""
    try:
        if cell.kind is CellKind.DATE:
            return date.fromisoformat(cell.value)
        if cell.kind in (CellKind.INTEGER, CellKind.NUMBER) and len(cell.value) <= 15:
            number = Decimal(cell.value)
            return number if number.is_finite() else None
    except (ValueError, InvalidOperation):
        return None
    return None


def _points(words: str, width: float) -> float:
    """About how high a cell of this width must be: no spreadsheet says how it will break the lines."""
    room = max(1, int(width) - 1)
    lines = sum(max(1, -(-sum(2 if sign > "\u2e7f" else 1 for sign in line) // room)) for line in words.split("\n"))
    return min(TALLEST, LINE_POINTS * lines + 4)
