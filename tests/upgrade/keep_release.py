"""Keeps a filled database of the present release for all later ones: `make release-database`."""

import gzip
import sys
import tarfile
import tempfile
from pathlib import Path

from server import demo
from server.bootstrap import open_application
from server.config import Settings

HERE = Path(__file__).parent
NAME = "data.tar.gz"


def keep(version: str) -> Path:
    """Fill a demo in a scratch folder, and pack its database and evidence; keys stay out."""
    target = HERE / version / NAME
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch)
        settings = Settings.from_environment({"GREENGATE_DATA": str(data)})
        application = open_application(settings, bring_up=True)
        demo.fill(application)
        packed = data / "packed.sqlite"
        connection = application.workshop.engine.raw_connection()
        connection.cursor().execute("VACUUM INTO ?", (str(packed),))
        connection.close()
        application.workshop.engine.dispose()
        with gzip.GzipFile(target, "wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
            archive.add(packed, "greengate.sqlite", filter=_anonymous)
            if (data / "evidence").is_dir():
                archive.add(data / "evidence", "evidence", filter=_anonymous)
    return target


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names and times of whoever made it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry


if __name__ == "__main__":
    sys.stdout.write(f"{keep(sys.argv[1])}\n")
