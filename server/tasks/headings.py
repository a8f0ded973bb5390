"""The rows of an inbox by when they are due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from server.tasks.queries import TaskRow, end_of_today
from server.tasks.rules import Light


def soonest(rows: Sequence[TaskRow], now: datetime, zone: str) -> list[tuple[str, list[TaskRow]]]:
    """The rows of an inbox under headings: overdue, today, this week, later, undated; empty ones left out."""
    tonight = end_of_today(now, zone)
    week = tonight + timedelta(days=6 - now.astimezone(ZoneInfo(zone)).weekday())
    groups: dict[str, list[TaskRow]] = {"overdue": [], "today": [], "week": [], "later": [], "undated": []}
    for row in rows:
        groups[_heading(row, tonight, week)].append(row)
    return [(name, members) for name, members in groups.items() if members]


def _heading(row: TaskRow, tonight: datetime, week: datetime) -> str:
    if row.due_at is None:
        return "undated"
    if row.light is Light.RED:
        return "overdue"
    if row.due_at <= tonight:
        return "today"
    return "week" if row.due_at <= week else "later"
