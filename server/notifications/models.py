"""Tables of notifications, and of their ways out of the house."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base

IS_UNREAD = text("read_at IS NULL")


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class Notification(Base):
    """One thing that one person is told, once. matter: what it is about, so that the same is not told twice.

    about_id: the task it is about, if any; when that is closed, nobody needs to read it any more.
    message: the key of its words, said in the reader's language with values. path: the page of ours it leads to.
    """

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("person_id", "message", "matter"),
        Index("ix_notification__person", "person_id", "made_at"),
        Index("ix_notification__unread", "about_id", sqlite_where=IS_UNREAD, postgresql_where=IS_UNREAD),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID | None]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    message: Mapped[str] = mapped_column(String(60))
    matter: Mapped[str] = mapped_column(String(100))
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    path: Mapped[str] = mapped_column(String(200))
    about_id: Mapped[UUID | None]
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class NotificationChoice(Base):
    """How a person wishes to be written to, if they ever said so; meanings at `rules.Choice`."""

    __tablename__ = "notification_choice"
    __table_args__ = (
        CheckConstraint("digest IN ('each', 'daily', 'urgent')", name="digest"),
        CheckConstraint("first_hour >= 8 AND first_hour < last_hour AND last_hour <= 20", name="hours"),
        CheckConstraint("first_hour <= hour AND hour < last_hour", name="hour"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    by_mail: Mapped[bool]
    digest: Mapped[str] = mapped_column(String(20))
    hour: Mapped[int]
    first_hour: Mapped[int]
    last_hour: Mapped[int]
    changed_at: Mapped[datetime]


class PersonAddress(Base):
    """Where a channel besides mail reaches a person: a name of theirs at a provider, or a mobile number.

    wanted: whether they wish to be written to by it. Addresses stand here and in deliveries alone; pages mask them.
    """

    __tablename__ = "person_address"
    __table_args__ = (CheckConstraint("channel IN ('dingtalk', 'wecom', 'feishu', 'sms')", name="channel"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    address: Mapped[str] = mapped_column(String(64))
    wanted: Mapped[bool]
    changed_at: Mapped[datetime]


class GroupMessage(Base):
    """What a robot tells its group on one day: counts, never a name. robot: its name in the settings."""

    __tablename__ = "group_message"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'dropped')", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
        UniqueConstraint("robot", "day"),
        Index("ix_group_message__due", "state", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    robot: Mapped[str] = mapped_column(String(40))
    day: Mapped[date]
    counts: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20), default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(500), default="")


class Delivery(Base):
    """A notification on its way to an address, written with it. due_at: not to be tried before.

    `failed` is given up; somebody may send it again. `dropped`: its reader had seen it before it was sent. error: what
    the other side said last.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'dropped')", name="state"),
        CheckConstraint("channel IN ('mail', 'dingtalk', 'wecom', 'feishu', 'sms')", name="channel"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
        UniqueConstraint("notification_id", "channel"),
        Index("ix_delivery__due", "state", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID | None]
    notification_id: Mapped[UUID] = mapped_column(ForeignKey("notification.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(500), default="")
