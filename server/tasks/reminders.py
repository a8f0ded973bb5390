"""Telling those who sit on tasks: when one opens, before it is due, on the day, and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, update

from server.db.work import Work, rows_changed
from server.i18n import DEFAULT_LANGUAGE, text
from server.notifications import operations as notifications
from server.notifications.operations import Said
from server.organisation.models import DEFAULT_ZONE, Unit
from server.organisation.rules import PostKind, today
from server.tasks import holders, reminding
from server.tasks.models import Task, TaskState
from server.tasks.reminding import Next
from server.tasks.rules import Stage

BATCH = 20
"""Few, because on SQLite nobody else writes while a batch is at work: 200 took two seconds."""
SETTLED_WITHIN = timedelta(days=30)
"""A standstill may last so long, and what was closed in it is settled all the same."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A task whose next reminder is due. next: the latest that is; those before it are passed over."""

    task: Task
    next: Next


def remind(work: Work, after: UUID | None) -> UUID | None:
    """One batch of tasks, each told once of the latest stage it has come to; returns where to go on, None at the end.

    What was missed while nothing ran is not told in a row: only what is true now. What was told of tasks that have been
    closed since is settled.
    """
    if after is None:
        closed = select(Task.id).where(Task.state != TaskState.OPEN, Task.closed_at > work.now - SETTLED_WITHIN)
        notifications.settle(work, closed)
    now = reminding.now_of(work)
    rows = work.session.execute(_candidates(reminding.candidates(work, now), after)).all()
    turns = []
    for task, unit_kind, zone in rows:
        due = reminding.next_of(work, now, task, zone, unit_kind)
        if due is not None and _claim(work, task, due):
            turns.append(Turn(task, due))
    _tell(work, turns)
    return rows[-1][0].id if len(rows) == BATCH else None


def _claim(work: Work, task: Task, due: Next) -> bool:
    """By what was seen, so that of two who look at once one tells."""
    seen = (Task.reminded == task.reminded, Task.reminded_days.is_not_distinct_from(task.reminded_days))
    last = Task.reminded_on.is_not_distinct_from(task.reminded_on)
    mine = (Task.id == task.id, Task.state == TaskState.OPEN, *seen, last)
    told = {"reminded": int(due.stage), "reminded_days": due.days, "reminded_on": due.on}
    done = work.session.execute(update(Task).where(*mine).values(**told).execution_options(synchronize_session=False))
    return rows_changed(done) == 1


def _candidates(due: ColumnElement[bool], after: UUID | None) -> Select[Task, str, str]:
    """Open tasks that might have come to a later stage; the kind of unit decides row by row."""
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
    above = _heads(work, [turn.task for turn in turns if _goes_to_head(turn)], on)
    for turn in sorted(turns, key=_by_date):
        task = turn.task
        here = sitting.get(task.id, frozenset())
        notifications.tell(work, here, _said(work, turn))
        if _goes_to_head(turn):
            others = above.get(task.unit_id, frozenset()) - here
            notifications.tell(work, others, said_of(task, "tasks-told-head"))


def _by_date(turn: Turn) -> tuple[bool, datetime, str, str]:
    task = turn.task
    return task.due_at is None, task.due_at or task.opened_at, task.matter, task.title


def _goes_to_head(turn: Turn) -> bool:
    return turn.next.stage is Stage.HEAD and turn.next.window is None


def _said(work: Work, turn: Turn) -> Said:
    """A reminder of the same date that comes again is a matter of its own, so that it is told."""
    task, due = turn.task, turn.next
    if due.window is not None:
        said = said_of(task, "tasks-told-sprint", left=due.window.days_left(work.now), sprint=due.window.title)
        return replace(said, matter=f"{said.matter}:{due.on.isoformat()}")
    said = said_of(task, _message(turn))
    return said if task.reminded < Stage.SOON or due.days is None else replace(said, matter=f"{said.matter}:{due.days}")


def _message(turn: Turn) -> str:
    if turn.next.stage is Stage.OPENED:
        dated = "dated" if turn.task.due_at is not None else "undated"
        return "tasks-told-returned" if turn.task.returned_reason is not None else f"tasks-told-opened-{dated}"
    return {Stage.SOON: "tasks-told-soon", Stage.TODAY: "tasks-told-today"}.get(turn.next.stage, "tasks-told-overdue")


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
