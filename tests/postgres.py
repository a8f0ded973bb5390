"""A throwaway PostgreSQL cluster for tests and benchmarks, reached over a private socket; also when run as root."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

SUPERUSER = "greengate"
UNPRIVILEGED = ("postgres", "nobody")
INSTALL = "PostgreSQL is missing; on Debian run: apt-get install postgresql"


class PostgresMissing(RuntimeError):
    """No server binaries on this machine; the text says what to install."""


class Cluster:
    """A running cluster. url: its first database, in SQLAlchemy's form without a driver."""

    def __init__(self, binaries: Path, folder: Path, account: pwd.struct_passwd | None) -> None:
        self._binaries = binaries
        self._folder = folder
        self._account = account
        self._numbers = itertools.count(1)
        self.url = self._url("greengate")

    def new_database(self, like: str | None = None) -> str:
        """Create an empty database, or a copy of the one whose URL is given, and return its URL."""
        name = f"greengate_{next(self._numbers)}_{os.getpid()}"
        template = "template1" if like is None else _name(like)
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with psycopg.connect(host=str(self._folder), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)
        return self._url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database made by `new_database`, whoever is still connected to it."""
        name = _name(url)
        with psycopg.connect(host=str(self._folder), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def start(self) -> None:
        log = self._folder / "log"
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-l", str(log), "-w", "-t", "60", "start")

    def restart(self, mode: str = "fast") -> None:
        """mode: smart, fast or immediate, as `pg_ctl` means them."""
        log = self._folder / "log"
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-l", str(log), "-m", mode, "-w", "restart")

    def stop(self) -> None:
        """Stop at once and leave nothing behind."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop", check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def initialise(self, *, fsync: bool) -> None:
        data = self._folder / "data"
        self._run("initdb", "-D", str(data), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        settings = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self._folder}'",
            "shared_buffers": "64MB",
            "max_connections": "150",
            "max_prepared_transactions": "0",
            "fsync": "on" if fsync else "off",
            "synchronous_commit": "on" if fsync else "off",
            "full_page_writes": "on" if fsync else "off",
            "timezone": "'Asia/Shanghai'",
        }
        with (data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def create_first_database(self) -> None:
        self._run("createdb", "-h", str(self._folder), "-U", SUPERUSER, "greengate")

    def _url(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={self._folder}"

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        account = self._account
        # a file and not a pipe: the server inherits it and would keep a pipe open
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(self._binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
                check=False,
                user=account and account.pw_uid,
                group=account and account.pw_gid,
                extra_groups=None if account is None else [],
            )
            output.seek(0)
            if check and done.returncode != 0:
                raise RuntimeError(f"{program} failed: {output.read()}")


def find_binaries() -> Path:
    """The folder of the newest server's programs; raises PostgresMissing."""
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    if folders:
        return max(folders, key=lambda folder: float(folder.parent.name))
    found = shutil.which("initdb")
    if found is None:
        raise PostgresMissing(INSTALL)
    return Path(found).resolve().parent


def start_cluster(parent: Path | None = None, *, fsync: bool = False) -> Cluster:
    """Make and start a cluster; stop it with `Cluster.stop()`.

    parent: where its folder is made; root always gets the system's temporary folder, because the unprivileged server
    cannot enter a folder that only root may. fsync: off is fast and right for tests, on is what a benchmark needs.
    """
    binaries = find_binaries()
    account = _unprivileged() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="gg-pg-", dir=parent if account is None else None))
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    cluster = Cluster(binaries, folder, account)
    try:
        cluster.initialise(fsync=fsync)
        cluster.start()
        cluster.create_first_database()
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _name(url: str) -> str:
    return url.split("@/")[1].split("?")[0]


def _unprivileged() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root, so root lends it another account."""
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return known[name]
    raise PostgresMissing(f"no account to run PostgreSQL as; wanted one of {', '.join(UNPRIVILEGED)}")
