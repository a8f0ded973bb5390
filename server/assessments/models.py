"""Tables of assessments, their scores, and the evidence behind each."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class Body(StrEnum):
    """Who scores. Later ones weigh more; `final` closes a round."""

    SELF = "self"
    VERIFICATION = "verification"
    SECOND = "second"
    FINAL = "final"


class AssessmentState(StrEnum):
    SEALED = "sealed"
    SUPERSEDED = "superseded"


class Assessment(Base):
    """One body's scoring of one subject, sealed when it was handed in; never changed afterwards, only superseded.

    subject_id: what is scored, by default the unit. assessor_key: whose of several scorings by one body this is, else
    empty. attempt: counts up when the same body scores again. based_on_id: the assessment it was laid beside. total:
    two places, cut off; total_exact: the exact fraction (`1225/16`). seal_hash: sha256 over rows, scores and evidence
    hashes. by_*: name, post and unit as they were.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        UniqueConstraint("task_id"),
        UniqueConstraint("campaign_id", "subject_id", "body", "assessor_key", "attempt"),
        CheckConstraint("body IN ('self', 'verification', 'second', 'final')", name="body"),
        CheckConstraint("state IN ('sealed', 'superseded')", name="state"),
        CheckConstraint("verdict IN ('met', 'not_met', 'undecided')", name="verdict"),
        CheckConstraint("(verdict = 'undecided') = (passed IS NULL)", name="passed"),
        CheckConstraint("verdict = 'undecided' OR (verdict = 'met') = passed", name="verdict_passed"),
        CheckConstraint("total >= 0", name="total"),
        CheckConstraint("attempt >= 1", name="attempt"),
        CheckConstraint("length(seal_hash) = 64", name="seal_hash"),
        Index(
            "uq_assessment__sealed",
            "campaign_id",
            "subject_id",
            "body",
            "assessor_key",
            unique=True,
            sqlite_where=text("state = 'sealed'"),
            postgresql_where=text("state = 'sealed'"),
        ),
        Index("ix_assessment__participant", "participant_id", "sealed_at"),
        Index("ix_assessment__instance", "instance_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    subject_id: Mapped[UUID]
    body: Mapped[str] = mapped_column(String(20))
    assessor_key: Mapped[str] = mapped_column(String(80), default="")
    attempt: Mapped[int] = mapped_column(default=1)
    instance_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"))
    based_on_id: Mapped[UUID | None] = mapped_column(ForeignKey("assessment.id"))
    state: Mapped[str] = mapped_column(String(20), default=AssessmentState.SEALED)
    total: Mapped[Decimal]
    total_exact: Mapped[str] = mapped_column(String(80))
    passed: Mapped[bool | None]
    verdict: Mapped[str] = mapped_column(String(20))
    report: Mapped[str] = mapped_column(String(20000), default="")
    seal_hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]
    by_name: Mapped[str] = mapped_column(String(100))
    by_post: Mapped[str] = mapped_column(String(100), default="")
    by_unit: Mapped[str] = mapped_column(String(200), default="")


class AssessmentEvidence(Base):
    """A file that belongs to the assessment as a whole: the report, the stamped score sheet."""

    __tablename__ = "assessment_evidence"

    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    campaign_id: Mapped[UUID]


class Score(Base):
    """One row's points in one assessment.

    claim: what the rule was given, by the rule's own names (`{"count": 3}`, `{"branch": "quota"}`).
    carried: taken over from the assessment before, not scored anew.
    """

    __tablename__ = "score"
    __table_args__ = (
        UniqueConstraint("assessment_id", "criterion_id"),
        CheckConstraint("points >= 0", name="points"),
        Index("ix_score__campaign_criterion", "campaign_id", "criterion_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessment.id"))
    campaign_id: Mapped[UUID]
    criterion_id: Mapped[UUID] = mapped_column(ForeignKey("criterion.id"))
    claim: Mapped[dict[str, Any]] = mapped_column(default=dict)
    points: Mapped[Decimal]
    not_applicable: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(2000), default="")
    on_paper: Mapped[str] = mapped_column(String(500), default="")
    carried: Mapped[bool] = mapped_column(default=False)


class ScoreEvidence(Base):
    """A file that proves a row; one file may prove many."""

    __tablename__ = "score_evidence"

    score_id: Mapped[UUID] = mapped_column(ForeignKey("score.id"), primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    campaign_id: Mapped[UUID]
