"""Sealing the heads of all chains each day, so that an exported copy never lags far behind."""

from server.audit import operations
from server.db.jobs import Job, JobArguments
from server.db.work import Work

SEAL = "audit.seal"
DAY = 24 * 3600


def seal(work: Work, _arguments: JobArguments) -> None:
    operations.seal(work)


JOBS = (Job(SEAL, seal),)
TICKS = ((SEAL, DAY),)
