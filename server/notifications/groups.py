"""Robots of groups: once a day counts and a link, and no name of anybody or any unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select, update

from server.channels import Channels
from server.config import Settings
from server.db.work import Work
from server.notifications.models import DeliveryState, GroupMessage
from server.notifications.rules import FIRST_HOUR, LAST_HOUR, LOST_AFTER, group_words, next_attempt
from server.organisation.models import DEFAULT_ZONE

HOUR = 9
ERROR_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Announced:
    """What a robot is to say. robot: its name in the settings."""

    channels: Channels = field(repr=False)
    robot: str
    words: str
    message_id: UUID
    attempts: int


def silent_today(work: Work) -> tuple[str, ...]:
    """The robots for which nothing was written down today, once it is late enough; empty before and after."""
    local = work.now.astimezone(ZoneInfo(DEFAULT_ZONE))
    robots = [robot.name for robot in work.part(Settings).channels.robots]
    if not robots or not HOUR <= local.hour < LAST_HOUR:
        return ()
    spoken = set(work.session.scalars(select(GroupMessage.robot).where(GroupMessage.day == local.date())))
    return tuple(name for name in robots if name not in spoken)


def announce(work: Work, robot: str, counts: Mapping[str, int]) -> None:
    """Write down what a robot is to say today: numbers alone. That there is nothing to say is kept as well."""
    local = work.now.astimezone(ZoneInfo(DEFAULT_ZONE))
    work.session.add(
        GroupMessage(
            id=work.ids.new(),
            robot=robot,
            day=local.date(),
            counts={name: int(count) for name, count in counts.items()},
            state=DeliveryState.WAITING if any(counts.values()) else DeliveryState.DROPPED,
            due_at=work.now,
        )
    )
    work.session.flush()


def claim(work: Work) -> tuple[Announced, ...]:
    """Take what robots may say now. What was not said on its day is not said later."""
    settings = work.part(Settings)
    names = [robot.name for robot in settings.channels.robots]
    if not names:
        return ()
    due = or_(GroupMessage.state == DeliveryState.WAITING, GroupMessage.state == DeliveryState.SENDING)
    rows = work.session.scalars(
        select(GroupMessage)
        .where(due, GroupMessage.due_at <= work.now, GroupMessage.robot.in_(names))
        .order_by(GroupMessage.day, GroupMessage.robot)
        .with_for_update(skip_locked=True)
    ).all()
    found = []
    for row in rows:
        local = work.now.astimezone(ZoneInfo(DEFAULT_ZONE))
        if row.day != local.date() or not FIRST_HOUR <= local.hour < LAST_HOUR:
            row.state = DeliveryState.FAILED if row.error else DeliveryState.DROPPED
            continue
        row.state, row.due_at = DeliveryState.SENDING, work.now + LOST_AFTER
        overview = f"{settings.address}/inbox" if settings.address else ""
        words = group_words(row.counts, settings.language, overview)
        found.append(Announced(settings.channels, row.robot, words, row.id, row.attempts))
    work.session.flush()
    return tuple(found)


def record(work: Work, said: Announced, error: str) -> None:
    """Write down what came of it; what failed is tried again on the same day alone."""
    mine = and_(
        GroupMessage.id == said.message_id,
        GroupMessage.state == DeliveryState.SENDING,
        GroupMessage.attempts == said.attempts,
    )
    values: dict[str, object] = {"attempts": said.attempts + 1, "error": error[:ERROR_AT_MOST]}
    again = next_attempt(work.now, said.attempts + 1)
    if not error:
        values |= {"state": DeliveryState.SENT, "sent_at": work.now}
    elif again is None or again > _end_of_day(work.now):
        values |= {"state": DeliveryState.FAILED}
    else:
        values |= {"state": DeliveryState.WAITING, "due_at": again}
    work.session.execute(update(GroupMessage).where(mine).values(**values))


def _end_of_day(now: datetime) -> datetime:
    zone = ZoneInfo(DEFAULT_ZONE)
    return datetime.combine(now.astimezone(zone).date(), time(LAST_HOUR), zone)
