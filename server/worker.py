"""Background worker: a clock that only asks for work, and a runner that does it.

The web process under gunicorn never starts any of this.
"""

import logging
import signal
import threading
from dataclasses import dataclass

from apscheduler.schedulers.background import BackgroundScheduler

from server.db.dbos_queue import DbosJobQueue
from server.db.jobs import Jobs
from server.db.runner import STEADY, OnParked, Pace, Runner
from server.db.work import Workshop

log = logging.getLogger("greengate.worker")


@dataclass(frozen=True, slots=True)
class Tick:
    """A job that is asked for every so many seconds; it must find out by itself what is due."""

    job: str
    seconds: int


class Background:
    """A started runner with its clock."""

    def __init__(self, runner: Runner, scheduler: BackgroundScheduler) -> None:
        self._runner = runner
        self._scheduler = scheduler

    def stop(self) -> None:
        """Stop asking, let running batches end, and hand over what is left."""
        self._scheduler.shutdown(wait=True)
        self._runner.stop()


def start_in_process(
    workshop: Workshop, jobs: Jobs, ticks: tuple[Tick, ...], on_parked: OnParked, pace: Pace = STEADY
) -> Background:
    """Start jobs and clock on threads of this process; for `greengate run`, and inside `run_worker`.

    Raises LookupError when a tick names a job that does not exist, and TypeError when the queue is not a real one.
    """
    if not isinstance(workshop.jobs, DbosJobQueue):
        raise TypeError("background work needs the database's job queue")
    for tick in ticks:
        if tick.job not in jobs.names():
            raise LookupError(f"tick for a job that does not exist: {tick.job}")
    runner = Runner(workshop, jobs, workshop.jobs, on_parked, pace)
    runner.start()
    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    )
    scheduler.add_job(runner.beat, "interval", seconds=pace.beat.total_seconds(), id="beat")
    scheduler.add_job(runner.reap, "interval", seconds=pace.reap.total_seconds(), id="reap")
    for tick in ticks:
        scheduler.add_job(ask, "interval", args=[workshop, tick], seconds=tick.seconds, id=f"tick {tick.job}")
    scheduler.start()
    for tick in ticks:
        ask(workshop, tick)
    return Background(runner, scheduler)


def ask(workshop: Workshop, tick: Tick) -> None:
    """Ask for the tick's job; once for this stretch of time, however many clocks run, and not while it still waits."""
    with workshop.writing() as work:
        if not isinstance(work.jobs, DbosJobQueue):
            raise TypeError("ticks need the database's job queue")
        stretch = int(work.now.timestamp()) // tick.seconds
        identity = f"tick/{tick.job}/{tick.seconds}/{stretch}"
        work.jobs.enqueue_once(work.session, tick.job, "tick", {}, identity=identity)


def run_worker(
    workshop: Workshop,
    jobs: Jobs,
    ticks: tuple[Tick, ...],
    on_parked: OnParked,
    stop: threading.Event,
    pace: Pace = STEADY,
) -> None:
    """Work until `stop` is set or the process is told to end (SIGTERM, SIGINT). For `greengate worker`."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stop.set())
    background = start_in_process(workshop, jobs, ticks, on_parked, pace)
    log.info("worker started")
    try:
        while not stop.wait(1.0):
            pass
    finally:
        background.stop()
        log.info("worker stopped")
