"""A task as a sheet of paper: what its spreadsheet shows, and how a grid that comes back becomes values.

A line is known again by its code, a column by its heading: so lines may move, columns may be added, sheets renamed.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from server.db.work import Work
from server.i18n import Message, text
from server.tasks.kinds import TaskContext, Values
from server.tasks.sheet_cells import (
    FORMULA,
    UNSEEN,
    NotUnderstood,
    Raw,
    as_date,
    as_number,
    as_text,
    as_words,
    plain,
    same,
    ticked,
)

PROBLEMS_AT_MOST = 200


class CellKind(StrEnum):
    TEXT = "text"
    LONG = "long"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    TICK = "tick"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell to fill in.

    path: where its value lies in the task's values (keys, and numbers of rows). choices: value and words; a number may
    have some as well. item: of a tick, what it adds to the list at path; without one the tick is a value by itself.
    """

    path: tuple[str | int, ...]
    kind: CellKind = CellKind.TEXT
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    item: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """span: how many columns of the paper it takes."""

    title: str
    span: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """code: by which the line is known again; empty for a line that only divides. fixed: what cannot be changed."""

    code: str
    fixed: tuple[str, ...]
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under one heading: the code's column, those of what is fixed, those to fill in."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    title: str = ""

    @property
    def codes(self) -> str:
        """The heading of the codes."""
        return self.columns[0].title

    def titles(self, line: Line) -> list[str]:
        """The headings of a line's cells."""
        return [column.title for column in self.columns[1 + len(line.fixed) :]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a kind of task puts on paper. widths: of the paper's columns in digits. facts: term and words."""

    blocks: tuple[Block, ...]
    widths: tuple[int, ...]
    facts: tuple[tuple[str, str], ...] = ()
    landscape: bool = False

    @property
    def has_cells(self) -> bool:
        return any(line.cells for block in self.blocks for line in block.lines)


@runtime_checkable
class SheetKind(Protocol):
    """A task kind that can be filled in on a spreadsheet."""

    def sheet(self, work: Work, context: TaskContext, values: Values) -> Sheet:
        """The task in the context's language, with the values as they stand. Its codes follow from the version."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was not understood. column: its heading, empty when the row as a whole is meant."""

    row: int
    column: str
    cause: Message


@dataclass(slots=True)
class Reading:
    """What a returned sheet said. headings: how many of ours it had. signer: who filled it in, as its foot says."""

    values: Values
    taken: int = 0
    headings: int = 0
    problems: list[Problem] = field(default_factory=list)
    signer: str = ""


def codes(language: str) -> str:
    """The heading of the codes of every sheet."""
    return text("sheet-code", language)


def signer(language: str) -> str:
    """What stands before the name of who filled a sheet in."""
    return text("sheet-signer", language)


def yes_or_no(language: str) -> tuple[tuple[str, str], ...]:
    return (("yes", text("sheet-yes", language)), ("no", text("sheet-no", language)))


def read_grid(sheet: Sheet, grid: Sequence[Sequence[Raw]], values: Mapping[str, Any], language: str) -> Reading:
    """Put what a grid says over the values; a cell that says nothing leaves what was there."""
    reader = _Reader(sheet, Reading(deepcopy(dict(values))), language)
    for number, row in enumerate(grid, start=1):
        reader.read(number, row)
    if not reader.found.headings:
        reader.problem(1, "", Message("sheet-heading-missing", {"title": codes(language)}))
    _prune(reader.found.values, sheet)
    return reader.found


class _Reader:
    """Goes down a grid, minding the heading last seen."""

    def __init__(self, sheet: Sheet, found: Reading, language: str) -> None:
        self.found = found
        self._signed, self._sealed = plain(signer(language)), plain(text("sheet-seal", language))
        self._codes = {plain(block.codes) for block in sheet.blocks}
        self._blocks = sheet.blocks
        self._lines = {plain(line.code): (block, line) for block in sheet.blocks for line in block.lines if line.code}
        self._labels = {plain(line.fixed[0]) for _, line in self._lines.values() if line.fixed}
        self._heads: dict[str, int] = {}
        self._done: dict[str, int] = {}

    def problem(self, row: int, column: str, cause: Message) -> None:
        if len(self.found.problems) < PROBLEMS_AT_MOST:
            self.found.problems.append(Problem(row, column, cause))

    def read(self, number: int, row: Sequence[Raw]) -> None:
        row = (*row, *[None] * (max(self._heads.values(), default=0) + 1 - len(row)))
        words = [plain(as_text(cell)) for cell in row]
        if not any(words) or self._is_heading(words) or self._is_signed(words) or not self._heads:
            return
        code = words[self._code_at]
        known = self._lines.get(code)
        if known is None:
            if self._says_something(words):
                self.problem(number, "", Message("sheet-row-unknown", {"code": code[:40]}))
            return
        block, line = known
        if not any(words[at] for at in self._places(block, line).values()):
            return
        if self._was_moved(block, line, words):
            self.problem(number, "", Message("sheet-row-moved", {"code": code[:40]}))
        elif code in self._done:
            self.problem(number, "", Message("sheet-row-twice", {"code": code[:40], "row": self._done[code]}))
        else:
            self._done[code] = number
            self._take(number, row, block, line)

    @property
    def _code_at(self) -> int:
        return next(self._heads[title] for title in self._codes if title in self._heads)

    def _is_heading(self, words: list[str]) -> bool:
        if not self._codes & set(words):
            return False
        self._heads = {}
        for at, word in enumerate(words):
            if word:
                self._heads.setdefault(word, at)
        self.found.headings += 1
        return True

    def _is_signed(self, words: list[str]) -> bool:
        for at, word in enumerate(words):
            if word.rstrip(":").strip() == self._signed:
                names = (each for each in words[at + 1 :] if each and each != self._sealed)
                self.found.signer = next(names, "")[:100]
                return True
        return False

    def _places(self, block: Block, line: Line) -> dict[str, int]:
        titles = (plain(title) for title in block.titles(line))
        return {title: self._heads[title] for title in titles if title in self._heads}

    def _says_something(self, words: list[str]) -> bool:
        """Whether anything stands where answers stand, in a row that is none of ours."""
        columns = {plain(title) for block in self._blocks for line in block.lines for title in block.titles(line)}
        return any(words[at] for title, at in self._heads.items() if title in columns)

    def _was_moved(self, block: Block, line: Line, words: list[str]) -> bool:
        """The wording beside the code is that of another line: whoever changed the codes did not mean this one."""
        at = self._heads.get(plain(block.columns[1].title)) if line.fixed else None
        label = words[at] if at is not None else ""
        return bool(label) and not same(label, line.fixed[0]) and label in self._labels

    def _take(self, number: int, row: Sequence[Raw], block: Block, line: Line) -> None:
        for title, cell in zip(block.titles(line), line.cells, strict=False):
            at = self._heads.get(plain(title))
            if at is None:
                self.problem(number, title, Message("sheet-column-missing", {"title": title}))
                continue
            try:
                value = understand(cell, row[at])
            except NotUnderstood as error:
                self.problem(number, title, error.cause)
                continue
            if value:
                self.found.taken += 1
                _put(self.found.values, cell, value)


def understand(cell: Cell, raw: Raw) -> str:
    """What a cell says, as a page would post it; empty for nothing. Raises NotUnderstood with the cause."""
    if raw is FORMULA:
        raise NotUnderstood(Message("sheet-cell-formula"))
    words = as_words(raw)
    if not words:
        return ""
    for value, label in cell.choices:
        if same(words, label) or same(words, value):
            return value
    if cell.kind is CellKind.TICK and (tick := ticked(raw)):
        return tick
    if cell.kind in (CellKind.CHOICE, CellKind.TICK):
        raise NotUnderstood(Message("sheet-cell-choice", {"value": words[:60], "choices": _listed(cell)}))
    if cell.kind in (CellKind.INTEGER, CellKind.NUMBER):
        return as_number(raw)
    return as_date(raw) if cell.kind is CellKind.DATE else words


def _listed(cell: Cell) -> str:
    return " / ".join(label for _, label in cell.choices)[:300]


def _put(values: Any, cell: Cell, value: str) -> None:
    """Set the value at the cell's path; what lies on the way and has the wrong shape is made anew."""
    at, last = values, cell.path[-1]
    for step, following in zip(cell.path, cell.path[1:], strict=False):
        at = _step(at, step, [] if isinstance(following, int) else {})
    if cell.kind is not CellKind.TICK:
        at[last] = value
    elif not cell.item:
        at[last] = "1" if value == "yes" else ""
    else:
        kept = [each for each in at.get(last) or [] if each != cell.item]
        at[last] = [*kept, cell.item] if value == "yes" else kept


def _step(at: Any, step: str | int, fresh: Any) -> Any:
    """What lies at a step, made where it is not there."""
    if isinstance(step, int):
        at.extend({} for _ in range(step + 1 - len(at)))
        if not isinstance(at[step], type(fresh)):
            at[step] = fresh
        return at[step]
    if not isinstance(at.get(step), type(fresh)):
        at[step] = fresh
    return at[step]


def _prune(values: Values, sheet: Sheet) -> None:
    """Rows of tables in which nothing stands are no rows."""
    cells = (cell for block in sheet.blocks for line in block.lines for cell in line.cells)
    for key in {str(cell.path[0]) for cell in cells if len(cell.path) > 1 and isinstance(cell.path[1], int)}:
        rows = values.get(key)
        if isinstance(rows, list):
            values[key] = [row for row in rows if any(row.values())]


def neutral(words: str) -> str:
    """Words that no spreadsheet takes for a formula, and without signs that no workbook can hold.

    `plain` and `as_text` take the apostrophe away again.
    """
    seen = "".join(sign for sign in words if sign in "\n\t" or unicodedata.category(sign) not in UNSEEN)
    starts = unicodedata.normalize("NFKC", seen.lstrip()[:1])
    return f"'{seen}" if starts and starts in "=+-@" else seen
