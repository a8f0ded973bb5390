"""Telling those who sit on tasks: when one opens, before it is due, on the day, and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, or_, select, update

from server.db.work import Work, rows_changed
from server.deadlines import queries as deadlines
from server.deadlines.queries import Place
from server.deadlines.rules import Lights, worked_ago
from server.i18n import DEFAULT_LANGUAGE, text
from server.notifications import operations as notifications
from server.notifications.operations import Said
from server.organisation.models import DEFAULT_ZONE, Unit
from server.organisation.rules import PostKind, today
from server.tasks import holders
from server.tasks.models import Task, TaskState
from server.tasks.queries import end_of_today
from server.tasks.rules import HEAD_AFTER, Marks, Stage, stage

BATCH = 200
SETTLED_WITHIN = timedelta(days=30)
"""A standstill may last so long, and what was closed in it is settled all the same."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A task whose next reminder is due. stage: the latest that is; those before it are passed over."""

    task: Task
    stage: Stage


def remind(work: Work, after: UUID | None) -> UUID | None:
    """One batch of tasks, each told once of the latest stage it has come to; returns where to go on, None at the end.

    What was missed while nothing ran is not told in a row: only what is true now. What was told of tasks that have been
    closed since is settled.
    """
    if after is None:
        closed = select(Task.id).where(Task.state != TaskState.OPEN, Task.closed_at > work.now - SETTLED_WITHIN)
        notifications.settle(work, closed)
    marks = _marks(work)
    rows = work.session.execute(_candidates(_latest(marks), after)).all()
    turns = []
    for task, unit_kind, zone in rows:
        now = stage(task.due_at, marks[deadlines.place_of(marks, zone, unit_kind)])
        if now > task.reminded and _claim(work, task, now):
            turns.append(Turn(task, now))
    _tell(work, turns)
    return rows[-1][0].id if len(rows) == BATCH else None


def _claim(work: Work, task: Task, now: Stage) -> bool:
    mine = (Task.id == task.id, Task.state == TaskState.OPEN, Task.reminded < now)
    done = work.session.execute(
        update(Task).where(*mine).values(reminded=int(now)).execution_options(synchronize_session=False)
    )
    return rows_changed(done) == 1


def _marks(work: Work) -> Mapping[Place, Marks]:
    """For every zone, and in it for every kind of unit with days of its own, the instants that part the stages."""
    calendar = deadlines.calendar_of(work)
    return {
        (zone, kind): Marks(
            work.now,
            end_of_today(work.now, zone),
            lights,
            worked_ago(calendar, work.now, ZoneInfo(zone), kind, HEAD_AFTER),
        )
        for (zone, kind), lights in deadlines.lights_by_place(work).items()
    }


def _latest(marks: Mapping[Place, Marks]) -> Marks:
    """The widest bounds of all places, so that no task is passed over where the day ends later."""
    places = list(marks.values())
    yellow_until = max(each.lights.yellow_until for each in places)
    return Marks(
        places[0].now,
        max(each.tonight for each in places),
        Lights(min(each.lights.red_before for each in places), yellow_until),
        max(each.head_before for each in places),
    )


def _candidates(marks: Marks, after: UUID | None) -> Select[Task, str, str]:
    """Open tasks that might have come to a later stage; the kind of unit decides row by row."""
    due = or_(
        Task.reminded < Stage.OPENED,
        and_(Task.reminded < Stage.SOON, Task.due_at <= marks.lights.yellow_until),
        and_(Task.reminded < Stage.TODAY, Task.due_at.between(marks.now, marks.tonight)),
        and_(Task.reminded < Stage.OVERDUE, Task.due_at < marks.now),
        and_(Task.reminded < Stage.HEAD, Task.due_at <= marks.head_before),
    )
    where = [Task.state == TaskState.OPEN, due]
    if after is not None:
        where.append(Task.id > after)
    return (
        select(Task, Unit.kind, Unit.zone)
        .outerjoin(Unit, Unit.id == Task.unit_id)
        .where(*where)
        .order_by(Task.id)
        .limit(BATCH)
    )


def _tell(work: Work, turns: Sequence[Turn]) -> None:
    if not turns:
        return
    on = today(work.now, DEFAULT_ZONE)
    sitting = holders.people_of(work, [turn.task for turn in turns], on)
    above = _heads(work, [turn.task for turn in turns if turn.stage is Stage.HEAD], on)
    for turn in sorted(turns, key=_by_date):
        task = turn.task
        here = sitting.get(task.id, frozenset())
        notifications.tell(work, here, said_of(task, _message(turn)))
        if turn.stage is Stage.HEAD:
            others = above.get(task.unit_id, frozenset()) - here
            notifications.tell(work, others, said_of(task, "tasks-told-head"))


def _by_date(turn: Turn) -> tuple[bool, datetime, str, str]:
    task = turn.task
    return task.due_at is None, task.due_at or task.opened_at, task.matter, task.title


def _message(turn: Turn) -> str:
    if turn.stage is Stage.OPENED:
        dated = "dated" if turn.task.due_at is not None else "undated"
        return "tasks-told-returned" if turn.task.returned_reason is not None else f"tasks-told-opened-{dated}"
    return {Stage.SOON: "tasks-told-soon", Stage.TODAY: "tasks-told-today"}.get(turn.stage, "tasks-told-overdue")


URGENT = ("tasks-told-today", "tasks-told-overdue", "tasks-told-head", "tasks-told-urged")
"""What somebody who wants one mail a day may still hear at once."""


def said_of(task: Task, message: str, *, matter: str = "", **values: str | int) -> Said:
    """What is told of a task. A date that was moved makes it a new matter, which is told again."""
    day = today(task.due_at, DEFAULT_ZONE).isoformat() if task.due_at is not None else ""
    about = task.title
    if task.matter and task.matter != task.title:
        about = text("tasks-told-of", DEFAULT_LANGUAGE, title=task.title, matter=task.matter)
    return Said(
        message=message,
        matter=matter or f"task:{task.id.hex}:{day}",
        path=f"/tasks/{task.id}",
        values={"task": about, "day": day, **values},
        campaign_id=task.campaign_id,
        about_id=task.id,
        urgent=message.startswith(URGENT),
    )


def _heads(work: Work, tasks: Sequence[Task], on: date) -> Mapping[UUID | None, frozenset[UUID]]:
    """The heads of the units whose matter the tasks are. Above a unit's head nobody is told by the system."""
    return holders.people_of_posts(work, {task.unit_id for task in tasks if task.unit_id}, PostKind.HEAD, on)
