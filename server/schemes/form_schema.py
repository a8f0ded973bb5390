"""Reads a form: a bounded subset of JSON Schema 2020-12.

The subset: an object with `properties`; strings, integers, numbers, booleans; choices as `oneOf` of `const` and
`title`; arrays of upload ids, of choices, or of flat objects (a table); and `allOf` with `if`/`then` on one field's
value as the only condition. `docs/scheme-format.md` lists all of it. Anything else is refused, because it would be
ignored.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from server.schemes.form_types import NAMING, Choice, Field, FieldKind, Form, FormRejected, When

MAX_FIELDS = 60
MAX_COLUMNS = 12
MAX_CHOICES = 100
MAX_TITLE = 200
MAX_PATTERN = 100
MAX_PATTERN_INPUT = 200
MAX_REPEATS = 3
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
RESERVED = (
    frozenset({"if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "function", "external"})
    | frozenset({"instance", "of", "and", "or", "not", "between", "true", "false", "null", "item", "partial"})
    | frozenset({"typename", "action", "behalf_name", "behalf_source", "behalf_note"})
)
COMMON = frozenset({"type", "title", "description", "x-widget", "x-order", "x-message"})
ALLOWED: Mapping[str, frozenset[str]] = {
    "string": COMMON | {"minLength", "maxLength", "pattern", "format", "oneOf"},
    "integer": COMMON | {"minimum", "maximum"},
    "number": COMMON | {"minimum", "maximum"},
    "boolean": COMMON,
    "array": COMMON | {"items", "minItems", "maxItems", "uniqueItems"},
}
WIDGETS: Mapping[FieldKind, frozenset[str]] = {
    FieldKind.TEXT: frozenset({"", "text"}),
    FieldKind.TEXTAREA: frozenset({"textarea"}),
    FieldKind.INTEGER: frozenset({"", "number"}),
    FieldKind.NUMBER: frozenset({"", "number"}),
    FieldKind.DATE: frozenset({"", "date"}),
    FieldKind.CHOICE: frozenset({"", "select", "radio"}),
    FieldKind.CHECK: frozenset({"", "check"}),
    FieldKind.CHECKS: frozenset({"", "checks"}),
    FieldKind.FILES: frozenset({"upload"}),
    FieldKind.TABLE: frozenset({"", "table"}),
    FieldKind.UNIT: frozenset({"unit"}),
    FieldKind.POST: frozenset({"post"}),
    FieldKind.PERSON: frozenset({"person"}),
}
NOT_IN_A_TABLE = NAMING | {FieldKind.FILES, FieldKind.CHECKS, FieldKind.TABLE}
Json = Any


def parse_form(content: bytes | str | Mapping[str, Json], key: str = "") -> Form:
    """A form from its JSON; raises FormRejected with every problem at once."""
    return _Reader(key).form(_loaded(content))


def _loaded(content: bytes | str | Mapping[str, Json]) -> Mapping[str, Json]:
    if isinstance(content, Mapping):
        return content
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        loaded = json.loads(text, object_pairs_hook=_once, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        raise FormRejected([("form-json", "", {"line": line})]) from error
    if not isinstance(loaded, dict):
        raise FormRejected([("form-object", "", {})])
    return loaded


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


class _Reader:
    """Gathers fields and problems."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.problems: list[tuple[str, str, Mapping[str, str | int]]] = []

    def refuse(self, rule: str, path: str, **params: str | int) -> None:
        self.problems.append((rule, path, params))

    def form(self, data: Mapping[str, Json]) -> Form:
        self._only(data, {"$schema", "title", "description", "type", "properties", "required", "allOf"}, "")
        if data.get("type") != "object" or not isinstance(data.get("properties"), dict):
            self.refuse("form-object", "")
            raise FormRejected(self.problems)
        title = self._text(data, "title", "", needed=True)
        found: list[tuple[int, int, Field]] = []
        self._fields(found, data["properties"], self._names(data, "required", ""), None, "properties")
        for number, entry in enumerate(self._list(data, "allOf", "")):
            self._condition(found, entry, f"allOf.{number}")
        fields = tuple(entry for _, _, entry in sorted(found, key=lambda each: each[:2]))
        self._check_whole(fields)
        if self.problems:
            raise FormRejected(self.problems)
        return Form(self.key, title, fields)

    def _check_whole(self, fields: tuple[Field, ...]) -> None:
        if not 0 < len(fields) <= MAX_FIELDS:
            self.refuse("form-fields", "properties", limit=MAX_FIELDS)
        by_key = {entry.key: entry for entry in fields}
        if len(by_key) != len(fields):
            twice = sorted({entry.key for entry in fields if sum(entry.key == other.key for other in fields) > 1})
            self.refuse("form-field-twice", f"properties.{twice[0]}", field=twice[0])
            return
        for entry in fields:
            self._check_when(entry, by_key)

    def _check_when(self, entry: Field, by_key: Mapping[str, Field]) -> None:
        when, seen = entry.when, {entry.key}
        while when is not None:
            other = by_key.get(when.field)
            if other is None or other.key in seen:
                self.refuse("form-condition-field", f"properties.{entry.key}", field=when.field)
                return
            values = {choice.value for choice in other.choices} if other.choices else {"true"}
            if other.kind not in (FieldKind.CHOICE, FieldKind.CHECK) or not set(when.values) <= values:
                self.refuse("form-condition-value", f"properties.{entry.key}", field=when.field)
                return
            seen.add(other.key)
            when = other.when

    def _condition(self, found: list[tuple[int, int, Field]], entry: Json, path: str) -> None:
        if not isinstance(entry, dict) or set(entry) != {"if", "then"}:
            self.refuse("form-condition", path)
            return
        when = self._when(entry["if"], path)
        then = entry["then"]
        if when is None or not isinstance(then, dict) or not isinstance(then.get("properties"), dict):
            if when is not None:
                self.refuse("form-condition", path)
            return
        self._only(then, {"properties", "required"}, f"{path}.then")
        required = self._names(then, "required", f"{path}.then")
        self._fields(found, then["properties"], required, when, f"{path}.then.properties")

    def _when(self, data: Json, path: str) -> When | None:
        """`{"properties": {"k": {"const": …}}}` or `enum`; `required` may stand beside it."""
        properties = data.get("properties") if isinstance(data, dict) else None
        if not isinstance(properties, dict) or len(properties) != 1 or set(data) - {"properties", "required"}:
            self.refuse("form-condition", path)
            return None
        (name, test), *_ = properties.items()
        if (
            not isinstance(test, dict)
            or set(test) not in ({"const"}, {"enum"})
            or data.get("required", [name]) != [name]
        ):
            self.refuse("form-condition", path)
            return None
        values = [test["const"]] if "const" in test else test["enum"]
        if not isinstance(values, list) or not values or not all(isinstance(each, str | bool) for each in values):
            self.refuse("form-condition", path)
            return None
        return When(name, tuple(("true" if each else "false") if isinstance(each, bool) else each for each in values))

    def _fields(
        self,
        found: list[tuple[int, int, Field]],
        properties: Mapping[str, Json],
        required: frozenset[str],
        when: When | None,
        path: str,
    ) -> None:
        for name in sorted(required - set(properties)):
            self.refuse("form-required-unknown", path, field=name)
        for name, data in properties.items():
            place = len(found)
            entry = self._field(name, data, f"{path}.{name}", required=name in required, when=when)
            if entry is not None:
                order = data.get("x-order", MAX_FIELDS + place)
                if not isinstance(order, int) or isinstance(order, bool):
                    self.refuse("form-order", f"{path}.{name}")
                    order = place
                found.append((order, place, entry))

    def _field(
        self, name: str, data: Json, path: str, *, required: bool, when: When | None = None, nested: bool = False
    ) -> Field | None:
        if not KEY.fullmatch(name) or name in RESERVED:
            self.refuse("form-key", path, field=name[:60])
        kind_name = data.get("type") if isinstance(data, dict) else None
        if not isinstance(kind_name, str) or kind_name not in ALLOWED:
            self.refuse("form-type", path)
            return None
        self._only(data, ALLOWED[kind_name], path)
        choices = self._choices(data, path)
        columns = self._columns(data, path, nested=nested)
        kind = self._kind(data, kind_name, choices, columns)
        if kind is None or (nested and kind in NOT_IN_A_TABLE):
            self.refuse("form-type", path)
            return None
        widget = self._text(data, "x-widget", path)
        if widget not in WIDGETS[kind]:
            self.refuse("form-widget", path, widget=widget)
        if kind is FieldKind.CHECKS or (kind is FieldKind.CHOICE and not choices):
            choices = choices or self._choices(data["items"], f"{path}.items")
        least, most = self._bounds(data, kind, path)
        return Field(
            key=name,
            title=self._text(data, "title", path, needed=True),
            kind=kind,
            required=required,
            description=self._text(data, "description", path, limit=1000),
            widget=widget if kind is FieldKind.CHOICE else "",
            choices=choices,
            minimum=least,
            maximum=most,
            pattern=self._pattern(data, path, most),
            message=self._text(data, "x-message", path),
            when=when,
            columns=columns,
        )

    def _kind(
        self, data: Mapping[str, Json], name: str, choices: tuple[Choice, ...], columns: tuple[Field, ...]
    ) -> FieldKind | None:
        if name == "string":
            if choices:
                return FieldKind.CHOICE
            if data.get("format") is not None:
                return FieldKind.DATE if data["format"] == "date" else None
            widget = data.get("x-widget")
            return next((kind for kind in (FieldKind.TEXTAREA, *NAMING) if widget == kind.value), FieldKind.TEXT)
        if name == "array":
            items = data.get("items")
            if columns:
                return FieldKind.TABLE
            if not isinstance(items, dict) or items.get("type") != "string":
                return None
            return FieldKind.CHECKS if "oneOf" in items else FieldKind.FILES
        return {"integer": FieldKind.INTEGER, "number": FieldKind.NUMBER, "boolean": FieldKind.CHECK}[name]

    def _columns(self, data: Mapping[str, Json], path: str, *, nested: bool) -> tuple[Field, ...]:
        items = data.get("items")
        if data.get("type") != "array" or not isinstance(items, dict):
            return ()
        if items.get("type") != "object":
            self._only(items, {"type", "oneOf"}, f"{path}.items")
            return ()
        if nested:
            return ()
        self._only(items, {"type", "properties", "required"}, f"{path}.items")
        properties = items.get("properties")
        if not isinstance(properties, dict) or not 0 < len(properties) <= MAX_COLUMNS:
            self.refuse("form-columns", path, limit=MAX_COLUMNS)
            return ()
        found: list[tuple[int, int, Field]] = []
        required = self._names(items, "required", f"{path}.items")
        for name, column in properties.items():
            entry = self._field(name, column, f"{path}.items.{name}", required=name in required, nested=True)
            if entry is not None:
                found.append((int(column.get("x-order", MAX_FIELDS)), len(found), entry))
        return tuple(entry for _, _, entry in sorted(found, key=lambda each: each[:2]))

    def _choices(self, data: Mapping[str, Json], path: str) -> tuple[Choice, ...]:
        if "oneOf" not in data:
            return ()
        entries = data["oneOf"]
        good = isinstance(entries, list) and all(
            isinstance(entry, dict)
            and set(entry) == {"const", "title"}
            and all(isinstance(text, str) and 0 < len(text) <= MAX_TITLE for text in entry.values())
            for entry in entries
        )
        if not good or not 0 < len(entries) <= MAX_CHOICES or len({e["const"] for e in entries}) != len(entries):
            self.refuse("form-choices", path, limit=MAX_CHOICES)
            return (Choice("", ""),)
        return tuple(Choice(entry["const"], entry["title"]) for entry in entries)

    def _bounds(self, data: Mapping[str, Json], kind: FieldKind, path: str) -> tuple[Decimal | None, Decimal | None]:
        names = ("minimum", "maximum")
        if kind in (FieldKind.TEXT, FieldKind.TEXTAREA, FieldKind.DATE, FieldKind.CHOICE):
            names = ("minLength", "maxLength")
        elif kind in (FieldKind.FILES, FieldKind.CHECKS, FieldKind.TABLE):
            names = ("minItems", "maxItems")
        found: list[Decimal | None] = []
        for name in names:
            value = data.get(name)
            whole = name not in ("minimum", "maximum")
            if value is None:
                found.append(None)
            elif isinstance(value, bool) or not isinstance(value, int | Decimal) or (whole and not _is_count(value)):
                self.refuse("form-bound", path, name=name)
                found.append(None)
            else:
                found.append(Decimal(value))
        least, most = found
        if least is not None and most is not None and least > most:
            self.refuse("form-bound", path, name=names[0])
        return least, most

    def _pattern(self, data: Mapping[str, Json], path: str, most: Decimal | None) -> str:
        """A pattern that can be tried in bounded time: no groups, few repeats, on a short text."""
        pattern = self._text(data, "pattern", path, limit=MAX_PATTERN)
        if not pattern:
            return ""
        bare = re.sub(r"\\.", "a", pattern)
        bare = re.sub(r"\[[^\]]*\]", "a", bare)
        bounded = most is not None and most <= MAX_PATTERN_INPUT
        if not bounded or re.search(r"[()]", bare) or len(re.findall(r"[*+{]", bare)) > MAX_REPEATS:
            self.refuse("form-pattern", path, limit=MAX_PATTERN_INPUT)
            return ""
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError):
            self.refuse("form-pattern", path, limit=MAX_PATTERN_INPUT)
            return ""
        return pattern

    def _text(
        self, data: Mapping[str, Json], name: str, path: str, *, needed: bool = False, limit: int = MAX_TITLE
    ) -> str:
        value = data.get(name, "")
        if not isinstance(value, str) or len(value) > limit or (needed and not value.strip()):
            self.refuse("form-text", path, name=name, limit=limit)
            return ""
        return value

    def _names(self, data: Mapping[str, Json], name: str, path: str) -> frozenset[str]:
        values = self._list(data, name, path)
        if not all(isinstance(value, str) for value in values):
            self.refuse("form-list", path, name=name)
            return frozenset()
        return frozenset(values)

    def _list(self, data: Mapping[str, Json], name: str, path: str) -> list[Json]:
        value = data.get(name, [])
        if not isinstance(value, list):
            self.refuse("form-list", path, name=name)
            return []
        return value

    def _only(self, data: Mapping[str, Json], allowed: frozenset[str] | set[str], path: str) -> None:
        for name in sorted(set(data) - allowed):
            self.refuse("form-keyword", path, name=name[:60])


def _is_count(value: int | Decimal) -> bool:
    return isinstance(value, int) and 0 <= value <= 100_000
