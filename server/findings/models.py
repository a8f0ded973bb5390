"""Tables of findings, and of what was done to mend each."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class FindingKind(StrEnum):
    BLOCKING = "blocking"
    ADVICE = "advice"


class FindingState(StrEnum):
    """`mended`, `not_mended`: what a review said. `closed`: advice that was settled. `withdrawn`: no longer held."""

    OPEN = "open"
    MENDED = "mended"
    CLOSED = "closed"
    NOT_MENDED = "not_mended"
    WITHDRAWN = "withdrawn"


class Finding(Base):
    """A row that fell short in one assessment. due_at: None while no limit is set, or for advice.

    instance_id: the process instance that mends it, once it runs. closed_by_name: who closed it, as named then.
    """

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("assessment_id", "criterion_id"),
        CheckConstraint("kind IN ('blocking', 'advice')", name="kind"),
        CheckConstraint("state IN ('open', 'mended', 'closed', 'not_mended', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_at"),
        CheckConstraint("got_points >= 0 AND got_points < max_points", name="points"),
        Index("ix_finding__participant", "participant_id", "state"),
        Index("ix_finding__campaign", "campaign_id", "state", "due_at"),
        Index("ix_finding__instance", "instance_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    participant_id: Mapped[UUID] = mapped_column(ForeignKey("participant.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    criterion_id: Mapped[UUID] = mapped_column(ForeignKey("criterion.id"))
    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessment.id"))
    kind: Mapped[str] = mapped_column(String(20))
    max_points: Mapped[Decimal]
    got_points: Mapped[Decimal]
    reason: Mapped[str] = mapped_column(String(2000), default="")
    state: Mapped[str] = mapped_column(String(20), default=FindingState.OPEN)
    due_at: Mapped[datetime | None]
    instance_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_name: Mapped[str] = mapped_column(String(100), default="")


class Mending(Base):
    """One try at mending a finding: what the unit did, and what the reviewer said of it (mended None until then)."""

    __tablename__ = "mending"
    __table_args__ = (
        UniqueConstraint("task_id"),
        UniqueConstraint("review_task_id"),
        UniqueConstraint("finding_id", "attempt"),
        CheckConstraint("(mended IS NULL) = (reviewed_at IS NULL)", name="reviewed_at"),
        CheckConstraint("mended IS NULL OR mended OR review_reason <> ''", name="review_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[UUID] = mapped_column(ForeignKey("finding.id"))
    campaign_id: Mapped[UUID]
    attempt: Mapped[int] = mapped_column(default=1)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"))
    done: Mapped[str] = mapped_column(String(4000))
    on_paper: Mapped[str] = mapped_column(String(500), default="")
    done_at: Mapped[datetime]
    by_name: Mapped[str] = mapped_column(String(100))
    by_post: Mapped[str] = mapped_column(String(100), default="")
    by_unit: Mapped[str] = mapped_column(String(200), default="")
    review_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
    mended: Mapped[bool | None]
    review_reason: Mapped[str] = mapped_column(String(2000), default="")
    reviewed_at: Mapped[datetime | None]
    reviewed_by_name: Mapped[str] = mapped_column(String(100), default="")


class MendingEvidence(Base):
    """A file that shows the mending."""

    __tablename__ = "mending_evidence"

    mending_id: Mapped[UUID] = mapped_column(ForeignKey("mending.id"), primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    campaign_id: Mapped[UUID]
