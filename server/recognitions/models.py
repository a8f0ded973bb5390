"""The table of recognitions."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class How(StrEnum):
    EARNED = "earned"
    EXEMPT = "exempt"


class Recognition(Base):
    """A subject that has been named by a round of a scheme.

    subject_id: by default the unit. unit_name: as it was on that day. from_on, until_on: first and last day; None is
    without end. assessment_id, total: what earned it; None when exempt.
    """

    __tablename__ = "recognition"
    __table_args__ = (
        UniqueConstraint("campaign_id", "subject_id"),
        CheckConstraint("how IN ('earned', 'exempt')", name="how"),
        CheckConstraint("(how = 'earned') = (assessment_id IS NOT NULL)", name="assessment"),
        CheckConstraint("(assessment_id IS NULL) = (total IS NULL)", name="total"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="until_on"),
        CheckConstraint("revoked_at IS NULL OR revoked_reason <> ''", name="revoked_reason"),
        Index("ix_recognition__unit", "unit_id"),
        Index("ix_recognition__scheme", "scheme_key", "year"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    subject_id: Mapped[UUID]
    unit_name: Mapped[str] = mapped_column(String(200))
    scheme_key: Mapped[str] = mapped_column(String(100))
    level: Mapped[str] = mapped_column(String(40), default="")
    year: Mapped[int]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    how: Mapped[str] = mapped_column(String(20))
    assessment_id: Mapped[UUID | None] = mapped_column(ForeignKey("assessment.id"))
    total: Mapped[Decimal | None]
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str] = mapped_column(String(500), default="")


class GateCondition(Base):
    """What was asked for together with a gate's yes. unit_id: of whom; None is of every unit that takes part.

    task_id: the gate. Each unit concerned has a task of its own, whose subject is the condition.
    """

    __tablename__ = "gate_condition"
    __table_args__ = (
        UniqueConstraint("task_id", "position"),
        CheckConstraint("what <> ''", name="what"),
        Index("ix_gate_condition__campaign", "campaign_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"))
    position: Mapped[int]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    what: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime]


class OpinionPhrase(Base):
    """Words that somebody often writes to a verdict, to be tapped instead of typed."""

    __tablename__ = "opinion_phrase"
    __table_args__ = (
        UniqueConstraint("person_id", "verdict", "words"),
        CheckConstraint("verdict IN ('approve', 'conditional', 'return')", name="verdict"),
        CheckConstraint("words <> ''", name="words"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    verdict: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[datetime]


class GatePreparation(Base):
    """What a leader's secretary has made ready for a gate; one a gate, the last writing stands. It decides nothing.

    questions: what the one who decides wants answered, a line each. presented_on: the day it was laid before them.
    """

    __tablename__ = "gate_preparation"

    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"), primary_key=True)
    campaign_id: Mapped[UUID | None]
    opinion: Mapped[str] = mapped_column(String(1000), default="")
    questions: Mapped[str] = mapped_column(String(2000), default="")
    presented_on: Mapped[date | None]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(200))
    prepared_at: Mapped[datetime]


class RemarkState(StrEnum):
    """Where what was asked of a unit stands: with the unit, with who asked, settled, or dropped with the unit."""

    ASKED = "asked"
    ANSWERED = "answered"
    CLOSED = "closed"
    DROPPED = "dropped"


class Remark(Base):
    """What a leader has written on a campaign, or on one of its gates: words that become tasks of units.

    person_id: who wrote it; None when it was entered for them, by `entered_by`. post_id: where the answers go back to.
    """

    __tablename__ = "remark"
    __table_args__ = (
        UniqueConstraint("campaign_id", "actor_key", "idempotency_key"),
        CheckConstraint("words <> ''", name="words"),
        CheckConstraint("source IN ('self', 'meeting', 'paper')", name="source"),
        Index("ix_remark__person", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
    words: Mapped[str] = mapped_column(String(2000))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    name: Mapped[str] = mapped_column(String(100))
    post_title: Mapped[str] = mapped_column(String(100), default="")
    entered_by: Mapped[str] = mapped_column(String(100), default="")
    source: Mapped[str] = mapped_column(String(20), default="self")
    note: Mapped[str] = mapped_column(String(500), default="")
    actor_key: Mapped[str] = mapped_column(String(80))
    idempotency_key: Mapped[str] = mapped_column(String(80))
    written_at: Mapped[datetime]


class RemarkPart(Base):
    """What a remark asks of one unit. task_id: its latest task, of the unit or of who asked; attempt: from 1."""

    __tablename__ = "remark_part"
    __table_args__ = (
        UniqueConstraint("remark_id", "unit_id"),
        CheckConstraint("state IN ('asked', 'answered', 'closed', 'dropped')", name="state"),
        Index("ix_remark_part__campaign", "campaign_id", "unit_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    remark_id: Mapped[UUID] = mapped_column(ForeignKey("remark.id"))
    position: Mapped[int]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    unit_name: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), default=RemarkState.ASKED)
    attempt: Mapped[int] = mapped_column(default=1)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
