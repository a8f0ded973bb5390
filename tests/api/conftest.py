"""A city whose people have programs: built once for each kind of database, and copied for every test."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from server.db.engines import open_engine
from server.ports import VirtualClock
from tests.api.support import City, make_city, same_city
from tests.conftest import START
from tests.databases import open_database
from tests.world import make_world

TEMPLATE = "api_city"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_city(tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = tmp_path_factory.mktemp("city")
    engine = open_database(f"sqlite:///{folder / 'city.sqlite'}")
    built = make_city(make_world(engine, folder, VirtualClock(START)))
    engine.dispose()
    return built


@pytest.fixture(scope="session")
def postgres_city(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> City:
    on_server(postgres_url, f"CREATE DATABASE {TEMPLATE}")
    engine = open_database(beside(postgres_url, TEMPLATE))
    built = make_city(make_world(engine, tmp_path_factory.mktemp("city"), VirtualClock(START)))
    engine.dispose()
    return built


def beside(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def on_server(url: str, statement: str) -> None:
    engine = open_engine(beside(url, "postgres"), pool_size=1)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def city(sqlite_city: City, tmp_path: Path, clock: VirtualClock) -> Iterator[City]:
    built_in = make_url(sqlite_city.world.application.settings.database_url).database
    file = shutil.copy(str(built_in), tmp_path / "city.sqlite")
    copy = same_city(sqlite_city, f"sqlite:///{file}", tmp_path, clock)
    yield copy
    copy.world.workshop.engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_city(request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock) -> Iterator[City]:
    """The same on SQLite and PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("city")
        return
    built: City = request.getfixturevalue("postgres_city")
    url: str = request.getfixturevalue("postgres_url")
    name = f"{TEMPLATE}_{next(NUMBERS)}"
    on_server(url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    copy = same_city(built, beside(url, name), tmp_path, clock)
    yield copy
    copy.world.workshop.engine.dispose()
    on_server(url, f"DROP DATABASE {name}")
