"""Contents on disk by the hash of their bytes: written whole or not at all, never changed."""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from server.errors import Invalid, TooLarge, Unavailable
from server.evidence.rules import size_words
from server.i18n import Message

CHUNK = 1024 * 1024
KEEP_FREE = 128 * 1024 * 1024
"""Bytes of the disk that uploads leave to the database."""
ORPHANED_AFTER = timedelta(days=1)
FULL = (errno.ENOSPC, errno.EDQUOT)
SHA256 = re.compile(r"[0-9a-f]{64}")


class Missing(LookupError):
    """The store has no such content."""


class Altered(ValueError):
    """The stored bytes are not those that were stored."""


class Readable(Protocol):
    """What an upload is read from."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(slots=True)
class Received:
    """An upload that lies complete in a temporary file, and is lost unless kept."""

    path: Path
    sha256: str
    size_bytes: int
    _keep: Callable[["Received"], None] = field(repr=False)

    def keep(self) -> None:
        """Move it to its place. From then on its bytes are safe, whatever becomes of this process."""
        self._keep(self)


class BlobStore:
    """A folder of contents. Touches the disk only when used, so it may be assembled anywhere."""

    def __init__(self, root: Path, *, keep_free: int = KEEP_FREE) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._keep_free = keep_free

    @contextmanager
    def receive(self, stream: Readable, *, limit: int, expected: int | None = None) -> Iterator[Received]:
        """Write a stream to a temporary file, hashing on the way; it is removed at the end of the block.

        limit, expected: in bytes. Raises TooLarge, Invalid for an upload that is empty or was cut off, Unavailable when
        the disk is full.
        """
        self._require_space(expected or 0)
        descriptor, name = tempfile.mkstemp(dir=self._incoming, prefix="upload-")
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                sha256, size = _copy(stream, file, limit)
                _check_size(size, expected)
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), 0o440)
            yield Received(path, sha256, size, self._keep)
        except OSError as error:
            if error.errno in FULL:
                raise Unavailable(Message("evidence-disk-full")) from error
            raise
        finally:
            with suppress(FileNotFoundError):
                path.unlink()

    def open(self, sha256: str) -> BinaryIO:
        """The content, its bytes checked against the hash first; the caller closes it. Raises Missing or Altered."""
        try:
            file = self.path_of(sha256).open("rb")
        except FileNotFoundError:
            raise Missing(sha256) from None
        try:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != sha256:
                raise Altered(sha256)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def verify(self, sha256: str) -> None:
        """Raises Missing or Altered."""
        self.open(sha256).close()

    def path_of(self, sha256: str) -> Path:
        """Where a content lies or would lie; raises ValueError for anything but a hash."""
        if SHA256.fullmatch(sha256) is None:
            raise ValueError("not a hash")
        return self._root / sha256[:2] / sha256

    def sweep(self, now: datetime, referred: Callable[[list[str]], set[str]]) -> int:
        """Remove what nobody refers to and what uploads have left behind, both only after a day; returns how many.

        referred: of the hashes given, those that a row names.
        """
        before = (now - ORPHANED_AFTER).timestamp()
        removed = sum(_remove_old(path, before) for path in self._incoming.glob("upload-*"))
        for folder in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            old = [path for path in folder.iterdir() if _older(path, before)]
            named = referred([path.name for path in old])
            for path in old:
                if path.name not in named:
                    # an upload of the same content may be moving in at this moment
                    with self._lock(fcntl.LOCK_EX):
                        removed += _remove_old(path, before)
        return removed

    def _keep(self, received: Received) -> None:
        place = self.path_of(received.sha256)
        with self._lock(fcntl.LOCK_SH):
            if not place.parent.exists():
                place.parent.mkdir(mode=0o750, exist_ok=True)
                _sync_folder(self._root)
            # also over an equal file: that renews its age for the sweep, and heals it if it was altered
            received.path.replace(place)
            _sync_folder(place.parent)

    def _require_space(self, size: int) -> None:
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o750)
        if shutil.disk_usage(self._root).free < self._keep_free + size:
            raise Unavailable(Message("evidence-disk-full"))

    @contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        with (self._root / "lock").open("ab") as file:
            fcntl.flock(file, kind)
            yield


def _copy(stream: Readable, file: IO[bytes], limit: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise TooLarge(Message("evidence-too-large", {"limit": size_words(limit)}))
        digest.update(chunk)
        file.write(chunk)
    return digest.hexdigest(), size


def _check_size(size: int, expected: int | None) -> None:
    if expected is not None and size != expected:
        raise Invalid(Message("evidence-cut-off"))
    if size == 0:
        raise Invalid(Message("evidence-empty"))


def _older(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False


def _remove_old(path: Path, before: float) -> int:
    if not _older(path, before):
        return 0
    path.unlink(missing_ok=True)
    return 1


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
