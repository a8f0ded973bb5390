"""Tables of tasks, seats, decisions and drafts."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base
from server.tasks.rules import Rule

IS_OPEN = text("state = 'open'")


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Origin(StrEnum):
    PROCESS = "process"
    LEDGER = "ledger"
    ACTIVITY = "activity"
    SUPERVISION = "supervision"
    REQUEST = "request"


class SeatState(StrEnum):
    OPEN = "open"
    DECIDED = "decided"
    REMOVED = "removed"


class Task(Base):
    """Something owed by an instant. For tasks of process origin the id is the engine's task id.

    due_at, phase, title: a projection of schedule and definition. matter: what it is about, in words. unit_id: whose
    matter it is (not who acts). subject_id: what is judged or mended, or what a task of another origin decides on.
    asked_at: since when somebody waits to hear whether it gets more time. reminded: the `Stage` of which those who sit
    on it have been told; an open task at 0 is what is still to be told of. reminded_days: of the days before that are
    reminded of, the last that was. reminded_on: the day of the last reminder. after_id: the task whose completion
    opened it. claimed_…: who of several has taken it up, since when, and until when that keeps the others out.
    straight: of a task that went straight to the one that had returned it, that one's id (`to`) and `title`, and the
    ids whose decisions `stand`.
    """

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'cancelled')", name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_at"),
        CheckConstraint("origin IN ('process', 'ledger', 'activity', 'supervision', 'request')", name="origin"),
        CheckConstraint("policy IN ('one', 'all', 'count', 'percent', 'sequence', 'weighted')", name="policy"),
        CheckConstraint("(policy IN ('count', 'percent', 'weighted')) = (policy_at IS NOT NULL)", name="policy_at"),
        CheckConstraint("votes IN ('veto', 'majority', 'collect')", name="votes"),
        CheckConstraint("origin <> 'process' OR instance_id IS NOT NULL", name="process_instance"),
        Index("ix_task__instance", "instance_id", "state"),
        Index("ix_task__campaign", "campaign_id", "state", "due_at"),
        Index("ix_task__unit", "unit_id", "state"),
        Index("ix_task__deadline", "campaign_id", "deadline_key", "state"),
        Index("ix_task__reminded", "reminded", "due_at", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(60))
    campaign_id: Mapped[UUID | None]
    instance_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"))
    definition_id: Mapped[UUID | None]
    element_id: Mapped[str | None] = mapped_column(String(100))
    attempt: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(300))
    matter: Mapped[str] = mapped_column(String(300), default="")
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    subject_id: Mapped[UUID | None]
    phase: Mapped[str | None] = mapped_column(String(100))
    role: Mapped[str | None] = mapped_column(String(100))
    policy: Mapped[str] = mapped_column(String(20), default="one")
    policy_at: Mapped[int | None]
    votes: Mapped[str] = mapped_column(String(20), default="veto")
    deadline_key: Mapped[str | None] = mapped_column(String(100))
    due_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(20), default=TaskState.OPEN)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    returned_reason: Mapped[str | None] = mapped_column(String(2000))
    asked_at: Mapped[datetime | None]
    after_id: Mapped[UUID | None]
    claimed_by: Mapped[UUID | None]
    claimed_name: Mapped[str | None] = mapped_column(String(100))
    claimed_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    straight: Mapped[dict[str, Any] | None]
    reminded: Mapped[int] = mapped_column(default=0, server_default=text("1"))
    reminded_days: Mapped[int | None]
    reminded_on: Mapped[date | None]
    # The database's own default is for tasks of earlier releases: who sits on them has long seen them.

    @property
    def rule(self) -> Rule:
        """How the verdicts of its seats become one."""
        return Rule(self.policy, self.policy_at, self.votes)


class Seat(Base):
    """Who must act on a task: a post or a person (`post:<id>`, `person:<id>`), whose holder is found at read time."""

    __tablename__ = "seat"
    __table_args__ = (
        UniqueConstraint("task_id", "key"),
        CheckConstraint("state IN ('open', 'decided', 'removed')", name="state"),
        Index("ix_seat__key", "key", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"))
    campaign_id: Mapped[UUID | None]
    key: Mapped[str] = mapped_column(String(60))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    position: Mapped[int] = mapped_column(default=1)
    weight: Mapped[int] = mapped_column(default=1)
    added_by: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(20), default=SeatState.OPEN)


class Decision(Base):
    """One seat's verdict, with name, post and unit as they were, and a hash of what was seen.

    idempotency_key is unique for an actor, so that a repeated request is answered and not done again.
    """

    __tablename__ = "decision"
    __table_args__ = (
        Index(
            "uq_decision__seat",
            "seat_id",
            unique=True,
            sqlite_where=text("taken_back_at IS NULL"),
            postgresql_where=text("taken_back_at IS NULL"),
        ),
        UniqueConstraint("actor_key", "idempotency_key"),
        CheckConstraint("source IN ('self', 'phone', 'paper', 'file', 'meeting')", name="source"),
        CheckConstraint("(source = 'self') = (behalf_name IS NULL)", name="behalf"),
        Index("ix_decision__task", "task_id"),
        Index("ix_decision__person", "person_id", "decided_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"))
    seat_id: Mapped[UUID] = mapped_column(ForeignKey("seat.id"))
    campaign_id: Mapped[UUID | None]
    verdict: Mapped[str] = mapped_column(String(40))
    opinion: Mapped[str] = mapped_column(String(4000), default="")
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seen_hash: Mapped[str] = mapped_column(String(64), default="")
    actor_key: Mapped[str] = mapped_column(String(80))
    idempotency_key: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(100))
    post_title: Mapped[str] = mapped_column(String(100), default="")
    unit_name: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(String(20), default="self")
    behalf_name: Mapped[str | None] = mapped_column(String(100))
    behalf_note: Mapped[str | None] = mapped_column(String(500))
    scan_evidence_id: Mapped[UUID | None]
    decided_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]


class Draft(Base):
    """What somebody has typed for a task and not handed in; one a task and a seat's side.

    proof_id, filled_in_by: the returned spreadsheet that filled it for somebody else, and who had filled in that.
    """

    __tablename__ = "draft"

    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"), primary_key=True)
    campaign_id: Mapped[UUID | None]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    saved_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(String(100))
    proof_id: Mapped[UUID | None]
    filled_in_by: Mapped[str | None] = mapped_column(String(100))


class RequestState(StrEnum):
    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    DROPPED = "dropped"


class TimeRequest(Base):
    """Somebody asks for more time for a task, and is answered. decided_due_at: what was granted, if anything."""

    __tablename__ = "time_request"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'granted', 'refused', 'dropped')", name="state"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint("(state = 'granted') = (decided_due_at IS NOT NULL)", name="decided_due_at"),
        Index(
            "uq_time_request__open",
            "task_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID | None]
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"))
    wanted_due_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))
    asked_by: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), default=RequestState.OPEN)
    decided_due_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    opinion: Mapped[str] = mapped_column(String(2000), default="")


class Confirmation(Base):
    """What the one concerned says of an entry that was made on their behalf. by_link: without logging in."""

    __tablename__ = "confirmation"
    __table_args__ = (CheckConstraint("agreed OR note <> ''", name="note"),)

    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    campaign_id: Mapped[UUID | None]
    agreed: Mapped[bool]
    note: Mapped[str] = mapped_column(String(500), default="")
    name: Mapped[str] = mapped_column(String(100))
    person_id: Mapped[UUID | None]
    by_link: Mapped[bool]
    said_at: Mapped[datetime]


class Urge(Base):
    """Somebody asks those who sit on a task to get on with it. note: their words, if any."""

    __tablename__ = "urge"
    __table_args__ = (Index("ix_urge__task", "task_id", "urged_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID | None]
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"))
    urged_by: Mapped[str] = mapped_column(String(200))
    urged_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(200), default="")


class Copy(Base):
    """A task shown to a post or person who has nothing to do with it. read_by: who of them has seen it first."""

    __tablename__ = "task_copy"
    __table_args__ = (
        UniqueConstraint("task_id", "key"),
        CheckConstraint("(read_at IS NULL) = (read_by IS NULL)", name="read_by"),
        Index("ix_task_copy__key", "key", "sent_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID | None]
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id"))
    key: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(200), default="")
    sent_by: Mapped[str] = mapped_column(String(200))
    sent_at: Mapped[datetime]
    read_by: Mapped[str | None] = mapped_column(String(100))
    read_at: Mapped[datetime | None]
