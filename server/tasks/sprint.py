"""What a unit still owes in a sprint window, as its people and the office are shown it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select

from server.actor import Actor
from server.db.work import Work
from server.deadlines.sprints import Window, window_for, windows
from server.organisation.models import Post, Unit
from server.tasks.models import Seat, SeatState, Task, TaskState
from server.tasks.queries import TaskRow, rows_of

SHOWN = 5
SEES = ("unit.work", "campaign.view", "task.on_behalf")


@dataclass(frozen=True, slots=True)
class Sprint:
    """An open window, and what a unit itself owes until its end. rows: the first of the tasks."""

    window: Window
    days: int
    count: int
    rows: tuple[TaskRow, ...]


def sprints_of(actor: Actor, work: Work, unit_id: UUID | None, campaign_id: UUID | None = None) -> tuple[Sprint, ...]:
    """The windows that a unit is in with something still to do; for its own people and who oversees it."""
    among = [each for each in windows(work) if campaign_id in (None, each)]
    if unit_id is None or not among:
        return ()
    unit = work.session.get(Unit, unit_id)
    if unit is None or not any(actor.may(permission, unit.path) for permission in SEES):
        return ()
    found = []
    for each in among:
        window = window_for(work, each, unit_id)
        if window is None:
            continue
        where = _owed(window, unit_id)
        count = work.session.scalar(select(func.count(Task.id)).where(*where)) or 0
        if count:
            found.append(Sprint(window, window.days_left(work.now), count, rows_of(work, where, SHOWN)))
    return tuple(sorted(found, key=lambda each: (each.window.due_at, each.window.title)))


def _owed(window: Window, unit_id: UUID) -> Sequence[ColumnElement[bool]]:
    """Tasks on the unit's own posts: not what only concerns it and waits for somebody else."""
    sits = exists().where(
        Seat.task_id == Task.id, Seat.state == SeatState.OPEN, Post.id == Seat.post_id, Post.unit_id == unit_id
    )
    return (
        Task.campaign_id == window.campaign_id,
        Task.unit_id == unit_id,
        Task.state == TaskState.OPEN,
        Task.due_at <= window.due_at,
        sits,
    )
