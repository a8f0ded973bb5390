"""Fixtures that all tests share: databases, the unit of work, a standing clock, seeded ids."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from server.db.engines import open_engine
from server.db.jobs import InlineJobQueue
from server.db.types import Base
from server.db.work import Parts, Workshop
from server.ports import VirtualClock, seeded_ids
from tests.postgres import start_cluster
from tests.world import World, make_world

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A throwaway PostgreSQL cluster; skipped with the reason where no server is installed."""
    if os.environ.get("GREENGATE_TEST_POSTGRES") == "no":
        pytest.skip("PostgreSQL left out by GREENGATE_TEST_POSTGRES=no")
    cluster = start_cluster(tmp_path_factory.mktemp("postgres"))
    yield cluster.url
    cluster.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("DROP SCHEMA IF EXISTS dbos CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'greengate.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture
def workshop(sqlite_engine: Engine, clock: VirtualClock) -> Workshop:
    """Units of work on a fresh SQLite database with all tables that are imported, and nothing assembled."""
    Base.metadata.create_all(sqlite_engine)
    return Workshop(sqlite_engine, clock, seeded_ids(clock, 1), InlineJobQueue(), Parts())


@pytest.fixture
def world(sqlite_engine: Engine, tmp_path: Path, clock: VirtualClock) -> World:
    """A small world on SQLite: an authority, three units with people, the test package."""
    return make_world(sqlite_engine, tmp_path, clock)


@pytest.fixture
def any_world(database_url: str, tmp_path: Path, clock: VirtualClock) -> Iterator[World]:
    """The same on each database in turn."""
    engine = open_engine(database_url)
    yield make_world(engine, tmp_path, clock)
    engine.dispose()
