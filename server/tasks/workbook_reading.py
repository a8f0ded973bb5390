"""Returned files, .xlsx or .csv, read into plain cells.

They are hostile until looked at: their size, their parts, their markup. Nothing in them is ever calculated or run.
"""

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook

from server.errors import Invalid
from server.evidence.rules import extension_of
from server.i18n import Message
from server.organisation.import_files import decode
from server.tasks.sheet_cells import FORMULA, Raw

FILE_AT_MOST = 2 * 1024 * 1024
UNPACKED_AT_MOST = 12 * 1024 * 1024
PARTS_AT_MOST = 200
TAGS_AT_MOST = 100_000
"""Of all parts together: each becomes an object many times its size. A paper of ours has some thousands."""
SHEETS_AT_MOST = 8
ROWS_AT_MOST = 3000
COLUMNS_AT_MOST = 60
ENCRYPTED = 0x1
DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, ValueError)
COMPOUND = b"\xd0\xcf\x11\xe0"
EXTENSIONS = ("xlsx", "csv")

# A clerk's workbook may lack styles or hold what the library passes over; neither is worth a line in the log.
warnings.filterwarnings("ignore", module=r"openpyxl\.")


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one sheet of a file."""

    name: str
    rows: tuple[tuple[Raw, ...], ...]


def read(name: str, content: bytes) -> list[Grid]:
    """The sheets of a returned file. Raises Invalid with the reason when it cannot be taken."""
    if not content:
        raise Invalid(Message("evidence-empty"))
    if len(content) > FILE_AT_MOST:
        raise Invalid(Message("sheet-too-large", {"limit": FILE_AT_MOST // 2**20}))
    extension = extension_of(name)
    if extension not in EXTENSIONS:
        key = "evidence-macros" if extension in ("xlsm", "xltm", "xlsb") else "sheet-kind"
        raise Invalid(Message(key, {"kind": f".{extension}" if extension else name[:40]}))
    if content.startswith(COMPOUND):
        raise Invalid(Message("sheet-locked"))
    if extension == "csv":
        return [_csv(content)]
    formulas = _look_into(content)
    try:
        found = _sheets(content, results=True)
        return _marked(found, _sheets(content, results=False)) if formulas else found
    except Invalid:
        raise
    except DefusedXmlException as error:
        raise Invalid(Message("sheet-entities")) from error
    except Exception as error:
        # The library has no error of its own for a damaged workbook: anything may come of one.
        raise Invalid(Message("sheet-unreadable")) from error


def _csv(content: bytes) -> Grid:
    words = decode(content)
    if words is None:
        raise Invalid(Message("sheet-unreadable"))
    rows: list[tuple[Raw, ...]] = []
    try:
        for row in csv.reader(io.StringIO(words, newline="")):
            if len(rows) >= ROWS_AT_MOST:
                raise Invalid(Message("sheet-too-many-rows", {"limit": ROWS_AT_MOST}))
            rows.append(tuple(row[:COLUMNS_AT_MOST]))
    except csv.Error as error:
        raise Invalid(Message("sheet-unreadable")) from error
    return Grid("csv", tuple(rows))


def _look_into(content: bytes) -> bool:
    """Refuse what no clerk's spreadsheet holds; says whether there are formulas. Unpacks no more than it may."""
    try:
        with ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            _require_modest(parts)
            # Without zeros, so that markup of two bytes a letter is looked through as well.
            bare = {part.filename: package.read(part).replace(b"\0", b"") for part in parts}
    except DAMAGED as error:
        raise Invalid(Message("evidence-cut-off")) from error
    if sum(part.count(b"<") for part in bare.values()) > TAGS_AT_MOST:
        raise Invalid(Message("sheet-unpacks-too-large", {"limit": UNPACKED_AT_MOST // 2**20}))
    if "xl/workbook.xml" not in bare:
        raise Invalid(Message("sheet-unreadable"))
    if any(b"<!DOCTYPE" in part or b"<!ENTITY" in part for part in bare.values()):
        raise Invalid(Message("sheet-entities"))
    if b"macroEnabled" in bare.get("[Content_Types].xml", b""):
        raise Invalid(Message("evidence-macros"))
    return any(re.search(rb"<(\w+:)?f[\s/>]", part) for name, part in bare.items() if name.startswith("xl/worksheets/"))


def _require_modest(parts: Sequence[zipfile.ZipInfo]) -> None:
    """What is unpacked is never more than a part says of itself, whatever lies in it."""
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise Invalid(Message("evidence-encrypted"))
    if any(part.filename.lower().endswith(("vbaproject.bin", "vbadata.xml")) for part in parts):
        raise Invalid(Message("evidence-macros"))
    if len(parts) > PARTS_AT_MOST or sum(part.file_size for part in parts) > UNPACKED_AT_MOST:
        raise Invalid(Message("sheet-unpacks-too-large", {"limit": UNPACKED_AT_MOST // 2**20}))


def _sheets(content: bytes, *, results: bool) -> list[Grid]:
    """results: of formulas, what they gave when they were last calculated; else the formulas."""
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=results, keep_links=False)
    try:
        pages = [page for page in book.worksheets if hasattr(page, "iter_rows")]
        if len(pages) > SHEETS_AT_MOST:
            raise Invalid(Message("sheet-too-many-sheets", {"limit": SHEETS_AT_MOST}))
        return [Grid(page.title, tuple(_rows(page))) for page in pages]
    finally:
        book.close()


def _rows(page: Any) -> Iterator[tuple[Raw, ...]]:
    """Rows of what was really filled in; the size that a sheet claims is not believed."""
    page.reset_dimensions()
    empty = 0
    for row in page.iter_rows(max_row=ROWS_AT_MOST, max_col=COLUMNS_AT_MOST, values_only=True):
        if all(value is None for value in row):
            empty += 1
            continue
        yield from [()] * empty
        empty = 0
        yield tuple(_raw(value) for value in row)


def _raw(value: Any) -> Raw:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        number = Decimal(format(value, ".15g"))
        return number if number.is_finite() else str(value)
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date() if midnight else value.isoformat(" ")
    return value if isinstance(value, date) else str(value)


def _marked(found: list[Grid], written: list[Grid]) -> list[Grid]:
    """Formulas that gave nothing are told from cells in which there is nothing."""

    def row_of(grid: Grid, number: int) -> tuple[Raw, ...]:
        return grid.rows[number] if number < len(grid.rows) else ()

    def cell_of(row: tuple[Raw, ...], at: int) -> Raw:
        return row[at] if at < len(row) else None

    grids = []
    for grid, other in zip(found, written, strict=True):
        rows = []
        for number, formulas in enumerate(other.rows):
            values = row_of(grid, number)
            rows.append(
                tuple(
                    FORMULA if cell_of(values, at) is None and _is_formula(each) else cell_of(values, at)
                    for at, each in enumerate(formulas)
                )
            )
        grids.append(Grid(grid.name, tuple(rows)))
    return grids


def _is_formula(value: Raw) -> bool:
    return isinstance(value, str) and (value.startswith("=") or "Formula object" in value)
