"""Typed access to one TOML table; what is wrong becomes a finding, and reading goes on so that all of it is found."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar, cast

from server.schemes.definition import Origin, Source, Sourced
from server.schemes.findings import Finding

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}(?:-[a-z0-9_]+)*")
MAX_TEXT = 2000
MAX_LINE = 100_000
FIRST_YEAR, LAST_YEAR = 1900, 2199
E = TypeVar("E", bound=StrEnum)
NO_SOURCE = Source(Origin.DEFAULT)


class Table:
    """One table of the file. path: where it stands (`deadline.plan`). findings: the list that all tables share."""

    def __init__(self, data: Mapping[str, Any], path: str, file: str, findings: list[Finding]) -> None:
        self.data = data
        self.path = path
        self.file = file
        self.findings = findings
        self._read: set[str] = set()

    def refuse(self, rule: str, name: str = "", **params: str | int) -> None:
        element = ".".join(part for part in (self.path, name) if part)
        self.findings.append(Finding(self.file, rule, element=element or None, params=params))

    def has(self, name: str) -> bool:
        return name in self.data

    def raw(self, name: str) -> Any:
        self._read.add(name)
        return self.data.get(name)

    def text(self, name: str, *, needed: bool = True, limit: int = MAX_TEXT) -> str:
        """A text; empty when it is absent or refused."""
        value = self.raw(name)
        if value is None:
            if needed:
                self.refuse("value-missing", name)
            return ""
        if not isinstance(value, str) or len(value) > limit or (needed and not value.strip()):
            self.refuse("value-text", name, limit=limit)
            return ""
        return value

    def key(self, name: str = "key", *, needed: bool = True) -> str:
        """A key: small ASCII letters, digits, underscores and hyphens."""
        value = self.text(name, needed=needed)
        if value and not KEY.fullmatch(value):
            self.refuse("value-key", name, value=value[:60])
            return ""
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry.strip() for entry in value):
            self.refuse("value-list", name)
            return ()
        return tuple(value)

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            self.refuse("value-flag", name)
        return value is True

    def integer(self, name: str, least: int, most: int, *, needed: bool = True) -> int | None:
        return self.check_integer(name, self.raw(name), least, most, needed=needed)

    def check_integer(self, name: str, value: Any, least: int, most: int, *, needed: bool = True) -> int | None:
        if value is None and not needed:
            return None
        if value is None:
            self.refuse("value-missing", name)
        elif isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse("value-number", name, least=least, most=most)
        else:
            return value
        return None

    def decimal(self, name: str, *, needed: bool = True) -> Decimal | None:
        """A number written as text, so that nothing is lost: `"12.5"`, at most two decimal places."""
        value = self.raw(name)
        if value is None:
            if needed:
                self.refuse("value-missing", name)
            return None
        number = to_decimal(value)
        if number is None:
            self.refuse("value-decimal", name)
        return number

    def day(self, name: str) -> date | None:
        value = self.raw(name)
        if value is None:
            self.refuse("value-missing", name)
            return None
        is_day = isinstance(value, date) and not isinstance(value, datetime)
        if not is_day or not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.refuse("value-date", name)
            return None
        return cast(date, value)

    def choice(self, name: str, kind: type[E], default: E | None = None) -> E | None:
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if value is None:
            self.refuse("value-missing", name)
            return None
        return self.member(name, value, kind)

    def member(self, name: str, value: Any, kind: type[E]) -> E | None:
        if value in [member.value for member in kind]:
            return kind(value)
        self.refuse("value-choice", name, choices=", ".join(member.value for member in kind))
        return None

    def source(self) -> Source:
        """Where this table's values come from: `source`, `line`, `note`."""
        origin = self.raw("source")
        line = self.integer("line", 1, MAX_LINE, needed=False)
        note = self.text("note", needed=False)
        if origin is None:
            self.refuse("source-missing")
            return NO_SOURCE
        known = self.member("source", origin, Origin)
        if known is Origin.NOTICE and line is None and "line" not in self.data:
            self.refuse("source-line-missing")
        if known is not None and known is not Origin.NOTICE and line is not None:
            self.refuse("source-line-extra", origin=known.value)
        return Source(known or Origin.DEFAULT, line, note)

    def table(self, name: str) -> "Table | None":
        """A table within this one; None when it is absent."""
        value = self.raw(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.refuse("value-table", name)
            return None
        return Table(value, ".".join(part for part in (self.path, name) if part), self.file, self.findings)

    def tables(self, name: str) -> list["Table"]:
        """An array of tables, each known by its key or its number."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.refuse("value-tables", name)
            return []
        return [
            Table(entry, f"{name}.{_label(entry, number)}", self.file, self.findings)
            for number, entry in enumerate(value, start=1)
        ]

    def sourced_text(self, name: str, *, needed: bool = False) -> Sourced[str] | None:
        """`{ value = "…", source = "notice", line = 5 }`."""
        inner = self._sourced(name, needed=needed)
        if inner is None:
            return None
        found = Sourced(inner.text("value"), inner.source())
        inner.done()
        return found

    def sourced_day(self, name: str) -> Sourced[date] | None:
        inner = self._sourced(name, needed=False)
        if inner is None:
            return None
        day, source = inner.day("value"), inner.source()
        inner.done()
        return Sourced(day, source) if day is not None else None

    def sourced_decimal(self, name: str) -> Sourced[Decimal] | None:
        inner = self._sourced(name, needed=False)
        if inner is None:
            return None
        number, source = inner.decimal("value"), inner.source()
        inner.done()
        return Sourced(number, source) if number is not None else None

    def sourced_choice(self, name: str, kind: type[E]) -> Sourced[E] | None:
        inner = self._sourced(name, needed=True)
        if inner is None:
            return None
        member, source = inner.choice("value", kind), inner.source()
        inner.done()
        return Sourced(member, source) if member is not None else None

    def _sourced(self, name: str, *, needed: bool) -> "Table | None":
        if needed and name not in self.data:
            self.raw(name)
            self.refuse("value-missing", name)
            return None
        return self.table(name)

    def done(self) -> None:
        """Refuse what nobody has read: it would be without effect."""
        for name in sorted(set(self.data) - self._read):
            self.refuse("value-unknown", name)


def _label(entry: Mapping[str, Any], number: int) -> str:
    """What an entry of an array is called in a finding: its key, else its number."""
    key = entry.get("key")
    return key[:60] if isinstance(key, str) and key else str(number)


def to_decimal(value: Any) -> Decimal | None:
    """A number of at most two decimal places from its text; None for anything else."""
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,2})?", value):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None
