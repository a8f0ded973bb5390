"""Jobs exist exactly when the transaction that asked for them does, and once while they wait."""

import contextlib

import pytest
from dbos._serialization import deserialize_args
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from server.db.dbos_queue import SERIALIZER, DbosJobQueue, prepare_job_tables
from server.db.engines import open_engine
from server.db.jobs import JobQueue
from server.db.work import Workshop
from tests.db.conftest import sql, waiting


def test_a_committed_job_waits(job_engine: Engine, job_workshop: Workshop) -> None:
    with job_workshop.writing() as work:
        work.jobs.enqueue(work.session, "open", "campaign 1", {"campaign": "1", "next": 0})
    assert waiting(job_engine) == 1


def test_a_rolled_back_transaction_leaves_no_job(job_engine: Engine, job_workshop: Workshop) -> None:
    for number in range(20):
        with contextlib.suppress(ZeroDivisionError), job_workshop.writing() as work:
            work.jobs.enqueue(work.session, "open", str(number), {})
            raise ZeroDivisionError
        with job_workshop.writing() as work:
            work.jobs.enqueue(work.session, "open", f"kept {number}", {})
    assert waiting(job_engine) == 20


def test_a_rolled_back_savepoint_leaves_no_job_and_does_not_hide_a_later_one(
    job_engine: Engine, job_workshop: Workshop
) -> None:
    with job_workshop.writing() as work:
        savepoint = work.session.begin_nested()
        work.jobs.enqueue(work.session, "open", "1", {})
        savepoint.rollback()
        assert not _keys(work.session)
        work.jobs.enqueue(work.session, "open", "1", {})
    assert waiting(job_engine) == 1


def test_a_waiting_key_is_asked_for_once(job_engine: Engine, job_workshop: Workshop) -> None:
    with job_workshop.writing() as work:
        work.jobs.enqueue(work.session, "open", "1", {})
        work.jobs.enqueue(work.session, "open", "1", {})
        work.jobs.enqueue(work.session, "close", "1", {})
    with job_workshop.writing() as work:
        work.jobs.enqueue(work.session, "open", "1", {})
        assert sorted(_keys(work.session)) == ["close/1", "open/1"]


def test_a_duplicate_leaves_the_transaction_usable(job_engine: Engine, job_workshop: Workshop) -> None:
    with job_workshop.writing() as work:
        for _ in range(3):
            _queue(work.jobs).enqueue_once(work.session, "due", "tick", {}, identity="tick/due/1")
        work.session.execute(text("INSERT INTO effect VALUES ('after', 1)"))
    with job_engine.connect() as connection:
        assert connection.execute(text("SELECT times FROM effect")).scalar_one() == 1


def test_an_identity_is_asked_for_once_even_when_it_has_been_done(job_engine: Engine, job_workshop: Workshop) -> None:
    for round_ in range(3):
        with job_workshop.writing() as work:
            _queue(work.jobs).enqueue_once(work.session, "due", "tick", {}, identity="tick/due/1")
            work.session.execute(sql(job_engine, "UPDATE {status} SET status = 'SUCCESS'"))
        assert waiting(job_engine) == 0, round_
    assert waiting(job_engine, "SUCCESS") == 1


def test_a_running_key_is_asked_for_again(job_engine: Engine, job_workshop: Workshop) -> None:
    """The running batch may have read before this transaction wrote, so its end is no answer."""
    with job_workshop.writing() as work:
        work.jobs.enqueue(work.session, "open", "1", {})
    with job_engine.begin() as connection:
        connection.execute(sql(job_engine, "UPDATE {status} SET status = 'PENDING'"))
    with job_workshop.writing() as work:
        work.jobs.enqueue(work.session, "open", "1", {})
    assert waiting(job_engine) == 1


def test_statements_per_enqueue(job_engine: Engine, job_workshop: Workshop) -> None:
    statements: list[str] = []
    with job_workshop.writing() as work:
        work.session.execute(text("SELECT 1"))
        event.listen(job_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        work.jobs.enqueue(work.session, "open", "1", {})
        assert len(statements) == 3
        work.jobs.enqueue(work.session, "open", "1", {})
        assert len(statements) == 4


def test_the_caller_keeps_its_compiled_statements(job_engine: Engine, job_workshop: Workshop) -> None:
    with job_workshop.writing() as work:
        work.jobs.enqueue(work.session, "open", "1", {})
        assert not work.session.connection().get_execution_options().get("schema_translate_map")


@pytest.mark.parametrize("value", [1.5, True, None, ["a"], b"a"])
def test_only_text_and_whole_numbers_are_taken(job_workshop: Workshop, value: object) -> None:
    with pytest.raises(TypeError, match="job argument 'x'"), job_workshop.writing() as work:
        work.jobs.enqueue(work.session, "open", "1", {"x": value})  # type: ignore[dict-item]


def test_arguments_are_kept_as_json(job_engine: Engine, job_workshop: Workshop) -> None:
    with job_workshop.writing() as work:
        work.jobs.enqueue(work.session, "open", "1", {"name": "高平市", "next": 200})
    with job_engine.connect() as connection:
        inputs = connection.execute(sql(job_engine, "SELECT inputs FROM {input}")).scalar_one()
    assert SERIALIZER.deserialize(inputs)["positionalArgs"] == ["open", "1", {"name": "高平市", "next": 200}, 1]


def test_pickled_rows_are_never_read() -> None:
    with pytest.raises(ValueError, match="never read"):
        deserialize_args("gASVBgAAAAAAAABdlC4=", "py_pickle", SERIALIZER)


def test_job_tables_lie_apart(job_engine: Engine) -> None:
    with job_engine.connect() as connection:
        if job_engine.dialect.name == "postgresql":
            found = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'dbos'"))
        else:
            found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        assert "workflow_status" in set(found.scalars())


@pytest.mark.postgres
def test_a_waiting_job_is_not_claimed_under_one_who_relies_on_it(postgres_url: str, database_url: str) -> None:
    """Asked for again while it waits: it may only start once the second asker has committed what it must see."""
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time")
    prepare_job_tables(database_url)
    engine = open_engine(database_url)
    queue = DbosJobQueue(engine)
    with Session(engine) as first, first.begin():
        queue.enqueue(first, "open", "1", {})
    with Session(engine) as second, second.begin():
        queue.enqueue(second, "open", "1", {})
        with engine.begin() as claimer:
            claimed = claimer.execute(text("SELECT 1 FROM dbos.workflow_status FOR UPDATE SKIP LOCKED")).all()
            assert claimed == []
    engine.dispose()


def _keys(session: Session) -> list[str]:
    return list(session.scalars(sql(session.connection(), "SELECT queue_partition_key FROM {status}")))


def _queue(queue: JobQueue) -> DbosJobQueue:
    assert isinstance(queue, DbosJobQueue)
    return queue
