"""Tables of campaigns and their participants."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class CampaignState(StrEnum):
    OPENING = "opening"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"


class ParticipantState(StrEnum):
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    EXEMPT = "exempt"


class Campaign(Base):
    """One round of a scheme version. unit_id: the authority. parameters: what the scheme asks for at opening."""

    __tablename__ = "campaign"
    __table_args__ = (
        UniqueConstraint("unit_id", "scheme_version_id", "year", "opening_key"),
        CheckConstraint("state IN ('opening', 'running', 'ended', 'cancelled')", name="state"),
        Index("ix_campaign__unit", "unit_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scheme_version_id: Mapped[UUID] = mapped_column(ForeignKey("scheme_version.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    title: Mapped[str] = mapped_column(String(200))
    year: Mapped[int]
    starts_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20), default=CampaignState.OPENING)
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    root_instance_id: Mapped[UUID | None]
    opening_key: Mapped[str] = mapped_column(String(80))
    opened_by: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Participant(Base):
    """A unit taking part.

    number: its place in the list as it was entered, so that lists have one order everywhere. concluded: how its process
    said that it ended (`met`, `not_met`), None until then.
    """

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("campaign_id", "unit_id"),
        UniqueConstraint("campaign_id", "number"),
        CheckConstraint("state IN ('active', 'withdrawn', 'exempt')", name="state"),
        CheckConstraint("state = 'active' OR reason <> ''", name="reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), default=ParticipantState.ACTIVE)
    reason: Mapped[str] = mapped_column(String(500), default="")
    concluded: Mapped[str | None] = mapped_column(String(20))
    joined_at: Mapped[datetime]
