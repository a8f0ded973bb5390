"""The door to the job library: its tables, and enqueueing in the caller's transaction.

Jobs lie in the same database as everything else, so a job exists exactly when the change that asked for it does
(`docs/adr/0004-one-job-engine.md`).
"""

import logging
from datetime import timedelta
from typing import Any

from dbos import DBOSClient, EnqueueOptions
from dbos import _serialization as library_serialization
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from server.db.engines import open_job_engine
from server.db.jobs import JobArguments

APPLICATION = "greengate"
WORKFLOW = "job"
QUEUE = "jobs"
SUSPECTS = "suspects"
"""Jobs whose process died. They run one at a time, so that the one that kills takes no other down five times."""
SCHEMA = "dbos"
WIRE_VERSION = "1"
"""How waiting jobs are written. A new value strands all that waits: raise it only after the queue has been drained."""
SERIALIZER = library_serialization.DBOSPortableJSON

logging.getLogger("dbos").addHandler(logging.NullHandler())
logging.getLogger("dbos").setLevel(logging.WARNING)


def _refuse_pickle(_serializer: object, _text: str) -> Any:
    raise ValueError("a job's data is JSON; pickled data is never read")


# A row may name its own serializer; whoever can write a row must not thereby run code in this process.
setattr(library_serialization.DefaultSerializer, "deserialize", _refuse_pickle)  # noqa: B010 - mypy refuses the assignment


def open_client(engine: Engine) -> DBOSClient:
    """The library's client; connects to nothing by itself."""
    return DBOSClient(
        system_database_engine=engine,
        dbos_system_schema=SCHEMA,
        serializer=SERIALIZER,
        application_name=APPLICATION,
        lazy=True,
    )


def prepare_job_tables(database_url: str) -> None:
    """Create or upgrade the job library's own tables: schema `dbos` on PostgreSQL, the same file on SQLite."""
    engine = open_job_engine(database_url)
    try:
        client = open_client(engine)
        # the setting must be the one the runner uses: it decides whether triggers are made
        client._sys_db.use_listen_notify = False
        client._sys_db.run_migrations()
    finally:
        engine.dispose()


def job_table(name: str, dialect: str) -> str:
    """The library's table as written in a statement."""
    return f"{SCHEMA}.{name}" if dialect == "postgresql" else name


class DbosJobQueue:
    """The JobQueue of a running installation. Statements per call: 3, or 1 when the key waits already.

    engine: the application's; nothing is ever executed on it but through the caller's session.
    """

    def __init__(self, engine: Engine) -> None:
        self._client = open_client(engine)
        postgresql = engine.dialect.name == "postgresql"
        # The shared lock keeps the waiting job from being claimed before the caller has committed what it must see.
        self._waiting = text(
            f"SELECT 1 FROM {job_table('workflow_status', engine.dialect.name)}"  # noqa: S608 - no value in it
            " WHERE queue_name = :queue AND status = 'ENQUEUED' AND queue_partition_key = :key LIMIT 1"
            + (" FOR SHARE" if postgresql else "")
        )

    def enqueue(self, session: Session, name: str, key: str, arguments: JobArguments) -> None:
        """Ask for a batch in the caller's transaction; once while the same key waits.

        A key that is running already is asked for again, because the running batch cannot see this transaction.
        """
        if not self._waits(session, name, key):
            self._put(session, name, key, arguments)

    def enqueue_once(self, session: Session, name: str, key: str, arguments: JobArguments, *, identity: str) -> None:
        """Like `enqueue`, and never a second time for the same identity, whoever asks (a tick of the clock)."""
        if not self._waits(session, name, key):
            self._put(session, name, key, arguments, identity=identity)

    def enqueue_following(
        self,
        session: Session,
        name: str,
        key: str,
        arguments: JobArguments,
        *,
        identity: str,
        attempt: int = 1,
        delay: timedelta | None = None,
    ) -> None:
        """For the runner: go on with a job under an identity of its own, so that a repeated step asks only once."""
        self._put(session, name, key, arguments, identity=identity, attempt=attempt, delay=delay)

    def _waits(self, session: Session, name: str, key: str) -> bool:
        found = session.connection().execute(self._waiting, {"queue": QUEUE, "key": waiting_key(name, key)})
        return found.first() is not None

    def _put(
        self,
        session: Session,
        name: str,
        key: str,
        arguments: JobArguments,
        *,
        identity: str | None = None,
        attempt: int = 1,
        delay: timedelta | None = None,
    ) -> None:
        options: EnqueueOptions = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "queue_partition_key": waiting_key(name, key),
            "app_version": WIRE_VERSION,
        }
        if identity is not None:
            options["workflow_id"] = identity
        if delay:
            options["delay_seconds"] = delay.total_seconds()
        connection = session.connection()
        before = connection.get_execution_options().get("schema_translate_map")
        try:
            self._client.enqueue_in_transaction(session, options, name, key, plain(arguments), attempt)
        finally:
            # The library leaves its map on the connection; every later statement would be compiled anew.
            connection.execution_options(schema_translate_map=before)


def waiting_key(name: str, key: str) -> str:
    return f"{name}/{key}"


def plain(arguments: JobArguments) -> dict[str, str | int]:
    """The arguments as JSON can hold them without loss; raises TypeError for anything else."""
    for name, value in arguments.items():
        if not isinstance(name, str) or not isinstance(value, str | int) or isinstance(value, bool):
            raise TypeError(f"job argument {name!r} is {type(value).__name__}; only text and whole numbers are kept")
    return dict(arguments)
