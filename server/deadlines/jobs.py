"""Background work of deadlines: firing what is due, in batches."""

from sqlalchemy import select

from server.db.jobs import Job, JobArguments
from server.db.work import Work
from server.deadlines import operations
from server.deadlines.models import Timer
from server.errors import GreengateError
from server.processes import commands, incidents
from server.processes import jobs as process_jobs
from server.processes import operations as processes
from server.processes.commands import ProcessFailed
from server.processes.models import FanOut, InstanceState

FIRE_JOB = "deadlines.fire"
BATCH = 50


def fire(work: Work, arguments: JobArguments) -> JobArguments | None:
    """Fire due timers, each under a savepoint; one that fails is postponed and shown as an incident."""
    claimed = operations.claim_due(work, BATCH)
    for timer in claimed:
        try:
            with work.session.begin_nested():
                _fire(work, timer)
        except GreengateError as error:
            operations.postpone(work, timer)
            if isinstance(error, ProcessFailed):
                incidents.raise_for_step(work, error, timer.id)
    return arguments if len(claimed) == BATCH else None


def _fire(work: Work, timer: Timer) -> None:
    if timer.kind == operations.BARRIER:
        fan_out_id = work.session.scalar(select(FanOut.id).where(FanOut.task_id == timer.id))
        if fan_out_id is not None:
            process_jobs.open_if_due(work, fan_out_id, deadline_passed=True)
        return
    running = commands.lock_by_id(work, timer.instance_id, running=False)
    if running.instance.state != InstanceState.RUNNING:
        timer.cancelled_at = work.now
        return
    details = {"deadline": timer.key, "due_at": timer.due_at.isoformat() if timer.due_at else ""}
    processes.fire_deadline(work, running, timer.id, details)


JOBS = (Job(FIRE_JOB, fire),)
TICKS = ((FIRE_JOB, 30),)
