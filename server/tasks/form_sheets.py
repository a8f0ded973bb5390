"""A form of the scheme on paper: a line for each field, a block for each table."""

from collections.abc import Mapping
from typing import Any

from server.i18n import Message, text
from server.schemes.form_types import Field, FieldKind, Form
from server.schemes.words import Words
from server.tasks.sheets import Block, Cell, CellKind, Column, Line, Sheet, codes, yes_or_no

WIDTHS = (7, 24, 30, 48)
MORE = 18
"""Width of the further columns of a wide table."""
SPARE_ROWS = 5
ROWS_AT_LEAST = 8
ROWS_AT_MOST = 60

CELLS = {
    FieldKind.TEXT: CellKind.TEXT,
    FieldKind.TEXTAREA: CellKind.LONG,
    FieldKind.INTEGER: CellKind.INTEGER,
    FieldKind.NUMBER: CellKind.NUMBER,
    FieldKind.DATE: CellKind.DATE,
    FieldKind.CHOICE: CellKind.CHOICE,
    FieldKind.CHECK: CellKind.TICK,
    FieldKind.UNIT: CellKind.CHOICE,
    FieldKind.POST: CellKind.CHOICE,
    FieldKind.PERSON: CellKind.CHOICE,
}


def form_sheet(form: Form, words: Words, values: Mapping[str, Any]) -> Sheet:
    """Lines are numbered as the form's fields are, which a version never changes."""
    writer = _FormWriter(form, words, values)
    lines = [line for entry in form.fields if entry.kind is not FieldKind.TABLE for line in writer.lines(entry)]
    tables = [writer.table(entry) for entry in form.fields if entry.kind is FieldKind.TABLE]
    wide = max((len(table.columns) for table in tables), default=0)
    widths = WIDTHS + (MORE,) * (wide - len(WIDTHS))
    blocks = ([Block(writer.columns(len(widths)), tuple(lines))] if lines else []) + tables
    return Sheet(tuple(blocks), widths, landscape=len(widths) > len(WIDTHS))


class _FormWriter:
    def __init__(self, form: Form, words: Words, values: Mapping[str, Any]) -> None:
        self._form = form
        self._words = words
        self._values = values
        self._language = words.language

    def columns(self, width: int) -> tuple[Column, ...]:
        say = self._say
        answer = Column(say("sheet-answer"), span=width - len(WIDTHS) + 1)
        return (Column(codes(self._language)), Column(say("sheet-field")), Column(say("sheet-hint")), answer)

    def lines(self, entry: Field) -> list[Line]:
        code, label, hint = self._code(entry), self._label(entry), self._hint(entry)
        if entry.kind is FieldKind.FILES:
            return [Line(code, (label, self._joined(hint, self._say("sheet-files"))))]
        if entry.kind is FieldKind.CHECKS:
            ticked = self._values.get(entry.key)
            return [
                Line(
                    f"{code}({number})",
                    (self._say("sheet-of", name=label, part=words), hint),
                    (self._tick((entry.key,), value, isinstance(ticked, list) and value in ticked),),
                )
                for number, (value, words) in enumerate(self._choices(entry, self._base(entry)), start=1)
            ]
        value = self._values.get(entry.key)
        return [Line(code, (label, hint), (self._cell(entry, (entry.key,), value, self._base(entry)),))]

    def table(self, entry: Field) -> Block:
        """A table has a line for each of its rows, and some to spare."""
        base, code = self._base(entry), self._code(entry)
        found = self._values.get(entry.key)
        rows = [row if isinstance(row, Mapping) else {} for row in found] if isinstance(found, list) else []
        most = min(int(entry.maximum or ROWS_AT_MOST), ROWS_AT_MOST)
        count = max(len(rows), min(most, max(ROWS_AT_LEAST, len(rows) + SPARE_ROWS)))
        heads = [
            Column(self._starred(column, self._words.get(f"{base}.column.{column.key}.title", column.title)))
            for column in entry.columns
        ]
        lines = []
        for number in range(count):
            row = rows[number] if number < len(rows) else {}
            cells = tuple(
                self._cell(column, (entry.key, number, column.key), row.get(column.key), f"{base}.column.{column.key}")
                for column in entry.columns
            )
            lines.append(Line(f"{code}({number + 1})", (), cells))
        title = self._joined(self._say("sheet-of", name=code, part=self._label(entry)), self._hint(entry))
        return Block((Column(codes(self._language)), *heads), tuple(lines), title)

    def _cell(self, entry: Field, path: tuple[str | int, ...], value: Any, base: str) -> Cell:
        if entry.kind is FieldKind.CHECK:
            return self._tick(path, "", value in (True, "1", "true", "on", "yes"))
        kind = CELLS.get(entry.kind, CellKind.TEXT)
        numeric = kind in (CellKind.INTEGER, CellKind.NUMBER)
        return Cell(
            path,
            kind,
            value="" if value is None or isinstance(value, list | dict) else str(value),
            choices=tuple(self._choices(entry, base)),
            least=entry.minimum if numeric else None,
            most=entry.maximum if numeric else None,
        )

    def _tick(self, path: tuple[str | int, ...], item: str, is_ticked: bool) -> Cell:
        return Cell(path, CellKind.TICK, "yes" if is_ticked else "", yes_or_no(self._language), item=item)

    def _choices(self, entry: Field, base: str) -> list[tuple[str, str]]:
        return [
            (choice.value, self._words.get(f"{base}.choice.{choice.value}", choice.title)) for choice in entry.choices
        ]

    def _hint(self, entry: Field) -> str:
        hint = self._words.get(f"{self._base(entry)}.description", entry.description)
        if entry.when is None:
            return hint
        other = self._form.field(entry.when.field)
        titles = dict(self._choices(other, self._base(other))) | {"true": self._say("sheet-yes")}
        values = [titles.get(value, value) for value in entry.when.values]
        only = self._say(
            "sheet-only-when", name=self._title(other), value=self._say("shell-list-separator").join(values)
        )
        return self._joined(only, hint)

    def _joined(self, *parts: str) -> str:
        return "\n".join(part for part in parts if part)

    def _label(self, entry: Field) -> str:
        return self._starred(entry, self._title(entry))

    def _starred(self, entry: Field, title: str) -> str:
        return f"{title} *" if entry.required else title

    def _title(self, entry: Field) -> str:
        return self._words.get(f"{self._base(entry)}.title", entry.title)

    def _base(self, entry: Field) -> str:
        return f"form.{self._form.key}.field.{entry.key}"

    def _code(self, entry: Field) -> str:
        return str(self._form.fields.index(entry) + 1)

    def _say(self, key: str, **values: str) -> str:
        return text(Message(key, values), self._language)
