"""Background work of tasks: reminding."""

from uuid import UUID

from server.db.jobs import Job, JobArguments
from server.db.work import Work
from server.tasks import reminders

REMIND = "tasks.remind"
EVERY = 60
"""Seconds between two looks."""


def remind(work: Work, arguments: JobArguments) -> JobArguments | None:
    """One batch. after: the id of the last task that was looked at."""
    after = reminders.remind(work, UUID(str(arguments["after"])) if "after" in arguments else None)
    return None if after is None else {"after": str(after)}


JOBS = (Job(REMIND, remind),)
TICKS = ((REMIND, EVERY),)
