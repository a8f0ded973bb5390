"""Fixtures: one rehearsal and one demo, played once and looked at by many tests."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server import demo
from server.bootstrap import Application, assemble
from server.config import Settings
from server.db.jobs import InlineJobQueue
from server.db.types import Base
from server.ports import Ids, SystemClock
from server.rehearsal.driver import Driver
from server.rehearsal.run import played
from tests.databases import open_database

STOPPED_AFTER = 25
PLACES = {
    "open_task": "(SELECT id FROM task WHERE state = 'open' AND element_id = 'Verify' ORDER BY id LIMIT 1)",
    "open_seat": "(SELECT id FROM seat WHERE task_id = @open_task LIMIT 1)",
    "done_task": "(SELECT id FROM task WHERE state = 'done' AND element_id = 'Verify' ORDER BY id LIMIT 1)",
    "running": "(SELECT instance_id FROM fan_out_item WHERE state = 'running' ORDER BY item_key LIMIT 1)",
    "verified": "(SELECT id FROM assessment WHERE body = 'verification' AND verdict = 'met' ORDER BY id LIMIT 1)",
    "audited": "(SELECT id FROM audit_row WHERE verb = 'task:completed' ORDER BY id LIMIT 1)",
    "last_of_one_chain": "(SELECT id FROM audit_row WHERE stream_id = @running ORDER BY sequence DESC LIMIT 1)",
    "recognition": "(SELECT id FROM recognition ORDER BY id LIMIT 1)",
}
"""One row each, for statements that corrupt a database to name it as `@open_task`."""


class Stopped(Exception):
    """The process of the demo's fill was ended in the middle."""


@dataclass(frozen=True)
class Played:
    """A rehearsal of twelve units that has come to its end."""

    found: dict[str, Any]
    application: Application


@dataclass(frozen=True)
class Demo:
    """A demo whose first fill was stopped half-way, and what the second gave."""

    application: Application
    accounts: tuple[demo.DemoAccount, ...]
    first: dict[str, Any]
    """The accounts file as the stopped fill had left it."""


def installation(data: Path, database: str = "greengate.sqlite") -> Application:
    """An application on a database of its own, with the real clock and jobs that nobody runs."""
    data.mkdir(parents=True, exist_ok=True)
    settings = Settings(data, f"sqlite:///{data / database}", secret_key=b"")
    engine = open_database(settings.database_url)
    Base.metadata.create_all(engine)
    clock = SystemClock()
    return assemble(settings, engine, clock, Ids(clock), InlineJobQueue())


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A copy of a folder that is made once for all processes that run tests."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / name / "made").exists():
            shutil.rmtree(shared / name, ignore_errors=True)
            (shared / name).mkdir()
            make(shared / name)
            (shared / name / "made").touch()
        return Path(shutil.copytree(shared / name, base / f"{name}-copy"))


@pytest.fixture(scope="session")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    def make(folder: Path) -> None:
        with played("gaoping-2020", 12, 1) as rehearsal:
            (folder / "found.json").write_text(json.dumps(rehearsal.found), encoding="utf-8")
            rehearsal.application.workshop.engine.dispose()
            shutil.copytree(rehearsal.application.settings.data, folder / "data")

    folder = made_once(tmp_path_factory, "twelve", make)
    application = installation(folder / "data", "rehearsal.sqlite")
    yield Played(json.loads((folder / "found.json").read_text(encoding="utf-8")), application)
    application.workshop.engine.dispose()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = made_once(tmp_path_factory, "demo", fill_stopped)
    application = installation(folder / "data")
    first = json.loads((folder / "first.json").read_text(encoding="utf-8"))
    yield Demo(application, demo.fill(application), first)
    application.workshop.engine.dispose()


def fill_stopped(folder: Path) -> None:
    """Fill a demo, stop it half-way, and fill it again to the end."""
    application = installation(folder / "data")
    days = 0
    play_day = Driver._day

    def day(driver: Driver, today: date) -> None:
        nonlocal days
        days += 1
        if days > STOPPED_AFTER:
            raise Stopped
        play_day(driver, today)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Driver, "_day", day)
        with pytest.raises(Stopped):
            demo.fill(application)
    shutil.copy(folder / "data" / demo.ACCOUNTS_FILE, folder / "first.json")
    demo.fill(application)
    application.workshop.engine.dispose()


def placed(statement: str) -> str:
    """The statement with the rows that it names put in."""
    while "@" in statement:
        for name, query in PLACES.items():
            statement = statement.replace(f"@{name}", query)
    return statement


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Callable[..., Application]]:
    """Makes a copy of an application's database and files, and changes it by statements."""
    made: list[Application] = []

    def copy(application: Application, *statements: str) -> Application:
        application.workshop.engine.dispose()  # the last connection to close leaves everything in the one file
        data = tmp_path / "copy"
        shutil.copytree(application.settings.data, data)
        name = Path(application.settings.database_url).name
        settings = replace(application.settings, data=data, database_url=f"sqlite:///{data / name}")
        engine = open_database(settings.database_url)
        made.append(assemble(settings, engine, SystemClock(), Ids(SystemClock()), InlineJobQueue()))
        with engine.begin() as connection:
            for statement in statements:
                assert connection.execute(text(placed(statement))).rowcount != 0, statement
        return made[-1]

    yield copy
    for each in made:
        each.workshop.engine.dispose()
