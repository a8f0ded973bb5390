"""Tables of deadlines: schedule, override, extension; and the timers that engines have armed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class ScheduleEntry(Base):
    """A deadline of a campaign. due_at is None while its rule still waits for an event (`days after …`).

    rule: the scheme's rule as it was when the campaign opened. source: notice line, authority or default.
    late: a stricter rule for what is late than the scheme's; None while the scheme's holds. latest_at: what it may not
    be moved beyond, where the notice says so. ladder: who hears when, where that is not the usual. sprint: title, days
    and yellow of the window before it, if any.
    """

    __tablename__ = "schedule_entry"
    __table_args__ = (
        UniqueConstraint("campaign_id", "key"),
        CheckConstraint("late IN ('ask', 'refuse')", name="late"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(String(100))
    due_at: Mapped[datetime | None]
    zone: Mapped[str] = mapped_column(String(64))
    rule: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str] = mapped_column(String(200), default="")
    late: Mapped[str | None] = mapped_column(String(10))
    latest_at: Mapped[datetime | None]
    ladder: Mapped[dict[str, Any] | None]
    sprint: Mapped[dict[str, Any] | None]


class DeadlineOverride(Base):
    """Another date for one participant."""

    __tablename__ = "deadline_override"
    __table_args__ = (UniqueConstraint("campaign_id", "unit_id", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    key: Mapped[str] = mapped_column(String(100))
    due_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))


class DeadlineExtension(Base):
    """More time for one task."""

    __tablename__ = "deadline_extension"
    __table_args__ = (Index("ix_deadline_extension__task", "task_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID | None]
    task_id: Mapped[UUID]
    due_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))
    granted_by: Mapped[str] = mapped_column(String(200))
    granted_at: Mapped[datetime]


class CalendarPeriod(Base):
    """Days that are worked or not, whatever the published holidays say; both ends included.

    unit_kind: for units of this kind alone; empty for all. Rows are never changed: the later counts before the earlier.
    """

    __tablename__ = "calendar_period"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="until_on"),
        Index("ix_calendar_period__until", "until_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_kind: Mapped[str] = mapped_column(String(40), default="")
    from_on: Mapped[date]
    until_on: Mapped[date]
    works: Mapped[bool]
    name: Mapped[str] = mapped_column(String(100))
    added_by: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]


class Timer(Base):
    """A catch event that an instance has armed, or a barrier that opens at a deadline; fired once by the host.

    id: the engine's task id. next_try_at: when the sweep looks at it; pushed back after a failure so that one bad row
    never blocks the others.
    """

    __tablename__ = "timer"
    __table_args__ = (
        Index(
            "ix_timer__due",
            "next_try_at",
            "id",
            sqlite_where=text("fired_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=text("fired_at IS NULL AND cancelled_at IS NULL"),
        ),
        Index("ix_timer__instance", "instance_id"),
        Index("ix_timer__key", "campaign_id", "key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    campaign_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    element_id: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(100))
    due_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    fired_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
