"""What groups are told once a day: how many tasks are open, due today and overdue. Of whom is never asked."""

from sqlalchemy import func, select

from server.db.work import Work
from server.notifications import groups
from server.organisation.models import DEFAULT_ZONE
from server.tasks.models import Task, TaskState
from server.tasks.queries import end_of_today


def announce(work: Work) -> None:
    """Write down today's counts for each robot that has not spoken today; nothing on a day without such tasks."""
    silent = groups.silent_today(work)
    if not silent:
        return
    late = Task.due_at < work.now
    today = (Task.due_at >= work.now) & (Task.due_at <= end_of_today(work.now, DEFAULT_ZONE))
    counted = select(func.count(), func.count().filter(today), func.count().filter(late))
    open_, due, overdue = work.session.execute(counted.where(Task.state == TaskState.OPEN)).one()
    for robot in silent:
        groups.announce(work, robot, {"open": open_, "today": due, "overdue": overdue})
