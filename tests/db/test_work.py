"""A unit of work that only reads keeps nothing, and costs the next one nothing."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from server.db.engines import open_engine
from server.db.jobs import InlineJobQueue
from server.db.work import Parts, Workshop
from server.organisation.models import Unit
from server.ports import VirtualClock, seeded_ids
from tests.world import World


def test_what_was_changed_while_reading_is_not_kept(any_world: World) -> None:
    with any_world.workshop.reading() as work:
        unit = work.session.scalars(select(Unit)).first()
        assert unit is not None
        unit.name = "另一个名字"
    with any_world.workshop.reading() as work:
        assert work.session.scalars(select(Unit.name).where(Unit.name == "另一个名字")).all() == []


def test_the_database_itself_refuses_to_write_while_reading(database_url: str, clock: VirtualClock) -> None:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE note (word text)"))
    workshop = Workshop(engine, clock, seeded_ids(clock, 1), InlineJobQueue(), Parts())
    with pytest.raises(DatabaseError, match=r"read-?only"), workshop.reading() as work:
        work.session.execute(text("INSERT INTO note VALUES ('x')"))
    with workshop.writing() as work:
        work.session.execute(text("INSERT INTO note VALUES ('y')"))
    with workshop.reading() as work:
        assert work.session.scalars(text("SELECT word FROM note")).all() == ["y"]
    engine.dispose()


@pytest.mark.postgres
def test_statements_made_ready_stay_ready_after_reading(postgres_url: str, clock: VirtualClock) -> None:
    engine = open_engine(postgres_url, pool_size=1)
    workshop = Workshop(engine, clock, seeded_ids(clock, 1), InlineJobQueue(), Parts())
    for _ in range(7):
        with workshop.reading() as work:
            work.session.execute(text("SELECT 1 + 1"))
    with workshop.reading() as work:
        ready = work.session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert "SELECT 1 + 1" in ready
    engine.dispose()
