"""A filled database of every release is taken over by this one."""

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from sqlalchemy import text

from server.db import migrate
from server.db.engines import open_engine
from tests.arch.sources import ROOT
from tests.upgrade.keep_release import HERE, NAME

RELEASES = sorted(path.parent.name for path in HERE.glob(f"*/{NAME}"))
PEOPLE_WORK = ("campaign", "process_instance", "task", "decision", "audit_row")


def counts(url: str) -> dict[str, int]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in PEOPLE_WORK}  # noqa: S608
    engine.dispose()
    return found


def test_every_release_has_left_a_database() -> None:
    released = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(released) == RELEASES


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_is_taken_over_and_verified(release: str, tmp_path: Path) -> None:
    with tarfile.open(HERE / release / NAME) as archive:
        # Debian 12's Python has no extraction filters yet; the archive is our own.
        archive.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # noqa: S202
    url = f"sqlite:///{tmp_path / 'greengate.sqlite'}"
    before = counts(url)
    assert all(before.values()), "a release keeps a database that holds work"
    migrate.upgrade(url)
    migrate.check(url)
    assert counts(url) == before
    environment = {"PATH": os.environ["PATH"], "GREENGATE_DATA": str(tmp_path), "LANG": "en"}
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "verify"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
