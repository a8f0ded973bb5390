"""Rows written without waiting are there before anything is read, are one statement, and go with a rollback."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from server.db.engines import open_engine
from server.db.rows import insert_now, insert_values, settle, update_now
from server.db.types import Base
from server.organisation.models import Person, Post, Unit


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    found = open_engine(database_url)
    Base.metadata.create_all(found)
    yield found
    found.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as found:
        yield found


def unit(name: str = "一", unit_id: UUID | None = None) -> Unit:
    unit_id = unit_id or uuid4()
    return Unit(id=unit_id, kind="organ", code=name, name=name, path=f"/{unit_id.hex}/")


def post(of: Unit, title: str = "联络员") -> Post:
    return Post(id=uuid4(), unit_id=of.id, kind="liaison", title=title)


def count(session: Session, kind: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(kind)) or 0


def test_what_was_written_is_read_by_the_next_query(session: Session) -> None:
    one = unit()
    insert_now(session, [one])
    insert_now(session, [post(one), post(one, "负责人")])
    assert (count(session, Unit), count(session, Post)) == (1, 2)


def test_it_is_there_after_the_commit_though_nothing_was_read(session: Session, engine: Engine) -> None:
    insert_now(session, [unit()])
    session.commit()
    with Session(engine) as other:
        assert count(other, Unit) == 1


def test_several_go_as_one_statement_where_the_database_is_asked_over_a_wire(session: Session, engine: Engine) -> None:
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _k, sql, *_: seen.append(sql))
    one = unit()
    insert_now(session, [one])
    insert_now(session, [post(one)])
    settle(session)
    written = [sql for sql in seen if "INSERT" in sql]
    assert len(written) == (1 if engine.dialect.name == "postgresql" else 2)


def test_what_is_undone_is_never_written(session: Session) -> None:
    insert_now(session, [unit()])
    session.rollback()
    session.commit()
    assert count(session, Unit) == 0


def test_what_a_savepoint_undoes_goes_and_what_was_before_it_stays(session: Session) -> None:
    insert_now(session, [unit("一")])
    inner = session.begin_nested()
    insert_now(session, [unit("二")])
    inner.rollback()
    insert_now(session, [unit("三")])
    assert session.scalars(select(Unit.code).order_by(Unit.code)).all() == ["一", "三"]


def test_what_the_database_refuses_is_raised_as_everywhere(session: Session) -> None:
    insert_now(session, [unit("一")])
    settle(session)
    with pytest.raises(IntegrityError) as caught:
        _write_two(session, [unit("二"), unit("一")])
    assert "code" in str(caught.value.orig)
    session.rollback()
    assert count(session, Unit) == 0


def _write_two(session: Session, rows: list[Unit]) -> None:
    insert_now(session, rows[:1])
    insert_now(session, rows[1:])
    settle(session)


def test_a_row_written_and_changed_at_once_ends_as_it_was_changed(session: Session) -> None:
    one = unit()
    insert_now(session, [one])
    update_now(session, one, name="二")
    update_now(session, one, name="三")
    session.commit()
    assert session.scalars(select(Unit.name)).all() == ["三"]


def test_a_row_that_is_gone_is_not_changed_in_silence(session: Session) -> None:
    one, other = unit("一"), unit("二")
    insert_now(session, [one])
    settle(session)
    session.delete(one)
    session.flush()
    with pytest.raises(StaleDataError):
        _change(session, one, other)


def _change(session: Session, gone: Unit, new: Unit) -> None:
    insert_now(session, [new])
    update_now(session, gone, name="三")
    settle(session)


def test_many_rows_are_all_written(session: Session) -> None:
    insert_values(session, Person, [{"id": uuid4(), "name": f"人{number}"} for number in range(120)])
    assert count(session, Person) == 120


def test_rows_that_name_different_columns_are_refused_and_not_cut(session: Session) -> None:
    with pytest.raises(KeyError):
        insert_values(session, Person, [{"id": uuid4(), "name": "一"}, {"id": uuid4(), "name": "二", "phone": "1"}])
