"""Databases of tests, opened as the product opens them, but for what only costs a test time."""

from functools import cache
from typing import Any

from sqlalchemy import Engine, event

from server.db.engines import open_engine


def open_database(url: str) -> Engine:
    """An engine on a database that ends with the test: nothing waits for a disk, and no statement is compiled twice.

    Each engine keeps for itself what it has compiled; a test's engine lives too short to gain by that.
    """
    engine = open_engine(url)
    if engine.dialect.name == "sqlite":
        shared = _shared()
        engine.dialect, engine._compiled_cache = shared.dialect, shared._compiled_cache
        event.listen(engine, "connect", _never_waits_for_the_disk)
    return engine


@cache
def _shared() -> Engine:
    engine = open_engine("sqlite://")
    engine.connect().close()
    return engine


def _never_waits_for_the_disk(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
