import io
import stat
import zipfile
from pathlib import Path

import pytest

from server.schemes import package
from server.schemes.package import Read, read_folder, read_zip, version_hash
from tests.schemes.support import small


def zipped(files: dict[str, bytes], prefix: str = "") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(prefix + path, content)
    return stream.getvalue()


def rules(read: Read) -> list[str]:
    return sorted(finding.rule for finding in read.findings)


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


def test_a_folder_and_its_archive_are_the_same_package(tmp_path: Path) -> None:
    from_folder = read_folder(written(tmp_path / "small", small()))
    assert from_folder.findings == []
    assert from_folder.files == small()
    for prefix in ("", "small/"):
        from_zip = read_zip(zipped(small(), prefix))
        assert from_zip.findings == []
        assert version_hash(from_zip.files) == version_hash(from_folder.files)


def test_the_version_is_known_by_path_and_bytes_and_not_by_words() -> None:
    files = small()
    same = {path: files[path] for path in reversed(list(files))}
    assert version_hash(same) == version_hash(files)
    assert version_hash({**files, "i18n/en.toml": b"x"}) == version_hash(files)
    assert version_hash({**files, "scheme.toml": files["scheme.toml"] + b"\n"}) != version_hash(files)
    moved = {("standard.csv" if path == "small.bpmn" else path): content for path, content in files.items()}
    assert version_hash(moved) != version_hash(files)


def test_hidden_files_and_what_systems_leave_behind_are_passed_over(tmp_path: Path) -> None:
    extra = {".git/config": b"", "__pycache__/x.pyc": b"", ".DS_Store": b""}
    assert read_folder(written(tmp_path, {**small(), **extra})).files == small()
    assert read_zip(zipped({**small(), "__MACOSX/small/._scheme.toml": b""})).findings == []


def test_a_link_is_refused_in_a_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.toml"
    secret.write_text("secret")
    folder = written(tmp_path / "small", small())
    (folder / "i18n" / "en.toml").symlink_to(secret)
    read = read_folder(folder)
    assert rules(read) == ["link"]
    assert "i18n/en.toml" not in read.files


def test_a_link_is_refused_in_an_archive() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        entry = zipfile.ZipInfo("scheme.toml")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    assert rules(read_zip(stream.getvalue())) == ["link"]


@pytest.mark.parametrize(
    "path",
    [
        "../scheme.toml",
        "/etc/scheme.toml",
        "C:\\scheme.toml",
        "forms/../../x.json",
        "forms\\plan.json",
        "forms/deep/plan.json",
        "run.py",
        "scheme.toml\n",
        "方案.bpmn",
        "a" * 130 + ".csv",
        "forms/Plan.json",
    ],
)
def test_a_path_that_leads_elsewhere_or_says_something_else_is_refused(path: str) -> None:
    read = read_zip(zipped({**small(), path: b"x"}))
    assert "path" in rules(read)
    assert path not in read.files
    assert all("\n" not in finding.file for finding in read.findings)


def test_a_name_that_stands_twice_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("scheme.toml", b"one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("scheme.toml", b"two")
    read = read_zip(stream.getvalue())
    assert rules(read) == ["twice"]
    assert read.files == {"scheme.toml": b"one"}


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04cut off", zipped(small())[:-40]])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    read = read_zip(content)
    assert rules(read) == ["not-a-zip"]
    assert read.files == {}


def test_a_damaged_archive_is_refused_whole() -> None:
    content = zipped(small())
    at = content.index(b"scheme.toml") + len(b"scheme.toml") + 20
    read = read_zip(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
    assert rules(read) == ["not-a-zip"]
    assert read.files == {}


def test_sizes_are_counted_while_unpacking(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({**small(), "standard.csv": b"0" * (package.MAX_FILE_BYTES + 1)})
    assert len(bomb) < 20_000
    assert rules(read_zip(bomb)) == ["file-too-large"]
    monkeypatch.setattr(package, "MAX_PACKAGE_BYTES", 6000)
    big = {f"forms/f{number}.json": b"x" * 5000 for number in range(3)}
    assert rules(read_zip(zipped(big))) == ["package-too-large"]


def test_a_package_has_only_so_many_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(package, "MAX_FILES", 3)
    assert rules(read_zip(zipped(small()))) == ["too-many-files"]
    assert rules(read_folder(written(tmp_path, small()))) == ["too-many-files"]


def test_a_package_larger_than_the_limit_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_PACKAGE_BYTES", 100)
    assert rules(read_zip(zipped(small()))) == ["package-too-large"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert rules(read_folder(tmp_path / "nowhere")) == ["no-folder"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_uncommon_compression_is_refused(method: int) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("scheme.toml", b"format = 1")
    assert rules(read_zip(stream.getvalue())) == ["not-a-zip"]
