"""Pure deciders of assessments: where a reason is due, which result counts, and the seal."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from server.assessments.models import Body
from server.assessments.sheet import Scored
from server.standards.rules import RowScore

RANK = {Body.SELF: 1, Body.VERIFICATION: 2, Body.SECOND: 3, Body.FINAL: 4}
"""Later bodies weigh more. A new scoring supersedes its own body's and all that rested on it."""

SEAL_FORMAT = 1


@dataclass(frozen=True, slots=True)
class SealRow:
    """What the seal says of one row. evidence: content hashes, and kinds with ids for what is not a file."""

    key: str
    rule: str
    max_points: Decimal
    claim: Mapping[str, Any]
    points: Decimal
    not_applicable: bool
    reason: str
    on_paper: str
    carried: bool
    evidence: Sequence[str]


def superseded_by(body: Body) -> tuple[str, ...]:
    """The bodies whose standing results end when this body scores anew."""
    return tuple(other.value for other in Body if RANK[other] >= RANK[body])


def differs(first: RowScore, second: RowScore) -> bool:
    return first.points != second.points or first.not_applicable != second.not_applicable


def needs_reason(row: Scored, beside: RowScore | None) -> bool:
    """A reason is due where points fall short, where a row is said not to apply, and where two bodies differ."""
    if not row.is_answered:
        return False
    unlike = beside is not None and differs(row.score, beside)
    return row.score.is_short or unlike or (row.score.not_applicable and beside is None)


def seal_hash(head: Mapping[str, str | int], report_files: Iterable[str], rows: Iterable[SealRow]) -> str:
    """sha256 (hex) over canonical JSON: head, files of the report, rows by key, each with its evidence."""
    content = {
        "format": SEAL_FORMAT,
        "head": dict(head),
        "files": sorted(report_files),
        "rows": [_plain(row) for row in sorted(rows, key=lambda row: row.key)],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(row: SealRow) -> dict[str, Any]:
    return {
        "key": row.key,
        "rule": row.rule,
        "max": f"{row.max_points:.2f}",
        "claim": dict(row.claim),
        "points": f"{row.points:.2f}",
        "not_applicable": row.not_applicable,
        "reason": row.reason,
        "on_paper": row.on_paper,
        "carried": row.carried,
        "evidence": sorted(row.evidence),
    }
