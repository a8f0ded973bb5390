"""The database restarts under a runner; nothing is lost, and work goes on by itself."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from server.db.dbos_queue import DbosJobQueue, prepare_job_tables
from server.db.engines import open_engine
from server.db.jobs import Job, JobArguments, Jobs
from server.db.types import Base
from server.db.work import Parts, Work, Workshop
from server.ports import Ids, SystemClock
from server.worker import start_in_process
from tests.db.conftest import Parked, effects, record, until, waiting
from tests.db.job_process import PACE
from tests.postgres import Cluster, start_cluster

pytestmark = [pytest.mark.postgres, pytest.mark.faults]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = start_cluster(fsync=True)
    yield cluster
    cluster.stop()


@pytest.fixture
def engine(cluster: Cluster) -> Iterator[Engine]:
    engine = open_engine(cluster.url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE effect (id TEXT PRIMARY KEY, times INTEGER NOT NULL)"))
    Base.metadata.create_all(engine)
    prepare_job_tables(cluster.url)
    yield engine
    engine.dispose()


def test_jobs_go_on_after_restarts_of_the_database(cluster: Cluster, engine: Engine) -> None:
    clock, pause, parked = SystemClock(), threading.Event(), Parked()
    workshop = Workshop(engine, clock, Ids(clock), DbosJobQueue(engine), Parts())

    def count(work: Work, arguments: JobArguments) -> JobArguments | None:
        number, last = int(arguments["next"]), int(arguments["last"])
        record(work, f"{arguments['chain']} {number}")
        pause.wait(0.02)
        return {**arguments, "next": number + 1} if number < last else None

    for chain in range(4):
        with workshop.writing() as work:
            work.jobs.enqueue(work.session, "count", str(chain), {"chain": f"c{chain}", "next": 1, "last": 40})
    background = start_in_process(workshop, Jobs((Job("count", count),)), (), parked, PACE)
    try:
        for done, mode in ((10, "fast"), (40, "immediate"), (80, "fast")):
            until(lambda done=done: len(effects(engine)) >= done, 90)  # type: ignore[misc]
            cluster.restart(mode)
        until(lambda: len(effects(engine)) == 160, 120)
        until(lambda: waiting(engine) == 0 and waiting(engine, "PENDING") == 0, 60)
    finally:
        background.stop()
    assert parked.told == []
    assert sum(effects(engine).values()) - 160 <= 3 * PACE.threads
