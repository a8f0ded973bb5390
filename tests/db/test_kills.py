"""Workers are killed in the middle of their work; nothing is lost and nothing runs for ever."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from server.db.work import Workshop
from tests.db.conftest import effects, until, waiting

pytestmark = pytest.mark.faults

Spawn = Callable[[], subprocess.Popen[bytes]]
LOG = "batches"


@pytest.fixture
def spawn(job_engine: Engine, tmp_path: Path) -> Iterator[Spawn]:
    processes: list[subprocess.Popen[bytes]] = []
    url = job_engine.url.render_as_string(hide_password=False)

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-m", "tests.db.job_process", url, str(tmp_path / LOG)])
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


def request(workshop: Workshop, name: str, key: str, **arguments: str | int) -> None:
    with workshop.writing() as work:
        work.jobs.enqueue(work.session, name, key, arguments)


def started(folder: Path) -> list[str]:
    log = folder / LOG
    return log.read_text().splitlines() if log.exists() else []


def test_work_killed_in_mid_batch_is_finished_by_another(
    job_engine: Engine, job_workshop: Workshop, spawn: Spawn, tmp_path: Path
) -> None:
    kills, chains, last = 6, 4, 30
    for chain in range(chains):
        request(job_workshop, "count", str(chain), chain=f"c{chain}", next=1, last=last)
    survivor = spawn()
    until(lambda: bool(started(tmp_path)))
    for _ in range(kills):
        victim = spawn()
        mark = len(started(tmp_path))
        until(lambda m=mark: len(started(tmp_path)) > m + 3)  # type: ignore[misc]
        victim.kill()
        victim.wait()
    wanted = {f"c{chain} {number}" for chain in range(chains) for number in range(1, last + 1)}
    until(lambda: set(effects(job_engine)) == wanted, 40)
    until(lambda: waiting(job_engine, "PENDING") == 0 and waiting(job_engine) == 0, 20)
    repeats = sum(effects(job_engine).values()) - len(wanted)
    assert repeats <= 2 * kills
    survivor.terminate()
    assert survivor.wait(20) == 0


def test_all_workers_killed_at_once_and_started_again(
    job_engine: Engine, job_workshop: Workshop, spawn: Spawn, tmp_path: Path
) -> None:
    request(job_workshop, "count", "1", chain="c", next=1, last=60)
    for _ in range(3):
        worker = spawn()
        mark = len(started(tmp_path))
        until(lambda m=mark: len(started(tmp_path)) > m + 5)  # type: ignore[misc]
        worker.kill()
        worker.wait()
    spawn()
    until(lambda: len(effects(job_engine)) >= 60, 40)
    assert len(effects(job_engine)) == 60


def test_work_that_kills_its_worker_is_given_up_and_others_go_on(
    job_engine: Engine, job_workshop: Workshop, spawn: Spawn, tmp_path: Path
) -> None:
    request(job_workshop, "deadly", "d")
    request(job_workshop, "count", "1", chain="c", next=1, last=5)
    pause = threading.Event()
    worker = spawn()
    for _ in range(40 * 20):
        if "parked deadly d" in effects(job_engine):
            break
        if worker.poll() is not None:
            worker = spawn()
        pause.wait(0.05)
    assert effects(job_engine)["parked deadly d"] == 1
    until(lambda: "c 5" in effects(job_engine))
    assert "deadly" not in effects(job_engine)
    assert sum(line.endswith("deadly") for line in started(tmp_path)) == 5
    worker.terminate()
    assert worker.wait(20) == 0
