"""Background work: asked for in the transaction that needs it, done in batches, safe to run twice."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class OutwardJob:
    """Background work that reaches other machines, which no transaction may wait for.

    claim: takes what is due in one unit of work, so that nobody else does, and until when. reach: does one piece in
    none, never raises, and returns what came of it. record: writes that down in the next. What a process that dies has
    claimed and not recorded is claimed again later: the other side may get it twice, never not at all.
    """

    name: str
    claim: Callable[["Work"], Sequence[Any]]
    reach: Callable[[Any], Any]
    record: Callable[["Work", Any, Any], None]


def carry_out(
    workshop: "Workshop", job: Job | OutwardJob, arguments: JobArguments, keep: Callable[[Any], dict[str, Any]] = dict
) -> dict[str, Any] | None:
    """Do one batch, each unit of work with its commit; returns the arguments of the next, None when all is done.

    keep: makes of arguments what the queue can hold; raises before the commit when it cannot.
    """
    if isinstance(job, Job):
        with workshop.writing() as work:
            answer = job.run(work, arguments)
            return None if answer is None else keep(answer)
    with workshop.writing() as work:
        claimed = job.claim(work)
    for piece in claimed:
        outcome = job.reach(piece)
        with workshop.writing() as work:
            job.record(work, piece, outcome)
    return keep(arguments) if claimed else None


class Jobs:
    """The table of all kinds of jobs, assembled by the doors."""

    def __init__(self, jobs: tuple[Job | OutwardJob, ...] = ()) -> None:
        self._jobs: dict[str, Job | OutwardJob] = {}
        for job in jobs:
            self.add(job)

    def add(self, job: Job | OutwardJob) -> None:
        if job.name in self._jobs:
            raise ValueError(f"job {job.name} exists")
        self._jobs[job.name] = job

    def __getitem__(self, name: str) -> Job | OutwardJob:
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
            following = carry_out(workshop, jobs[name], arguments)
            if following is not None:
                self._waiting.append((name, key, following))
        return done
