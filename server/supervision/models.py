"""Tables of supervision orders: the order, the tasks it is about, and each round of asking and replying."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class OrderState(StrEnum):
    """`discarded`: a draft that never left. `withdrawn`: taken back after it was sent."""

    DRAFT = "draft"
    SENT = "sent"
    RECEIVED = "received"
    REPLIED = "replied"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


class SupervisionOrder(Base):
    """A document of one campaign's authority to one unit.

    by_system: the system drafted it; what a person changed since has edited_at. reply_on: last day for the first reply;
    None follows the rule. unit_name, authority_name, sent_by_*: as they were when it was sent. seal: over the whole
    wording since then. round: the last one. ended_*, ending: who ended it, with what words.
    """

    __tablename__ = "supervision_order"
    __table_args__ = (
        UniqueConstraint("authority_id", "year", "number"),
        CheckConstraint(
            "state IN ('draft', 'sent', 'received', 'replied', 'closed', 'withdrawn', 'discarded')", name="state"
        ),
        CheckConstraint("(state IN ('draft', 'discarded')) = (number IS NULL)", name="number"),
        CheckConstraint("(number IS NULL) = (sent_at IS NULL) AND (number IS NULL) = (year IS NULL)", name="sent_at"),
        CheckConstraint("number IS NULL OR (sent_by_name <> '' AND seal <> '')", name="sent_by"),
        CheckConstraint("(state IN ('closed', 'withdrawn', 'discarded')) = (ended_at IS NOT NULL)", name="ended_at"),
        CheckConstraint("ended_at IS NULL OR ending <> ''", name="ending"),
        Index(
            "uq_supervision_order__draft",
            "campaign_id",
            "unit_id",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
        Index("ix_supervision_order__campaign", "campaign_id", "state"),
        Index("ix_supervision_order__unit", "unit_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[str] = mapped_column(String(20), default=OrderState.DRAFT)
    by_system: Mapped[bool]
    drafted_by: Mapped[str] = mapped_column(String(200))
    drafted_at: Mapped[datetime]
    edited_by: Mapped[str] = mapped_column(String(200), default="")
    edited_at: Mapped[datetime | None]
    title: Mapped[str] = mapped_column(String(200))
    cause: Mapped[str] = mapped_column(String(2000))
    demand: Mapped[str] = mapped_column(String(2000))
    reply_on: Mapped[date | None]
    year: Mapped[int | None]
    number: Mapped[int | None]
    unit_name: Mapped[str] = mapped_column(String(200), default="")
    authority_name: Mapped[str] = mapped_column(String(200), default="")
    sent_by_name: Mapped[str] = mapped_column(String(100), default="")
    sent_by_post: Mapped[str] = mapped_column(String(100), default="")
    sent_at: Mapped[datetime | None]
    seal: Mapped[str] = mapped_column(String(64), default="")
    round: Mapped[int] = mapped_column(default=0)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(100), default="")
    ended_by_post: Mapped[str] = mapped_column(String(100), default="")
    ending: Mapped[str] = mapped_column(String(2000), default="")


class SupervisionItem(Base):
    """A task that an order is about, with its words and days as they were when the order was sent."""

    __tablename__ = "supervision_item"
    __table_args__ = (Index("ix_supervision_item__task", "task_id"),)

    order_id: Mapped[UUID] = mapped_column(ForeignKey("supervision_order.id"), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"), primary_key=True)
    campaign_id: Mapped[UUID]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    due_at: Mapped[datetime]
    days_late: Mapped[int]


class SupervisionRound(Base):
    """One asking and what came of it. asked: what is still wanted, from the second round on.

    *_source, *_for: how the word of the unit reached whoever entered it, and whose word it was; `self` and None for its
    own people.
    """

    __tablename__ = "supervision_round"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        UniqueConstraint("task_id"),
        CheckConstraint("(number = 1) = (asked = '')", name="asked"),
        CheckConstraint("replied_at IS NULL OR received_at IS NOT NULL", name="received_at"),
        CheckConstraint("(replied_at IS NULL) = (reply = '')", name="reply"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("supervision_order.id"))
    campaign_id: Mapped[UUID]
    number: Mapped[int]
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"))
    asked: Mapped[str] = mapped_column(String(2000), default="")
    asked_by: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    received_by: Mapped[str] = mapped_column(String(100), default="")
    received_by_post: Mapped[str] = mapped_column(String(100), default="")
    received_source: Mapped[str] = mapped_column(String(20), default="self")
    received_for: Mapped[str | None] = mapped_column(String(100))
    reply: Mapped[str] = mapped_column(String(4000), default="")
    on_paper: Mapped[str] = mapped_column(String(500), default="")
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[str] = mapped_column(String(100), default="")
    replied_by_post: Mapped[str] = mapped_column(String(100), default="")
    replied_source: Mapped[str] = mapped_column(String(20), default="self")
    replied_for: Mapped[str | None] = mapped_column(String(100))


class SupervisionEvidence(Base):
    """A file that came with a reply."""

    __tablename__ = "supervision_evidence"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("supervision_round.id"), primary_key=True)
    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    campaign_id: Mapped[UUID]
