"""Tables of departures: who leaves, when, and who follows on which post."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base

IS_PLANNED = text("state = 'planned'")


class DepartureState(StrEnum):
    """`planned` until the last day is over and all is handed over."""

    PLANNED = "planned"
    DONE = "done"
    CALLED_OFF = "called_off"


class Departure(Base):
    """Somebody leaves after a last day. ends_at: the end of that day, from which on they may do nothing more.

    tasks_to: who gets the tasks that wait for this person and not for a post; None: whoever rescues. account_closed:
    whether that step is done already, should the rest still be going on.
    """

    __tablename__ = "departure"
    __table_args__ = (
        CheckConstraint("state IN ('planned', 'done', 'called_off')", name="state"),
        CheckConstraint("(state = 'planned') = (closed_at IS NULL)", name="closed_at"),
        CheckConstraint("tasks_to IS NULL OR tasks_to <> person_id", name="tasks_to"),
        Index("uq_departure__planned", "person_id", unique=True, sqlite_where=IS_PLANNED, postgresql_where=IS_PLANNED),
        Index("ix_departure__due", "state", "ends_at"),
        Index("ix_departure__unit", "unit_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(String(100))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    last_day: Mapped[date]
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), default=DepartureState.PLANNED)
    tasks_to: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    account_closed: Mapped[bool] = mapped_column(default=False)
    tasks_moved: Mapped[int] = mapped_column(default=0)
    planned_by: Mapped[str] = mapped_column(String(200))
    planned_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class DeparturePost(Base):
    """A post that is left. successor_id None: it stays vacant. from_on, until_before: the days held before, to restore.

    holding_id, successor_holding_id: rows of holdings that may be gone when a departure was called off.
    """

    __tablename__ = "departure_post"
    __table_args__ = (UniqueConstraint("departure_id", "post_id", "from_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    departure_id: Mapped[UUID] = mapped_column(ForeignKey("departure.id"))
    post_id: Mapped[UUID] = mapped_column(ForeignKey("post.id"))
    holding_id: Mapped[UUID]
    from_on: Mapped[date]
    until_before: Mapped[date | None]
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    successor_holding_id: Mapped[UUID | None]
