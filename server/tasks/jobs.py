"""Background work of tasks: reminding, and counting for groups."""

from uuid import UUID

from server.db.jobs import Job, JobArguments
from server.db.work import Work
from server.tasks import group_counts, reminders

REMIND = "tasks.remind"
EVERY = 60
"""Seconds between two looks."""
TELL_GROUPS = "tasks.tell_groups"
GROUPS_EVERY = 600


def remind(work: Work, arguments: JobArguments) -> JobArguments | None:
    """One batch. after: the id of the last task that was looked at."""
    after = reminders.remind(work, UUID(str(arguments["after"])) if "after" in arguments else None)
    return None if after is None else {"after": str(after)}


def tell_groups(work: Work, arguments: JobArguments) -> None:
    """Ask whether a robot has still to be told today's counts."""
    group_counts.announce(work)


JOBS = (Job(REMIND, remind), Job(TELL_GROUPS, tell_groups))
TICKS = ((REMIND, EVERY), (TELL_GROUPS, GROUPS_EVERY))
