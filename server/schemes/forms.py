"""The judging of what was filled in on a form; see `server.schemes.form_schema` for what a form may be."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from server.i18n import Message
from server.schemes.form_schema import parse_form
from server.schemes.form_types import Choice, Field, FieldKind, Form, FormRejected, When

__all__ = [
    "Choice",
    "Field",
    "FieldKind",
    "Form",
    "FormRejected",
    "When",
    "parse_form",
    "shown",
    "validate_form",
    "values_of",
]

MAX_TEXT = 4000
MAX_ITEMS = 200
NUMBER_TEXT = 30

Values = dict[str, Any]
Errors = dict[str, list[Message]]


def shown(form: Form, values: Mapping[str, Any]) -> list[Field]:
    """The fields that are to be seen with these values; a field whose condition is hidden itself is hidden too."""
    visible: list[Field] = []
    names: set[str] = set()
    for entry in _by_dependence(form.fields):
        when = entry.when
        if when is None or (when.field in names and as_text(values.get(when.field)) in when.values):
            visible.append(entry)
            names.add(entry.key)
    return [entry for entry in form.fields if entry.key in names]


def validate_form(form: Form, raw: Mapping[str, Any]) -> tuple[Values, Errors]:
    """Typed values of the fields that show, and what is wrong by field key (`rows.2.name` within a table).

    raw: texts as a page posts them, or values as JSON gives them; lists for files, checks and tables. Hidden fields are
    dropped first. An empty text means that the field was not filled in. A value of the wrong kind stays as it was
    typed, so that it can be shown again. Values are plain JSON: a decimal stays text, a date its ISO form.
    """
    cleaned = {entry.key: _clean(entry, raw.get(entry.key)) for entry in form.fields}
    values: Values = {}
    errors: Errors = {}
    for entry in shown(form, cleaned):
        value = cleaned[entry.key]
        if value is None:
            if entry.required:
                errors[entry.key] = [Message("scheme-form-required", {"field": entry.title})]
            continue
        values[entry.key] = value
        for path, message in _wrong(entry, value):
            errors.setdefault(path, []).append(message)
    return values, errors


def as_text(value: Any) -> str:
    """A value as conditions compare it: true, 3, text."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _by_dependence(fields: Sequence[Field]) -> list[Field]:
    """Fields without a condition first, then each after the field that it depends on."""
    placed = [entry for entry in fields if entry.when is None]
    waiting = [entry for entry in fields if entry.when is not None]
    while waiting:
        names = {entry.key for entry in placed}
        ready = [entry for entry in waiting if entry.when and entry.when.field in names]
        if not ready:
            break
        placed.extend(ready)
        waiting = [entry for entry in waiting if entry not in ready]
    return placed


def _clean(entry: Field, value: Any) -> Any:
    """The value in its own type where that can be had; None when nothing was filled in."""
    if entry.kind is FieldKind.TABLE:
        rows = (
            [_clean_row(entry, row) for row in value if isinstance(row, Mapping)]
            if isinstance(value, list | tuple)
            else []
        )
        return [row for row in rows if row] or None
    if entry.kind in (FieldKind.FILES, FieldKind.CHECKS):
        items = value if isinstance(value, list | tuple) else [] if value is None else [value]
        kept = list(dict.fromkeys(str(item) for item in items if str(item).strip()))
        return kept or None
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    if entry.kind is FieldKind.CHECK:
        return _check(value)
    if isinstance(value, str):
        value = value.replace("\r\n", "\n").strip()
    if value is None or value == "":
        return None
    return _typed(entry.kind, value)


def _clean_row(entry: Field, row: Mapping[str, Any]) -> Values:
    cells = {column.key: _clean(column, row.get(column.key)) for column in entry.columns}
    return {key: value for key, value in cells.items() if value is not None}


def _check(value: Any) -> Any:
    if value in (None, "", False, "false", "off"):
        return None
    return True if value in (True, "true", "on", "1", "yes") else str(value)


def _typed(kind: FieldKind, value: Any) -> Any:
    text = str(value)
    if kind is FieldKind.INTEGER and re.fullmatch(r"[+-]?[0-9]{1,15}", text) and not isinstance(value, bool):
        return int(text)
    if kind is FieldKind.NUMBER and not isinstance(value, bool) and (number := _decimal(text)) is not None:
        return format(number, "f")
    return text


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if len(text) <= NUMBER_TEXT and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else None


def _wrong(entry: Field, value: Any) -> list[tuple[str, Message]]:
    """(path, what is wrong) for a value that was filled in."""
    match entry.kind:
        case FieldKind.TEXT | FieldKind.TEXTAREA:
            messages = _wrong_text(entry, value)
        case FieldKind.INTEGER | FieldKind.NUMBER:
            messages = _wrong_number(entry, value)
        case FieldKind.DATE:
            messages = [] if is_date(value) else [Message("scheme-form-date", {"field": entry.title})]
        case FieldKind.CHOICE | FieldKind.UNIT | FieldKind.POST | FieldKind.PERSON:
            messages = [] if value in values_of(entry) else [Message("scheme-form-choice", {"field": entry.title})]
        case FieldKind.CHECK:
            messages = [] if value is True else [Message("scheme-form-choice", {"field": entry.title})]
        case FieldKind.CHECKS:
            unknown = set(value) - set(values_of(entry))
            messages = (
                [Message("scheme-form-choice", {"field": entry.title})] if unknown else _wrong_count(entry, value)
            )
        case FieldKind.FILES:
            messages = _wrong_count(entry, value)
        case FieldKind.TABLE:
            return [(entry.key, message) for message in _wrong_count(entry, value)] + _wrong_rows(entry, value)
    return [(entry.key, message) for message in messages]


def values_of(entry: Field) -> tuple[str, ...]:
    return tuple(choice.value for choice in entry.choices)


def is_date(value: Any) -> bool:
    """True for a date as YYYY-MM-DD, from 1900 to 2199."""
    if not isinstance(value, str) or not re.fullmatch(r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _wrong_text(entry: Field, value: str) -> list[Message]:
    least, most = int(entry.minimum or 0), int(entry.maximum or MAX_TEXT)
    if len(value) < least:
        return [Message("scheme-form-too-short", {"field": entry.title, "least": least})]
    if len(value) > most:
        return [Message("scheme-form-too-long", {"field": entry.title, "most": most, "has": len(value)})]
    if entry.pattern and not re.search(entry.pattern, value):
        if entry.message:
            return [Message("scheme-form-own-message", {"field": entry.title, "message": entry.message})]
        return [Message("scheme-form-pattern", {"field": entry.title})]
    return []


def _wrong_number(entry: Field, value: Any) -> list[Message]:
    number = Decimal(value) if entry.kind is FieldKind.INTEGER and isinstance(value, int) else _decimal(str(value))
    if number is None or (entry.kind is FieldKind.INTEGER and not isinstance(value, int)):
        kind = "scheme-form-integer" if entry.kind is FieldKind.INTEGER else "scheme-form-number"
        return [Message(kind, {"field": entry.title})]
    if entry.minimum is not None and number < entry.minimum:
        return [Message("scheme-form-too-small", {"field": entry.title, "least": str(entry.minimum)})]
    if entry.maximum is not None and number > entry.maximum:
        return [Message("scheme-form-too-big", {"field": entry.title, "most": str(entry.maximum)})]
    return []


def _wrong_count(entry: Field, value: Sequence[Any]) -> list[Message]:
    least, most = int(entry.minimum or 0), int(entry.maximum or MAX_ITEMS)
    if len(value) < least:
        return [Message("scheme-form-too-few", {"field": entry.title, "least": least})]
    if len(value) > most:
        return [Message("scheme-form-too-many", {"field": entry.title, "most": most})]
    return []


def _wrong_rows(entry: Field, rows: Sequence[Values]) -> list[tuple[str, Message]]:
    found: list[tuple[str, Message]] = []
    for number, row in enumerate(rows):
        for column in entry.columns:
            path = f"{entry.key}.{number}.{column.key}"
            if column.key in row:
                found.extend((path, message) for _, message in _wrong(column, row[column.key]))
            elif column.required:
                found.append((path, Message("scheme-form-required", {"field": column.title})))
    return found
