"""Reading sealed assessments, and the evidence they rest on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from server.assessments.models import (
    Assessment,
    AssessmentEvidence,
    AssessmentState,
    Body,
    Score,
    ScoreEvidence,
)
from server.assessments.rules import RANK, SealRow, seal_hash
from server.campaigns.models import Participant
from server.db.work import Work
from server.evidence import queries as evidence_library
from server.evidence.queries import EvidenceRow
from server.standards.models import Criterion
from server.standards.queries import StoredStandard
from server.standards.rules import RowScore

PAGE = 50


def mark(row: EvidenceRow) -> str:
    """What a seal says of a piece of evidence: its content's hash, or its kind and id where it is no file."""
    return row.sha256 or f"{row.kind}:{row.id}"


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One sealed row."""

    id: UUID
    criterion_id: UUID
    key: str
    claim: Mapping[str, Any]
    points: Decimal
    not_applicable: bool
    reason: str
    on_paper: str
    carried: bool
    evidence: tuple[EvidenceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """A sealed assessment without its rows. total_exact: an exact fraction as text."""

    id: UUID
    campaign_id: UUID
    participant_id: UUID
    unit_id: UUID
    body: Body
    attempt: int
    state: str
    total: Decimal
    total_exact: str
    passed: bool | None
    verdict: str
    report: str
    seal_hash: str
    sealed_at: datetime
    by_name: str
    by_post: str
    by_unit: str
    based_on_id: UUID | None
    instance_id: UUID | None


def _row(found: Assessment, *, report: bool = True) -> AssessmentRow:
    return AssessmentRow(
        id=found.id,
        campaign_id=found.campaign_id,
        participant_id=found.participant_id,
        unit_id=found.unit_id,
        body=Body(found.body),
        attempt=found.attempt,
        state=found.state,
        total=found.total,
        total_exact=found.total_exact,
        passed=found.passed,
        verdict=found.verdict,
        report=found.report if report else "",
        seal_hash=found.seal_hash,
        sealed_at=found.sealed_at,
        by_name=found.by_name,
        by_post=found.by_post,
        by_unit=found.by_unit,
        based_on_id=found.based_on_id,
        instance_id=found.instance_id,
    )


def participant_of(work: Work, campaign_id: UUID | None, unit_id: UUID | None) -> Participant | None:
    """The participant that a unit is in a campaign."""
    if campaign_id is None or unit_id is None:
        return None
    return work.session.scalars(
        select(Participant).where(Participant.campaign_id == campaign_id, Participant.unit_id == unit_id)
    ).one_or_none()


def by_id(work: Work, assessment_id: UUID) -> AssessmentRow | None:
    found = work.session.get(Assessment, assessment_id)
    return None if found is None else _row(found)


def standing(work: Work, participant_id: UUID) -> dict[Body, AssessmentRow]:
    """The sealed assessments of a participant that have not been superseded, by body."""
    rows = work.session.scalars(
        select(Assessment).where(
            Assessment.participant_id == participant_id, Assessment.state == AssessmentState.SEALED
        )
    ).all()
    return {Body(row.body): _row(row) for row in rows}


def authoritative(work: Work, participant_id: UUID) -> AssessmentRow | None:
    """The result that counts now: the latest body's, never the unit's own scoring."""
    found = [row for body, row in standing(work, participant_id).items() if body is not Body.SELF]
    return max(found, key=lambda row: RANK[row.body], default=None)


def results(work: Work, campaign_id: UUID) -> tuple[dict[UUID, AssessmentRow], dict[UUID, AssessmentRow]]:
    """For all participants of a campaign, by participant: the result that counts, and the unit's own scoring.

    Without the reports, which are long.
    """
    rows = work.session.scalars(
        select(Assessment)
        .where(Assessment.campaign_id == campaign_id, Assessment.state == AssessmentState.SEALED)
        .options(defer(Assessment.report))
    ).all()
    counting: dict[UUID, AssessmentRow] = {}
    own: dict[UUID, AssessmentRow] = {}
    for found in rows:
        row = _row(found, report=False)
        if row.body is Body.SELF:
            own[row.participant_id] = row
        elif row.participant_id not in counting or RANK[counting[row.participant_id].body] < RANK[row.body]:
            counting[row.participant_id] = row
    return counting, own


def history(work: Work, participant_id: UUID, page: int = 1) -> tuple[Sequence[AssessmentRow], int]:
    """Every assessment of a participant, superseded ones too, newest first: one page, and how many there are."""
    total = work.session.scalar(
        select(func.count()).select_from(Assessment).where(Assessment.participant_id == participant_id)
    )
    rows = work.session.scalars(
        select(Assessment)
        .where(Assessment.participant_id == participant_id)
        .order_by(Assessment.sealed_at.desc(), Assessment.attempt.desc(), Assessment.body)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    return [_row(row) for row in rows], total or 0


def scores_of(work: Work, assessment_id: UUID, stored: StoredStandard, *, evidence: bool = True) -> dict[str, ScoreRow]:
    """The rows of one assessment by criterion key, in the standard's order."""
    rows = work.session.scalars(select(Score).where(Score.assessment_id == assessment_id)).all()
    proofs = _evidence_by_score(work, assessment_id) if evidence else {}
    found = {
        stored.keys[row.criterion_id]: ScoreRow(
            id=row.id,
            criterion_id=row.criterion_id,
            key=stored.keys[row.criterion_id],
            claim=row.claim,
            points=row.points,
            not_applicable=row.not_applicable,
            reason=row.reason,
            on_paper=row.on_paper,
            carried=row.carried,
            evidence=tuple(proofs.get(row.id, ())),
        )
        for row in rows
    }
    return {node.key: found[node.key] for node in stored.standard.rows if node.key in found}


def as_row_score(row: ScoreRow, max_points: Decimal) -> RowScore:
    """A sealed row as the rules see it: a row that does not apply has no points of its own."""
    points = Decimal(0) if row.not_applicable else row.points
    return RowScore(row.key, points, max_points, not_applicable=row.not_applicable)


def _evidence_by_score(work: Work, assessment_id: UUID) -> dict[UUID, list[EvidenceRow]]:
    links = work.session.execute(
        select(ScoreEvidence.score_id, ScoreEvidence.evidence_id)
        .join(Score, Score.id == ScoreEvidence.score_id)
        .where(Score.assessment_id == assessment_id)
    ).all()
    return gathered(work, [(link.score_id, link.evidence_id) for link in links])


def gathered(work: Work, links: Iterable[tuple[UUID, UUID]]) -> dict[UUID, list[EvidenceRow]]:
    """Evidence by what refers to it, given as pairs of referrer and evidence; as it was added."""
    pairs = list(links)
    known = {row.id: row for row in evidence_library.rows(work, {evidence_id for _, evidence_id in pairs})}
    found: dict[UUID, list[EvidenceRow]] = {}
    for referrer, evidence_id in pairs:
        found.setdefault(referrer, []).append(known[evidence_id])
    for rows in found.values():
        rows.sort(key=lambda row: (row.added_at, row.name, mark(row)))
    return found


def report_files(work: Work, assessment_id: UUID) -> list[EvidenceRow]:
    """The files that belong to an assessment as a whole."""
    links = work.session.scalars(
        select(AssessmentEvidence.evidence_id).where(AssessmentEvidence.assessment_id == assessment_id)
    ).all()
    return gathered(work, [(assessment_id, link) for link in links]).get(assessment_id, [])


def usable_evidence(work: Work, unit_id: UUID | None, ids: Iterable[UUID]) -> dict[UUID, EvidenceRow]:
    """Of the evidence named, what belongs to this unit and was not withdrawn; another unit's is as if it were not."""
    rows = evidence_library.rows(work, set(ids))
    return {row.id: row for row in rows if row.unit_id == unit_id and row.withdrawn_at is None}


def seal_now(work: Work, assessment_id: UUID) -> str:
    """The seal over what the database holds now; equal to the stored one unless something was changed."""
    found = work.session.get_one(Assessment, assessment_id)
    rows = work.session.execute(
        select(Score, Criterion)
        .join(Criterion, Criterion.id == Score.criterion_id)
        .where(Score.assessment_id == found.id)
    ).all()
    proofs = _evidence_by_score(work, assessment_id)
    return seal_hash(
        seal_head(found),
        [mark(file) for file in report_files(work, assessment_id)],
        [seal_row(score, criterion, proofs.get(score.id, [])) for score, criterion in rows],
    )


def seal_head(found: Assessment) -> dict[str, str | int]:
    """What the seal says of the assessment as a whole."""
    return {
        "campaign": str(found.campaign_id),
        "unit": str(found.unit_id),
        "subject": str(found.subject_id),
        "body": found.body,
        "assessor": found.assessor_key,
        "attempt": found.attempt,
        "total": f"{found.total:.2f}",
        "total_exact": found.total_exact,
        "verdict": found.verdict,
        "report": found.report,
        "sealed_at": found.sealed_at.isoformat(),
        "by": "\n".join((found.by_name, found.by_post, found.by_unit)),
    }


def seal_row(score: Score, criterion: Criterion, evidence: Iterable[EvidenceRow]) -> SealRow:
    return SealRow(
        key=criterion.key,
        rule=criterion.rule or "",
        max_points=criterion.points or Decimal(0),
        claim=score.claim,
        points=score.points,
        not_applicable=score.not_applicable,
        reason=score.reason,
        on_paper=score.on_paper,
        carried=score.carried,
        evidence=[mark(item) for item in evidence],
    )


def broken_seals(work: Work, *, after: UUID | None = None, at_most: int = 200) -> tuple[list[UUID], UUID | None]:
    """Assessments whose rows no longer give their seal, a batch at a time; and where the next batch starts, or None."""
    query = select(Assessment.id, Assessment.seal_hash).order_by(Assessment.id).limit(at_most)
    rows = work.session.execute(query if after is None else query.where(Assessment.id > after)).all()
    broken = [row.id for row in rows if seal_now(work, row.id) != row.seal_hash]
    return broken, rows[-1].id if len(rows) == at_most else None
