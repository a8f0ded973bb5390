"""The only place that opens a database.

One SQLite library per process: a second one closing on the same file releases the first one's locks
(`docs/adr/0003-one-sqlite-library.md`).
"""

from typing import Any

import pysqlite3
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

SQLITE_AT_LEAST = (3, 51, 3)
READ_ONLY = {"read_only": True}
"""Execution options of a transaction that will only read."""


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
    engine = create_engine(url, module=pysqlite3, connect_args={"timeout": 30} | options)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        if ours:
            connection.isolation_level = None
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    if ours:

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            read_only = connection.get_execution_options().get("read_only")
            connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _open_postgresql(url: URL, pool_size: int, options: dict[str, Any]) -> Engine:
    limits = "-c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        max_overflow=10,
        pool_pre_ping=True,
        connect_args={"options": limits} | options,
    )
