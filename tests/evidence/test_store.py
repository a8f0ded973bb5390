"""Contents are whole or not there, are what was stored, and leave nothing behind."""

import errno
import hashlib
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from server.errors import Invalid, TooLarge, Unavailable
from server.evidence.store import Altered, BlobStore, Missing

CONTENT = b"content" * 1000
HASH = hashlib.sha256(CONTENT).hexdigest()


def put(store: BlobStore, content: bytes = CONTENT) -> str:
    with store.receive(io.BytesIO(content), limit=10_000_000) as received:
        received.keep()
        return received.sha256


def files(store: BlobStore) -> list[Path]:
    root = store.path_of(HASH).parent.parent
    return [path for path in root.rglob("*") if path.is_file() and path.name != "lock"]


def test_a_content_lies_under_its_hash_and_cannot_be_written(store: BlobStore) -> None:
    assert put(store) == HASH
    path = store.path_of(HASH)
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o777 == 0o440
    with store.open(HASH) as file:
        assert file.read() == CONTENT


def test_the_same_content_is_kept_once(store: BlobStore) -> None:
    assert put(store) == put(store)
    assert len(files(store)) == 1


def test_what_is_not_kept_is_gone(store: BlobStore) -> None:
    with store.receive(io.BytesIO(CONTENT), limit=10_000) as received:
        assert received.size_bytes == len(CONTENT)
    assert files(store) == []
    with pytest.raises(Missing):
        store.open(HASH)


def test_a_failure_in_between_leaves_nothing(store: BlobStore) -> None:
    with pytest.raises(ZeroDivisionError), store.receive(io.BytesIO(CONTENT), limit=10_000):
        raise ZeroDivisionError
    assert files(store) == []


@pytest.mark.parametrize(
    ("content", "limit", "expected", "error", "key"),
    [
        (b"", 10, None, Invalid, "evidence-empty"),
        (b"12345", 4, None, TooLarge, "evidence-too-large"),
        (b"12345", 10, 6, Invalid, "evidence-cut-off"),
        (b"12345", 10, 4, Invalid, "evidence-cut-off"),
    ],
)
def test_uploads_that_are_refused(
    store: BlobStore, content: bytes, limit: int, expected: int | None, error: type[Invalid], key: str
) -> None:
    with pytest.raises(error) as refused, store.receive(io.BytesIO(content), limit=limit, expected=expected):
        pass
    assert refused.value.message.key == key
    assert files(store) == []


def test_a_broken_connection_leaves_nothing(store: BlobStore) -> None:
    class Broken:
        def read(self, _size: int = -1, /) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError), store.receive(Broken(), limit=10):
        pass
    assert files(store) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_and_leaves_nothing(store: BlobStore, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(number, "full")

    monkeypatch.setattr("server.evidence.store.os.fsync", full)
    with pytest.raises(Unavailable) as refused:
        put(store)
    assert refused.value.message.key == "evidence-disk-full"
    assert files(store) == []
    monkeypatch.undo()
    assert put(store, b"small") == hashlib.sha256(b"small").hexdigest()


def test_the_last_of_the_disk_is_left_to_the_database(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        put(BlobStore(tmp_path / "blobs", keep_free=1 << 60))


@pytest.mark.parametrize("change", [lambda old: b"X" + old[1:], lambda old: old[:-1], lambda old: old + b"X"])
def test_an_altered_content_is_not_given_out(store: BlobStore, change: Callable[[bytes], bytes]) -> None:
    path = store.path_of(put(store))
    path.chmod(0o640)
    path.write_bytes(change(CONTENT))
    with pytest.raises(Altered):
        store.verify(HASH)
    put(store)
    store.verify(HASH)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "a" * 63, f"{'a' * 64}\n", "a" * 62 + "/."])
def test_only_hashes_lead_to_files(store: BlobStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a hash"):
        store.open(name)


def test_the_sweep_removes_what_nobody_refers_to_after_a_day(store: BlobStore) -> None:
    kept, orphan, young = put(store, b"kept"), put(store, b"orphan"), put(store, b"young")
    left_behind = store.path_of(kept).parent.parent / "incoming" / "upload-left"
    left_behind.write_bytes(b"torn")
    now = datetime(2026, 3, 2, tzinfo=UTC)
    for path, age in (
        (left_behind, 30),
        (store.path_of(kept), 30),
        (store.path_of(orphan), 30),
        (store.path_of(young), 5),
    ):
        instant = (now - timedelta(hours=age)).timestamp()
        os.utime(path, (instant, instant))
    assert store.sweep(now, lambda hashes: {kept} & set(hashes)) == 2
    assert sorted(path.name for path in files(store)) == sorted([kept, young])


def test_an_orphan_that_is_uploaded_again_is_young(store: BlobStore) -> None:
    path = store.path_of(put(store))
    os.utime(path, (1, 1))
    put(store)
    assert store.sweep(datetime.fromtimestamp(path.stat().st_mtime, UTC), lambda _hashes: set()) == 0


def test_many_at_once_store_one_content(store: BlobStore) -> None:
    threads = [threading.Thread(target=put, args=(store,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in files(store)] == [HASH]
    store.verify(HASH)


@pytest.mark.faults
def test_uploads_killed_half_way_leave_nothing_torn(store: BlobStore) -> None:
    """Every hash that was answered is there and whole; nothing that lies in a place is torn."""
    chance = Random(1)  # noqa: S311 - moments to kill at
    root = store.path_of(HASH).parent.parent
    acknowledged: set[str] = set()
    pause = threading.Event()
    for _ in range(12):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.evidence.uploader", str(root)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            acknowledged.add(process.stdout.readline().strip())
            pause.wait(chance.uniform(0.0, 0.1))
            process.kill()
            acknowledged.update(line.strip() for line in process.stdout if line.endswith("\n"))
    placed = [path for path in files(store) if path.parent.name != "incoming"]
    assert acknowledged <= {path.name for path in placed}
    for path in placed:
        store.verify(path.name)
