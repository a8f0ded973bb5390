"""Reading notifications, and what did not arrive. Lists are paged."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import func, select

from server.actor import Actor
from server.db.work import Work
from server.notifications.models import Delivery, DeliveryState, GroupMessage, Notification
from server.notifications.rules import Choice, masked_address
from server.organisation.models import Person

PAGE = 50
GROUPS_SHOWN = 10
COUNTED_AT_MOST = 100
"""More than so many unread ones are not counted out: nobody reads the figure any more."""


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class ToldRow:
    """Something the reader was told. message, values: its words."""

    id: UUID
    message: str
    values: dict[str, Any]
    made_at: datetime
    is_read: bool


@dataclass(frozen=True, slots=True)
class UndeliveredRow:
    """What was given up, without what it was about. address: masked, but for mail. error: what the other side said."""

    id: UUID
    person_name: str
    channel: str
    address: str
    attempts: int
    error: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SilentGroup:
    """A day on which a robot could not tell its group anything. The next day has a message of its own."""

    robot: str
    day: date
    error: str


@dataclass(frozen=True, slots=True)
class Settled:
    """How somebody is written to. email: where, empty when we know none. has_mail: whether we have a mail server."""

    choice: Choice
    email: str
    language: str
    has_mail: bool


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of a list, and how many there are in all."""

    rows: tuple[Row, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def told(actor: Actor, work: Work, page: int = 1) -> Page[ToldRow]:
    """What the actor was told, newest first."""
    mine = Notification.person_id == actor.person_id
    rows = work.session.scalars(
        select(Notification)
        .where(mine)
        .order_by(Notification.made_at.desc(), Notification.matter, Notification.message)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    found = tuple(ToldRow(row.id, row.message, row.values, row.made_at, row.read_at is not None) for row in rows)
    return Page(found, page, work.session.scalar(select(func.count()).where(mine)) or 0)


def unread_count(actor: Actor, work: Work) -> int:
    """How many the actor has not read, `COUNTED_AT_MOST` at most."""
    some = select(Notification.id).where(Notification.person_id == actor.person_id, Notification.read_at.is_(None))
    return work.session.scalar(select(func.count()).select_from(some.limit(COUNTED_AT_MOST).subquery())) or 0


def undelivered(work: Work, page: int = 1) -> Page[UndeliveredRow]:
    """What was given up, newest first."""
    failed = Delivery.state == DeliveryState.FAILED
    rows = work.session.execute(
        select(Delivery, Person.name, Notification.made_at)
        .join(Person, Person.id == Delivery.person_id)
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(failed)
        .order_by(Notification.made_at.desc(), Person.name, Delivery.address)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    found = tuple(
        UndeliveredRow(
            delivery.id,
            name,
            delivery.channel,
            masked_address(delivery.channel, delivery.address),
            delivery.attempts,
            delivery.error,
            made_at,
        )
        for delivery, name, made_at in rows
    )
    return Page(found, page, work.session.scalar(select(func.count()).where(failed)) or 0)


def silent_groups(work: Work) -> tuple[SilentGroup, ...]:
    """The last days on which a robot could not speak, newest first."""
    rows = work.session.scalars(
        select(GroupMessage)
        .where(GroupMessage.state == DeliveryState.FAILED)
        .order_by(GroupMessage.day.desc(), GroupMessage.robot)
        .limit(GROUPS_SHOWN)
    )
    return tuple(SilentGroup(row.robot, row.day, row.error) for row in rows)


def undelivered_count(work: Work) -> int:
    """How many were given up."""
    return work.session.scalar(select(func.count()).where(Delivery.state == DeliveryState.FAILED)) or 0
