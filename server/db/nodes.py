"""Which processes run jobs, who of them is alive, and which one leads."""

import fcntl
import os
import socket
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, delete, select, text, update
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from server.db.models import NodeHeartbeat
from server.db.work import Work, rows_changed

DEAD_AFTER = timedelta(seconds=10)
"""Five beats that were missed. Jobs of a node that was only slow may be done twice, which they bear."""
FORGOTTEN_AFTER = timedelta(days=1)
LEADER_LOCK = 0x67726565_6E676174
"""Key of the PostgreSQL advisory lock: the first eight letters of the product's name."""


def beat(work: Work, node: str) -> None:
    """Say that this node is alive."""
    seen = update(NodeHeartbeat).where(NodeHeartbeat.id == node).values(seen_at=work.now)
    if rows_changed(work.session.execute(seen)) == 0:
        work.session.add(
            NodeHeartbeat(
                id=node, host=socket.gethostname()[:200], process=os.getpid(), started_at=work.now, seen_at=work.now
            )
        )


def leave(work: Work, node: str) -> None:
    """Say that this node has stopped; what it left undone may be taken over at once."""
    work.session.execute(delete(NodeHeartbeat).where(NodeHeartbeat.id == node))


def living(work: Work, dead_after: timedelta = DEAD_AFTER) -> frozenset[str]:
    """Nodes that were seen lately. A node that was only slow counts as dead, which is safe: jobs may be repeated."""
    lately = select(NodeHeartbeat.id).where(NodeHeartbeat.seen_at > work.now - dead_after)
    return frozenset(work.session.scalars(lately))


def forget(work: Work) -> None:
    """Remove nodes that were last seen long ago."""
    work.session.execute(delete(NodeHeartbeat).where(NodeHeartbeat.seen_at < work.now - FORGOTTEN_AFTER))


def last_seen(work: Work) -> datetime | None:
    """When any node was last seen; None when none ever was. For the health page."""
    return work.session.scalars(select(NodeHeartbeat.seen_at).order_by(NodeHeartbeat.seen_at.desc()).limit(1)).first()


class Leadership:
    """At most one leader for a database: a session's advisory lock on PostgreSQL, a file lock beside a SQLite file.

    Either is given back by the machine when its holder dies.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._file: IO[bytes] | None = None

    def held(self) -> bool:
        """True when this process leads now; takes the lead when nobody has it."""
        if self._engine.dialect.name == "postgresql":
            return self._advisory_lock()
        return self._file_lock()

    def release(self) -> None:
        if self._connection is not None:
            # Given back before the session ends: the server would notice its end a moment later.
            with suppress(DBAPIError, PendingRollbackError):
                self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LEADER_LOCK})
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def _advisory_lock(self) -> bool:
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return True
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError:
            self.release()
            return False
        if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": LEADER_LOCK}).scalar_one():
            self._connection = connection
            return True
        connection.close()
        return False

    def _file_lock(self) -> bool:
        if self._file is not None:
            return True
        file = Path(f"{self._engine.url.database}.leader").open("ab")  # noqa: SIM115 - the lock lives as long as the file is open
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True
