"""Keeps a filled database of the present release for all later ones: `make release-database`."""

import gzip
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from server.db.engines import open_engine

HERE = Path(__file__).parent
NAME = "data.tar.gz"


def keep(version: str) -> Path:
    """Fill a demo in a scratch folder, and pack its database and evidence; keys stay out."""
    target = HERE / version / NAME
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch)
        environment = {"PATH": os.environ["PATH"], "GREENGATE_DATA": str(data), "LANG": "en"}
        subprocess.run([sys.executable, "-m", "server.cli", "demo"], env=environment, check=True)
        packed = data / "packed.sqlite"
        engine = open_engine(f"sqlite:///{data / 'greengate.sqlite'}")
        connection = engine.raw_connection()
        connection.cursor().execute("VACUUM INTO ?", (str(packed),))
        connection.close()
        engine.dispose()
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
