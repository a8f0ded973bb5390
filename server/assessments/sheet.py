"""A score sheet as typed, row by row, from a page, a draft or the API. Pure; never raises for bad input."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from server.errors import Invalid
from server.i18n import Message
from server.standards.kinds import Claim, kind_of
from server.standards.rules import RowScore, score_row
from server.standards.tree import Node, Standard

NOT_APPLICABLE = "na"
"""The answer of a row that does not apply (不涉及)."""

NOTE_AT_MOST = 2000
PAPER_AT_MOST = 500
REPORT_AT_MOST = 20000
EVIDENCE_AT_MOST = 50

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One row as typed. on_paper: where the original lies, when it is not uploaded. evidence: ids as text."""

    answer: str = ""
    note: str = ""
    on_paper: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows by key, and the report that goes with them."""

    rows: Mapping[str, Answer] = field(default_factory=dict)
    report: str = ""
    report_on_paper: str = ""
    report_evidence: tuple[str, ...] = ()

    def row(self, key: str) -> Answer:
        return self.rows.get(key, Answer())


@dataclass(frozen=True, slots=True)
class Scored:
    """A row with what its answer gives. claim is None while there is no sound answer; problem says why."""

    node: Node
    answer: Answer
    score: RowScore
    claim: Claim | None = None
    problem: Message | None = None

    @property
    def is_answered(self) -> bool:
        return self.claim is not None or self.score.not_applicable


def sheet_from_values(values: Mapping[str, Any]) -> Sheet:
    """Read values of a draft or of the API; whatever has the wrong shape is read as not filled in."""
    rows = values.get("rows")
    return Sheet(
        rows={str(key): _answer(row) for key, row in rows.items()} if isinstance(rows, Mapping) else {},
        report=_text(values.get("report")),
        report_on_paper=_text(values.get("report_on_paper")),
        report_evidence=_texts(values.get("report_evidence")),
    )


def _answer(row: object) -> Answer:
    if not isinstance(row, Mapping):
        return Answer(_text(row))
    evidence = _texts(row.get("evidence"))
    return Answer(_text(row.get("answer")), _text(row.get("note")), _text(row.get("on_paper")), evidence)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int) else ""


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else ()
    return tuple(dict.fromkeys(item for item in items if isinstance(item, str) and item))


def values_of(sheet: Sheet) -> Values:
    """The sheet as plain JSON; the other way round than `sheet_from_values`."""
    rows = {
        key: {
            "answer": row.answer,
            **({"note": row.note} if row.note else {}),
            **({"on_paper": row.on_paper} if row.on_paper else {}),
            **({"evidence": list(row.evidence)} if row.evidence else {}),
        }
        for key, row in sheet.rows.items()
    }
    values: Values = {"rows": rows}
    for name in ("report", "report_on_paper"):
        if getattr(sheet, name):
            values[name] = getattr(sheet, name)
    if sheet.report_evidence:
        values["report_evidence"] = list(sheet.report_evidence)
    return values


def sheet_from_form(form: Mapping[str, Sequence[str]], keys: Iterable[str]) -> Sheet:
    """Read a posted page: `answer.<key>`, `na.<key>`, `note.<key>`, `paper.<key>`, `evidence.<key>`, `report…`."""

    def one(name: str) -> str:
        found = form.get(name, ())
        return found[0].replace("\r\n", "\n") if found else ""

    rows = {}
    for key in keys:
        answer = NOT_APPLICABLE if one(f"na.{key}") else one(f"answer.{key}").strip()
        row = Answer(
            answer,
            one(f"note.{key}").strip(),
            one(f"paper.{key}").strip(),
            _texts(list(form.get(f"evidence.{key}", ()))),
        )
        if row != Answer():
            rows[key] = row
    return Sheet(
        rows=rows,
        report=one("report").strip(),
        report_on_paper=one("report_on_paper").strip(),
        report_evidence=_texts(list(form.get("report_evidence", ()))),
    )


def score_sheet(standard: Standard, sheet: Sheet, keys: Iterable[str] | None = None) -> dict[str, Scored]:
    """Score the rows named, or all, in the standard's order. A wrong answer gives nothing and is named."""
    wanted = None if keys is None else set(keys)
    return {row.key: _score(row, sheet.row(row.key)) for row in standard.rows if wanted is None or row.key in wanted}


def _score(row: Node, answer: Answer) -> Scored:
    nothing, rule = score_row(row, None), row.rule
    if not answer.answer or rule is None:
        return Scored(row, answer, nothing)
    try:
        if answer.answer == NOT_APPLICABLE:
            return Scored(row, answer, score_row(row, None, not_applicable=True))
        claim = kind_of(rule).read(answer.answer)
    except Invalid as error:
        return Scored(row, answer, nothing, problem=error.message)
    return Scored(row, answer, score_row(row, claim), claim)


def clean(sheet: Sheet, keys: Iterable[str]) -> Sheet:
    """Only the rows named, so that nothing else is ever stored."""
    wanted = set(keys)
    return replace(sheet, rows={key: row for key, row in sheet.rows.items() if key in wanted})


def shape_problems(sheet: Sheet, keys: Iterable[str]) -> dict[str, list[Message]]:
    """Rows that the standard does not have, texts that are too long, evidence that is no id; by field."""
    known = set(keys)
    found: dict[str, list[Message]] = {}
    for key, row in sheet.rows.items():
        if key not in known:
            found.setdefault("rows", []).append(Message("assessments-row-unknown", {"key": key[:60]}))
        if len(row.note) > NOTE_AT_MOST:
            found[f"note.{key}"] = [Message("assessments-too-long", {"limit": NOTE_AT_MOST})]
        if len(row.on_paper) > PAPER_AT_MOST:
            found[f"paper.{key}"] = [Message("assessments-too-long", {"limit": PAPER_AT_MOST})]
        found.update(_evidence_problems(f"evidence.{key}", row.evidence))
    if len(sheet.report) > REPORT_AT_MOST:
        found["report"] = [Message("assessments-too-long", {"limit": REPORT_AT_MOST})]
    if len(sheet.report_on_paper) > PAPER_AT_MOST:
        found["report_on_paper"] = [Message("assessments-too-long", {"limit": PAPER_AT_MOST})]
    found.update(_evidence_problems("report_evidence", sheet.report_evidence))
    return found


def _evidence_problems(name: str, evidence: Sequence[str]) -> dict[str, list[Message]]:
    if len(evidence) > EVIDENCE_AT_MOST:
        return {name: [Message("assessments-evidence-too-many", {"limit": EVIDENCE_AT_MOST})]}
    if any(_uuid(item) is None for item in evidence):
        return {name: [Message("assessments-evidence-unknown")]}
    return {}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def evidence_ids(sheet: Sheet) -> set[UUID]:
    """Every piece of evidence the sheet names; what is no id is passed over."""
    texts = [*sheet.report_evidence, *(item for row in sheet.rows.values() for item in row.evidence)]
    return {found for text in texts if (found := _uuid(text)) is not None}
