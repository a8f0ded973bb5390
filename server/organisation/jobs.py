"""Removing files of imports that nobody confirmed; they hold names and numbers of people."""

from server.db.jobs import Job, JobArguments
from server.db.work import Work
from server.organisation import imports

PURGE = "organisation.purge"
HOUR = 3600


def purge(work: Work, _arguments: JobArguments) -> None:
    imports.purge_uploads(work)


JOBS = (Job(PURGE, purge),)
TICKS = ((PURGE, HOUR),)
