"""Brings a database to the schema of this release: whole, or not at all."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, event, text

from server.db.engines import READ_ONLY, open_engine

MIGRATION_LOCK = 0x67726565_6E6D6967
"""Key of the PostgreSQL advisory lock that keeps two processes from migrating at once."""


class WrongSchema(RuntimeError):
    """The database does not fit this release; the text says what to do."""


def upgrade(url: str, scripts: Path | None = None) -> None:
    """Run all migrations that are missing, in one transaction; another process doing the same is waited for.

    A SQLite file that holds data is copied beside itself first (`greengate.sqlite.before-0002`). Raises WrongSchema
    when the database is of a newer release. scripts: another folder of migrations, for tests.
    """
    config = configuration(scripts)
    engine = _migration_engine(url)
    try:
        with engine.execution_options(**READ_ONLY).connect() as connection:
            fits = _found_and_missing(connection, config) is None
        if not fits:
            with engine.begin() as connection:
                _run(engine, connection, config)
    finally:
        engine.dispose()


def current(url: str) -> str | None:
    """The revision a database is at; None when it is empty."""
    engine = open_engine(url)
    try:
        with engine.execution_options(**READ_ONLY).connect() as connection:
            return _current(connection)
    finally:
        engine.dispose()


def head(scripts: Path | None = None) -> str:
    """The newest revision of this release."""
    newest = ScriptDirectory.from_config(configuration(scripts)).get_current_head()
    if newest is None:
        raise WrongSchema("this release has no migrations; it was not installed whole")
    return newest


def check(url: str) -> None:
    """Raise WrongSchema unless the database is exactly at this release's revision."""
    found, wanted = current(url), head()
    if found == wanted:
        return
    if found is None:
        raise WrongSchema("the database is empty; create it with: greengate init")
    if _known(configuration(), found):
        raise WrongSchema(f"the database is at {found}, not {wanted}; back it up, then run: greengate migrate")
    raise WrongSchema(_newer(found))


def configuration(scripts: Path | None = None) -> Config:
    """Alembic's settings, without a file. scripts: another folder of migrations."""
    config = Config()
    folder = str(scripts or files("server._migrations"))
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _migration_engine(url: str) -> Engine:
    """An engine on which SQLite may rebuild tables that others refer to; `_run` checks the references afterwards."""
    engine = open_engine(url, pool_size=1)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _connect(connection: object, _record: object) -> None:
            connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]

    return engine


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _known(config: Config, revision: str) -> bool:
    try:
        return ScriptDirectory.from_config(config).get_revision(revision) is not None
    except CommandError:
        return False


def _newer(revision: str) -> str:
    return f"the database is at {revision}, which a newer release wrote; install that release"


def _found_and_missing(connection: Connection, config: Config) -> tuple[str | None, str] | None:
    """The revision the database is at and the one it should be at; None when they are the same."""
    found = _current(connection)
    if found is not None and not _known(config, found):
        raise WrongSchema(_newer(found))
    newest = ScriptDirectory.from_config(config).get_current_head()
    return None if newest is None or found == newest else (found, newest)


def _run(engine: Engine, connection: Connection, config: Config) -> None:
    """Migrate under a lock; whoever waited for it finds nothing left to do."""
    if connection.dialect.name == "postgresql":
        # a large table takes longer than a page may
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    step = _found_and_missing(connection, config)
    if step is None:
        return
    if connection.dialect.name == "sqlite":
        _keep_copy(engine, *step)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise WrongSchema(
                f"{len(broken)} rows would refer to nothing, the first in {broken[0][0]}; nothing was changed"
            )


def _keep_copy(engine: Engine, found: str | None, newest: str) -> None:
    """Copy a SQLite file that holds data, by a second connection that reads while the first one holds the lock."""
    name = engine.url.database
    if found is None or not name or name == ":memory:":
        return
    copy = Path(f"{name}.before-{newest}")
    unfinished = Path(f"{copy}.part")
    unfinished.unlink(missing_ok=True)
    connection = engine.raw_connection()  # VACUUM cannot run inside a transaction
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(unfinished),))
    finally:
        connection.close()
    unfinished.replace(copy)
