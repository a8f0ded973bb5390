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
from functools import cache

from server.i18n import LANGUAGES, Message, has_text, text
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


COLUMNS = (*LENGTHS, "name")
"""`name` is a person's or a unit's, as the other columns tell."""

REQUIRED: Mapping[Table, tuple[str, ...]] = {
    Table.COMBINED: ("unit_code", "parent_code", "unit_name", "person_name", "post_kind"),
    Table.PEOPLE: ("unit_code", "person_name", "post_kind"),
    Table.POSTS: ("unit_code", "post_kind", "post_title"),
    Table.UNITS: ("unit_code", "parent_code", "unit_name"),
}
"""Tried in this order; the first whose headers are all there it is."""

PERSON_COLUMNS = frozenset({"login", "post_kind", "post_title", "phone", "email", "from", "until"})
_KIND = re.compile(r"[a-z][a-z0-9_]*")
_CODE = re.compile(r"[^\s/\\<>\"'`,;]+")
_PHONE = re.compile(r"[0-9+() \-]{5,40}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DAY = re.compile(r"(\d{4})\s*[-/.\u5e74]\s*(\d{1,2})\s*[-/.\u6708]\s*(\d{1,2})\s*\u65e5?|(\d{4})(\d{2})(\d{2})")
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
        content = decode(file.content)
        if content is None:
            rows.findings.append(finding(whole, "", "not-text"))
            continue
        table, lines, findings = read_table(file.name, content)
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


def read_table(name: str, content: str) -> tuple[Table | None, list[Line], list[Finding]]:
    """The rows of one file and what it is; None when its headers fit nothing we know."""
    head = Line(name, 1, {})
    raw = _raw_rows(content)
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


def _raw_rows(content: str) -> Iterator[list[str]]:
    first = content.split("\n", 1)[0]
    delimiter = max((",", "\t", ";"), key=first.count)
    return csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)


def _columns(head: Line, header: Sequence[str]) -> tuple[list[str], list[Finding]]:
    """Our column for each of the file's; empty for what we do not know, which is left out and said."""
    known = header_words()
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
        missing=", ".join(_both(column) for column in missing),
        all=", ".join(_both(column) for column in REQUIRED[nearest]),
    )


def _both(column: str) -> str:
    return "/".join(header_of(column, language) for language in LANGUAGES)


def header_of(column: str, language: str) -> str:
    """The usual header of a column in a language."""
    return text(f"organisation-column-{column.replace('_', '-')}", language)


@cache
def header_words() -> Mapping[str, str]:
    """Every header that is understood, in every language, and the column it stands for."""
    return {
        word: column
        for column in COLUMNS
        for language in LANGUAGES
        for word in _synonyms(f"organisation-column-{column.replace('_', '-')}", language)
    }


@cache
def kind_words() -> Mapping[str, str]:
    """Every word for a kind of post, in every language, and its key."""
    return {
        word.lower(): kind.value
        for kind in PostKind
        for language in LANGUAGES
        for word in _synonyms(f"organisation-kind-{kind.value.replace('_', '-')}", language)
    }


def _synonyms(key: str, language: str) -> tuple[str, ...]:
    """The word of a key, and those under `<key>-also`, which commas part."""
    also = text(f"{key}-also", language).split(",") if has_text(f"{key}-also", language) else []
    return tuple(word.strip() for word in (text(key, language), *also))


def clean(cell: str) -> str:
    """The cell as it was meant: no spaces around it, no control or invisible signs; a spreadsheet's `="001"` is 001."""
    plain = "".join(each for each in cell if unicodedata.category(each)[0] != "C").strip()
    return plain[2:-1] if plain.startswith('="') and plain.endswith('"') else plain


def clean_cell(column: str, cell: str) -> str:
    """Names keep their full-width signs; codes, numbers and days lose them."""
    plain = clean(cell)
    return plain if column in WORDS else unicodedata.normalize("NFKC", plain).strip()


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


def read_day(written: str) -> date | None:
    """A day as people write it (`2026-03-02`, `2026/3/2`, `2026年3月2日`, `20260302`); None for what is none."""
    found = _DAY.fullmatch(_MIDNIGHT.sub("", written))
    if found is None:
        return None
    year, month, day = (int(part) for part in (found.groups()[:3] if found[1] else found.groups()[3:]))
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def post_kind(word: str) -> str | None:
    """The key for a kind written in any language; None when it is neither a known word nor a key."""
    return kind_words().get(word.lower(), word.lower() if _KIND.fullmatch(word.lower()) else None)
