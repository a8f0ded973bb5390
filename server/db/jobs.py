"""Background work: asked for in the transaction that needs it, done in batches, safe to run twice."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from server.db.work import Work, Workshop

JobArguments = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of background work.

    run: does one batch in the unit of work it is given; it must be safe to repeat. Returns the arguments of the next
    batch, or None when nothing is left.
    """

    name: str
    run: Callable[["Work", JobArguments], JobArguments | None]


class Jobs:
    """The table of all kinds of jobs, assembled by the doors."""

    def __init__(self, jobs: tuple[Job, ...] = ()) -> None:
        self._jobs: dict[str, Job] = {}
        for job in jobs:
            self.add(job)

    def add(self, job: Job) -> None:
        if job.name in self._jobs:
            raise ValueError(f"job {job.name} exists")
        self._jobs[job.name] = job

    def __getitem__(self, name: str) -> Job:
        return self._jobs[name]

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._jobs))


class JobQueue(Protocol):
    """Where operations ask for background work."""

    def enqueue(self, session: Session, name: str, key: str, arguments: JobArguments) -> None:
        """Ask for a batch in the caller's transaction.

        key: the same key asked for again while it waits is done once. Rolled back with the transaction.
        """


class InlineJobQueue:
    """Holds jobs in memory until `drain`; for rehearsals, the demo and tests, on one thread."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, str, dict[str, Any]]] = deque()

    def enqueue(self, session: Session, name: str, key: str, arguments: JobArguments) -> None:
        if not any(waiting[:2] == (name, key) for waiting in self._waiting):
            self._waiting.append((name, key, dict(arguments)))

    def drain(self, workshop: "Workshop", jobs: Jobs, *, at_most: int = 100_000) -> int:
        """Run all that waits, and all that this asks for; returns the number of batches."""
        done = 0
        while self._waiting:
            name, key, arguments = self._waiting.popleft()
            done += 1
            if done > at_most:
                raise RuntimeError(f"jobs do not come to an end; the last was {name} {key}")
            with workshop.writing() as work:
                following = jobs[name].run(work, arguments)
            if following is not None:
                self._waiting.append((name, key, dict(following)))
        return done
