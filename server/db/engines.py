"""The only place that opens a database.

One SQLite library per process: a second one closing on the same file releases the first one's locks
(`docs/adr/0003-one-sqlite-library.md`).
"""

import fcntl
import json
import os
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import orjson
import pysqlite3
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError

from server.db import together

SQLITE_AT_LEAST = (3, 51, 3)
REST_AT_MOST = 1.0
"""Seconds after which a pooled connection is asked before it is used again."""
TURN_AT_MOST = 10.0
TURN_LOOK = 0.001
"""Seconds that a writer waits for its turn, and between two looks at the others' processes."""
WRITES, READS = "writes", "reads"
RESTING_SINCE = "resting_since"
READ_ONLY = {"read_only": True, "postgresql_readonly": True}
"""Execution options of a transaction that will only read."""


def _to_json(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # What it cannot write and the standard library can: numbers beyond 64 bits, halves of a pair of characters.
        return json.dumps(value)


JSON: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": json.loads}
"""Writing goes the short way. Reading does not: it would turn a number beyond 64 bits into one that is only near it."""


def open_engine(url: str | URL, *, pool_size: int = 10) -> Engine:
    """An engine with the settings each database needs.

    SQLite: write-ahead log, full sync, foreign keys, and BEGIN IMMEDIATE for transactions that may write, because a
    deferred transaction that turns into a writer fails or loses updates. PostgreSQL: READ COMMITTED, limits on waiting.
    """
    url = make_url(url)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url, {})
    if url.get_backend_name() == "postgresql":
        return _open_postgresql(url, pool_size, {})
    raise ValueError(f"databases are sqlite or postgresql, not {url.get_backend_name()}")


def open_job_engine(url: str | URL) -> Engine:
    """An engine for the job library's own tables: same library, same limits, and it begins its own transactions."""
    url = make_url(url)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url, {"isolation_level": "IMMEDIATE"})
    return _open_postgresql(url, 5, {})


def _open_sqlite(url: URL, options: dict[str, Any]) -> Engine:
    if pysqlite3.sqlite_version_info < SQLITE_AT_LEAST:
        raise RuntimeError(f"SQLite {pysqlite3.sqlite_version} can corrupt its write-ahead log; 3.51.3 is the oldest")
    ours = "isolation_level" not in options
    url = url.set(drivername="sqlite+pysqlite")
    engine = create_engine(url, module=pysqlite3, connect_args={"timeout": 30} | options, **JSON)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        if ours:
            connection.isolation_level = None
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    if ours:
        turns = Turns(url.database)

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            if connection.get_execution_options().get("read_only"):
                connection.connection.execute("PRAGMA query_only=ON")
                connection.info[READS] = True
                connection.exec_driver_sql("BEGIN")
                return
            connection.info[WRITES] = turns.take()
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        @event.listens_for(engine, "checkin")
        def _end(connection: Any, record: Any) -> None:
            if record.info.pop(READS, False) and connection is not None:
                connection.execute("PRAGMA query_only=OFF")
            if record.info.pop(WRITES, False):
                turns.give()

    return engine


class Turns:
    """Lets one writer after the other at a SQLite file, over threads and processes.

    SQLite itself lets a writer that waits sleep in longer and longer steps and try again, so that under load some wait
    for a second while the file lies idle. Here the threads of a process queue, and the first of each looks every
    millisecond. Whoever dies gives its turn back.
    """

    def __init__(self, database: str | None) -> None:
        self._thread = threading.Lock()
        self._path = None if database in (None, "", ":memory:") else Path(f"{database}.turn")
        self._file: int | None = None

    def take(self, patience: float = TURN_AT_MOST) -> bool:
        """Wait for one's turn; False when it did not come, and SQLite's own patience has to do."""
        until = time.monotonic() + patience
        if not self._thread.acquire(timeout=patience):
            return False
        if self._file is None and self._path is not None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            weakref.finalize(self, os.close, self._file)
        while not self._locked():
            if time.monotonic() > until:
                self._thread.release()
                return False
            time.sleep(TURN_LOOK)
        return True

    def _locked(self) -> bool:
        try:
            if self._file is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def give(self) -> None:
        """Let the next one write."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._thread.release()


def _open_postgresql(url: URL, pool_size: int, options: dict[str, Any]) -> Engine:
    limits = "-c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=10,
        connect_args={"options": limits} | options,
        **JSON,
    )
    _look_after_rest(engine)
    together.attach(engine)
    return engine


def _look_after_rest(engine: Engine) -> None:
    """Ask a connection that has rested whether it still lives, and take another one if not.

    Asking each time, as the pool would, costs every request a round trip; under load none has rested.
    """

    @event.listens_for(engine, "checkin")
    def _rests(_connection: Any, record: Any) -> None:
        record.info[RESTING_SINCE] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _wakes(connection: Any, record: Any, _proxy: object) -> None:
        if time.monotonic() - record.info.get(RESTING_SINCE, 0.0) < REST_AT_MOST:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
