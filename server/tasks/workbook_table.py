"""A plain table as a workbook: bold heads that stay in sight, fit for A4 across."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from server.tasks.sheets import neutral
from server.tasks.workbook_writing import A4, FACE, HEAD

TITLE_AT_MOST = 31
WIDEST = 40


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str | int]]) -> bytes:
    """The bytes of an .xlsx with one sheet. No cell can start a formula."""
    book = Workbook()
    sheet = book.active
    sheet.title = "".join(sign for sign in title if sign not in "[]:*?/\\'")[:TITLE_AT_MOST] or "1"
    for line, row in enumerate([heads, *rows], start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(line, column, neutral(value) if isinstance(value, str) else value)
            cell.font = Font(name=FACE, size=10.5, bold=line == 1)
            cell.alignment = Alignment(wrap_text=True, vertical="center")
            if line == 1:
                cell.fill = PatternFill("solid", fgColor=HEAD)
    for column, head in enumerate(heads, start=1):
        longest = max([len(head), *(len(str(row[column - 1])) for row in rows)])
        sheet.column_dimensions[get_column_letter(column)].width = min(WIDEST, 4 + 2 * longest)
    sheet.freeze_panes = "B2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
