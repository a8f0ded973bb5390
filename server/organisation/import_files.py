"""CSV files of an organisation, read into rows: encodings, headers in Chinese or English, dates, limits. Pure."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from server.i18n import Message
from server.organisation.rules import PostKind

MAX_BYTES = 5 * 2**20
MAX_ROWS = 20_000
MAX_COLUMNS = 40
LENGTHS = {
    "unit_code": 60,
    "parent_code": 60,
    "unit_kind": 40,
    "unit_name": 200,
    "unit_short_name": 60,
    "login": 60,
    "person_name": 100,
    "post_kind": 40,
    "post_title": 100,
    "phone": 40,
    "email": 200,
    "from": 20,
    "until": 20,
    "rank": 6,
}
YEARS = range(1949, 2101)
WORDS = frozenset({"unit_name", "unit_short_name", "person_name", "post_title"})


class Table(StrEnum):
    """What a file may be, told by its headers. COMBINED: units and people in one."""

    UNITS = "units"
    POSTS = "posts"
    PEOPLE = "people"
    COMBINED = "combined"


HEADERS: Mapping[str, tuple[str, ...]] = {
    "unit_code": ("unit_code", "code", "单位编码", "单位代码", "机构编码", "所在单位编码", "编码"),
    "parent_code": ("parent_code", "上级编码", "上级单位编码", "上级单位代码"),
    "unit_kind": ("unit_kind", "kind", "单位类型", "类型", "单位类别"),
    "unit_name": ("unit_name", "单位名称", "机构名称"),
    "unit_short_name": ("unit_short_name", "short_name", "单位简称", "简称"),
    "login": ("login", "person_code", "登录名", "工号", "人员编码"),
    "person_name": ("person_name", "姓名"),
    "post_kind": ("post_kind", "岗位类别", "岗位类型"),
    "post_title": ("post_title", "岗位名称", "岗位", "职务"),
    "phone": ("phone", "手机", "手机号", "电话", "联系电话"),
    "email": ("email", "邮箱", "电子邮箱"),
    "from": ("from", "from_on", "任职日期", "任职起始日期", "开始日期"),
    "until": ("until", "until_on", "离任日期", "任职截止日期", "结束日期"),
    "rank": ("rank", "排序", "顺序"),
    "name": ("name", "名称"),
}
"""Column to the headers it may bear; `name` is a person's or a unit's, as the other columns tell."""

REQUIRED: Mapping[Table, tuple[str, ...]] = {
    Table.COMBINED: ("unit_code", "parent_code", "unit_name", "person_name", "post_kind"),
    Table.PEOPLE: ("unit_code", "person_name", "post_kind"),
    Table.POSTS: ("unit_code", "post_kind", "post_title"),
    Table.UNITS: ("unit_code", "parent_code", "unit_name"),
}
"""Tried in this order; the first whose headers are all there it is."""

PERSON_COLUMNS = frozenset({"login", "post_kind", "post_title", "phone", "email", "from", "until"})
KIND_WORDS: Mapping[str, str] = {
    "负责人": PostKind.HEAD,
    "主要负责人": PostKind.HEAD,
    "单位负责人": PostKind.HEAD,
    "分管负责人": PostKind.DEPUTY,
    "副职": PostKind.DEPUTY,
    "联络员": PostKind.LIAISON,
    "经办人": PostKind.LIAISON,
    "办公室": PostKind.OFFICE,
    "创建办": PostKind.OFFICE,
    "核验员": PostKind.VERIFIER,
    "领导": PostKind.LEADER,
    "领导小组": PostKind.LEADER,
    "成员": PostKind.MEMBER,
}
_KIND = re.compile(r"[a-z][a-z0-9_]*")
_CODE = re.compile(r"[^\s/\\<>\"'`,;]+")
_PHONE = re.compile(r"[0-9+() \-]{5,40}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{4})(\d{2})(\d{2})")
_MIDNIGHT = re.compile(r"\s+0?0:00(:00)?$")


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file as it was handed in; the name is only shown."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to say about a row. row 0 is the file as a whole, 1 its header line. fatal: nothing may be imported."""

    file: str
    row: int
    column: str
    cause: Message
    cure: Message
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the file and line it stands in, and its filled cells by column."""

    file: str
    row: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(slots=True)
class Rows:
    """All rows of all files of one import, by what they tell of, with what is wrong so far."""

    units: list[Line] = field(default_factory=list)
    posts: list[Line] = field(default_factory=list)
    people: list[Line] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def finding(line: Line, column: str, what: str, *, fatal: bool = True, **values: object) -> Finding:
    """Words stand in the catalogues as `organisation-import-<what>` and `-<what>-cure`."""
    key = f"organisation-import-{what}"
    return Finding(line.file, line.row, column, Message(key, values), Message(f"{key}-cure", values), fatal)


def read_files(files: Sequence[ImportFile]) -> Rows:
    """Rows of one combined file, or of up to three of one kind each."""
    rows = Rows()
    seen: dict[Table, str] = {}
    for file in files:
        whole = Line(file.name, 0, {})
        if len(file.content) > MAX_BYTES:
            rows.findings.append(finding(whole, "", "too-large", limit=MAX_BYTES // 2**20))
            continue
        text = decode(file.content)
        if text is None:
            rows.findings.append(finding(whole, "", "not-text"))
            continue
        table, lines, findings = read_table(file.name, text)
        rows.findings += findings
        if table is None:
            continue
        if table in seen:
            rows.findings.append(finding(whole, "", "twice", table=Message(f"organisation-import-table-{table}")))
        seen[table] = file.name
        _sort_in(rows, table, lines)
    if not files:
        rows.findings.append(finding(Line("", 0, {}), "", "no-file"))
    return rows


def _sort_in(rows: Rows, table: Table, lines: list[Line]) -> None:
    if table is Table.UNITS:
        rows.units += lines
    elif table is Table.POSTS:
        rows.posts += lines
    elif table is Table.PEOPLE:
        rows.people += lines
    else:
        told: set[tuple[str, ...]] = set()
        for line in lines:
            about = tuple(line[column] for column in ("unit_code", "parent_code", "unit_name", "unit_kind"))
            if about not in told:
                told.add(about)
                rows.units.append(line)
            if line["person_name"] or line["post_kind"]:
                rows.people.append(line)


def decode(content: bytes) -> str | None:
    """Text in UTF-8, UTF-16 with its mark, or GB 18030; None for what is no text (a workbook, a picture)."""
    candidates: tuple[str, ...]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ("utf-16",)
    elif b"\0" in content or content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        return None
    else:
        candidates = ("utf-8-sig", "gb18030")
    for encoding in candidates:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def read_table(name: str, text: str) -> tuple[Table | None, list[Line], list[Finding]]:
    """The rows of one file and what it is; None when its headers fit nothing we know."""
    head = Line(name, 1, {})
    raw = _raw_rows(text)
    try:
        header = next(raw)
    except (StopIteration, csv.Error):
        return None, [], [finding(Line(name, 0, {}), "", "empty")]
    columns, findings = _columns(head, header)
    table = next((each for each, needed in REQUIRED.items() if set(needed) <= set(columns)), None)
    if table is None:
        return None, [], [*findings, _wrong_headers(head, columns)]
    lines: list[Line] = []
    number = 1
    try:
        for number, row in enumerate(raw, start=2):
            if number > MAX_ROWS + 1:
                findings.append(finding(Line(name, number, {}), "", "too-many-rows", limit=MAX_ROWS))
                break
            pairs = zip(columns, row, strict=False)
            cells = {column: clean_cell(column, cell) for column, cell in pairs if column and clean(cell)}
            line = Line(name, number, cells)
            if not any(clean(cell) for cell in row):
                continue
            if len(row) > len(columns) and any(clean(cell) for cell in row[len(columns) :]):
                findings.append(finding(line, "", "too-many-cells"))
            findings += _check_cells(line, REQUIRED[table] if table is not Table.COMBINED else REQUIRED[Table.UNITS])
            lines.append(line)
    except csv.Error:
        findings.append(finding(Line(name, number + 1, {}), "", "broken-row"))
    if not lines and not findings:
        findings.append(finding(Line(name, 0, {}), "", "empty"))
    return table, lines, findings


def _raw_rows(text: str) -> Iterator[list[str]]:
    first = text.split("\n", 1)[0]
    delimiter = max((",", "\t", ";", "，"), key=first.count)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _columns(head: Line, header: Sequence[str]) -> tuple[list[str], list[Finding]]:
    """Our column for each of the file's; empty for what we do not know, which is left out and said."""
    known = {word: column for column, words in HEADERS.items() for word in words}
    columns, findings = [], []
    if len(header) > MAX_COLUMNS:
        return [], [finding(head, "", "too-many-cells")]
    for cell in header:
        word = clean_cell("", cell).lower().replace(" ", "_")
        column = known.get(word, "")
        if word and not column:
            findings.append(finding(head, clean(cell)[:40], "unknown-header", fatal=False, header=clean(cell)[:40]))
        if column and column in columns:
            findings.append(finding(head, column, "double-header", header=clean(cell)))
        columns.append(column)
    if "name" in columns:
        of_person = bool(PERSON_COLUMNS & set(columns)) and "person_name" not in columns
        columns[columns.index("name")] = "person_name" if of_person else "unit_name"
    return columns, findings


def _wrong_headers(head: Line, columns: Sequence[str]) -> Finding:
    """Names what is missing for the table that the headers come nearest to."""
    nearest = max(REQUIRED, key=lambda table: len(set(REQUIRED[table]) & set(columns)) / len(REQUIRED[table]))
    missing = [column for column in REQUIRED[nearest] if column not in columns]
    return finding(
        head,
        "",
        "wrong-headers",
        table=Message(f"organisation-import-table-{nearest}"),
        missing="、".join(_chinese(column) for column in missing),
        missing_en=", ".join(HEADERS[column][0] for column in missing),
        all="、".join(_chinese(column) for column in REQUIRED[nearest]),
        all_en=", ".join(HEADERS[column][0] for column in REQUIRED[nearest]),
    )


def _chinese(column: str) -> str:
    return next(word for word in HEADERS[column] if not word.isascii())


def clean(cell: str) -> str:
    """The cell as it was meant: no spaces around it, no control or invisible signs; a spreadsheet's `="001"` is 001."""
    text = "".join(each for each in cell if unicodedata.category(each)[0] != "C").strip()
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def clean_cell(column: str, cell: str) -> str:
    """Names keep their full-width signs; codes, numbers and days lose them."""
    text = clean(cell)
    return text if column in WORDS else unicodedata.normalize("NFKC", text).strip()


def _check_cells(line: Line, required: Sequence[str]) -> list[Finding]:
    """What can be told from one row alone."""
    findings = [
        finding(line, column, "required")
        for column in required
        if not line[column] and column not in ("parent_code", "person_name")
    ]
    for column, cell in line.cells.items():
        if len(cell) > LENGTHS.get(column, 200):
            findings.append(finding(line, column, "too-long", limit=LENGTHS.get(column, 200)))
    for column in ("unit_code", "parent_code", "login"):
        if line[column] and not _CODE.fullmatch(line[column]):
            findings.append(finding(line, column, "bad-code", code=line[column][:60]))
    if line["post_kind"] and post_kind(line["post_kind"]) is None:
        findings.append(finding(line, "post_kind", "bad-kind", kind=line["post_kind"][:40]))
    if line["phone"] and not _PHONE.fullmatch(line["phone"]):
        findings.append(finding(line, "phone", "bad-phone"))
    if line["email"] and not _EMAIL.fullmatch(line["email"]):
        findings.append(finding(line, "email", "bad-email"))
    if line["rank"] and not line["rank"].isdecimal():
        findings.append(finding(line, "rank", "bad-rank"))
    return findings + _check_days(line)


def _check_days(line: Line) -> list[Finding]:
    findings = [
        finding(line, column, "bad-day", day=line[column][:20])
        for column in ("from", "until")
        if line[column] and read_day(line[column]) is None
    ]
    from_on, until_on = read_day(line["from"]), read_day(line["until"])
    if from_on and until_on and until_on < from_on:
        findings.append(finding(line, "until", "until-before-from"))
    return findings


def read_day(text: str) -> date | None:
    """A day as people write it (`2026-03-02`, `2026/3/2`, `2026年3月2日`, `20260302`); None for what is none."""
    found = _DAY.fullmatch(_MIDNIGHT.sub("", text))
    if found is None:
        return None
    year, month, day = (int(part) for part in (found.groups()[:3] if found[1] else found.groups()[3:]))
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def post_kind(text: str) -> str | None:
    """The key for a kind written in either language; None when it is neither a known word nor a key."""
    return KIND_WORDS.get(text, text.lower() if _KIND.fullmatch(text.lower()) else None)
