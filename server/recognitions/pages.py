"""Gate card and result list as pages show them: plain values, points already in words."""

from typing import Any

from server.recognitions.queries import RateRow, RecognisedRow
from server.recognitions.rules import WAITING, CardRow, GateCard, Standing, sentence
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


def card_page(card: GateCard, language: str) -> Page:
    share = card.rate
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
        "held": [row_page(row) for row in card.rows if row.standing in WAITING],
        "rows": [row_page(row) for row in card.rows],
        "hash": card.hash,
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


def recognised_page(row: RecognisedRow) -> Page:
    return {
        "number": row.number,
        "unit": row.unit_name,
        "how": row.how.value,
        "total": shown(row.total) if row.total is not None else "",
        "from_on": row.from_on,
        "until_on": row.until_on,
    }
