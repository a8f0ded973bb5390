"""Reads `standard.csv`, with every problem by line and column; a standard with problems is not handed on."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from server.errors import Invalid
from server.i18n import Message
from server.standards.kinds import KINDS, kind_of, points_of
from server.standards.tree import Node, Rule, Standard

REQUIRED = ("id", "unit", "item", "criterion", "points", "rule", "parameters", "not_applicable", "source")
OPTIONAL = (
    "line",
    "evidence",
    "evidence_source",
    "core",
    "lead",
    "lead_unit",
    "assisting_units",
    "unit_points",
    "item_points",
)
SOURCES = frozenset({"notice", "authority", "default"})
ROWS_AT_MOST = 2000
LENGTHS = {
    "unit": 300,
    "item": 300,
    "criterion": 4000,
    "evidence": 1000,
    "lead": 100,
    "lead_unit": 200,
    "assisting_units": 1000,
}
ID_SHAPE = re.compile(r"[0-9A-Za-z_-]{1,15}(\.[0-9A-Za-z_-]{1,15}){0,2}")
YES_NO = {"yes": True, "no": False, "": False}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the file. line: from 1, the head included; column: its head, empty for the whole line."""

    message: Message
    line: int
    column: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """standard is None when there are problems."""

    standard: Standard | None
    problems: Sequence[Problem]


def read_standard(content: bytes) -> Reading:
    """Read the file: UTF-8, one line a scored row, in the notice's order.

    The id shows the tree: `unit.item.row`, or `unit.row` when `item` is empty, or `row` when `unit` is empty too.
    """
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except UnicodeDecodeError:
        return Reading(None, [Problem(Message("standards-not-utf8"), 1)])
    except csv.Error:
        return Reading(None, [Problem(Message("standards-not-csv"), 1)])
    head = lines[0] if lines else []
    wrong = _head_problems(head)
    if wrong:
        return Reading(None, wrong)
    if len(lines) - 1 > ROWS_AT_MOST:
        return Reading(None, [Problem(Message("standards-too-many-rows", {"limit": ROWS_AT_MOST}), 1)])
    reader = _Reader()
    for number, cells in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in cells):
            reader.add(number, head, cells)
    if not reader.nodes and not reader.problems:
        reader.problems.append(Problem(Message("standards-no-rows"), 1))
    return Reading(None if reader.problems else Standard(reader.nodes), tuple(reader.problems))


def _head_problems(head: Sequence[str]) -> list[Problem]:
    absent = [name for name in REQUIRED if name not in head]
    missing = [Problem(Message("standards-column-missing", {"name": name}), 1, name) for name in absent]
    unknown = [
        Problem(Message("standards-column-unknown", {"name": name}), 1, name)
        for name in dict.fromkeys(head)
        if name not in REQUIRED + OPTIONAL or list(head).count(name) > 1
    ]
    return missing + unknown


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (name.strip() for name in text.split("|")))))


class _Reader:
    """Builds the nodes line by line and gathers the problems."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.problems: list[Problem] = []
        self._seen: dict[str, Node] = {}
        self._open: tuple[str, ...] = ()
        self._line = 0

    def add(self, line: int, head: Sequence[str], cells: Sequence[str]) -> None:
        self._line = line
        if len(cells) != len(head):
            self._wrong("", "standards-cells", wanted=len(head), found=len(cells))
            return
        row = {name: cell if name == "criterion" else cell.strip() for name, cell in zip(head, cells, strict=True)}
        for name, limit in LENGTHS.items():
            if len(row.get(name, "")) > limit:
                self._wrong(name, "standards-too-long", limit=limit)
        before = len(self.problems)
        node = self._row(row)
        if len(self.problems) == before:
            self._keep(node)

    def _wrong(self, column: str, key: str, **args: str | int) -> None:
        self.problems.append(Problem(Message(key, args), self._line, column))

    def _row(self, row: Mapping[str, str]) -> Node:
        key, parts = row["id"], row["id"].split(".")
        titles = [row[name] for name in ("unit", "item") if row[name]]
        if not ID_SHAPE.fullmatch(key) or len(parts) != len(titles) + 1 or (row["item"] and not row["unit"]):
            self._wrong("id", "standards-id-shape", id=key)
        elif key in self._seen:
            self._wrong("id", "standards-id-twice", id=key)
        else:
            self._groups(parts[:-1], titles, row)
        if not row["criterion"].strip():
            self._wrong("criterion", "standards-wording-missing")
        return Node(
            key=key,
            parent_key=".".join(parts[:-1]) or None,
            level=len(parts),
            position=len(self.nodes) + 1,
            wording=row["criterion"],
            points=self._points(row, "points"),
            rule=self._rule(row),
            may_not_apply=self._yes_no(row, "not_applicable"),
            core=self._yes_no(row, "core"),
            evidence_asked=row.get("evidence", ""),
            evidence_source=self._source(row, "evidence_source") if row.get("evidence") else "",
            lead_role=row.get("lead") or None,
            lead_unit=row.get("lead_unit", ""),
            assisting_units=_names(row.get("assisting_units", "")),
            source=self._source(row, "source"),
            source_line=self._source_line(row),
        )

    def _groups(self, parts: Sequence[str], titles: Sequence[str], row: Mapping[str, str]) -> None:
        """The nodes above a row: opened when they are new, and the same as before when they are not."""
        above: tuple[str, ...] = ()
        for depth, (title, name) in enumerate(zip(titles, ("unit", "item"), strict=False), start=1):
            key = ".".join(parts[:depth])
            above = (*above, key)
            known = self._seen.get(key)
            stated = self._points(row, f"{name}_points") if row.get(f"{name}_points") else None
            if known is None:
                parent = ".".join(parts[: depth - 1]) or None
                place = len(self.nodes) + 1
                self._keep(Node(key, parent, depth, place, title=title, points=stated, source=row["source"]))
            elif known.rule is not None:
                self._wrong("id", "standards-id-twice", id=key)
            elif known.title != title:
                self._wrong(name, "standards-title-differs", id=key, first=known.title, second=title)
            elif key not in self._open:
                self._wrong(name, "standards-apart", id=key)
            elif stated is not None and stated != known.points:
                self._wrong(f"{name}_points", "standards-stated-differs", id=key)
        self._open = above

    def _keep(self, node: Node) -> None:
        self.nodes.append(node)
        self._seen[node.key] = node

    def _points(self, row: Mapping[str, str], column: str) -> Decimal | None:
        try:
            return points_of(row[column])
        except Invalid as error:
            self.problems.append(Problem(error.message, self._line, column))
            return None

    def _rule(self, row: Mapping[str, str]) -> Rule | None:
        if row["rule"] not in KINDS:
            self._wrong("rule", "standards-rule-unknown", rule=row["rule"])
            return None
        values: dict[str, str] = {}
        for part in filter(None, (part.strip() for part in row["parameters"].split(";"))):
            name, equals, value = part.partition("=")
            if not equals or name.strip() in values:
                self._wrong("parameters", "standards-parameter-shape", part=part)
                return None
            values[name.strip()] = value.strip()
        try:
            rule = Rule(row["rule"], points_of(row["points"]), values)
        except Invalid:
            return None
        for message in kind_of(rule).problems():
            self.problems.append(Problem(message, self._line, "parameters"))
        return rule

    def _yes_no(self, row: Mapping[str, str], column: str) -> bool:
        value = YES_NO.get(row.get(column, ""))
        if value is None:
            self._wrong(column, "standards-yes-no")
        return bool(value)

    def _source(self, row: Mapping[str, str], column: str) -> str:
        if row.get(column, "") not in SOURCES:
            self._wrong(column, "standards-source")
        return row.get(column, "")

    def _source_line(self, row: Mapping[str, str]) -> int | None:
        text = row.get("line", "")
        if text.isascii() and text.isdigit() and len(text) <= 6:
            return int(text)
        if text or row["source"] == "notice":
            self._wrong("line", "standards-line")
        return None
