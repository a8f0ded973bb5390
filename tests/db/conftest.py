"""A database with the job library's tables, and a runner on it that looks often."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, TextClause, text

from server.db.dbos_queue import DbosJobQueue, job_table, prepare_job_tables
from server.db.engines import open_engine
from server.db.jobs import Job, JobArguments, Jobs
from server.db.runner import Pace, Runner
from server.db.types import Base
from server.db.work import Parts, Work, Workshop
from server.ports import Ids, SystemClock

QUICK = Pace(
    threads=2,
    poll=0.05,
    retry_after=(timedelta(0),),
    dead_after=timedelta(seconds=2),
    stranded_after=timedelta(seconds=1),
)


@dataclass
class Parked:
    """What the hook was told."""

    told: list[tuple[str, str, dict[str, str | int], str]] = field(default_factory=list)

    def __call__(self, _work: Work, name: str, key: str, arguments: JobArguments, error: str) -> None:
        self.told.append((name, key, dict(arguments), error))


@pytest.fixture
def job_engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE effect (id TEXT PRIMARY KEY, times INTEGER NOT NULL)"))
    Base.metadata.create_all(engine)
    prepare_job_tables(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def job_workshop(job_engine: Engine) -> Workshop:
    clock = SystemClock()
    return Workshop(job_engine, clock, Ids(clock), DbosJobQueue(job_engine), Parts())


@pytest.fixture
def running(job_workshop: Workshop) -> Iterator[Callable[..., Runner]]:
    """Start runners that are stopped at the end; one at a time in a process."""
    started: list[Runner] = []

    def start(*jobs: Job, parked: Parked | None = None, pace: Pace = QUICK) -> Runner:
        queue = job_workshop.jobs
        assert isinstance(queue, DbosJobQueue)
        runner = Runner(job_workshop, Jobs(jobs), queue, parked or Parked(), pace)
        runner.start()
        started.append(runner)
        return runner

    yield start
    for runner in started:
        runner.stop()


def waiting(engine: Engine, status: str = "ENQUEUED") -> int:
    with engine.connect() as connection:
        return int(
            connection.execute(
                sql(engine, "SELECT count(*) FROM {status} WHERE status = :s"), {"s": status}
            ).scalar_one()
        )


def sql(engine: Engine | Connection, statement: str) -> TextClause:
    """A statement on the library's tables; {status} and {input} stand for their names on this database."""
    dialect = engine.dialect.name
    return text(
        statement.format(status=job_table("workflow_status", dialect), input=job_table("workflow_input", dialect))
    )


def record(work: Work, name: str) -> None:
    """An effect that can be counted."""
    work.session.execute(
        text("INSERT INTO effect VALUES (:id, 1) ON CONFLICT (id) DO UPDATE SET times = effect.times + 1"), {"id": name}
    )


def effects(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {row.id: row.times for row in connection.execute(text("SELECT id, times FROM effect"))}


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for other threads or processes; fails when they take too long."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        pause.wait(0.02)
