"""Tables of process instances, fan-outs and incidents."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class InstanceState(StrEnum):
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"


class FanOutState(StrEnum):
    FILLING = "filling"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ItemState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    LEFT_OUT = "left_out"


def _one_of(column: str, kind: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(member.value) for member in kind)})"


class ProcessDefinition(Base):
    """One published BPMN process of a scheme version; immutable."""

    __tablename__ = "process_definition"
    __table_args__ = (UniqueConstraint("scheme_version_id", "process_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scheme_version_id: Mapped[UUID] = mapped_column(ForeignKey("scheme_version.id"))
    process_key: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))


class ProcessInstance(Base):
    """One running copy of a definition. The engine's state lies in the row that every step rewrites anyway.

    owner_unit_id: in whose name it runs (the authority). unit_id: whose matter it is. revision guards the write
    (`WHERE id = ? AND revision = ?`). started_by: the person, unless the system did.
    """

    __tablename__ = "process_instance"
    __table_args__ = (
        UniqueConstraint("parent_fan_out_id", "item_key", "attempt"),
        CheckConstraint(_one_of("state", InstanceState), name="state"),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended_at"),
        Index("ix_process_instance__campaign", "campaign_id", "process_key", "state"),
        Index("ix_process_instance__unit", "unit_id"),
        Index(
            "uq_process_instance__running_business_key",
            "process_key",
            "business_key",
            unique=True,
            sqlite_where=text("state = 'running' AND parent_fan_out_id IS NULL"),
            postgresql_where=text("state = 'running' AND parent_fan_out_id IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    definition_id: Mapped[UUID] = mapped_column(ForeignKey("process_definition.id"))
    process_key: Mapped[str] = mapped_column(String(100))
    business_key: Mapped[str] = mapped_column(String(200))
    campaign_id: Mapped[UUID | None]
    root_id: Mapped[UUID]
    parent_fan_out_id: Mapped[UUID | None] = mapped_column(ForeignKey("fan_out.id"))
    item_key: Mapped[str | None] = mapped_column(String(200))
    attempt: Mapped[int] = mapped_column(default=1)
    owner_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    subject_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(20), default=InstanceState.RUNNING)
    outcome: Mapped[str | None] = mapped_column(String(100))
    revision: Mapped[int] = mapped_column(default=1)
    content: Mapped[bytes] = mapped_column(deferred=True)
    started_by: Mapped[UUID | None]
    audit_sequence: Mapped[int] = mapped_column(default=0)
    audit_head: Mapped[str] = mapped_column(String(64), default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - the mapper's own convention


class FanOut(Base):
    """A call activity that the host runs: one child instance per item of a named collection.

    task_id is the engine's task that waits. opens, opens_at, deadline_key: when the way on opens. Items still waiting
    are what a stopped filling goes on with.
    """

    __tablename__ = "fan_out"
    __table_args__ = (
        UniqueConstraint("task_id"),
        CheckConstraint(_one_of("state", FanOutState), name="state"),
        CheckConstraint("(state IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)", name="closed_at"),
        Index("ix_fan_out__instance", "instance_id"),
        Index("ix_fan_out__state", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id", use_alter=True))
    task_id: Mapped[UUID]
    element_id: Mapped[str] = mapped_column(String(100))
    process_key: Mapped[str] = mapped_column(String(100))
    collection: Mapped[str | None] = mapped_column(String(100))
    opens: Mapped[str] = mapped_column(String(20), default="all")
    opens_at: Mapped[int | None]
    deadline_key: Mapped[str | None] = mapped_column(String(100))
    open_children: Mapped[str] = mapped_column(String(20), default="continue")
    campaign_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(20), default=FanOutState.FILLING)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None] = mapped_column(String(20))


class FanOutItem(Base):
    """One item of a fan-out and how far its child has come. again: to be done anew when the fan-out is re-entered."""

    __tablename__ = "fan_out_item"
    __table_args__ = (
        CheckConstraint(_one_of("state", ItemState), name="state"),
        CheckConstraint("state <> 'left_out' OR reason <> ''", name="left_out_reason"),
        Index("ix_fan_out_item__state", "fan_out_id", "state"),
        Index("ix_fan_out_item__instance", "instance_id"),
    )

    fan_out_id: Mapped[UUID] = mapped_column(ForeignKey("fan_out.id"), primary_key=True)
    item_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    campaign_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(20), default=ItemState.WAITING)
    attempt: Mapped[int] = mapped_column(default=1)
    instance_id: Mapped[UUID | None]
    business_key: Mapped[str] = mapped_column(String(200), default="")
    again: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(500), default="")


class Incident(Base):
    """A step that failed and waits for an administrator."""

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint("(resolved_at IS NULL) = (resolution IS NULL)", name="resolved"),
        Index("ix_incident__open", "resolved_at", "raised_at"),
        Index("ix_incident__instance", "instance_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    instance_id: Mapped[UUID | None]
    campaign_id: Mapped[UUID | None]
    element_id: Mapped[str | None] = mapped_column(String(100))
    task_id: Mapped[UUID | None]
    cause: Mapped[str] = mapped_column(String(2000))
    retry: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=1)
    raised_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None] = mapped_column(String(500))
