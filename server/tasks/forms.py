"""The task kind `form`: a form of the scheme, filled in and handed in; uploads are ids of stored evidence."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.actor import Actor
from server.db.work import Work
from server.evidence import queries as evidence
from server.i18n import Message, text
from server.schemes import queries as schemes
from server.schemes.form_types import NAMING, Field, FieldKind, Form
from server.schemes.forms import validate_form
from server.schemes.words import Words
from server.tasks.additions import is_changed
from server.tasks.form_choices import name_of, with_choices
from server.tasks.form_sheets import form_sheet
from server.tasks.kinds import Applied, Checked, Missing, PageForm, TaskContext, Values
from server.tasks.rules import OPINIONS, VERDICT
from server.tasks.sheets import Sheet

OUTCOME_TEXT = 500
WIDGETS = {
    FieldKind.TEXT: "text",
    FieldKind.TEXTAREA: "textarea",
    FieldKind.INTEGER: "number",
    FieldKind.NUMBER: "number",
    FieldKind.DATE: "date",
    FieldKind.CHECK: "check",
    FieldKind.CHECKS: "checks",
    FieldKind.FILES: "files",
    FieldKind.TABLE: "rows",
}
MEGABYTE = 1024 * 1024
NO_FORM = Form(key="", title="", fields=())


class FormKind:
    """A task whose inside is a form of the scheme; without one it is only marked as done."""

    key = "form"
    may_be_taken_back = True
    template = "tasks/form.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        form = _form(work, context)
        words = _words(work, context)
        return {"fields": [_shown(work, form, entry, values, words) for entry in form.fields]}

    def decides(self, work: Work, context: TaskContext) -> bool:
        return any(entry.key == VERDICT for entry in _form(work, context).fields)

    def sheet(self, work: Work, context: TaskContext, values: Values) -> Sheet:
        return form_sheet(_form(work, context), _words(work, context), values)

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        definition = _form(work, context)
        values: Values = {}
        for entry in definition.fields:
            if entry.kind is FieldKind.TABLE:
                values[entry.key] = _rows(entry, form)
            elif entry.kind in (FieldKind.FILES, FieldKind.CHECKS):
                values[entry.key] = [value for value in form.get(entry.key, ()) if value]
            else:
                values[entry.key] = next(iter(form.get(entry.key, ())), "")
        return values

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        form = _form(work, context)
        cleaned, errors = validate_form(form, values)
        words = _words(work, context) if errors else Words(context.language, own=True)
        named = {path: [_named(form, words, message) for message in messages] for path, messages in errors.items()}
        for entry in form.fields:
            if entry.kind is FieldKind.FILES and entry.key in cleaned:
                unknown = evidence.unknown(work, context.task.unit_id, cleaned[entry.key])
                if unknown:
                    named.setdefault(entry.key, []).append(Message("tasks-file-unknown"))
        return Checked(cleaned, named)

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        """Nothing besides what `check` says of each field."""
        return ()

    def changed(self, work: Work, context: TaskContext, before: Values, after: Values) -> Sequence[str]:
        """The titles of the fields that are not as they were handed in before, but for what was added."""
        form, words = _form(work, context), _words(work, context)
        return [
            words.get(f"form.{form.key}.field.{entry.key}.title", entry.title)
            for entry in form.fields
            if is_changed(entry.kind, before.get(entry.key), after.get(entry.key))
        ]

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        form = _form(work, context)
        outcome = {
            entry.key: values[entry.key]
            for entry in form.fields
            if entry.key in values and _fits(entry, values[entry.key])
        }
        opinion = next((str(values[key]) for key in OPINIONS if values.get(key)), "")
        sealed = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        return Applied(outcome, str(values.get(VERDICT, "done")), opinion, hashlib.sha256(sealed).hexdigest())


def _fits(entry: Field, value: Any) -> bool:
    """Short values go to the process, whose conditions may ask for them; texts, files and tables stay with the task."""
    if entry.kind in (FieldKind.FILES, FieldKind.TABLE, FieldKind.TEXTAREA):
        return False
    return not isinstance(value, str) or len(value) <= OUTCOME_TEXT


def _form(work: Work, context: TaskContext) -> Form:
    key = context.element.form if context.element is not None else None
    if key is None or context.scheme_version_id is None:
        return NO_FORM
    return with_choices(work, context.task, schemes.form_of(work, context.scheme_version_id, key))


def _words(work: Work, context: TaskContext) -> Words:
    if context.scheme_version_id is None:
        return Words(context.language, own=True)
    return schemes.words_of(work, context.scheme_version_id, context.language)


def _named(form: Form, words: Words, message: Message) -> Message:
    """The same message, naming its field in the reader's language."""
    titles = {entry.title: words.get(f"form.{form.key}.field.{entry.key}.title", entry.title) for entry in form.fields}
    named = {
        name: titles.get(value, value) if isinstance(value, str) else value for name, value in message.args.items()
    }
    return Message(message.key, named)


def _rows(entry: Field, form: PageForm) -> list[dict[str, str]]:
    """The rows of a table: inputs named `table.0.column`; adding and removing a row are submit buttons."""
    prefix = f"{entry.key}."
    numbers = sorted(
        {int(name.split(".")[1]) for name in form if name.startswith(prefix) and name.split(".")[1].isdecimal()}
    )
    gone = next(iter(form.get("_remove", ())), "")
    rows = [
        {column.key: next(iter(form.get(f"{prefix}{number}.{column.key}", ())), "") for column in entry.columns}
        for number in numbers
        if gone != f"{entry.key}.{number}"
    ]
    if entry.key in form.get("_add", ()):
        rows.append({column.key: "" for column in entry.columns})
    return rows


def _shown(work: Work, form: Form, entry: Field, values: Values, words: Words) -> dict[str, Any]:
    """One field as the page's macro takes it."""
    base = f"form.{form.key}.field.{entry.key}"
    value = values.get(entry.key, "")
    shown: dict[str, Any] = {
        "name": entry.key,
        "widget": entry.widget or WIDGETS.get(entry.kind, "select"),
        "label": words.get(f"{base}.title", entry.title),
        "hint": words.get(f"{base}.description", entry.description),
        "required": entry.required,
        "value": value,
        "choices": [(each.value, words.get(f"{base}.choice.{each.value}", each.title)) for each in entry.choices],
        "when": {entry.when.field: list(entry.when.values)} if entry.when else {},
    }
    if entry.kind is FieldKind.FILES:
        shown["value"] = [file_line(row) for row in evidence.rows(work, value or [])]
    if entry.kind is FieldKind.TABLE:
        shown["columns"] = [_column(base, column, words) for column in entry.columns]
    return shown


def _column(base: str, column: Field, words: Words) -> dict[str, Any]:
    kinds = {
        FieldKind.INTEGER: "number",
        FieldKind.NUMBER: "number",
        FieldKind.DATE: "date",
        FieldKind.CHOICE: "select",
    }
    path = f"{base}.column.{column.key}"
    return {
        "name": column.key,
        "label": words.get(f"{path}.title", column.title),
        "type": kinds.get(column.kind, "text"),
        "required": column.required,
        "choices": [(each.value, words.get(f"{path}.choice.{each.value}", each.title)) for each in column.choices],
    }


@dataclass(frozen=True, slots=True)
class Said:
    """One field of a form that was handed in: its label, and words or files."""

    label: str
    words: str = ""
    files: tuple[dict[str, str], ...] = ()


def handed_in(work: Work, context: TaskContext, values: Values) -> tuple[Said, ...]:
    """What a form said when it was handed in, field by field; fields that were left empty are passed over."""
    form, words = _form(work, context), _words(work, context)
    return tuple(
        _said(work, entry, values[entry.key], f"form.{form.key}.field.{entry.key}", words)
        for entry in form.fields
        if values.get(entry.key) not in (None, "", [])
    )


def _said(work: Work, entry: Field, value: Any, base: str, words: Words) -> Said:
    label = words.get(f"{base}.title", entry.title)
    if entry.kind is FieldKind.FILES:
        return Said(label, files=tuple(file_line(row) for row in evidence.rows(work, value)))
    titles = {each.value: words.get(f"{base}.choice.{each.value}", each.title) for each in entry.choices}
    if entry.kind is FieldKind.TABLE:
        lines = [" · ".join(str(row.get(column.key, "")) for column in entry.columns) for row in value]
        return Said(label, "\n".join(lines))
    if isinstance(value, list):
        parts = [titles.get(str(each), str(each)) for each in value]
        return Said(label, text("shell-list-separator", words.language).join(parts))
    if entry.kind in NAMING:
        return Said(label, name_of(work, entry.kind, str(value)))
    return Said(label, titles.get(str(value), str(value)))


def file_line(row: evidence.EvidenceRow) -> dict[str, str]:
    """A stored file as the page's macro takes it; the page adds where to open it."""
    return {"id": str(row.id), "name": row.name, "size": size_words(row.size_bytes), "note": row.note}


def size_words(size: int | None) -> str:
    """`1.2 MB`, `340 KB`; empty when there is no file."""
    if size is None:
        return ""
    return f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{max(1, size // 1024)} KB"
