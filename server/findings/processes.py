"""What the doors assemble of findings: task kinds, facts, activity, collection, and the ear for ended instances."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from server.campaigns.named_seats import RowUnits
from server.db.work import Work
from server.engine.contract import FactKind, FactType
from server.findings import operations, queries
from server.findings.kinds import Mend, Review
from server.findings.models import Finding
from server.processes.registry import FactProvider, Item, Running
from server.standards.models import Criterion

TASK_KINDS = (Mend(), Review())
ACTIVITIES = {"findings.open": operations.open_findings}
ON_END = (operations.instance_ended,)
MENDED = queries.mended_rows
"""For `AssessmentParts`: which rows a second verification scores again."""

OUTCOMES: Mapping[str, Mapping[str, FactType]] = {
    "findings.mend": {"attempt": FactType(FactKind.NUMBER, "findings-fact-attempt")},
    "findings.review": {"mended": FactType(FactKind.BOOLEAN, "findings-fact-mended")},
}
RESULTS: Mapping[str, Mapping[str, FactType]] = {
    "findings.open": {
        "blocking": FactType(FactKind.NUMBER, "findings-fact-blocking"),
        "advice": FactType(FactKind.NUMBER, "findings-fact-advice"),
    }
}


def findings(work: Work, running: Running) -> Sequence[Item]:
    """The collection `findings`: open blocking findings of the instance's unit, in the standard's order."""
    instance = running.instance
    if instance.campaign_id is None or instance.unit_id is None:
        return ()
    return [
        Item(key, f"{instance.business_key} · {key}", instance.unit_id, found.id)
        for found, key in queries.open_blocking(work, instance.campaign_id, instance.unit_id)
    ]


def row_units(work: Work, running: Running, key: str | None) -> RowUnits | None:
    """For `CampaignParts`: who looks after a row of the version's standard; without a key, after the finding's row."""
    if key is not None:
        wanted = select(Criterion).where(Criterion.scheme_version_id == running.scheme_version_id, Criterion.key == key)
    else:
        finding = select(Finding.criterion_id).where(Finding.id == running.instance.subject_id)
        wanted = select(Criterion).where(Criterion.id.in_(finding))
    row = work.session.scalars(wanted).one_or_none()
    return None if row is None else RowUnits(row.lead_unit, tuple(row.assisting_units), row.lead_role)


ROW_UNITS = row_units
COLLECTIONS = {"findings": findings}


def _finding(work: Work, running: Running) -> Mapping[str, Any]:
    """Facts of the finding that an instance mends; nothing in other instances."""
    found = work.session.get(Finding, running.instance.subject_id) if running.instance.subject_id else None
    if found is None:
        return {}
    criterion = work.session.get_one(Criterion, found.criterion_id)
    last = queries.last_mending(work, found.id)
    return {"finding.criterion": criterion.key, "finding.mended": last is not None and last.mended is True}


FACTS = FactProvider(
    "finding",
    {
        "finding.mended": FactType(FactKind.BOOLEAN, "findings-fact-mended"),
        "finding.criterion": FactType(FactKind.STRING, "findings-fact-criterion"),
    },
    _finding,
)
