"""What each database is told when it is opened, and what that protects from."""

import os
import subprocess
import sys
from pathlib import Path

import pysqlite3
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from server.db.engines import READ_ONLY, SQLITE_AT_LEAST, Turns, open_engine, open_job_engine

ADDER = """
import sys
from sqlalchemy import text
from server.db.engines import open_engine
engine = open_engine(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with engine.begin() as connection:
        value = connection.execute(text("SELECT value FROM counter")).scalar_one()
        connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})
"""


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


@pytest.mark.parametrize("opened_by", [open_engine, open_job_engine])
def test_sqlite_pragmas(sqlite_url: str, opened_by: object) -> None:
    engine: Engine = opened_by(sqlite_url)  # type: ignore[operator]
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}


def test_the_sqlite_library_is_the_one_we_ship(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.connect() as connection:
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
    engine.dispose()
    assert version == pysqlite3.sqlite_version
    assert tuple(int(part) for part in version.split(".")) >= SQLITE_AT_LEAST
    assert engine.dialect.loaded_dbapi is pysqlite3


@pytest.mark.parametrize("opened_by", [open_engine, open_job_engine])
def test_an_old_sqlite_library_is_refused(sqlite_url: str, opened_by: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pysqlite3, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(RuntimeError, match=r"3\.51\.3"):
        opened_by(sqlite_url)  # type: ignore[operator]


@pytest.mark.parametrize("url", ["mysql://host/database", "oracle://host/database"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite or postgresql"):
        open_engine(url)


@pytest.mark.faults
def test_processes_that_read_then_write_lose_nothing(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))
    writers, times = 6, 40
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = [
        subprocess.Popen([sys.executable, "-c", ADDER, sqlite_url, str(times)], env=environment) for _ in range(writers)
    ]
    assert [process.wait(120) for process in processes] == [0] * writers
    with engine.connect() as connection:
        assert connection.execute(text("SELECT value FROM counter")).scalar_one() == writers * times
    engine.dispose()


def test_a_reader_does_not_wait_for_a_writer(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
    with engine.begin() as writer:
        writer.execute(text("INSERT INTO counter VALUES (1)"))
        with engine.execution_options(**READ_ONLY).connect() as reader:
            assert reader.execute(text("SELECT count(*) FROM counter")).scalar_one() == 0
    engine.dispose()


def test_foreign_keys_hold(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE child (id INTEGER REFERENCES parent (id))"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("INSERT INTO child VALUES (1)"))
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("opened_by", [open_engine, open_job_engine])
def test_postgresql_limits(postgres_url: str, opened_by: object) -> None:
    engine: Engine = opened_by(postgres_url)  # type: ignore[operator]
    wanted = {
        "lock_timeout": "10s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "1min",
        "TimeZone": "UTC",
        "transaction_isolation": "read committed",
    }
    with engine.connect() as connection:
        found = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in wanted}
    engine.dispose()
    assert found == wanted


@pytest.mark.postgres
def test_a_postgresql_row_lock_waits_only_so_long(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS locked_row (id INTEGER)"))
        connection.execute(text("INSERT INTO locked_row VALUES (1)"))
    with engine.begin() as holder:
        holder.execute(text("SELECT * FROM locked_row FOR UPDATE"))
        with engine.connect() as waiter:
            waiter.execute(text("SET lock_timeout = '50ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                waiter.execute(text("SELECT * FROM locked_row FOR UPDATE"))
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE locked_row"))
    engine.dispose()


def test_writers_of_two_processes_take_turns(tmp_path: Path) -> None:
    """Each has its own handle on the file, as two processes have."""
    one, other = Turns(str(tmp_path / "test.sqlite")), Turns(str(tmp_path / "test.sqlite"))
    assert one.take()
    assert not other.take(patience=0)
    assert not one.take(patience=0)
    one.give()
    assert other.take()
    other.give()
    assert one.take(patience=0)
    one.give()


def test_a_database_in_memory_needs_no_file_for_its_turns() -> None:
    turns = Turns(":memory:")
    assert turns.take()
    assert not turns.take(patience=0)
    turns.give()


def test_whoever_fails_gives_its_turn_back(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)

    def fail() -> None:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE thing (id INTEGER PRIMARY KEY)"))
            connection.execute(text("INSERT INTO thing VALUES (1), (1)"))

    with pytest.raises(IntegrityError):
        fail()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE thing (id INTEGER PRIMARY KEY)"))
    engine.dispose()
