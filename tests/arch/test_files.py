"""The files themselves: sizes, packages, dependencies, and words that do not belong into the project."""

import ast
import configparser
import re
import sys
from importlib.metadata import packages_distributions

import pytest

from tests.arch.sources import ROOT, imported, modules, tracked

LINES = {"server": 450, "migrations": 450, "bench": 450, "tests": 500}
"""Tests may hold long tables of cases, which have one reason to change all the same."""
TEXT = {
    ".py",
    ".md",
    ".cfg",
    ".toml",
    ".txt",
    ".in",
    ".html",
    ".ftl",
    ".json",
    ".js",
    ".mjs",
    ".css",
    ".bpmn",
    ".csv",
    "",
}
NEEDED_UNSEEN = {
    "gunicorn": "started as a program by `greengate serve`",
    "psycopg": "the driver that SQLAlchemy loads for PostgreSQL",
    "tzdata": "zones where the machine has none",
}
DOCUMENTS = ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "ARCHITECTURE.md")


def settings() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def listed(section: str, key: str) -> list[str]:
    return [line.strip() for line in settings()[section][key].splitlines() if line.strip() and line.strip()[0] != "#"]


def plain(requirement: str) -> str:
    return re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")


def test_no_file_is_long() -> None:
    """A file past this has more than one reason to change: split it by those."""
    long = {
        module.name: lines
        for folder, limit in LINES.items()
        for module in modules(folder)
        if (lines := module.text.count("\n")) > limit
    }
    assert long == {}


def test_every_package_is_named_for_the_wheel() -> None:
    on_disk = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "server").rglob("__init__.py")
        if "__pycache__" not in path.parts
    }
    mapped = dict(line.split(" = ") for line in listed("options", "package_dir"))
    assert sorted(name for name in listed("options", "packages") if name not in mapped) == sorted(on_disk)
    for name, folder in mapped.items():
        assert name in listed("options", "packages")
        assert (ROOT / folder / "__init__.py").is_file(), folder


def test_every_file_of_the_product_gets_into_the_wheel() -> None:
    mapped = dict(line.split(" = ") for line in listed("options", "package_dir"))
    folders = {name: mapped.get(name, name.replace(".", "/")) for name in listed("options", "packages")}
    packed = {path for folder in folders.values() for path in (ROOT / folder).glob("*.py")}
    for package in settings()["options.package_data"]:
        for pattern in listed("options.package_data", package):
            packed.update((ROOT / folders[package]).glob(pattern))
    kept_out = re.compile(r"__pycache__|\.md$|^templates/style_guide")
    missing = [
        name
        for path in tracked()
        if (name := path.relative_to(ROOT).as_posix()).startswith(
            ("server/", "templates/", "workflows/", "migrations/")
        )
        and path not in packed
        and not kept_out.search(name)
    ]
    assert missing == []


def test_dependencies_are_those_that_are_imported() -> None:
    providers = packages_distributions()
    seen = set()
    for module in modules("server", "migrations"):
        for name, _ in imported(module):
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names and top != "server":
                several = {plain(provider) for provider in providers[top]}
                named = {plain(name)} & several  # a namespace shared by several distributions
                seen.update(named or several)
    declared = {plain(line) for line in listed("options", "install_requires")}
    assert seen - declared == set(), "imported but not declared"
    assert declared - seen - set(NEEDED_UNSEEN) == set(), "declared but not imported"


def test_dependencies_have_an_upper_bound() -> None:
    dated = {"tzdata"}  # numbered by the year: the next number says nothing about what may break
    loose = [
        line
        for line in listed("options", "install_requires") + listed("options.extras_require", "test")
        if "<" not in line and "==" not in line and plain(line) not in dated
    ]
    assert loose == []


@pytest.mark.parametrize("name", ["run", "test"])
def test_the_lock_has_every_dependency_with_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all(re.match(r"[a-z0-9._-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    locked = {plain(entry) for entry in entries}
    wanted = listed("options", "install_requires")
    wanted += listed("options.extras_require", "test") if name == "test" else []
    assert {plain(line) for line in wanted} - locked == set()


def test_both_locks_agree() -> None:
    run, test = (
        dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE))
        for name in ("run", "test")
    )
    assert run.items() <= test.items()


def test_no_file_names_a_registry_or_a_workplace() -> None:
    """Where packages come from is each machine's own setting; where somebody works is nobody's business."""
    forbidden = re.compile(
        "|".join(
            (
                r"py" + r"pi\.org",
                r"pythonhosted" + r"\.org",
                r"registry\." + r"npmjs",
                r"^\s*--(?:extra-)?index-" + r"url\b",
                r"(?<![\w./-])/" + r"(?:work|root|home/[a-z]+)/",
                r"file:///" + r"opt",
            )
        ),
        re.MULTILINE,
    )
    found = []
    for path in tracked():
        if path.suffix in TEXT and "node_modules" not in path.parts:
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in forbidden.finditer(text)]
    assert found == []


def test_documents_name_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in DOCUMENTS:
        path = ROOT / name
        if path.is_file():
            code = re.findall(r"(?:`|^    |^)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert set(code) <= targets, name


def test_documents_name_commands_that_exist() -> None:
    commands = _commands()
    documents = [path for path in tracked() if path.suffix == ".md"]
    for path in documents:
        written = re.findall(r"(?:`|^    |^\$ )greengate ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(written) <= commands, path.name


def test_documents_link_to_files_that_exist() -> None:
    missing = []
    for path in (path for path in tracked() if path.suffix == ".md"):
        for link in re.findall(r"\]\((?!https?://|#|mailto:)([^)\s#]+)", path.read_text(encoding="utf-8")):
            if not (path.parent / link).exists():
                missing.append(f"{path.relative_to(ROOT)}: {link}")
    assert missing == []


def test_documents_name_tests_that_exist() -> None:
    """`tests/x.py::test_y`; `…::test_z` is another one of the same file."""
    missing = []
    for path in (path for path in tracked() if path.suffix == ".md"):
        file = ""
        for named, test in re.findall(r"`(tests/[\w/]+\.py|…)(?:::(\w+))?`", path.read_text(encoding="utf-8")):
            file = file if named == "…" else named
            if not (ROOT / file).is_file() or (
                test and f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
            ):
                missing.append(f"{path.relative_to(ROOT)}: {file}::{test}")
    assert missing == []


def test_packages_start_with_one_line() -> None:
    """`__init__.py` says what the package is for, and holds nothing else."""
    wrong = [
        module.name
        for module in modules("server", "templates", "workflows", "migrations")
        if module.path.name == "__init__.py"
        and module.name != "server/i18n/__init__.py"
        and (len(module.tree.body) != 1 or not ast.get_docstring(module.tree))
    ]
    assert wrong == []


def _commands() -> set[str]:
    """The commands of the command line, read from its source so that a broken import does not hide them."""
    found = set()
    for module in modules():
        if module.name.startswith("server/cli"):
            for node in module.nodes:
                if isinstance(node, ast.FunctionDef) and node.decorator_list:
                    found.add(node.name)
    return found
