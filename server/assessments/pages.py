"""Score sheets as pages show them: plain values, points already in words, grouped as the standard is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from server.assessments.desk import Beside, Desk
from server.assessments.queries import AssessmentRow, ScoreRow
from server.assessments.sheet import NOT_APPLICABLE, Scored, Sheet
from server.db.work import Work
from server.evidence.queries import EvidenceRow
from server.i18n import Message
from server.schemes import queries as schemes
from server.standards.kinds import kind_of, shown
from server.standards.rules import RowScore, Total, Verdict, counted
from server.standards.tree import Node

Page = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one item of one unit. unit, item: titles, empty when the level is not there; sums in words."""

    key: str
    unit_key: str
    unit: str
    item: str
    unit_points: str
    unit_max: str
    points: str
    max_points: str
    first_of_unit: bool
    rows: tuple[Page, ...]


def anchor(key: str) -> str:
    """Id of a row on its page."""
    return f"row-{key}"


def groups(desk: Desk, result: Total, rows: Iterable[tuple[Node, Page]]) -> list[Group]:
    """Rows put under their units and items, with the sums of each as far as they are scored."""
    standard = desk.stored.standard
    gathered: dict[tuple[str, ...], list[Page]] = {}
    for node, row in rows:
        gathered.setdefault(standard.within(node.key), []).append(row)
    found: list[Group] = []
    units: set[str] = set()
    for path, members in gathered.items():
        unit, own = (path[0], path[-1]) if path else ("", "")
        titles = [standard.by_key[key].title for key in path] + ["", ""]
        sums, whole = (result.by_node[own], result.by_node[unit]) if path else (None, None)
        found.append(
            Group(
                key=own,
                unit_key=unit,
                unit=titles[0],
                item=titles[1] if len(path) > 1 else "",
                unit_points=shown(whole.points) if whole else "",
                unit_max=shown(whole.max_points) if whole else "",
                points=shown(sums.points) if sums else shown(result.points),
                max_points=shown(sums.max_points) if sums else shown(result.max_points),
                first_of_unit=unit not in units,
                rows=tuple(members),
            )
        )
        units.add(unit)
    return found


def summary(result: Total, judged: Verdict, rows: Iterable[RowScore], answered: int, count: int) -> Page:
    """The figures that stay in sight: total, pass mark, what is short, how far the sheet is filled in.

    rows: those that are scored. The outcome says nothing while rows are still open.
    """
    short = [row for row in rows if row.is_short]
    return {
        "total": shown(result.points),
        "max": shown(result.max_points),
        "mark": shown(judged.mark) if judged.mark is not None else "",
        "inclusive": judged.inclusive,
        "outcome": judged.outcome.value if answered == count else "open",
        "shortfall": shown(judged.shortfall) if judged.shortfall and answered == count else "",
        "answered": answered,
        "count": count,
        "short": len(short),
        "lost": shown(sum((row.max_points - row.points for row in short), Decimal(0))),
    }


def row_page(node: Node) -> Page:
    """What every page says of a row: number, wording, points and how they are given."""
    rule = node.rule
    choices = kind_of(rule).choices() if rule else ()
    return {
        "key": node.key,
        "anchor": anchor(node.key),
        "text": node.wording,
        "max": shown(node.max_points),
        "rule": kind_of(rule).words() if rule else Message("standards-criterion"),
        "each": rule.values.get("each", "") if rule else "",
        "choices": [(choice.answer, choice.label, shown(choice.points)) for choice in choices],
        "may_not_apply": node.may_not_apply,
        "asked": node.evidence_asked,
        "core": node.core,
    }


def file_page(row: EvidenceRow) -> Page:
    """A piece of evidence as `file_row` shows it."""
    return {"id": str(row.id), "name": row.name, "size": row.size, "note": row.note}


def words(work: Work, version_id: UUID | None, language: str) -> Callable[[str, str], str]:
    """The scheme's words for a key, else the original given."""
    if version_id is None:
        return lambda _key, original: original
    return schemes.words_of(work, version_id, language).get


def self_sheet(desk: Desk, filled: Sheet, rows: Mapping[str, Scored], files: Mapping[UUID, EvidenceRow]) -> Page:
    """The page of a self-assessment."""
    answered = [row.score for row in rows.values() if row.is_answered]
    result, judged = desk.judge([row.score for row in rows.values()])
    by_text = {str(key): file_page(row) for key, row in files.items()}

    def page(row: Scored) -> Page:
        return {
            **row_page(row.node),
            "answer": row.answer.answer,
            "points": _points(row, desk),
            "short": row.is_answered and row.score.is_short,
            "note": row.answer.note,
            "on_paper": row.answer.on_paper,
            "files": [by_text[item] for item in row.answer.evidence if item in by_text],
        }

    return {
        "groups": groups(desk, result, [(row.node, page(row)) for row in rows.values()]),
        "summary": summary(result, judged, answered, len(answered), len(rows)),
        "report": filled.report,
        "report_on_paper": filled.report_on_paper,
        "report_files": [by_text[item] for item in filled.report_evidence if item in by_text],
    }


def _points(row: Scored, desk: Desk) -> str:
    """The points of a row once it is answered, in words; empty before."""
    return shown(counted(row.score, desk.policy.not_applicable)) if row.is_answered else ""


def verification_sheet(
    desk: Desk, rows: Mapping[str, Scored], beside: Beside, every: Mapping[str, RowScore], reasons: set[str]
) -> Page:
    """The page of a verification. every: all rows as they would be sealed now; reasons: rows where one is due."""
    result, judged = desk.judge(list(every.values()))
    pages = []
    for node in desk.stored.standard.rows:
        other = beside.rows.get(node.key)
        page = {**row_page(node), "other": _other(node, other) if other else None, "kept": node.key in beside.kept}
        if node.key in rows:
            row = rows[node.key]
            page |= {
                "answer": row.answer.answer,
                "points": _points(row, desk),
                "short": row.is_answered and row.score.is_short,
                "note": row.answer.note,
                "reason_due": node.key in reasons,
                "mended": _mended(beside, node.key),
            }
        pages.append((node, page))
    answered = sum(row.is_answered for row in rows.values())
    scored = [row for key, row in every.items() if key not in rows or rows[key].is_answered]
    return {
        "groups": groups(desk, result, pages),
        "summary": summary(result, judged, scored, answered, len(rows)),
        "base": assessment_page(beside.base) if beside.base else None,
        "open": len(rows) - answered,
    }


def _other(node: Node, row: ScoreRow) -> Page:
    """A sealed row as it stands beside the one being scored."""
    answer = NOT_APPLICABLE if row.not_applicable else ""
    if node.rule and row.claim and not row.not_applicable:
        answer = kind_of(node.rule).answer(row.claim)
    return {
        "key": node.key,
        "points": shown(row.points),
        "answer": answer,
        "label": _label(node, answer),
        "not_applicable": row.not_applicable,
        "note": row.reason,
        "on_paper": row.on_paper,
        "files": [file_page(item) for item in row.evidence],
    }


def _label(node: Node, answer: str) -> str | Message:
    """An answer in words; a typed one stands for itself."""
    if answer == NOT_APPLICABLE:
        return Message("standards-answer-na")
    choices = kind_of(node.rule).choices() if node.rule else ()
    return next((choice.label for choice in choices if choice.answer == answer), answer)


def _mended(beside: Beside, key: str) -> Page | None:
    row = beside.mended.get(key)
    if row is None:
        return None
    return {"done": row.done, "on_paper": row.on_paper, "files": [file_page(item) for item in row.evidence]}


def assessment_page(row: AssessmentRow) -> Page:
    """A sealed assessment in one line."""
    return {
        "id": row.id,
        "body": row.body.value,
        "attempt": row.attempt,
        "total": shown(row.total),
        "verdict": row.verdict,
        "state": row.state,
        "sealed_at": row.sealed_at,
        "by_name": row.by_name,
        "by_post": row.by_post,
        "by_unit": row.by_unit,
        "seal": row.seal_hash,
        "report": row.report,
    }


def sealed_sheet(desk: Desk, rows: Mapping[str, ScoreRow], beside: Mapping[str, ScoreRow]) -> Page:
    """A sealed assessment to read, with the one it was laid beside."""
    scored = {key: desk.row_score(row) for key, row in rows.items()}
    result, judged = desk.judge(list(scored.values()))
    pages = []
    for node in desk.stored.standard.rows:
        if node.key in rows:
            row, other = rows[node.key], beside.get(node.key)
            page = row_page(node) | _other(node, row) | {"short": scored[node.key].is_short, "carried": row.carried}
            pages.append((node, {**page, "other": _other(node, other) if other else None}))
    return {
        "groups": groups(desk, result, pages),
        "summary": summary(result, judged, scored.values(), len(rows), len(rows)),
    }
