"""Background work of deadlines: firing what is due, in batches."""

from uuid import UUID

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
from server.processes.models import FanOut, FanOutState, InstanceState

FIRE_JOB = incidents.FIRE_JOB
BATCH = 10
"""Few, because on SQLite nobody else writes while a batch is at work."""


def fire(work: Work, arguments: JobArguments) -> JobArguments | None:
    """Fire due timers, each under a savepoint; one that fails is postponed and shown as an incident.

    timer: one that is to be tried now, though it was postponed.
    """
    if "timer" in arguments:
        operations.try_now(work, UUID(str(arguments["timer"])))
    claimed = operations.claim_due(work, BATCH)
    for timer in claimed:
        try:
            with work.session.begin_nested():
                fired = _fire(work, timer)
        except GreengateError as error:
            fired = False
            cause = error.cause if isinstance(error, ProcessFailed) else str(error)
            incidents.raise_for_timer(work, timer.id, timer.instance_id, timer.campaign_id, timer.element_id, cause)
        if not fired:
            operations.postpone(work, timer)
    return {} if len(claimed) == BATCH else None


def _fire(work: Work, timer: Timer) -> bool:
    """False when it has to be tried again: a barrier whose children are still being started, or that failed."""
    if timer.kind == operations.BARRIER:
        state = work.session.execute(select(FanOut.id, FanOut.state).where(FanOut.task_id == timer.id)).one_or_none()
        if state is None or state.state not in (FanOutState.FILLING, FanOutState.OPEN):
            return True
        return process_jobs.open_if_due(work, state.id, deadline_passed=True)
    running = commands.lock_by_id(work, timer.instance_id, running=False)
    if running.instance.state != InstanceState.RUNNING:
        timer.cancelled_at = work.now
        return True
    details = {"deadline": timer.key, "due_at": timer.due_at.isoformat() if timer.due_at else ""}
    processes.fire_deadline(work, running, timer.id, details)
    return True


JOBS = (Job(FIRE_JOB, fire),)
TICKS = ((FIRE_JOB, 30),)
