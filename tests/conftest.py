"""Fixtures that all tests share: databases, the unit of work, a standing clock, seeded ids."""

import gc
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, text

from server.db import metadata
from server.db.jobs import InlineJobQueue
from server.db.types import Base
from server.db.work import Parts, Workshop
from server.ports import VirtualClock, seeded_ids
from tests.databases import open_database
from tests.postgres import Cluster, start_cluster
from tests.world import World, copy_of, make_world

gc.set_threshold(100_000, 50, 100)  # much is made and little is garbage; a tenth of the time went into looking
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PACKAGES_OF_TESTS = ("rounds", "seasons")


@pytest.fixture(scope="session", autouse=True)
def _templates_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compile each template once for all applications of a run, whichever worker they live in."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "templates"
    folder.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A throwaway PostgreSQL cluster; skipped with the reason where no server is installed."""
    if os.environ.get("GREENGATE_TEST_POSTGRES") == "no":
        pytest.skip("PostgreSQL left out by GREENGATE_TEST_POSTGRES=no")
    cluster = start_cluster(tmp_path_factory.mktemp("postgres"))
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres_cluster: Cluster) -> str:
    return postgres_cluster.url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    engine = open_database(url)
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
    engine = open_database(f"sqlite:///{tmp_path / 'greengate.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and nothing in them, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "greengate.sqlite"
    metadata.load()
    engine = open_database(f"sqlite:///{file}")
    Base.metadata.create_all(engine)
    engine.dispose()
    return file


@pytest.fixture
def with_tables(empty_database: Path, sqlite_engine: Engine, tmp_path: Path) -> Engine:
    """A fresh SQLite database with all tables."""
    shutil.copy(empty_database, tmp_path / "greengate.sqlite")
    return sqlite_engine


@pytest.fixture
def workshop(with_tables: Engine, clock: VirtualClock) -> Workshop:
    """Units of work on a fresh SQLite database with all tables, and nothing assembled."""
    return Workshop(with_tables, clock, seeded_ids(clock, 1), InlineJobQueue(), Parts())


@pytest.fixture(scope="session")
def first_world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A small world on SQLite, made once and never used: each test takes a copy of its file."""
    file = tmp_path_factory.mktemp("world") / "greengate.sqlite"
    engine = open_database(f"sqlite:///{file}")
    made = make_world(engine, file.parent, VirtualClock(START), packages=PACKAGES_OF_TESTS)
    engine.dispose()
    return file, made


@pytest.fixture(scope="session")
def first_world_on_postgres(postgres_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, World]:
    url = postgres_cluster.new_database()
    engine = open_database(url)
    made = make_world(engine, tmp_path_factory.mktemp("world"), VirtualClock(START), packages=PACKAGES_OF_TESTS)
    engine.dispose()
    return url, made


@pytest.fixture
def world(first_world: tuple[Path, World], sqlite_engine: Engine, tmp_path: Path, clock: VirtualClock) -> World:
    """A small world on SQLite: an authority, three units with people, the test packages."""
    file, made = first_world
    shutil.copy(file, tmp_path / "greengate.sqlite")
    return copy_of(made, sqlite_engine, tmp_path, clock)


@pytest.fixture(scope="module")
def still_world(first_world: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world for tests that change nothing in it; one for all of a module."""
    file, made = first_world
    folder = tmp_path_factory.mktemp("still")
    shutil.copy(file, folder / "greengate.sqlite")
    engine = open_database(f"sqlite:///{folder / 'greengate.sqlite'}")
    yield copy_of(made, engine, folder, VirtualClock(START))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_world(request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock) -> Iterator[World]:
    """The same on each database in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("world")
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    like, made = request.getfixturevalue("first_world_on_postgres")
    url = cluster.new_database(like)
    engine = open_database(url)
    yield copy_of(made, engine, tmp_path, clock)
    engine.dispose()
    cluster.drop_database(url)
