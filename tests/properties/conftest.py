"""The worlds in which games begin: the test packages, and a campaign of the shipped scheme just opened."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from server.ports import VirtualClock
from tests.assessments.support import Gaoping
from tests.conftest import START
from tests.databases import open_database
from tests.world import World


@dataclass(frozen=True)
class Beginning:
    """A database to be copied, the world in it, and the campaign that runs there already."""

    file: Path
    world: World
    campaign_id: UUID | None = None


@pytest.fixture(scope="session")
def beginnings(first_world: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Beginning]:
    file, made = first_world
    folder = tmp_path_factory.mktemp("gaoping")
    engine = open_database(f"sqlite:///{folder / 'made.sqlite'}")
    gaoping = Gaoping(engine, folder, VirtualClock(START), units=3)
    with engine.connect() as connection:
        connection.connection.driver_connection.execute(f"VACUUM INTO '{folder / 'copy.sqlite'}'")
    engine.dispose()
    shipped = Beginning(folder / "copy.sqlite", gaoping.world, gaoping.campaign.id)
    return {"packages": Beginning(file, made), "gaoping": shipped}
