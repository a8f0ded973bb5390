"""A worker process for tests to kill. Arguments: database URL, file that each started batch is written to."""

import os
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

from server.db.dbos_queue import DbosJobQueue
from server.db.engines import open_engine
from server.db.jobs import Job, JobArguments, Jobs
from server.db.runner import Pace
from server.db.work import Parts, Work, Workshop
from server.ports import Ids, SystemClock
from server.worker import run_worker
from tests.db.conftest import record

PACE = Pace(
    poll=0.05,
    retry_after=(timedelta(0),),
    dead_after=timedelta(seconds=1),
    stranded_after=timedelta(seconds=2),
    beat=timedelta(milliseconds=200),
    reap=timedelta(milliseconds=500),
)


def parked(work: Work, name: str, key: str, _arguments: JobArguments, _error: str) -> None:
    record(work, f"parked {name} {key}")


def main(url: str, log: Path) -> None:
    engine = open_engine(url)
    clock = SystemClock()
    workshop = Workshop(engine, clock, Ids(clock), DbosJobQueue(engine), Parts())
    pause = threading.Event()

    def note(line: str) -> None:
        with log.open("a") as file:
            file.write(f"{os.getpid()} {line}\n")

    def count(work: Work, arguments: JobArguments) -> JobArguments | None:
        chain, number, last = str(arguments["chain"]), int(arguments["next"]), int(arguments["last"])
        note(f"{chain} {number}")
        record(work, f"{chain} {number}")
        pause.wait(0.02)
        return {"chain": chain, "next": number + 1, "last": last} if number < last else None

    def deadly(work: Work, _arguments: JobArguments) -> None:
        note("deadly")
        record(work, "deadly")
        signal.raise_signal(signal.SIGKILL)

    run_worker(workshop, Jobs((Job("count", count), Job("deadly", deadly))), (), parked, threading.Event(), PACE)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
