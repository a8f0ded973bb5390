"""Sealing an assessment. Nothing is ever changed in it afterwards; nothing here commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from server.actor import Actor
from server.assessments import queries
from server.assessments.models import (
    Assessment,
    AssessmentEvidence,
    AssessmentState,
    Body,
    Score,
    ScoreEvidence,
)
from server.assessments.rules import SealRow, seal_hash, superseded_by
from server.campaigns.models import Participant
from server.db.work import Work
from server.evidence.queries import EvidenceRow
from server.standards.queries import StoredStandard
from server.standards.rules import Total, Verdict


@dataclass(frozen=True, slots=True)
class NewScore:
    """One row to be sealed. points: what it adds to the total before re-scaling."""

    key: str
    claim: Mapping[str, Any]
    points: Decimal
    not_applicable: bool = False
    reason: str = ""
    on_paper: str = ""
    carried: bool = False
    evidence: Sequence[EvidenceRow] = ()


@dataclass(frozen=True, slots=True)
class NewAssessment:
    """Everything that is sealed together. rows: every row of the standard, once."""

    participant: Participant
    body: Body
    task_id: UUID
    instance_id: UUID | None
    rows: Sequence[NewScore]
    total: Total
    verdict: Verdict
    report: str = ""
    report_files: Sequence[EvidenceRow] = field(default_factory=tuple)
    based_on_id: UUID | None = None


def seal(actor: Actor, work: Work, stored: StoredStandard, new: NewAssessment) -> Assessment:
    """Store and seal an assessment; earlier ones of its body, and those that rested on them, are superseded.

    Called under the lock of the instance whose task this is.
    """
    subject_id = new.participant.unit_id
    attempt = _supersede(work, new.participant.campaign_id, subject_id, new.body)
    found = Assessment(
        id=work.ids.new(),
        campaign_id=new.participant.campaign_id,
        participant_id=new.participant.id,
        unit_id=new.participant.unit_id,
        subject_id=subject_id,
        body=new.body.value,
        assessor_key="",
        attempt=attempt,
        instance_id=new.instance_id,
        task_id=new.task_id,
        based_on_id=new.based_on_id,
        state=AssessmentState.SEALED,
        total=new.total.points,
        total_exact=str(new.total.exact),
        passed=new.verdict.passed,
        verdict=new.verdict.outcome.value,
        report=new.report,
        sealed_at=work.now,
        by_name=actor.on_behalf.name if actor.on_behalf else actor.name,
        by_post=actor.post_title,
        by_unit=actor.unit_name,
    )
    found.seal_hash = _seal(found, stored, new)
    work.session.add(found)
    work.session.flush()
    _add_rows(work, found, stored, new)
    work.session.flush()
    return found


def _supersede(work: Work, campaign_id: UUID, subject_id: UUID, body: Body) -> int:
    """End what this scoring replaces; returns the number of the new attempt."""
    work.session.execute(
        update(Assessment)
        .where(
            Assessment.campaign_id == campaign_id,
            Assessment.subject_id == subject_id,
            Assessment.body.in_(superseded_by(body)),
            Assessment.state == AssessmentState.SEALED,
        )
        .values(state=AssessmentState.SUPERSEDED)
    )
    last = work.session.scalar(
        select(func.max(Assessment.attempt)).where(
            Assessment.campaign_id == campaign_id,
            Assessment.subject_id == subject_id,
            Assessment.body == body.value,
            Assessment.assessor_key == "",
        )
    )
    return (last or 0) + 1


def _seal(found: Assessment, stored: StoredStandard, new: NewAssessment) -> str:
    rows = []
    for row in new.rows:
        rule = stored.standard.by_key[row.key].rule
        rows.append(
            SealRow(
                key=row.key,
                rule=rule.kind if rule else "",
                max_points=rule.points if rule else Decimal(0),
                claim=row.claim,
                points=row.points,
                not_applicable=row.not_applicable,
                reason=row.reason,
                on_paper=row.on_paper,
                carried=row.carried,
                evidence=[queries.mark(item) for item in row.evidence],
            )
        )
    return seal_hash(queries.seal_head(found), [queries.mark(file) for file in new.report_files], rows)


def _add_rows(work: Work, found: Assessment, stored: StoredStandard, new: NewAssessment) -> None:
    scores = [
        Score(
            id=work.ids.new(),
            assessment_id=found.id,
            campaign_id=found.campaign_id,
            criterion_id=stored.ids[row.key],
            claim=dict(row.claim),
            points=row.points,
            not_applicable=row.not_applicable,
            reason=row.reason,
            on_paper=row.on_paper,
            carried=row.carried,
        )
        for row in new.rows
    ]
    work.session.add_all(scores)
    work.session.flush()
    work.session.add_all(
        ScoreEvidence(score_id=score.id, evidence_id=item.id, campaign_id=found.campaign_id)
        for score, row in zip(scores, new.rows, strict=True)
        for item in row.evidence
    )
    work.session.add_all(
        AssessmentEvidence(assessment_id=found.id, evidence_id=file.id, campaign_id=found.campaign_id)
        for file in new.report_files
    )
