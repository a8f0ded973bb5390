"""The mending of a finding on paper: what fell short, and two lines to say what was done."""

from collections.abc import Callable

from server.findings.queries import FindingRow
from server.i18n import Message, text
from server.standards.kinds import shown
from server.tasks.sheets import Block, Cell, CellKind, Column, Line, Sheet, codes

WIDTHS = (7, 24, 28, 50)


def mending_paper(found: FindingRow, done: str, on_paper: str, word: Callable[[str, str], str], language: str) -> Sheet:
    """done, on_paper: as they stand. Files cannot be sent along."""
    lost = found.max_points - found.got_points
    got = Message("findings-got", {"got": shown(found.got_points), "max": shown(found.max_points), "lost": shown(lost)})
    facts = (
        (text("findings-row", language), f"{found.criterion_key} {word(f'row.{found.criterion_key}', found.wording)}"),
        (text("sheet-points", language), text(got, language)),
        (text("findings-reason-for", language), found.reason),
    )
    heads = ("sheet-field", "sheet-hint", "sheet-answer")
    columns = (Column(codes(language)), *(Column(text(head, language)) for head in heads))
    what, hint = text("findings-done", language), text("findings-done-hint", language)
    where, files = text("findings-paper", language), text("sheet-files", language)
    lines = (
        Line("1", (f"{what} *", hint), (Cell(("done",), CellKind.LONG, done),)),
        Line("2", (where, files), (Cell(("on_paper",), CellKind.TEXT, on_paper),)),
    )
    return Sheet((Block(columns, lines),), WIDTHS, facts)
