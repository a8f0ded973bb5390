"""What the tests of the architecture read: tracked files, and the syntax trees of our modules."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ("migrations/versions/", "server/static/dist/")


@dataclass(frozen=True, slots=True)
class Module:
    """name: path below the root, with slashes."""

    name: str
    path: Path
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]
    """All nodes of the tree, walked over once."""


def modules(*folders: str) -> tuple[Module, ...]:
    """All Python files below the folders (default: the product), without what tools have written."""
    return tuple(module for folder in folders or ("server",) for module in _modules_of(folder))


@cache
def _modules_of(folder: str) -> tuple[Module, ...]:
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(GENERATED) and "__pycache__" not in name:
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text, name)
            found.append(Module(name, path, text, tree, tuple(ast.walk(tree))))
    return tuple(found)


@cache
def templates() -> tuple[tuple[str, str], ...]:
    """Name and text of every page that users see; the style guide is for those who build pages."""
    paths = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt", ".xml"})
    return tuple(
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in paths
        if not path.name.startswith("style_guide")
    )


@cache
def tracked() -> tuple[Path, ...]:
    """Files that belong to the project: under version control, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = listed.stdout.decode().split("\0")
        return tuple(path for name in sorted(names) if name and (path := ROOT / name).is_file())
    return tuple(
        path for folder in ("server", "templates", "workflows", "tests") for path in (ROOT / folder).rglob("*")
    )


def called(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called, as far as it is written out (`datetime.now`, `.commit`)."""
    for node in module.nodes:
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def imported(module: Module) -> Iterator[tuple[str, ast.stmt]]:
    """Every imported module by its full name."""
    for node in module.nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module, node
