"""How much waits for somebody, and how much of it came since a page was shown: one statement, asked often."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select

from server.actor import Actor
from server.db.work import Work
from server.notifications.models import Notification
from server.notifications.queries import COUNTED_AT_MOST
from server.organisation.models import DEFAULT_ZONE
from server.organisation.rules import today
from server.tasks.models import Task
from server.tasks.queries import waits_for


@dataclass(frozen=True, slots=True)
class Waiting:
    """Tasks of the actor's and unread notifications, and those of them that came after the page was shown."""

    tasks: int
    notifications: int
    new_tasks: int
    new_notifications: int


def waiting(actor: Actor, work: Work, since: datetime) -> Waiting:
    mine = waits_for(actor, today(work.now, DEFAULT_ZONE))
    unread = (Notification.person_id == actor.person_id, Notification.read_at.is_(None))
    row = work.session.execute(
        select(
            select(func.count()).select_from(Task).where(mine).scalar_subquery(),
            select(func.count()).select_from(Task).where(mine, Task.opened_at > since).scalar_subquery(),
            _at_most(*unread),
            _at_most(*unread, Notification.made_at > since),
        )
    ).one()
    return Waiting(tasks=row[0], new_tasks=row[1], notifications=row[2], new_notifications=row[3])


def _at_most(*which: object) -> ScalarSelect[int]:
    some = select(Notification.id).where(*which).limit(COUNTED_AT_MOST)  # type: ignore[arg-type]
    return select(func.count()).select_from(some.subquery()).scalar_subquery()
