"""Gate card and result list as pages show them: plain values, points already in words."""

from collections.abc import Sequence
from typing import Any

from server.recognitions.conditions import ConditionRow
from server.recognitions.queries import LastGate, RateRow, RecognisedRow
from server.recognitions.rules import WAITING, CardRow, GateCard, Numbers, Standing, lacking, sentence
from server.standards.kinds import shown

Page = dict[str, Any]
TONES = {
    Standing.PASSED: "ok",
    Standing.EXEMPT: "ok",
    Standing.SHORT: "bad",
    Standing.WITHDRAWN: "mute",
    Standing.UNDECIDED: "warn",
    Standing.NO_RESULT: "warn",
    Standing.NOT_HANDED_IN: "warn",
}

SETTLED = (Standing.PASSED, Standing.EXEMPT, Standing.WITHDRAWN)
"""Of these a no to the list says nothing: they are named with a yes, or not judged at all."""


def row_page(row: CardRow) -> Page:
    return {
        "number": row.number,
        "unit": row.unit_name,
        "unit_id": row.unit_id,
        "participant_id": row.participant_id,
        "standing": row.standing.value,
        "tone": TONES[row.standing],
        "self_total": row.self_total,
        "total": row.total,
        "lacking": row.lacking,
        "findings_open": row.findings_open,
        "reason": row.reason,
        "assessment_id": row.assessment_id,
    }


def card_page(card: GateCard, language: str, last: LastGate | None = None) -> Page:
    share = card.rate
    missing = lacking(share, card.aim)
    return {
        "sentence": sentence(card, language),
        "title": card.title,
        "year": card.year,
        "recognition": card.recognition,
        "passed": card.count(Standing.PASSED),
        "short": card.count(Standing.SHORT),
        "waiting": card.count(*WAITING),
        "withdrawn": card.count(Standing.WITHDRAWN),
        "exempt": card.count(Standing.EXEMPT),
        "in_scope": share.in_scope,
        "recognised": share.recognised,
        "percent": shown(share.percent) if share.percent is not None else "",
        "aim": shown(card.aim) if card.aim is not None else "",
        "reached": share.reaches(card.aim) if card.aim is not None else None,
        "lacking": missing,
        "findings": Numbers.of(card).findings,
        "since": _since(card, last),
        "named": [row_page(row) for row in card.rows if row.standing is Standing.PASSED],
        "not_named": [row_page(row) for row in card.rows if row.standing not in SETTLED],
        "held": [row_page(row) for row in card.rows if row.standing in WAITING],
        "rows": [row_page(row) for row in card.rows],
        "hash": card.hash,
    }


def _since(card: GateCard, last: LastGate | None) -> Page:
    """The numbers now against those of the decision before; empty when there was none that kept its numbers."""
    if last is None:
        return {}
    now, then = Numbers.of(card), last.numbers
    pairs = [(name, getattr(then, name), getattr(now, name)) for name in ("passed", "short", "waiting", "findings")]
    return {
        "decided_at": last.decided_at,
        "verdict": last.verdict,
        "changes": [{"name": name, "was": was, "is": is_} for name, was, is_ in pairs if was != is_],
    }


def condition_page(row: ConditionRow) -> Page:
    return {
        "position": row.position,
        "unit": row.unit_name,
        "what": row.what,
        "due_at": row.due_at,
        "met": row.met,
        "asked": row.asked,
        "done": row.asked == row.met,
    }


def rate_page(row: RateRow) -> Page:
    return {
        "recognised": row.rate.recognised,
        "in_scope": row.rate.in_scope,
        "percent": shown(row.rate.percent) if row.rate.percent is not None else "",
        "aim": shown(row.aim) if row.aim is not None else "",
        "aim_by": row.aim_by,
        "reached": row.reached,
        "withdrawn": row.withdrawn,
    }


def recognised_page(row: RecognisedRow, conditions: Sequence[ConditionRow] = ()) -> Page:
    """conditions: those of the campaign's gates; of them what was asked of this unit or of all."""
    return {
        "conditional": any(each.unit_id in (None, row.unit_id) for each in conditions),
        "number": row.number,
        "unit": row.unit_name,
        "how": row.how.value,
        "total": shown(row.total) if row.total is not None else "",
        "from_on": row.from_on,
        "until_on": row.until_on,
    }
