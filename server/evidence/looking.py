"""A look into an uploaded file: what it is by its bytes, whoever named it. Nothing is unpacked and nothing is run."""

import mmap
import zipfile
from pathlib import Path
from typing import IO

import puremagic

from server.evidence.rules import Content

HEAD = 64 * 1024
TAIL = 64 * 1024
ENTRIES_AT_MOST = 10_000
UNPACKED_AT_MOST = 500 * 1024 * 1024
ENCRYPTED_ENTRY = 0x1

NOTHING = Content(frozenset())
TEXT = frozenset({"txt", "csv"})
PICTURES = {
    "image/jpeg": frozenset({"jpg", "jpeg"}),
    "image/png": frozenset({"png"}),
    "image/gif": frozenset({"gif"}),
    "image/webp": frozenset({"webp"}),
    "image/heif": frozenset({"heic"}),
    "image/heic": frozenset({"heic"}),
}
PACKAGES = {
    "word/document.xml": frozenset({"docx"}),
    "xl/workbook.xml": frozenset({"xlsx"}),
    "ppt/presentation.xml": frozenset({"pptx"}),
    "OFD.xml": frozenset({"ofd"}),
}
"""A packed document by the entry that only its kind has."""
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
COMPOUND_STREAMS = {
    "WordDocument": frozenset({"doc", "wps"}),
    "Workbook": frozenset({"xls", "et"}),
    "Book": frozenset({"xls", "et"}),
    "PowerPoint Document": frozenset({"ppt", "dps"}),
}
"""An older office document by the stream that only its kind has; WPS writes the same streams."""
MARKUP = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<!--")
PICTURE_ENDS = {"png": b"IEND"}


def look_into(path: Path) -> Content:
    """What the file is by its bytes."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if head.startswith(b"PK"):
            return _packed(path)
        if head.startswith(COMPOUND):
            return _compound(file)
        tail = _tail(file)
    if head.startswith(b"%PDF-"):
        return Content(frozenset({"pdf"}), cut_off=b"%%EOF" not in tail)
    for picture in (PICTURES[kind] for kind in _media_types(head) if kind in PICTURES):
        end = next((PICTURE_ENDS[each] for each in picture if each in PICTURE_ENDS), b"")
        return Content(picture, cut_off=end not in tail)
    return Content(TEXT) if _is_text(path) else NOTHING


def _tail(file: IO[bytes]) -> bytes:
    file.seek(0, 2)
    file.seek(max(0, file.tell() - TAIL))
    return file.read()


def _media_types(head: bytes) -> list[str]:
    try:
        return [match.mime_type for match in puremagic.magic_string(head)]
    except (puremagic.PureError, ValueError):
        return []


def _packed(path: Path) -> Content:
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError):
        return Content(frozenset().union(*PACKAGES.values()), cut_off=True)
    names = {entry.filename for entry in entries}
    if len(entries) > ENTRIES_AT_MOST or sum(entry.file_size for entry in entries) > UNPACKED_AT_MOST:
        return NOTHING
    family = next((kinds for entry, kinds in PACKAGES.items() if entry in names), frozenset())
    return Content(
        family,
        encrypted=any(entry.flag_bits & ENCRYPTED_ENTRY for entry in entries),
        macros=any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in names),
    )


def _compound(file: IO[bytes]) -> Content:
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        if _has_stream(whole, "EncryptedPackage"):
            return Content(frozenset({"docx", "xlsx", "pptx"}), encrypted=True)
        family = next((kinds for stream, kinds in COMPOUND_STREAMS.items() if _has_stream(whole, stream)), frozenset())
        return Content(family, macros=_has_stream(whole, "_VBA_PROJECT"))


def _has_stream(whole: mmap.mmap, name: str) -> bool:
    """True when a directory entry of the compound file bears the name: UTF-16, ended by zeros, each 128 bytes long."""
    wanted = name.encode("utf-16-le") + b"\0\0"
    at = whole.find(wanted)
    while at != -1:
        if at % 128 == 0:
            return True
        at = whole.find(wanted, at + 2)
    return False


def _is_text(path: Path) -> bool:
    """Text in UTF-8 or GB18030 without control characters that a browser would not show as a page."""
    content = path.read_bytes()
    if any(mark in content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower() for mark in MARKUP):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            words = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return all(character >= " " or character in "\t\r\n\f" for character in words)
    return False
