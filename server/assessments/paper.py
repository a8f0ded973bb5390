"""A self-assessment on paper: a line for each criterion, under the headings of the standard, then the report."""

from collections.abc import Callable

from server.assessments.desk import Desk
from server.assessments.sheet import NOT_APPLICABLE, Answer, Sheet
from server.i18n import Message, text
from server.standards.kinds import Choice, kind_of, shown
from server.standards.tree import Node
from server.tasks.sheets import Block, Cell, CellKind, Column, Line, codes
from server.tasks.sheets import Sheet as Paper

WIDTHS = (8, 46, 20, 7, 20, 18, 26, 20)
REPORT, REPORT_ON_PAPER = "R1", "R2"
Word = Callable[[str, str], str]
"""The scheme's words for a key, else the original given."""


def self_paper(desk: Desk, filled: Sheet, word: Word, language: str) -> Paper:
    """Files cannot be sent along: the last column says where an original lies."""
    heads = ("sheet-criterion", "sheet-asked", "sheet-points", "sheet-rule", "sheet-own", "sheet-note", "sheet-paper")
    columns = (Column(codes(language)), *(Column(text(head, language)) for head in heads))
    lines: list[Line] = []
    above: tuple[str, ...] = ()
    standard = desk.stored.standard
    for row in standard.rows:
        within = standard.within(row.key)
        if within != above:
            lines.append(_divider([standard.by_key[key] for key in within], word))
            above = within
        lines.append(_line(row, filled.row(row.key), word, language))
    return Paper((Block(columns, tuple(lines)), _report(filled, language)), WIDTHS, landscape=True)


def _divider(nodes: list[Node], word: Word) -> Line:
    names = [word(f"{'unit' if not at else 'item'}.{node.key}", node.title) for at, node in enumerate(nodes)]
    return Line("", (" · ".join(names),))


def _line(row: Node, answer: Answer, word: Word, language: str) -> Line:
    rule = row.rule
    fixed = (
        word(f"row.{row.key}", row.wording),
        word(f"evidence.{row.key}", row.evidence_asked) if row.evidence_asked else "",
        shown(row.max_points),
        text(kind_of(rule).words(), language) if rule else "",
    )
    own = _answer(row, answer, word, language)
    note = Cell(("rows", row.key, "note"), CellKind.TEXT, answer.note)
    return Line(row.key, fixed, (own, note, Cell(("rows", row.key, "on_paper"), CellKind.TEXT, answer.on_paper)))


def _answer(row: Node, answer: Answer, word: Word, language: str) -> Cell:
    """One of the answers there are, or a number where it is typed; with `does not apply` where a row may not."""

    def said(choice: Choice) -> str:
        if isinstance(choice.label, Message):
            return text(choice.label, language)
        return word(f"branch.{row.key}.{choice.answer}", choice.label)

    listed = [(choice.answer, said(choice)) for choice in (kind_of(row.rule).choices() if row.rule else ())]
    kind = CellKind.CHOICE if listed else CellKind.NUMBER
    if row.may_not_apply:
        listed.append((NOT_APPLICABLE, text("standards-answer-na", language)))
    most = row.max_points if row.rule and row.rule.kind == "manual" else None
    return Cell(("rows", row.key, "answer"), kind, answer.answer, tuple(listed), least=row.max_points * 0, most=most)


def _report(filled: Sheet, language: str) -> Block:
    answer = Column(text("sheet-answer", language), span=len(WIDTHS) - 2)
    columns = (Column(codes(language)), Column(text("sheet-field", language)), answer)
    report = Cell(("report",), CellKind.LONG, filled.report)
    on_paper = Cell(("report_on_paper",), CellKind.TEXT, filled.report_on_paper)
    return Block(
        columns,
        (
            Line(REPORT, (text("assessments-report-text", language),), (report,)),
            Line(REPORT_ON_PAPER, (text("assessments-report-paper", language),), (on_paper,)),
        ),
        text("assessments-report", language),
    )
