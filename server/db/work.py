"""The unit of work: one session, one instant, one commit, made at the edge (request, job, command)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from server.db.engines import READ_ONLY
from server.db.jobs import JobQueue
from server.ports import Clock, Ids

T = TypeVar("T")


class Parts:
    """What the doors have assembled, found by its class: settings, blob store, process engine, registries.

    Lower floors so reach what higher floors have registered without importing them.
    """

    def __init__(self, *parts: object) -> None:
        self._parts: dict[type, object] = {}
        for part in parts:
            self.add(part)

    def add(self, part: object) -> None:
        if type(part) in self._parts:
            raise ValueError(f"{type(part).__name__} is already assembled")
        self._parts[type(part)] = part

    def instead(self, part: object) -> "Parts":
        """The same parts, but for this one in the place of its kind."""
        return Parts(*(part if kind is type(part) else each for kind, each in self._parts.items()))

    def get(self, kind: type[T]) -> T:
        if kind not in self._parts:
            raise LookupError(f"{kind.__name__} was not assembled")
        return cast(T, self._parts[kind])


@dataclass(slots=True)
class Work:
    """Everything an operation may use besides its arguments.

    now is the instant of the whole unit of work, so that all it writes bears one time.
    after_commit runs once the commit has succeeded (waking a worker, never business effects).
    """

    session: Session
    clock: Clock
    ids: Ids
    jobs: JobQueue
    parts: Parts
    now: datetime
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    def part(self, kind: type[T]) -> T:
        return self.parts.get(kind)


@dataclass(frozen=True, slots=True)
class Workshop:
    """Makes units of work; one for a process."""

    engine: Engine
    clock: Clock
    ids: Ids
    jobs: JobQueue
    parts: Parts

    def open(self, *, read_only: bool = False) -> Work:
        """A unit of work whose commit is the caller's; prefer `writing` and `reading`."""
        bind = self.engine.execution_options(**READ_ONLY) if read_only else self.engine
        session = Session(bind, expire_on_commit=False, autoflush=not read_only)
        return Work(session, self.clock, self.ids, self.jobs, self.parts, self.clock.now())

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """Commit at the end, or roll back whole when anything is raised."""
        work = self.open()
        try:
            yield work
            finish(work)
        finally:
            work.session.close()

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """Read only; nothing is ever committed."""
        work = self.open(read_only=True)
        try:
            yield work
        finally:
            let_go(work)


def finish(work: Work) -> None:
    """The one commit."""
    work.session.commit()
    for action in work.after_commit:
        action()


def let_go(work: Work) -> None:
    """Close a unit of work and keep nothing of it.

    PostgreSQL's driver forgets the statements that a connection has ready whenever it is rolled back, and making them
    ready again takes longer than asking. A transaction that can only read is therefore ended by a commit of nothing.
    """
    session = work.session
    if session.in_transaction() and _only_reads_there(session):
        session.expunge_all()
        session.commit()
    else:
        session.rollback()
    session.close()


def _only_reads_there(session: Session) -> bool:
    """True where the database itself refuses what this transaction would write."""
    bind = session.get_bind()
    return bind.dialect.name == "postgresql" and bool(bind.get_execution_options().get("postgresql_readonly"))


def rows_changed(result: Any) -> int:
    """How many rows a guarded UPDATE or DELETE has hit."""
    return int(result.rowcount)
