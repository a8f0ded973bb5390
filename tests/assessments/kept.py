"""Points of a campaign that many tests start from, played once a run and laid down again after that."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests.assessments.support import Gaoping


@dataclass(frozen=True)
class Point:
    """Where a campaign had come to: its database, its files, its instant."""

    database: bytes
    files: dict[Path, bytes]
    now: datetime


def come_to(gaoping: Gaoping, play: Callable[[Gaoping], None]) -> None:
    """Bring a campaign to where `play` leads; played anew for one in which something was done already."""
    start = _start(gaoping)
    point = _points().get((play, start))
    if point is None:
        play(gaoping)
        _points()[play, start] = _point(gaoping)
        return
    settings = gaoping.world.application.settings
    engine = gaoping.world.workshop.engine
    engine.dispose()
    _database(gaoping).write_bytes(point.database)
    for path, content in point.files.items():
        (settings.data / path).parent.mkdir(parents=True, exist_ok=True)
        (settings.data / path).write_bytes(content)
    gaoping.world.clock.move_to(point.now)


def _point(gaoping: Gaoping) -> Point:
    folder = gaoping.world.application.settings.data
    copy = folder / "point.sqlite"
    with gaoping.world.workshop.engine.connect() as connection:
        connection.connection.driver_connection.execute(f"VACUUM INTO '{copy}'")
    database = copy.read_bytes()
    copy.unlink()
    mine = _database(gaoping)
    files = [each for each in folder.rglob("*") if each.is_file() and not each.name.startswith(mine.name)]
    return Point(database, {each.relative_to(folder): each.read_bytes() for each in files}, gaoping.world.clock.now())


def _database(gaoping: Gaoping) -> Path:
    return Path(str(gaoping.world.workshop.engine.url.database))


def _start(gaoping: Gaoping) -> str:
    """The instant, and what the database holds, told by its bytes once all that was written is in its file."""
    with gaoping.world.workshop.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return f"{gaoping.world.clock.now()} {sha256(_database(gaoping).read_bytes()).hexdigest()}"


@cache
def _points() -> dict[tuple[Callable[[Gaoping], None], str], Point]:
    return {}
