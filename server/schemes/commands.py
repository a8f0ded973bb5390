"""What `greengate scheme` does: check a package, install one, install the shipped ones. Returns lines to print."""

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from server.actor import SYSTEM, Actor
from server.db.work import Workshop
from server.i18n import DEFAULT_LANGUAGE, Message, text
from server.schemes import operations
from server.schemes.findings import Finding
from server.schemes.package import MAX_PACKAGE_BYTES, Read, read_folder, read_zip
from server.schemes.parts import SchemeParts
from server.schemes.rules import SchemeRejected, check_package

FIT, UNFIT = 0, 1


def read_path(path: Path) -> Read:
    """A package from a folder, or from a ZIP file."""
    if path.is_file() and path.suffix.lower() == ".zip":
        with path.open("rb") as stream:
            return read_zip(stream.read(MAX_PACKAGE_BYTES + 1))
    return read_folder(path)


def check(path: Path, language: str = DEFAULT_LANGUAGE, parts: SchemeParts | None = None) -> tuple[list[str], int]:
    """Every finding about a package, and 0 when it may be installed, else 1. Needs no database.

    parts: the assembled ones, so that the standard and all names of the host are checked too.
    """
    read = read_path(path)
    checked = check_package(read.files, parts or SchemeParts(), read.findings)
    lines = said(checked.findings, language)
    if checked.definition is not None and checked.is_fit:
        title = checked.definition.title.value
        return [*lines, text("scheme-checked-ok", language, title=title)], FIT
    return [*lines, text("scheme-rejected", language, count=len(checked.errors))], UNFIT


def install(
    workshop: Workshop, path: Path, note: str = "", language: str = DEFAULT_LANGUAGE, actor: Actor = SYSTEM
) -> tuple[list[str], int]:
    """Publish a package as a new version in a transaction of its own, or say why not."""
    try:
        with workshop.writing() as work:
            row = operations.install(actor, work, read_path(path), note)
    except SchemeRejected as rejected:
        return [*said(rejected.findings, language), text(rejected.message, language)], UNFIT
    return [text("scheme-uploaded", language, title=row.title, number=row.number)], FIT


def install_shipped(workshop: Workshop) -> list[str]:
    """Install every scheme that is shipped with the program; those that are there already cost a look. Returns keys.

    Raises SchemeRejected, which would be a defect of ours.
    """
    installed: list[str] = []
    for folder in shipped():
        with workshop.writing() as work:
            installed.append(operations.install(SYSTEM, work, read_folder(folder)).scheme_key)
    return installed


def shipped() -> list[Path]:
    """Folders of the shipped schemes, by name."""
    root = Path(str(files("server._workflows")))
    return sorted(folder for folder in root.iterdir() if (folder / "scheme.toml").is_file())


def said(findings: Iterable[Finding], language: str) -> list[str]:
    """One or two lines for each finding: where and what, and the cure."""
    lines: list[str] = []
    for finding in findings:
        severity = text(f"scheme-finding-{finding.severity}", language)
        lines.append(f"{severity} {finding.place}: {text(finding.message, language)}".replace(" :", ":"))
        cure: Message | None = finding.cure
        if cure is not None:
            lines.append(f"    → {text(cure, language)}")
    return lines
