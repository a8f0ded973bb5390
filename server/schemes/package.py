"""A package in, a mapping of path to bytes out: from a folder or a ZIP file, with limits and nothing hostile."""

import hashlib
import io
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from server.schemes.findings import Finding

MAX_FILES = 200
MAX_FILE_BYTES = 1024 * 1024
MAX_PACKAGE_BYTES = 8 * 1024 * 1024
MAX_PATH = 120
WORDS_FOLDER = "i18n/"
ALLOWED = re.compile(
    r"scheme\.toml|[a-z0-9_-]+\.(?:bpmn|dmn|csv)|forms/[a-z0-9_-]+\.json|i18n/[A-Za-z-]+\.toml|examples/[a-z0-9_-]+\.json"
    r"|README\.md"
)
PART = re.compile(r"[A-Za-z0-9_.-]+")
IGNORED = re.compile(r"(?:^|/)(?:\.[^/.][^/]*|__pycache__|__MACOSX|Thumbs\.db)(?:/|$)")

Files = Mapping[str, bytes]
"""Path within the package, with `/` between parts, to the bytes."""


@dataclass(slots=True)
class Read:
    """What was read of a package, and what was refused."""

    files: dict[str, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def refuse(self, path: str, rule: str, **params: str | int) -> None:
        self.findings.append(Finding(_shown(path), rule, params=params))

    def take(self, path: str, content: bytes) -> None:
        if len(content) > MAX_FILE_BYTES:
            self.refuse(path, "file-too-large", limit=MAX_FILE_BYTES // 1024)
        else:
            self.files[path] = content


def read_folder(folder: Path) -> Read:
    """All files of a folder. Symbolic links are refused, hidden files passed over."""
    read = Read()
    if not folder.is_dir():
        read.refuse(folder.name, "no-folder")
        return read
    total = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if IGNORED.search(name):
            continue
        if path.is_symlink():
            read.refuse(name, "link")
        elif path.is_file():
            size = path.stat().st_size
            total += size
            if _may_take(read, name, size, total):
                read.take(name, path.read_bytes())
    return read


def read_zip(content: bytes) -> Read:
    """All files of a ZIP file, its one outer folder taken off if it has one; nothing is written anywhere.

    Sizes are counted while unpacking, because what the archive says about itself may be a lie.
    """
    read = Read()
    if len(content) > MAX_PACKAGE_BYTES:
        read.refuse("", "package-too-large", limit=MAX_PACKAGE_BYTES // 1024 // 1024)
        return read
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _unpack(read, archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        read.files.clear()
        read.refuse("", "not-a-zip")
    return read


def _unpack(read: Read, archive: zipfile.ZipFile) -> None:
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not IGNORED.search(entry.filename)]
    outer = _outer_folder([entry.filename for entry in entries])
    total = 0
    for entry in entries:
        name = entry.filename.removeprefix(outer)
        if stat.S_ISLNK(entry.external_attr >> 16):
            read.refuse(name, "link")
            continue
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile(f"compressed by method {entry.compress_type}")
        if entry.flag_bits & 0x1:
            read.refuse(name, "encrypted")
            continue
        if name in read.files:
            read.refuse(name, "twice")
            continue
        if not _may_take(read, name, 0, total):
            continue
        with archive.open(entry) as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
        total += len(data)
        if _may_take(read, name, len(data), total):
            read.take(name, data)


def _outer_folder(names: list[str]) -> str:
    """`folder/` when every file lies in it and scheme.toml directly under it; else nothing."""
    tops = {name.split("/", 1)[0] for name in names if "/" in name}
    if len(tops) == 1 and all("/" in name for name in names):
        top = f"{next(iter(tops))}/"
        if f"{top}scheme.toml" in names and PART.fullmatch(top[:-1]) and top not in ("./", "../"):
            return top
    return ""


def _may_take(read: Read, name: str, size: int, total: int) -> bool:
    if len(name) > MAX_PATH or not ALLOWED.fullmatch(name):
        read.refuse(name, "path")
        return False
    if size > MAX_FILE_BYTES:
        read.refuse(name, "file-too-large", limit=MAX_FILE_BYTES // 1024)
        return False
    if len(read.files) >= MAX_FILES:
        if not any(finding.rule == "too-many-files" for finding in read.findings):
            read.refuse("", "too-many-files", limit=MAX_FILES)
        return False
    if total > MAX_PACKAGE_BYTES:
        if not any(finding.rule == "package-too-large" for finding in read.findings):
            read.refuse("", "package-too-large", limit=MAX_PACKAGE_BYTES // 1024 // 1024)
        return False
    return True


def _shown(path: str) -> str:
    """A path fit to be shown: it may come from a hostile archive."""
    return "".join(sign if sign.isprintable() else "?" for sign in path)[:MAX_PATH]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def version_hash(files: Files) -> str:
    """The identity of a version: sha256 over the sorted list of (path, sha256 of the stored bytes), hex.

    Words of the screen (`i18n/`) are left out, so that a translation can be mended without a new version.
    """
    digest = hashlib.sha256()
    for path in sorted(files):
        if not path.startswith(WORDS_FOLDER):
            digest.update(f"{path}\0{sha256(files[path])}\n".encode())
    return digest.hexdigest()
