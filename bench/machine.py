"""What runs while we measure: the database, two web processes, one worker."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from server.config import Settings
from tests.postgres import start_cluster

WEB_PROCESSES = 2
ROOT = Path(__file__).parents[1]


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database: a cluster of its own that syncs every commit to disk, or a file."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'greengate.sqlite'}"
        return
    cluster = start_cluster(folder, fsync=True)
    try:
        yield cluster.new_database()
    finally:
        cluster.stop()


class Installation:
    """Web processes behind one port and a worker, as `greengate serve` and `greengate worker` start them."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.port = _free_port()
        self._log = (folder / "log").open("ab")
        known = {"GREENGATE_DATA": str(settings.data), "GREENGATE_DATABASE_URL": settings.database_url}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GREENGATE_")}
        self._environment = inherited | known | {"PYTHONPATH": str(ROOT)}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._postmasters = _postmasters(settings.database_url)

    def __enter__(self) -> "Installation":
        address = f"127.0.0.1:{self.port}"
        self._start(
            "-m", "gunicorn", "--worker-class", "gthread", "--threads", "8", "--workers", str(WEB_PROCESSES),
            "--bind", address, "server.wsgi:app",
        )  # fmt: skip
        self._start("-m", "bench.worker")
        self._wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
        self._log.close()

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time so far of web processes, worker and database; what else runs on the machine is not in it."""
        web, worker = (process.pid for process in self._processes)
        roots = {"web": [web], "worker": [worker], "database": self._postmasters}
        return {name: sum(_cpu_seconds(pid) for pid in _with_children(pids)) for name, pids in roots.items()}

    def _start(self, *arguments: str) -> None:
        command = [sys.executable, *arguments]
        self._processes.append(
            subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=self._log, stderr=self._log)
        )

    def _wait(self, patience: float = 60) -> None:
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if any(process.poll() is not None for process in self._processes):
                raise RuntimeError(f"a process ended; see {self._log.name}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"nobody listens; see {self._log.name}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postmasters(url: str) -> list[int]:
    """The first process of the cluster that a URL leads to."""
    folder = url.partition("?host=")[2]
    return [int((Path(folder) / "data" / "postmaster.pid").read_text().split()[0])] if folder else []


def _with_children(roots: list[int]) -> set[int]:
    parents = {int(path.name): _stat(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found = set(roots)
    while new := {pid for pid, stat in parents.items() if stat and int(stat[1]) in found and pid not in found}:
        found |= new
    return found


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat after the name: state, parent, ...; empty for a process that has ended."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_seconds(pid: int) -> float:
    """Its own time and that of children that have ended."""
    stat = _stat(pid)
    return sum(int(each) for each in stat[11:15]) / os.sysconf("SC_CLK_TCK") if stat else 0.0
