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
