"""Background work of the interface: forgetting answers that nobody will ask for again."""

from server.db import idempotency
from server.db.jobs import Job, JobArguments
from server.db.work import Work

FORGET_JOB = "api.forget"
BATCH = 1000


def forget(work: Work, _arguments: JobArguments) -> JobArguments | None:
    """Remove a batch of old answers, and ask for the next while there may be more."""
    return {} if idempotency.forget(work, at_most=BATCH) == BATCH else None


JOBS = (Job(FORGET_JOB, forget),)
TICKS = ((FORGET_JOB, 3600),)
