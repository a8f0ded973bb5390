"""The campaign that tests of scoring share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.ports import VirtualClock
from tests.assessments.support import Gaoping
from tests.conftest import START
from tests.databases import open_database


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Gaoping, Path]:
    """A campaign just opened, and a copy of its database."""
    folder = tmp_path_factory.mktemp("gaoping")
    engine = open_database(f"sqlite:///{folder / 'made.sqlite'}")
    gaoping = Gaoping(engine, folder, VirtualClock(START))
    with engine.connect() as connection:
        connection.connection.driver_connection.execute(f"VACUUM INTO '{folder / 'copy.sqlite'}'")
    engine.dispose()
    return gaoping, folder / "copy.sqlite"


@pytest.fixture
def gaoping(opened: tuple[Gaoping, Path], tmp_path: Path, clock: VirtualClock) -> Iterator[Gaoping]:
    """The campaign on a database of its own."""
    made, copy = opened
    (tmp_path / "test.sqlite").write_bytes(copy.read_bytes())
    engine = open_database(f"sqlite:///{tmp_path / 'test.sqlite'}")
    yield made.on_copy(engine, tmp_path, clock)
    engine.dispose()
