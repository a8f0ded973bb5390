"""Spreadsheets as clerks return them: opened, filled in, saved."""

import csv
import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from openpyxl import load_workbook

from server.tasks import queries, returned
from server.tasks.returned import Returned
from tests.world import World


def made(world: World, task_id: UUID, language: str = "zh-CN") -> bytes:
    """The spreadsheet of a task."""
    with world.workshop.reading() as work:
        page = queries.task_page(work, task_id)
        assert page is not None
        return returned.make(work, page, language, "")[1]


def looked(world: World, content: bytes, name: str = "回.xlsx") -> Returned:
    with world.workshop.reading() as work:
        return returned.look(work, name, content)


def place(page: Any, code: str, title: str, codes: str = "编号") -> Any:
    """The cell in a code's row, under the heading that stands above it last."""
    heads: dict[str, int] = {}
    for row in page.iter_rows():
        words = {str(cell.value): cell.column for cell in row if cell.value is not None}
        if codes in words:
            heads = words
        elif heads and str(page.cell(row[0].row, heads[codes]).value) == code:
            return page.cell(row[0].row, heads[title])
    raise LookupError(code)


def filled(
    content: bytes, answers: Mapping[str | tuple[str, str], Any], signer: str = "", codes: str = "编号"
) -> bytes:
    """The workbook with answers typed in, by code, or code and heading."""
    book = load_workbook(io.BytesIO(content))
    page = book.worksheets[0]
    for where, value in answers.items():
        code, title = where if isinstance(where, tuple) else (where, "填写内容")
        place(page, code, title, codes).value = value
    if signer:
        for row in page.iter_rows():
            if row[0].value == "填表人":
                row[1].value = signer
    return saved(book)


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(content: bytes, encoding: str = "utf-8") -> bytes:
    """The first sheet as a spreadsheet program saves it."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True):
        writer.writerow(["" if value is None else value for value in row])
    return out.getvalue().encode(encoding)
