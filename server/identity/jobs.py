"""Removing what nobody needs any more: sessions that are over, and forms nobody came back for."""

from server.db.jobs import Job, JobArguments
from server.db.work import Work
from server.identity import operations

PURGE = "identity.purge"
HOUR = 3600


def purge(work: Work, _arguments: JobArguments) -> None:
    operations.purge(work)


JOBS = (Job(PURGE, purge),)
TICKS = ((PURGE, HOUR),)
