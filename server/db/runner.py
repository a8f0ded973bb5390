"""Runs jobs in the background: claimed from the library's queue, batch by batch, each batch one unit of work."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dbos import DBOS, DBOSConfig, StepOptions, WorkflowStatus
from sqlalchemy import bindparam, text

from server.db import nodes
from server.db.dbos_queue import (
    APPLICATION,
    QUEUE,
    SCHEMA,
    SERIALIZER,
    SUSPECTS,
    WIRE_VERSION,
    WORKFLOW,
    DbosJobQueue,
    job_table,
    open_client,
    plain,
)
from server.db.engines import open_job_engine
from server.db.jobs import JobArguments, Jobs, carry_out
from server.db.work import Work, Workshop, rows_changed

log = logging.getLogger("greengate.jobs")

MAX_ATTEMPTS = 5
BATCHES_AT_A_TIME = 10
"""After so many batches a job goes to the end of the queue: others get their turn, and deaths are counted afresh."""
ERROR_LIMIT = 2000
DIED = ("MAX_RECOVERY_ATTEMPTS_EXCEEDED", "ERROR")
PATIENT: StepOptions = {"retries_allowed": True, "max_attempts": 8, "interval_seconds": 0.5, "backoff_rate": 2.0}
"""For steps that only write what must not be lost; they wait for a database that restarts."""

OnParked = Callable[[Work, str, str, JobArguments, str], None]
"""Told once a job is given up: name, key, arguments of the failing batch, last error. May be told twice for one job."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a runner looks, retries, says that it lives, takes over. poll: seconds between two looks."""

    threads: int = 2
    poll: float = 0.5
    retry_after: tuple[timedelta, ...] = (
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
    )
    dead_after: timedelta = nodes.DEAD_AFTER
    stranded_after: timedelta = timedelta(minutes=1)
    keep_done: timedelta = timedelta(days=7)
    beat: timedelta = timedelta(seconds=2)
    reap: timedelta = timedelta(seconds=5)


STEADY = Pace()


class Runner:
    """One per process. Start it, call `beat` and `reap` as often as its pace says, stop it."""

    def __init__(
        self,
        workshop: Workshop,
        jobs: Jobs,
        queue: DbosJobQueue,
        on_parked: OnParked,
        pace: Pace = STEADY,
    ) -> None:
        self._workshop = workshop
        self._jobs = jobs
        self._queue = queue
        self._on_parked = on_parked
        self._pace = pace
        self._stopping = threading.Event()
        self.node = workshop.ids.new().hex
        self._engine = open_job_engine(workshop.engine.url)
        self._leadership = nodes.Leadership(self._engine)
        self._library: DBOS | None = None

    def start(self) -> None:
        """Begin to take jobs. The job tables must exist (`prepare_job_tables`)."""
        self.beat()
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_engine": self._engine,
            "dbos_system_schema": SCHEMA,
            "application_version": WIRE_VERSION,
            "executor_id": self.node,
            "serializer": SERIALIZER,
            "run_migrations": False,
            "use_listen_notify": False,
            "enable_otlp": False,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": 0.2,
            "scheduler_polling_interval_sec": 3600,
        }
        library = DBOS(config=config)

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_ATTEMPTS - 1)
        def job(name: str, key: str, arguments: dict[str, str | int], attempt: int) -> None:
            self._work_through(name, key, arguments, attempt)

        # before the launch, because a running queue thread comes down to a shorter interval only slowly
        for name, threads in ((QUEUE, self._pace.threads), (SUSPECTS, 1)):
            open_client(self._engine).register_queue(
                name,
                worker_concurrency=threads,
                polling_interval_sec=self._pace.poll,
                on_conflict="always_update",
            )
        DBOS.launch()
        self._library = library

    def stop(self, patience: float = 10.0) -> None:
        """Let running batches end, at most `patience` seconds, and hand the rest over."""
        self._stopping.set()
        library, self._library = self._library, None
        if library is None:
            return
        for event in library.background_thread_stop_events:
            event.set()
        until = time.monotonic() + patience
        while library._active_workflows_set.activeList() and time.monotonic() < until:
            time.sleep(0.02)
        unfinished = library._active_workflows_set.activeList()
        DBOS.destroy(destroy_registry=True)
        self._leadership.release()
        self._hand_over(unfinished)
        self._engine.dispose()

    def _hand_over(self, unfinished: list[str]) -> None:
        """Give back what was claimed and never begun: a look at the queue may have been under way when we stopped."""
        statement = text(
            f"UPDATE {job_table('workflow_status', self._engine.dialect.name)}"  # noqa: S608 - no value in it
            " SET status = 'ENQUEUED', owner_xid = NULL, started_at_epoch_ms = NULL"
            " WHERE executor_id = :node AND status = 'PENDING' AND workflow_uuid NOT IN :unfinished"
        ).bindparams(bindparam("unfinished", expanding=True))
        with self._workshop.writing() as work:
            work.session.execute(statement, {"node": self.node, "unfinished": ["", *unfinished]})
            nodes.leave(work, self.node)

    def beat(self) -> None:
        with self._workshop.writing() as work:
            nodes.beat(work, self.node)

    def reap(self) -> None:
        """Take up what stranded here; as the leader also what the dead left, what was given up, and old rows."""
        if self._library is None:
            return
        self._retake_stranded(self._library)
        if self._leadership.held():
            self._retake_from_the_dead()
            self._park_the_given_up()
            self._sweep()

    def _work_through(self, name: str, key: str, arguments: dict[str, str | int], attempt: int) -> None:
        # After a crash this is repeated from its start with the recorded results of its steps: only they may decide.
        for _ in range(BATCHES_AT_A_TIME):
            done = DBOS.run_step({"name": "batch"}, self._batch, name, arguments)
            if done["error"]:
                DBOS.run_step({"name": "failed", **PATIENT}, self._failed, name, key, arguments, attempt, done["error"])
                return
            if done["following"] is None:
                return
            arguments, attempt = done["following"], 1
            if done["stopping"]:
                break
        DBOS.run_step({"name": "onward", **PATIENT}, self._onward, name, key, arguments)

    def _batch(self, name: str, arguments: Mapping[str, str | int]) -> dict[str, Any]:
        try:
            following = carry_out(self._workshop, self._jobs[name], arguments, plain)
        except Exception as error:
            log.exception("job %s failed", name)
            return {"error": f"{type(error).__name__}: {error}"[:ERROR_LIMIT], "following": None, "stopping": False}
        return {"error": "", "following": following, "stopping": self._stopping.is_set()}

    def _failed(self, name: str, key: str, arguments: JobArguments, attempt: int, error: str) -> None:
        with self._workshop.writing() as work:
            if attempt >= MAX_ATTEMPTS:
                self._on_parked(work, name, key, arguments, error)
                return
            delay = self._pace.retry_after[min(attempt, len(self._pace.retry_after)) - 1]
            self._queue.enqueue_following(
                work.session, name, key, arguments, identity=_next_identity(), attempt=attempt + 1, delay=delay
            )

    def _onward(self, name: str, key: str, arguments: JobArguments) -> None:
        with self._workshop.writing() as work:
            self._queue.enqueue_following(work.session, name, key, arguments, identity=_next_identity())

    def _retake_stranded(self, library: DBOS) -> None:
        """Jobs claimed by this very process that no thread of it works on, as a restarting database can leave them."""
        mine = DBOS.list_workflows(status="PENDING", executor_id=self.node, load_input=False, load_output=False)
        active = set(library._active_workflows_set.activeList())
        latest = (self._workshop.clock.now() - self._pace.stranded_after).timestamp() * 1000
        for found in mine:
            if found.workflow_id not in active and (found.dequeued_at or 0) < latest:
                log.warning("job %s was stranded here and is taken up again", found.workflow_id)
                self._enqueue_again([found.workflow_id], [self.node], QUEUE)

    def _retake_from_the_dead(self) -> None:
        running = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        with self._workshop.reading() as work:
            alive = nodes.living(work, self._pace.dead_after)
        left = [found for found in running if found.executor_id not in alive | {self.node, None}]
        if left:
            dead = sorted({found.executor_id for found in left if found.executor_id})
            log.warning("%d jobs of %d dead nodes are taken over", len(left), len(dead))
            self._enqueue_again([found.workflow_id for found in left], dead, SUSPECTS)

    def _enqueue_again(self, identities: list[str], nodes_gone: list[str], queue: str) -> None:
        """Unlike the library's resuming this counts attempts on, so that work which kills its process ends; and what a
        living node has claimed in the meantime stays with it."""
        statement = text(
            f"UPDATE {job_table('workflow_status', self._engine.dialect.name)}"  # noqa: S608 - no value in it
            " SET status = 'ENQUEUED', owner_xid = NULL, started_at_epoch_ms = NULL, queue_name = :queue"
            " WHERE workflow_uuid IN :identities AND executor_id IN :gone AND status = 'PENDING'"
        ).bindparams(bindparam("identities", expanding=True), bindparam("gone", expanding=True))
        with self._workshop.writing() as work:
            work.session.execute(statement, {"identities": identities, "gone": nodes_gone, "queue": queue})

    def _park_the_given_up(self) -> None:
        for found in DBOS.list_workflows(status=list(DIED), name=WORKFLOW, limit=50):
            with self._workshop.writing() as work:
                if self._take_out(work, found):
                    name, key, arguments = _inputs(found)
                    error = str(found.error or f"the process died {MAX_ATTEMPTS} times while doing this")
                    self._on_parked(work, name, key, arguments, error[:ERROR_LIMIT])
            DBOS.delete_workflows([found.workflow_id])

    def _take_out(self, work: Work, found: WorkflowStatus) -> bool:
        statement = text(
            f"DELETE FROM {job_table('workflow_status', self._engine.dialect.name)}"  # noqa: S608 - no value in it
            " WHERE workflow_uuid = :id AND status = :status"
        )
        return rows_changed(work.session.execute(statement, {"id": found.workflow_id, "status": found.status})) == 1

    def _sweep(self) -> None:
        before = (self._workshop.clock.now() - self._pace.keep_done).isoformat()
        done = DBOS.list_workflows(
            status="SUCCESS", completed_before=before, load_input=False, load_output=False, limit=500
        )
        if done:
            DBOS.delete_workflows([found.workflow_id for found in done])
        with self._workshop.writing() as work:
            nodes.forget(work)


def _next_identity() -> str:
    """Identity of the job that goes on where this one ends; the same when the step is repeated."""
    root, _, number = (DBOS.workflow_id or "").partition("#")
    return f"{root}#{int(number or 0) + 1}"


def _inputs(found: WorkflowStatus) -> tuple[str, str, dict[str, str | int]]:
    given = found.input["args"] if isinstance(found.input, dict) else ()
    if len(given) < 3:
        return "unknown", found.workflow_id, {}
    return str(given[0]), str(given[1]), dict(given[2])
