"""The chains: what is recorded, how many statements it takes, and what the check finds."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import DBAPIError

from server.actor import SYSTEM, Actor, ActorKind, OnBehalf, Source
from server.audit import operations, queries
from server.audit.models import AuditRow, AuditSeal, AuditStream, StreamKind
from server.audit.operations import Entry, Head
from server.audit.queries import HeadKeepers
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.db.jobs import InlineJobQueue
from server.db.types import Base
from server.db.work import Parts, Work, Workshop
from server.errors import Invalid
from server.ports import VirtualClock, seeded_ids
from tests.databases import open_database

TABLES = ("audit_stream", "audit_row", "audit_seal", "audit_sealed")
UNIT = Stream(StreamKind.UNIT, "unit-1")
SCHEME = Stream(StreamKind.SCHEME, "scheme-1")
INSTANCE = UUID("01890000-0000-7000-8000-000000000001")
ACTOR = Actor(ActorKind.ACCOUNT, "王芳", unit_name="市能源局", post_title="局长", account_key="account:1")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in TABLES])
    yield engine
    engine.dispose()


@pytest.fixture
def workshop(engine: Engine, clock: VirtualClock) -> Workshop:
    return Workshop(engine, clock, seeded_ids(clock, 1), InlineJobQueue(), Parts())


def fill(workshop: Workshop, streams: tuple[Stream, ...] = (UNIT, SCHEME), rows: int = 4) -> None:
    for number in range(rows):
        with workshop.writing() as work:
            for stream in streams:
                operations.record(ACTOR, work, stream, Verb.UNIT_RENAMED, {"unit": stream.key}, {"number": number})


def whats(workshop: Workshop) -> list[str]:
    with workshop.reading() as work:
        return [problem.what for problem in queries.check_chains(work)]


def tamper(engine: Engine, *statements: str) -> None:
    """Change rows as somebody would who owns the database: triggers off first."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for trigger in (
                "audit_row_no_update",
                "audit_row_no_delete",
                "audit_seal_no_update",
                "audit_seal_no_delete",
            ):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
        else:
            for table in ("audit_row", "audit_seal"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement))


def test_a_filled_audit_is_whole(workshop: Workshop) -> None:
    fill(workshop)
    assert whats(workshop) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_row SET verb = 'unit:closed' WHERE sequence = 2", ["changed"] * 2),
        ("UPDATE audit_row SET details = '{\"number\": 9}' WHERE sequence = 4", ["changed"] * 2),
        ("UPDATE audit_row SET previous_hash = row_hash WHERE sequence = 3", ["changed", "broken"] * 2),
        ("DELETE FROM audit_row WHERE sequence = 2", ["missing"] * 2),
        ("DELETE FROM audit_row WHERE sequence = 1", ["missing"] * 2),
        ("DELETE FROM audit_row WHERE sequence = 4", ["cut"] * 2),
        ("DELETE FROM audit_row", ["cut"] * 2),
    ],
)
def test_tampering_is_found(workshop: Workshop, engine: Engine, statement: str, found: list[str]) -> None:
    fill(workshop)
    tamper(engine, statement)
    assert whats(workshop) == found


def test_swapped_rows_are_found(workshop: Workshop, engine: Engine) -> None:
    fill(workshop, (UNIT,))
    tamper(
        engine,
        "UPDATE audit_row SET sequence = 9 WHERE sequence = 2",
        "UPDATE audit_row SET sequence = 2 WHERE sequence = 3",
        "UPDATE audit_row SET sequence = 3 WHERE sequence = 9",
    )
    assert set(whats(workshop)) == {"changed", "broken"}


def test_a_rebuilt_audit_is_betrayed_by_the_copy_of_its_seals(workshop: Workshop, engine: Engine) -> None:
    fill(workshop, (UNIT,))
    with workshop.writing() as work:
        operations.seal(work)
    with workshop.reading() as work:
        kept = list(queries.export_seals(work.session))
    tamper(
        engine,
        "DELETE FROM audit_sealed",
        "DELETE FROM audit_seal",
        "DELETE FROM audit_row",
        "DELETE FROM audit_stream",
    )
    fill(workshop, (UNIT,), rows=3)
    with workshop.writing() as work:
        operations.seal(work)
    assert whats(workshop) == []
    with workshop.reading() as work:
        assert [problem.what for problem in queries.check_against(work.session, kept)] == ["seal"]


def test_seals_hold_only_what_moved_and_chain(workshop: Workshop, clock: VirtualClock) -> None:
    fill(workshop)
    with workshop.writing() as work:
        first = operations.seal(work)
    with workshop.writing() as work:
        assert operations.seal(work) is None
    clock.advance(timedelta(days=1))
    fill(workshop, (UNIT,), rows=1)
    with workshop.writing() as work:
        second = operations.seal(work)
    assert first is not None
    assert second is not None
    assert [(kind, key, number) for kind, key, number, _ in first.heads] == [
        ("scheme", "scheme-1", 4),
        ("unit", "unit-1", 4),
    ]
    assert [(kind, number) for kind, _, number, _ in second.heads] == [("unit", 5)]
    assert second.previous_hash == first.seal_hash
    with workshop.reading() as work:
        exported = list(queries.export_seals(work.session))
        assert exported == [first, second]
        assert queries.check_against(work.session, exported) == []
        assert list(queries.export_seals(work.session, after=1)) == [second]


def test_a_tail_cut_together_with_its_end_is_found_by_the_seal(workshop: Workshop, engine: Engine) -> None:
    fill(workshop, (UNIT,))
    with workshop.writing() as work:
        operations.seal(work)
    tamper(
        engine,
        "DELETE FROM audit_row WHERE sequence = 4",
        "UPDATE audit_stream SET sequence = 3, head_hash = (SELECT row_hash FROM audit_row WHERE sequence = 3)",
    )
    assert whats(workshop) == ["seal"]


def test_a_changed_seal_is_found(workshop: Workshop, engine: Engine) -> None:
    fill(workshop)
    with workshop.writing() as work:
        operations.seal(work)
    tamper(engine, "UPDATE audit_seal SET seal_hash = previous_hash")
    assert whats(workshop) == ["seal"]


@pytest.mark.parametrize("table", ["audit_row", "audit_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET sequence = sequence + 10", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_recorded(
    workshop: Workshop, engine: Engine, table: str, statement: str
) -> None:
    fill(workshop)
    with workshop.writing() as work:
        operations.seal(work)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement.format(table)))


def test_truncate_is_refused_too(workshop: Workshop, engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text("TRUNCATE audit_row"))


@pytest.fixture
def statements(engine: Engine) -> list[str]:
    """What the database is asked to do."""
    seen: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _note(_c: object, _k: object, statement: str, _p: object, _x: object, _m: object) -> None:
        # Parts that PostgreSQL gets as one statement are told one by one.
        seen.extend(re.findall(r"\((INSERT|UPDATE) ", statement) if statement[:4] == "WITH" else statement.split()[:1])

    return seen


def test_the_cost_of_a_row(workshop: Workshop, statements: list[str]) -> None:
    fill(workshop, (UNIT,), rows=1)
    statements.clear()
    with workshop.writing() as work:
        for number in range(3):
            operations.record(ACTOR, work, UNIT, Verb.UNIT_RENAMED, {"unit": "1"}, {"number": number})
    assert [word for word in statements if word != "BEGIN"] == ["SELECT", "INSERT", "INSERT", "INSERT", "UPDATE"]


def test_an_owner_that_keeps_the_end_pays_one_insert_each_time(workshop: Workshop, statements: list[str]) -> None:
    stream = Stream(StreamKind.INSTANCE, str(INSTANCE))
    with workshop.writing() as work:
        head = operations.record_on_head(ACTOR, work, stream, Head(), Verb.INSTANCE_STARTED, {"instance": INSTANCE})
    statements.clear()
    with workshop.writing() as work:
        head = operations.record_on_head(ACTOR, work, stream, head, Verb.TASK_COMPLETED, {"instance": INSTANCE})
        entries = [Entry(Verb.INSTANCE_ENDED, {"instance": INSTANCE}, {})]
        head = operations.record_many_on_head(ACTOR, work, stream, head, entries)
    assert [word for word in statements if word != "BEGIN"] == ["INSERT", "INSERT"]
    assert head.sequence == 3


def kept_by(*ends: tuple[UUID, int, str]) -> HeadKeepers:
    return HeadKeepers({StreamKind.INSTANCE: lambda _session: ends})


def owned(work: Work) -> Head:
    stream = Stream(StreamKind.INSTANCE, str(INSTANCE))
    return operations.record_on_head(ACTOR, work, stream, Head(), Verb.INSTANCE_STARTED, {"instance": INSTANCE})


@pytest.mark.parametrize(
    ("keepers", "found"),
    [
        (lambda _head: None, ["unkept"]),
        (lambda _head: kept_by(), ["missing"]),
        (lambda head: kept_by((INSTANCE, *head)), []),
        (lambda _head: kept_by((INSTANCE, 2, "f" * 64)), ["cut"]),
        (lambda head: kept_by((INSTANCE, *head), (UUID(int=7), 1, "f" * 64)), ["cut"]),
    ],
)
def test_ends_kept_by_owners_are_compared(
    workshop: Workshop, keepers: Callable[[Head], HeadKeepers | None], found: list[str]
) -> None:
    with workshop.writing() as work:
        head = owned(work)
    part = keepers(head)
    if part is not None:
        workshop.parts.add(part)
    assert whats(workshop) == found


def test_a_stream_kept_by_its_owner_refuses_other_writers(workshop: Workshop) -> None:
    with workshop.writing() as work:
        owned(work)
    with workshop.writing() as work, pytest.raises(ValueError, match="kept by its owner"):
        operations.record(ACTOR, work, Stream(StreamKind.INSTANCE, str(INSTANCE)), Verb.TASK_OPENED, {})


def test_a_savepoint_taken_back_leaves_the_chain_whole(workshop: Workshop) -> None:
    fill(workshop, (UNIT,), rows=1)
    with workshop.writing() as work:
        operations.record(ACTOR, work, UNIT, Verb.UNIT_RENAMED, {"unit": "1"}, {"step": "before"})
        savepoint = work.session.begin_nested()
        operations.record(ACTOR, work, UNIT, Verb.UNIT_RENAMED, {"unit": "1"}, {"step": "lost"})
        operations.record(ACTOR, work, SCHEME, Verb.SCHEME_INSTALLED, {"scheme": "1"})
        work.session.flush()
        savepoint.rollback()
        operations.record(ACTOR, work, UNIT, Verb.UNIT_RENAMED, {"unit": "1"}, {"step": "after"})
        operations.record(ACTOR, work, SCHEME, Verb.SCHEME_INSTALLED, {"scheme": "1"})
    assert whats(workshop) == []
    with workshop.reading() as work:
        steps = [row.details.get("step") for row in work.session.scalars(select(AuditRow).order_by(AuditRow.sequence))]
        assert "lost" not in steps
        assert work.session.scalars(select(AuditStream.sequence).where(AuditStream.kind == "unit")).one() == 3


def test_the_session_may_go_on_after_a_commit(workshop: Workshop) -> None:
    with workshop.writing() as work:
        operations.record(ACTOR, work, UNIT, Verb.UNIT_ADDED, {"unit": "1"})
        work.session.commit()
        fill(workshop, (UNIT,), rows=1)
        operations.record(ACTOR, work, UNIT, Verb.UNIT_CLOSED, {"unit": "1"})
    assert whats(workshop) == []


def test_numbers_of_persons_are_masked_in_details_and_refused_in_subjects(workshop: Workshop) -> None:
    with workshop.writing() as work:
        actor = Actor(
            ActorKind.ACCOUNT,
            "李娜",
            on_behalf=OnBehalf("赵强", Source.PHONE, note="来电 138-0013-8000 说明", person_id=INSTANCE),
        )
        details = {"reason": "电话１３８００１３８０００", "values": ["110101199003078515", 13800138000, 80]}
        operations.record(actor, work, UNIT, Verb.TASK_RETURNED, {"unit": INSTANCE}, details)
        with pytest.raises(Invalid) as refused:
            operations.record(ACTOR, work, UNIT, Verb.TASK_RETURNED, {"business_key": "13800138000"})
        assert refused.value.message.key == "audit-personal-number"
    with workshop.reading() as work:
        row = work.session.execute(select(AuditRow.actor, AuditRow.details)).one()
    assert row.details == {"reason": "电话138****8000", "values": ["******", "138****8000", 80]}
    assert row.actor["on_behalf"] == {
        "name": "赵强",
        "source": "phone",
        "note": "来电 138****8000 说明",
        "person": str(INSTANCE),
    }
    assert whats(workshop) == []


def test_the_system_is_never_shown_as_a_person(workshop: Workshop) -> None:
    with workshop.writing() as work:
        operations.record(SYSTEM, work, UNIT, Verb.DEADLINE_FIRED, {"deadline": "plan"})
    with workshop.reading() as work:
        page = queries.lines(work.session)
    assert page.lines[0].actor == {"kind": "system", "name": "system"}


def test_lines_are_paged_newest_first(workshop: Workshop, clock: VirtualClock) -> None:
    for number in range(queries.PAGE_SIZE + 5):
        clock.advance(timedelta(minutes=1))
        with workshop.writing() as work:
            operations.record(ACTOR, work, UNIT, Verb.UNIT_RENAMED, {"unit": "1"}, {"number": number})
    fill(workshop, (SCHEME,), rows=1)
    with workshop.reading() as work:
        first = queries.lines(work.session, kind=StreamKind.UNIT)
        second = queries.lines(work.session, kind=StreamKind.UNIT, page=2)
        assert (first.total, first.pages, len(second.lines)) == (queries.PAGE_SIZE + 5, 2, 5)
        assert first.lines[0].details == {"number": queries.PAGE_SIZE + 4}
        assert second.lines[-1].details == {"number": 0}
        assert queries.lines(work.session, key="nobody").lines == ()
        assert queries.lines(work.session, verb="unit:added").total == 0
        assert work.session.scalars(select(AuditSeal)).all() == []


def test_writers_at_once_make_one_whole_chain(workshop: Workshop) -> None:
    """Also when the stream is new and all of them would make it."""
    start = Barrier(6)

    def write(writer: int) -> None:
        start.wait()
        for number in range(5):
            with workshop.writing() as work:
                operations.record(ACTOR, work, UNIT, Verb.UNIT_RENAMED, {"unit": "1"}, {"by": writer, "number": number})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert whats(workshop) == []
    with workshop.reading() as work:
        assert work.session.scalars(select(AuditStream.sequence)).one() == 30
