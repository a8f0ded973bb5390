"""Migrations: they make exactly the tables that the code declares, whole or not at all."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from server.db import metadata, migrate
from server.db.engines import open_engine
from tests.upgrade import schema

FOLDER = Path(str(files("server._migrations")))
NAME = re.compile(r"(?P<number>\d{4})_[a-z][a-z0-9_]*\.py")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the migrations, to which a test adds its own."""
    folder = tmp_path / "scripts"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def add_migration(scripts: Path, number: str, before: str, body: str) -> None:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    (scripts / "versions" / f"{number}_test.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f"revision = '{number}'\ndown_revision = '{before}'\nbranch_labels = None\ndepends_on = None\n\n\n"
        f"def upgrade() -> None:\n{lines}\n"
    )


def test_files_are_numbered_one_after_the_other_with_one_head() -> None:
    names = sorted(path.name for path in (FOLDER / "versions").glob("*.py") if path.name != "__init__.py")
    numbers = [match["number"] for name in names if (match := NAME.fullmatch(name))]
    assert numbers == [f"{number:04d}" for number in range(1, len(names) + 1)]
    directory = ScriptDirectory.from_config(migrate.configuration())
    assert directory.get_heads() == [numbers[-1]]
    assert [revision.revision for revision in directory.walk_revisions()] == numbers[::-1]


def test_migrations_leave_nothing_for_a_comparison_to_find(database_url: str, engine: Engine) -> None:
    migrate.upgrade(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata.load()) == []


def test_migrations_make_the_declared_schema_with_checks_and_triggers(database_url: str, engine: Engine) -> None:
    """What Alembic does not compare: names, CHECK constraints, triggers."""
    declare = (
        f"from server.db import engines, metadata; metadata.load().create_all(engines.open_engine({database_url!r}))"
    )
    # in a process of its own: references made late on one database are left out of the tables of the next one
    subprocess.run([sys.executable, "-c", declare], check=True)
    declared = schema.read(engine)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        else:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            for table in declared:
                connection.execute(text(f"DROP TABLE {table}"))
    migrate.upgrade(database_url)
    migrated = schema.read(engine)
    assert set(migrated) == set(declared)
    for table, expected in declared.items():
        assert migrated[table] == expected, table


def test_every_constraint_has_a_name(database_url: str, engine: Engine) -> None:
    migrate.upgrade(database_url)
    for table, found in schema.read(engine).items():
        assert found["primary key"]["name"] == f"pk_{table}"
        assert all(name for name, _ in found["checks"]), table
        assert "('name', None)" not in "".join(found["foreign keys"] + found["unique"]), table


def test_upgrading_twice_changes_nothing(database_url: str, engine: Engine) -> None:
    migrate.upgrade(database_url)
    before = schema.read(engine)
    migrate.upgrade(database_url)
    assert schema.read(engine) == before
    assert migrate.current(database_url) == migrate.head()
    migrate.check(database_url)


def test_a_migration_that_fails_half_way_leaves_schema_and_data(
    database_url: str, engine: Engine, scripts: Path
) -> None:
    head = migrate.head()
    add_migration(
        scripts,
        f"{int(head) + 1:04d}",
        head,
        "op.create_table('colour', sa.Column('id', sa.Integer(), primary_key=True))",
    )
    migrate.upgrade(database_url, scripts)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO colour VALUES (1), (2)"))
    tables, data = schema.read(engine), schema.rows(engine)
    add_migration(
        scripts,
        f"{int(head) + 2:04d}",
        f"{int(head) + 1:04d}",
        "op.add_column('colour', sa.Column('name', sa.String(20), nullable=True))\n"
        "op.execute(\"UPDATE colour SET name = 'red'\")\n"
        "op.create_table('shade', sa.Column('id', sa.Integer(), primary_key=True))\n"
        "op.execute('DELETE FROM colour WHERE id = 1')\n"
        "raise RuntimeError('torn')",
    )
    with pytest.raises(RuntimeError, match="torn"):
        migrate.upgrade(database_url, scripts)
    assert schema.read(engine) == tables
    assert schema.rows(engine) == data
    assert migrate.current(database_url) == f"{int(head) + 1:04d}"


def test_two_missing_migrations_run_together_or_not_at_all(database_url: str, engine: Engine, scripts: Path) -> None:
    head = int(migrate.head())
    migrate.upgrade(database_url)
    tables = schema.read(engine)
    table = "op.create_table('colour', sa.Column('id', sa.Integer(), primary_key=True))"
    add_migration(scripts, f"{head + 1:04d}", f"{head:04d}", table)
    add_migration(scripts, f"{head + 2:04d}", f"{head + 1:04d}", "raise RuntimeError('torn')")
    with pytest.raises(RuntimeError, match="torn"):
        migrate.upgrade(database_url, scripts)
    assert schema.read(engine) == tables
    assert migrate.current(database_url) == f"{head:04d}"


def test_a_database_of_a_newer_release_is_refused(database_url: str, engine: Engine) -> None:
    migrate.upgrade(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrate.WrongSchema, match="9999, which a newer release wrote"):
        migrate.check(database_url)
    with pytest.raises(migrate.WrongSchema, match="9999"):
        migrate.upgrade(database_url)


def test_a_database_that_is_behind_or_empty_is_refused(database_url: str, engine: Engine, scripts: Path) -> None:
    with pytest.raises(migrate.WrongSchema, match="empty"):
        migrate.check(database_url)
    migrate.upgrade(database_url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(migrate.WrongSchema, match="empty"):
        migrate.check(database_url)


def test_sqlite_keeps_a_copy_from_before(tmp_path: Path, scripts: Path) -> None:
    file = tmp_path / "greengate.sqlite"
    url = f"sqlite:///{file}"
    migrate.upgrade(url)
    assert list(tmp_path.glob("*.before-*")) == []  # there was nothing to keep
    head = migrate.head()
    number = f"{int(head) + 1:04d}"
    add_migration(scripts, number, head, "op.create_table('colour', sa.Column('id', sa.Integer(), primary_key=True))")
    migrate.upgrade(url, scripts)
    assert migrate.current(f"{url}.before-{number}") == head
    assert migrate.current(url) == number


def test_a_rebuilt_sqlite_table_may_not_leave_broken_references(tmp_path: Path, scripts: Path) -> None:
    url = f"sqlite:///{tmp_path / 'greengate.sqlite'}"
    head = migrate.head()
    body = (
        "op.create_table('house', sa.Column('id', sa.Integer(), primary_key=True))\n"
        "op.create_table('room', sa.Column('id', sa.Integer(), primary_key=True), "
        "sa.Column('house_id', sa.Integer(), sa.ForeignKey('house.id')))\n"
        "op.execute('INSERT INTO room VALUES (1, 7)')"
    )
    add_migration(scripts, f"{int(head) + 1:04d}", head, body)
    with pytest.raises(migrate.WrongSchema, match="1 rows would refer to nothing, the first in room"):
        migrate.upgrade(url, scripts)
    assert migrate.current(url) is None


def test_processes_that_migrate_at_once_do_it_once(database_url: str) -> None:
    call = f"from server.db import migrate; migrate.upgrade({database_url!r})"
    running = [subprocess.Popen([sys.executable, "-c", call], stderr=subprocess.PIPE) for _ in range(3)]
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
    migrate.check(database_url)
