"""Reading findings, and what was done to mend them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from server.assessments.queries import gathered
from server.assessments.registry import MendedRow
from server.db.work import Work
from server.evidence.queries import EvidenceRow
from server.findings.models import Finding, FindingKind, FindingState, Mending, MendingEvidence
from server.organisation.models import Unit
from server.standards.models import Criterion

PAGE = 50


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with its row's wording and its unit's name."""

    id: UUID
    campaign_id: UUID
    participant_id: UUID
    unit_id: UUID
    unit_name: str
    unit_path: str
    assessment_id: UUID
    scheme_version_id: UUID
    criterion_key: str
    wording: str
    kind: FindingKind
    max_points: Decimal
    got_points: Decimal
    reason: str
    state: FindingState
    due_at: datetime | None
    instance_id: UUID | None
    opened_at: datetime
    closed_at: datetime | None
    closed_by_name: str


@dataclass(frozen=True, slots=True)
class MendingRow:
    """One try at mending. mended is None until it was reviewed."""

    id: UUID
    attempt: int
    done: str
    on_paper: str
    done_at: datetime
    by_name: str
    by_post: str
    by_unit: str
    mended: bool | None
    review_reason: str
    reviewed_at: datetime | None
    reviewed_by_name: str
    evidence: tuple[EvidenceRow, ...]


@dataclass(frozen=True, slots=True)
class FindingPage:
    rows: tuple[FindingRow, ...]
    total: int
    number: int
    pages: int


def _rows(work: Work, *conditions: ColumnElement[bool], page: int | None = None) -> tuple[FindingRow, ...]:
    query = (
        select(Finding, Criterion, Unit.name, Unit.path)
        .join(Criterion, Criterion.id == Finding.criterion_id)
        .join(Unit, Unit.id == Finding.unit_id)
        .where(*conditions)
        .order_by(Unit.code, Finding.opened_at.desc(), Criterion.position)
    )
    if page is not None:
        query = query.limit(PAGE).offset((page - 1) * PAGE)
    return tuple(
        FindingRow(
            id=found.id,
            campaign_id=found.campaign_id,
            participant_id=found.participant_id,
            unit_id=found.unit_id,
            unit_name=name,
            unit_path=path,
            assessment_id=found.assessment_id,
            scheme_version_id=criterion.scheme_version_id,
            criterion_key=criterion.key,
            wording=criterion.wording,
            kind=FindingKind(found.kind),
            max_points=found.max_points,
            got_points=found.got_points,
            reason=found.reason,
            state=FindingState(found.state),
            due_at=found.due_at,
            instance_id=found.instance_id,
            opened_at=found.opened_at,
            closed_at=found.closed_at,
            closed_by_name=found.closed_by_name,
        )
        for found, criterion, name, path in work.session.execute(query)
    )


def by_id(work: Work, finding_id: UUID | None) -> FindingRow | None:
    rows = _rows(work, Finding.id == finding_id) if finding_id is not None else ()
    return rows[0] if rows else None


def of_participant(work: Work, participant_id: UUID) -> tuple[FindingRow, ...]:
    """All findings of a participant, the newest assessment's first; bounded by the rows of its standard."""
    return _rows(work, Finding.participant_id == participant_id)


def of_campaign(
    work: Work, campaign_id: UUID, *, state: str | None = None, unit_id: UUID | None = None, page: int = 1
) -> FindingPage:
    """Findings of a campaign by unit, a page at a time; of one unit when it is given."""
    conditions = [Finding.campaign_id == campaign_id]
    if state is not None:
        conditions.append(Finding.state == state)
    if unit_id is not None:
        conditions.append(Finding.unit_id == unit_id)
    total = work.session.scalar(select(func.count()).select_from(Finding).where(*conditions)) or 0
    return FindingPage(_rows(work, *conditions, page=page), total, page, max(1, -(-total // PAGE)))


def open_counts(work: Work, campaign_id: UUID) -> Mapping[UUID, int]:
    """Open blocking findings by participant."""
    rows = work.session.execute(
        select(Finding.participant_id, func.count())
        .where(
            Finding.campaign_id == campaign_id,
            Finding.state == FindingState.OPEN,
            Finding.kind == FindingKind.BLOCKING,
        )
        .group_by(Finding.participant_id)
    ).all()
    return {row.participant_id: row[1] for row in rows}


def open_blocking(work: Work, campaign_id: UUID, unit_id: UUID) -> Sequence[tuple[Finding, str]]:
    """Open blocking findings of a unit with the key of each row, in the standard's order."""
    rows = work.session.execute(
        select(Finding, Criterion.key)
        .join(Criterion, Criterion.id == Finding.criterion_id)
        .where(
            Finding.campaign_id == campaign_id,
            Finding.unit_id == unit_id,
            Finding.state == FindingState.OPEN,
            Finding.kind == FindingKind.BLOCKING,
        )
        .order_by(Criterion.position)
    ).all()
    return [(found, key) for found, key in rows]


def mendings_of(work: Work, finding_id: UUID) -> tuple[MendingRow, ...]:
    """Every try at mending a finding, the first first."""
    rows = work.session.scalars(select(Mending).where(Mending.finding_id == finding_id).order_by(Mending.attempt)).all()
    proofs = _evidence(work, [row.id for row in rows])
    return tuple(
        MendingRow(
            id=row.id,
            attempt=row.attempt,
            done=row.done,
            on_paper=row.on_paper,
            done_at=row.done_at,
            by_name=row.by_name,
            by_post=row.by_post,
            by_unit=row.by_unit,
            mended=row.mended,
            review_reason=row.review_reason,
            reviewed_at=row.reviewed_at,
            reviewed_by_name=row.reviewed_by_name,
            evidence=tuple(proofs.get(row.id, ())),
        )
        for row in rows
    )


def last_mending(work: Work, finding_id: UUID) -> Mending | None:
    return work.session.scalars(
        select(Mending).where(Mending.finding_id == finding_id).order_by(Mending.attempt.desc()).limit(1)
    ).one_or_none()


def _evidence(work: Work, mending_ids: Iterable[UUID]) -> dict[UUID, list[EvidenceRow]]:
    links = work.session.execute(
        select(MendingEvidence.mending_id, MendingEvidence.evidence_id).where(
            MendingEvidence.mending_id.in_(list(mending_ids))
        )
    ).all()
    return gathered(work, [(link.mending_id, link.evidence_id) for link in links])


def mended_rows(work: Work, assessment_id: UUID) -> Mapping[str, MendedRow]:
    """Rows of an assessment whose findings were found to be mended, with what was done about each."""
    rows = work.session.execute(
        select(Criterion.key, Mending)
        .select_from(Finding)
        .join(Criterion, Criterion.id == Finding.criterion_id)
        .join(Mending, Mending.finding_id == Finding.id)
        .where(
            Finding.assessment_id == assessment_id,
            Finding.state == FindingState.MENDED,
            Mending.mended.is_(True),
        )
        .order_by(Criterion.position, Mending.attempt)
    ).all()
    proofs = _evidence(work, [mending.id for _, mending in rows])
    return {key: MendedRow(row.done, row.on_paper, tuple(proofs.get(row.id, ()))) for key, row in rows}
