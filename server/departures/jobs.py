"""After a last day: the account is closed and tasks are handed on, a batch at a time, safe to run twice."""

from server.db.jobs import Job, JobArguments
from server.db.work import Work
from server.departures import operations

CARRY_OUT = "departures.carry_out"
BATCH = 50
QUARTER = 900


def carry_out(work: Work, _arguments: JobArguments) -> JobArguments | None:
    return {} if operations.carry_out(work, BATCH) else None


JOBS = (Job(CARRY_OUT, carry_out),)
TICKS = ((CARRY_OUT, QUARTER),)
