"""What comes in through one door only: commits, time, ids, databases, code, settings."""

import ast

import pytest

from tests.arch.sources import Module, called, imported, modules


def places(found: list[tuple[Module, ast.AST]]) -> list[str]:
    return [f"{module.name}:{getattr(node, 'lineno', 0)}" for module, node in found]


def calls(names: set[str], *, outside: tuple[str, ...]) -> list[str]:
    """Calls of these names (whole, or their last two parts) in modules that are not among the exceptions."""
    found: list[tuple[Module, ast.AST]] = []
    for module in modules():
        if module.name.startswith(outside):
            continue
        for name, node in called(module):
            if name in names or ".".join(name.split(".")[-2:]) in names:
                found.append((module, node))
    return places(found)


def test_only_the_edge_commits() -> None:
    found: list[tuple[Module, ast.AST]] = [
        (module, node)
        for module in modules()
        if not module.name.startswith("server/db/")
        for name, node in called(module)
        if name.endswith(".commit")
    ]
    assert places(found) == []


def test_the_edge_commits_in_one_place() -> None:
    found = {module.name for module in modules() for name, _ in called(module) if name.endswith("session.commit")}
    assert found == {"server/db/work.py"}


def test_only_the_clock_tells_the_time() -> None:
    names = {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "time.time",
        "time.time_ns",
        "func.now",
        "func.current_timestamp",
    }
    assert calls(names, outside=("server/ports.py",)) == []


def test_only_one_module_makes_ids() -> None:
    names = {f"{prefix}uuid{version}" for version in (1, 4, 6, 7) for prefix in ("", "uuid.")}
    assert calls(names, outside=("server/ports.py",)) == []


def test_only_the_door_of_chance_uses_random() -> None:
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules()
        if module.name != "server/ports.py"
        for name, node in imported(module)
        if name.split(".")[0] == "random"
    ]
    assert found == []


def test_only_one_module_opens_databases() -> None:
    outside = ("server/db/engines.py",)
    names = {"create_engine", "sqlalchemy.create_engine", "create_async_engine", "psycopg.connect", "sqlite3.connect"}
    assert calls(names, outside=outside) == []
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules("server", "migrations")
        if not module.name.startswith(outside)
        for name, node in imported(module)
        if name.split(".")[0] in {"sqlite3", "pysqlite3", "psycopg", "aiosqlite"}
    ]
    assert found == []


def test_nothing_is_evaluated_as_python() -> None:
    assert calls({"eval", "exec", "compile", "__import__", "yaml.load"}, outside=()) == []
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules()
        for name, node in imported(module)
        if name.split(".")[0] in {"pickle", "marshal", "shelve", "dill"}
    ]
    assert found == []


def test_only_the_settings_read_the_environment() -> None:
    allowed = {
        "server/config.py": "is the door",
        "server/cli.py": "LANG chooses the language of help before any settings exist",
        "server/engine/trial.py": "gives a child process an environment without secrets",
    }
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules()
        if module.name not in allowed
        for node in module.nodes
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]
    assert found == []


@pytest.mark.parametrize(
    ("package", "users"),
    [
        ("dbos", ("server/db/",)),
        ("apscheduler", ("server/worker.py",)),
        ("SpiffWorkflow", ("server/engine/",)),
        ("lxml", ("server/engine/",)),
        ("quickjs", ("server/engine/",)),
        ("alembic", ("server/db/",)),
        ("argon2", ("server/identity/",)),
        ("puremagic", ("server/evidence/",)),
        ("openpyxl", ("server/tasks/workbook_",)),
        ("docx", ("server/recognitions/document_word.py",)),
        ("typst", ("server/recognitions/document_child.py",)),
        ("defusedxml", ("server/tasks/workbook_",)),
        ("apprise", ("server/notifications/library.py",)),
        ("requests", ("server/notifications/library.py", "server/notifications/outward.py")),
        ("urllib3", ("server/notifications/outward.py",)),
    ],
)
def test_a_library_is_known_in_one_place(package: str, users: tuple[str, ...]) -> None:
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules()
        if not module.name.startswith(users)
        for name, node in imported(module)
        if name.split(".")[0] == package
    ]
    assert found == []


def test_no_import_hides_in_a_function() -> None:
    """A circle of modules is cured by moving something, not by importing later."""
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules()
        for function in module.nodes
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert found == []
