"""The wheel, installed elsewhere, is the whole product."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.arch.sources import ROOT, tracked

pytestmark = pytest.mark.packaging

LOOK = """
import json, sys
from importlib.resources import files
import server
from server.app import create_app
from server.bootstrap import open_application
from server.config import Settings
from server.db import migrate

application = open_application(Settings.from_environment(), bring_up=True)
client = create_app(application).test_client()
page = client.get("/", follow_redirects=True)
migrate.check(application.settings.database_url)
print(json.dumps({
    "file": server.__file__,
    "status": page.status_code,
    "page": page.get_data(as_text=True),
    "style": client.get("/static/dist/app.css").status_code,
    "head": migrate.head(),
    "schemes": sorted(each.name for each in files("server._workflows").iterdir() if (each / "scheme.toml").is_file()),
}))
"""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An installation of the wheel in a folder of its own, run from a third one."""

    folder: Path
    wheel: Path

    def run(self, *command: str) -> str:
        environment = {
            "PATH": f"{self.folder / 'venv' / 'bin'}:{os.environ['PATH']}",
            "GREENGATE_DATA": str(self.folder / "data"),
            "LANG": "en_GB.UTF-8",
        }
        done = subprocess.run(
            command,
            cwd=self.folder / "nowhere",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """Built from tracked files alone, and installed without fetching anything: the libraries are those of this run."""
    folder = tmp_path_factory.mktemp("packaging")
    source = folder / "source"
    for path in tracked():
        target = source / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("greengate-*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    site = next((folder / "venv" / "lib").glob("python3.*")) / "site-packages"
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = [sys.executable, "-m", "pip", "--python", str(folder / "venv" / "bin" / "python"), "install", "--quiet"]
    install += ["--no-deps", "--no-index", "--ignore-installed", str(wheel)]
    subprocess.run(install, check=True)
    (folder / "nowhere").mkdir()
    return Elsewhere(folder, wheel)


def test_the_wheel_puts_nothing_beside_other_projects(elsewhere: Elsewhere) -> None:
    with zipfile.ZipFile(elsewhere.wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        meta = next(name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = archive.read(meta).decode()
    assert sorted(top.split("-")[0] for top in tops) == ["greengate", "server"]
    assert "License-Expression: Apache-2.0" in metadata
    assert "License-File: NOTICE" in metadata


def test_the_command_line_starts(elsewhere: Elsewhere) -> None:
    said = elsewhere.run("greengate", "--help")
    for command in ("run", "init", "serve", "worker", "scheme", "rehearse", "verify"):
        assert command in said


def test_pages_schemes_and_migrations_are_in_it(elsewhere: Elsewhere) -> None:
    seen = json.loads(elsewhere.run("python", "-c", LOOK).splitlines()[-1])
    assert Path(seen["file"]).is_relative_to(elsewhere.folder)
    assert seen["status"] == 200
    assert "</html>" in seen["page"]
    assert seen["style"] == 200
    assert seen["head"].isdigit()
    shipped = sorted(path.parent.name for path in (ROOT / "workflows").glob("*/scheme.toml"))
    assert seen["schemes"] == shipped != []


def test_every_shipped_scheme_passes_its_check(elsewhere: Elsewhere) -> None:
    where = elsewhere.run(
        "python", "-c", "from importlib.resources import files; print(files('server._workflows'))"
    ).strip()
    for scheme in sorted(Path(where).glob("*/scheme.toml")):
        elsewhere.run("greengate", "scheme", "check", str(scheme.parent))
