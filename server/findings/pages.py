"""Findings as pages show them: plain values, points already in words."""

from typing import Any

from server.assessments.pages import file_page
from server.findings.queries import FindingRow, MendingRow
from server.standards.kinds import shown

Page = dict[str, Any]


def finding_page(row: FindingRow) -> Page:
    return {
        "id": row.id,
        "campaign_id": row.campaign_id,
        "participant_id": row.participant_id,
        "assessment_id": row.assessment_id,
        "unit": row.unit_name,
        "key": row.criterion_key,
        "text": row.wording,
        "kind": row.kind.value,
        "state": row.state.value,
        "tone": {"open": "warn", "mended": "ok", "closed": "ok", "not_mended": "bad"}.get(row.state.value, "mute"),
        "got": shown(row.got_points),
        "max": shown(row.max_points),
        "lost": shown(row.max_points - row.got_points),
        "reason": row.reason,
        "due_at": row.due_at,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "closed_by": row.closed_by_name,
    }


def mending_page(row: MendingRow) -> Page:
    return {
        "attempt": row.attempt,
        "done": row.done,
        "on_paper": row.on_paper,
        "done_at": row.done_at,
        "by_name": row.by_name,
        "by_post": row.by_post,
        "by_unit": row.by_unit,
        "mended": row.mended,
        "reason": row.review_reason,
        "reviewed_at": row.reviewed_at,
        "reviewed_by": row.reviewed_by_name,
        "files": [file_page(item) for item in row.evidence],
    }
