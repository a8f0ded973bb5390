"""What is taken is judged by its bytes and its name together; names are safe to show and to send."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Invalid
from server.evidence.looking import look_into
from server.evidence.rules import (
    MEDIA_TYPES,
    NAME_BYTES,
    NAME_LIMIT,
    clean_name,
    disposition,
    extension_of,
    media_type,
    size_words,
)
from tests.evidence.conftest import PDF, compound, packed

TYPES = "[Content_Types].xml"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 60 + b"\xff\xd9"
EXECUTABLE = b"MZ\x90\0\3\0\0\0" + b"\0" * 200


def judge(folder: Path, name: str, content: bytes) -> str:
    path = folder / "upload"
    path.write_bytes(content)
    return media_type(name, look_into(path))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("整改报告.pdf", PDF),
        ("扫描.PDF", PDF),
        ("照片.jpg", JPEG),
        ("照片.jpeg", JPEG),
        ("手机.jpg", b"\xff\xd8\xff\xe1\0\x10Exif\0" + b"\0" * 60),
        ("截图.png", PNG),
        ("动图.gif", b"GIF89a" + b"\0" * 40),
        ("图.webp", b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 40),
        ("图.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 40),
        ("方案.docx", packed(TYPES, "word/document.xml")),
        ("评分表.xlsx", packed(TYPES, "xl/workbook.xml")),
        ("汇报.pptx", packed(TYPES, "ppt/presentation.xml")),
        ("公文.ofd", packed("OFD.xml", "Doc_0/Document.xml")),
        ("方案.doc", compound("WordDocument")),
        ("方案.wps", compound("WordDocument")),
        ("评分表.xls", compound("Workbook")),
        ("评分表.et", compound("Workbook")),
        ("汇报.ppt", compound("PowerPoint Document")),
        ("说明.txt", "高平市创建通".encode()),
        ("说明.txt", "\ufeff高平市".encode()),
        ("名单.csv", "单位,得分\n能源局,92".encode("gb18030")),
    ],
)
def test_documents_of_an_office_are_taken(tmp_path: Path, name: str, content: bytes) -> None:
    assert judge(tmp_path, name, content) == MEDIA_TYPES[extension_of(name)]


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "evidence-kind-refused"),
        ("页.html", b"<!doctype html>", "evidence-kind-refused"),
        ("表.xml", b"<?xml version='1.0'?><a/>", "evidence-kind-refused"),
        ("程序.exe", EXECUTABLE, "evidence-kind-refused"),
        ("脚本.sh", b"#!/bin/sh\n", "evidence-kind-refused"),
        ("宏.docm", packed(TYPES, "word/document.xml", "word/vbaProject.bin"), "evidence-kind-refused"),
        ("宏.xlsm", packed(TYPES, "xl/workbook.xml"), "evidence-kind-refused"),
        ("包.zip", packed("a.pdf"), "evidence-kind-refused"),
        ("没有扩展名", PDF, "evidence-kind-refused"),
        (".pdf", PDF, "evidence-kind-refused"),
        ("报告.pdf", EXECUTABLE, "evidence-kind-mismatch"),
        ("报告.pdf", b"<html><script>alert(1)</script>", "evidence-kind-mismatch"),
        ("报告.pdf", b"plain words", "evidence-kind-mismatch"),
        ("报告.docx", PDF, "evidence-kind-mismatch"),
        ("报告.pdf", packed(TYPES, "word/document.xml"), "evidence-kind-mismatch"),
        ("报告.docx", packed(TYPES, "xl/workbook.xml"), "evidence-kind-mismatch"),
        ("报告.docx", packed("a.pdf"), "evidence-kind-mismatch"),
        ("报告.doc", compound("Workbook"), "evidence-kind-mismatch"),
        ("安装.doc", compound("SummaryInformation"), "evidence-kind-mismatch"),
        ("照片.jpg", PNG, "evidence-kind-mismatch"),
        ("说明.txt", EXECUTABLE, "evidence-kind-mismatch"),
        ("说明.txt", b"\xef\xbb\xbf <HTML><body>", "evidence-kind-mismatch"),
        ("说明.txt", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "evidence-kind-mismatch"),
        ("说明.txt", b"\x7fELF\2\1\1" + b"\0" * 50, "evidence-kind-mismatch"),
        ("表.csv", b"\x00\x01\x02\xff\xfe", "evidence-kind-mismatch"),
        ("宏.docx", packed(TYPES, "word/document.xml", "word/vbaProject.bin"), "evidence-macros"),
        ("宏.xls", compound("Workbook", "_VBA_PROJECT"), "evidence-macros"),
        ("密.docx", compound("EncryptionInfo", "EncryptedPackage"), "evidence-encrypted"),
        ("断.pdf", PDF[:40], "evidence-cut-off"),
        ("断.png", PNG[:40], "evidence-cut-off"),
        ("断.docx", packed(TYPES, "word/document.xml", size=5000)[:-300], "evidence-cut-off"),
    ],
)
def test_everything_else_is_refused_with_its_reason(tmp_path: Path, name: str, content: bytes, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        judge(tmp_path, name, content)
    assert refused.value.message.key == key


def test_a_package_with_a_locked_entry_is_refused(tmp_path: Path) -> None:
    content = bytearray(packed(TYPES, "word/document.xml"))
    at = content.find(b"PK\1\2")
    content[at + 8] |= 1
    with pytest.raises(Invalid) as refused:
        judge(tmp_path, "密.docx", bytes(content))
    assert refused.value.message.key == "evidence-encrypted"


def test_a_package_that_would_unpack_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        judge(tmp_path, "多.docx", packed("word/document.xml", *(f"word/{number}" for number in range(10_001)), size=0))


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("整改报告.pdf", "整改报告.pdf"),
        ("关于印发《实施方案》的通知（盖章版）.pdf", "关于印发《实施方案》的通知（盖章版）.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\用户\\桌面\\报告.pdf", "报告.pdf"),
        ("/var/报告.pdf", "报告.pdf"),
        ("报告\u202efdp.exe", "报告fdp.exe"),
        ("报\u200b告\u0000.pdf", "报告.pdf"),
        ("报告\r\nX-Header: 1.pdf", "报告X-Header_ 1.pdf"),
        ('a"b<c>|d?.pdf', "a_b_c__d_.pdf"),
        ("  报告 . . .pdf ", "报告.pdf"),
        ("报告.pdf...", "报告.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("nul.txt.pdf", "_nul.txt.pdf"),
        ("com¹.pdf", "_com¹.pdf"),
        ("", "file"),
        ("..", "file"),
        (".pdf", "file.pdf"),
        ("e\u0301.pdf", "é.pdf"),
    ],
)
def test_names_are_cleaned(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


def test_long_names_keep_their_extension() -> None:
    name = clean_name("长" * 300 + ".docx")
    assert name.endswith(".docx")
    assert len(name) <= NAME_LIMIT
    assert len(name.encode()) <= NAME_BYTES


@given(st.text(max_size=400))
def test_any_name_becomes_a_safe_one(raw: str) -> None:
    name = clean_name(raw)
    assert name
    assert clean_name(name) == name
    assert not set(name) & set('/\\:*?"<>|\r\n\0')
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    disposition(name).encode("latin-1")


def test_downloads_bear_the_whole_name() -> None:
    said = disposition('整改"报告".pdf')
    assert said.startswith('attachment; filename="')
    assert said.endswith("filename*=UTF-8''%E6%95%B4%E6%94%B9%22%E6%8A%A5%E5%91%8A%22.pdf")
    assert said.isascii()
    assert said.count('"') == 2


@pytest.mark.parametrize(
    ("size", "words"),
    [(1, "1 B"), (1023, "1023 B"), (1024, "1 KB"), (327_680, "320 KB"), (1_887_437, "1.8 MB"), (20 * 2**20, "20 MB")],
)
def test_sizes_in_words(size: int, words: str) -> None:
    assert size_words(size) == words
