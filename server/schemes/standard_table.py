"""The table of criteria as a page shows it, whatever its rules mean; scoring is a higher floor's business. Pure."""

import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from server.schemes.toml_tables import to_decimal
from server.schemes.words import Words

ROWS_AT_MOST = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """is_original: the wording is shown in the scheme's language because it has no translation. points: as written."""

    id: str
    wording: str
    is_original: bool
    points: str
    rule: str
    parameters: dict[str, str]
    source: str
    line: str


@dataclass(frozen=True, slots=True)
class Item:
    """Level 2; stated: points that the notice gives, empty where it gives none."""

    title: str
    rows: tuple[Row, ...]
    stated: str

    @property
    def sum(self) -> Decimal:
        return sum((to_decimal(row.points) or Decimal(0) for row in self.rows), Decimal(0))


@dataclass(frozen=True, slots=True)
class Unit:
    """Level 1."""

    title: str
    items: tuple[Item, ...]
    stated: str

    @property
    def sum(self) -> Decimal:
        return sum((item.sum for item in self.items), Decimal(0))


def read_table(content: bytes, words: Words) -> tuple[Unit, ...]:
    """Units, items and rows in the file's order; lines that cannot be read are passed over (the check names them)."""
    units: dict[str, dict[str, list[dict[str, str]]]] = {}
    for line in _lines(content):
        cells = {name: value for name, value in line.items() if isinstance(name, str) and isinstance(value, str)}
        if cells.get("id"):
            units.setdefault(cells.get("unit", ""), {}).setdefault(cells.get("item", ""), []).append(cells)
    return tuple(_unit(title, items, words) for title, items in units.items())


def _lines(content: bytes) -> list[dict[str | Any, str | Any]]:
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig", errors="replace"), newline=""))
    try:
        return list(islice(reader, ROWS_AT_MOST))
    except csv.Error:
        return []


def _unit(title: str, items: dict[str, list[dict[str, str]]], words: Words) -> Unit:
    first = next(iter(items.values()))[0]
    key = first["id"].split(".", 1)[0]
    return Unit(
        words.get(f"unit.{key}", title),
        tuple(_item(name, rows, words) for name, rows in items.items()),
        first.get("unit_points", ""),
    )


def _item(title: str, rows: list[dict[str, str]], words: Words) -> Item:
    key = rows[0]["id"].rpartition(".")[0]
    return Item(
        words.get(f"item.{key}", title), tuple(_row(cells, words) for cells in rows), rows[0].get("item_points", "")
    )


def _row(cells: dict[str, str], words: Words) -> Row:
    word = words.word(f"row.{cells['id']}", cells.get("criterion", ""))
    pairs = (part.partition("=") for part in cells.get("parameters", "").split(";") if part.strip())
    return Row(
        cells["id"],
        word.text,
        word.is_original,
        cells.get("points", ""),
        cells.get("rule", ""),
        {name.strip(): value.strip() for name, _, value in pairs},
        cells.get("source", ""),
        cells.get("line", ""),
    )
