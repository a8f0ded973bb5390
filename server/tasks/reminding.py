"""Which tasks are reminded of and when: by their deadline's ladder, daily in a sprint window; in Python and in SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, tuple_

from server.db.work import Work
from server.deadlines import queries as deadlines
from server.deadlines.models import ScheduleEntry
from server.deadlines.queries import Place
from server.deadlines.rules import Lights, worked_ago, worked_ahead
from server.deadlines.sprints import Window, window_for, windows
from server.organisation.rules import today
from server.schemes.ladder import USUAL, Ladder, from_stored
from server.tasks.models import Task, TaskState
from server.tasks.queries import end_of_today
from server.tasks.rules import Marks, Stage, stage, step

Rungs = tuple[tuple[int, ...], int]
"""What of a ladder reminders go by: the days before, and when the head is told."""
Deadline = tuple[UUID, str]


def rungs_of(ladder: Ladder) -> Rungs:
    return ladder.remind_before, ladder.head_after


@dataclass(frozen=True, slots=True)
class Now:
    """Everything that says what is to be told at this moment. rungs: of the deadlines with a ladder of their own.
    marks: by ladder and place. days: of each place, today, and whether it is worked."""

    rungs: Mapping[Deadline, Rungs]
    marks: Mapping[Rungs, Mapping[Place, Marks]]
    days: Mapping[Place, tuple[date, bool]]


@dataclass(frozen=True, slots=True)
class Next:
    """The reminder that a task has come to. days: of the days before that are reminded of, the last that has come.
    window: the sprint window in which it is only the day's reminder."""

    stage: Stage
    days: int | None
    on: date
    window: Window | None = None


def now_of(work: Work) -> Now:
    has_open = exists().where(Task.campaign_id == ScheduleEntry.campaign_id, Task.state == TaskState.OPEN)
    rows = work.session.execute(
        select(ScheduleEntry.campaign_id, ScheduleEntry.key, ScheduleEntry.ladder).where(
            ScheduleEntry.ladder.is_not(None), has_open
        )
    )
    own = {(row[0], row[1]): rungs_of(from_stored(row[2])) for row in rows}
    usual = rungs_of(USUAL)
    own = {key: rungs for key, rungs in own.items() if rungs != usual}
    calendar = deadlines.calendar_of(work)
    places = deadlines.lights_by_place(work)
    return Now(
        rungs=own,
        marks={
            rungs: {place: _marks(work, place, lights, rungs) for place, lights in places.items()}
            for rungs in dict.fromkeys((usual, *own.values()))
        },
        days={(zone, kind): (day := today(work.now, zone), calendar.works(day, kind)) for zone, kind in places},
    )


def _marks(work: Work, place: Place, lights: Lights, rungs: Rungs) -> Marks:
    (zone, kind), (before, head) = place, rungs
    calendar = deadlines.calendar_of(work)
    return Marks(
        work.now,
        end_of_today(work.now, zone),
        lights,
        worked_ago(calendar, work.now, ZoneInfo(zone), kind, head),
        tuple((days, worked_ahead(calendar, work.now, ZoneInfo(zone), kind, days)) for days in before),
    )


def next_of(work: Work, now: Now, task: Task, zone: str | None, unit_kind: str | None) -> Next | None:
    """What a task's people are to be told now, the latest alone; None when they have been told."""
    rungs = now.rungs.get((task.campaign_id, task.deadline_key)) if task.campaign_id and task.deadline_key else None
    marks = now.marks[rungs or rungs_of(USUAL)]
    place = deadlines.place_of(marks, zone, unit_kind)
    here, (on, is_worked) = marks[place], now.days[place]
    reached = stage(task.due_at, here)
    days = step(task.due_at, here) if reached is Stage.SOON else None
    if reached > task.reminded:
        return Next(reached, days, on)
    if reached is Stage.SOON and days is not None and days < _reminded_days(task, here):
        return Next(reached, days, on)
    window = window_for(work, task.campaign_id, task.unit_id) if is_worked and task.due_at is not None else None
    if window is None or task.due_at is None or task.due_at > window.due_at:
        return None
    is_told = task.reminded_on is not None and task.reminded_on >= on
    return None if is_told else Next(Stage(max(reached, task.reminded)), task.reminded_days, on, window)


def _reminded_days(task: Task, marks: Marks) -> int:
    """Who has been told that it is soon, without a note of when, has been told at the first of the days."""
    if task.reminded < Stage.SOON:
        return marks.soon[0][0] + 1
    return task.reminded_days if task.reminded_days is not None else marks.soon[0][0]


def candidates(work: Work, now: Now) -> ColumnElement[bool]:
    """Open tasks that might have come to a reminder; the place of the unit decides row by row."""
    usual = rungs_of(USUAL)
    deadline = tuple_(Task.campaign_id, Task.deadline_key)
    own = list(now.rungs)
    elsewhere = or_(Task.campaign_id.is_(None), Task.deadline_key.is_(None), deadline.not_in(own))
    found = [Task.reminded < Stage.OPENED]
    for rungs, marks in now.marks.items():
        keys = [key for key in own if now.rungs[key] == rungs]
        whose = [deadline.in_(keys)] if rungs != usual else [elsewhere] if own else []
        found.append(and_(*whose, _has_come(_widest(marks))))
    return or_(*found, _daily(work, now))


def _widest(marks: Mapping[Place, Marks]) -> Marks:
    """The widest bounds of all places, so that no task is passed over where the day ends later."""
    places = list(marks.values())
    return Marks(
        places[0].now,
        max(each.tonight for each in places),
        Lights(
            min(each.lights.red_before for each in places),
            max(each.lights.yellow_until for each in places),
        ),
        max(each.head_before for each in places),
        tuple(max(steps, key=lambda each: each[1]) for steps in zip(*(each.soon for each in places), strict=True)),
    )


def _has_come(marks: Marks) -> ColumnElement[bool]:
    (first, widest), *nearer = marks.soon
    told = func.coalesce(Task.reminded_days, first)
    again = [
        and_(Task.reminded == Stage.SOON, Task.due_at > marks.now, Task.due_at <= until, told > days)
        for days, until in nearer
    ]
    return or_(
        and_(Task.reminded < Stage.SOON, Task.due_at <= widest),
        and_(Task.reminded < Stage.TODAY, Task.due_at.between(marks.now, marks.tonight)),
        and_(Task.reminded < Stage.OVERDUE, Task.due_at < marks.now),
        and_(Task.reminded < Stage.HEAD, Task.due_at <= marks.head_before),
        *again,
    )


def _daily(work: Work, now: Now) -> ColumnElement[bool]:
    """Tasks in a window that have not had their reminder of today; none where nobody works."""
    worked = [day for day, is_worked in now.days.values() if is_worked]
    if not worked:
        return false()
    not_yet = or_(Task.reminded_on.is_(None), Task.reminded_on < max(worked))
    found = [
        and_(Task.campaign_id == campaign_id, not_yet, _within(work, each))
        for campaign_id, some in windows(work).items()
        for each in some
    ]
    return or_(false(), *found)


def _within(work: Work, window: Window) -> ColumnElement[bool]:
    """Tasks due until a window's end, where it is open: for all, or for the units with a date of their own."""
    conditions = []
    if window.is_open(work.now):
        others = or_(Task.unit_id.is_(None), Task.unit_id.not_in(list(window.own)))
        conditions.append(and_(others, Task.due_at <= window.due_at))
    for unit_id, due_at in window.own.items():
        if window.for_unit(unit_id).is_open(work.now):
            conditions.append(and_(Task.unit_id == unit_id, Task.due_at <= due_at))
    return or_(false(), *conditions)
