"""What goes with a verdict besides its words: files, and a signature where the diagram asks for one.

They lie among the values of the decision, under names of their own, whatever the kind of task makes of the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from server.actor import Actor
from server.db.work import Work
from server.evidence import operations as storing
from server.evidence import queries as evidence
from server.evidence.queries import EvidenceRow
from server.i18n import Message
from server.organisation.queries import unit_path
from server.tasks.kinds import Checked, PageForm, TaskContext, TaskKind, Values
from server.tasks.rules import FILES, SIGNATURE, SIGNED_NAME

FILES_AT_MOST = 5
NAME_AT_MOST = 50
PICTURES = ("image/png", "image/jpeg")
REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Beside:
    """What was given with a decision."""

    files: tuple[EvidenceRow, ...] = ()
    signature: EvidenceRow | None = None
    signed_name: str = ""


def decides(work: Work, kind: TaskKind, context: TaskContext) -> bool:
    """Whether a task asks for a verdict; a kind says so by `decides`, once for all or task by task."""
    said: bool | Callable[[Work, TaskContext], bool] = getattr(kind, "decides", False)
    return said(work, context) if callable(said) else said


def signing(work: Work, kind: TaskKind, context: TaskContext) -> str:
    """`optional` or `required` where the diagram asks for a signature to the verdict; else empty."""
    approval = context.element.approval if context.element is not None else None
    return approval.signature if approval is not None and decides(work, kind, context) else ""


def read(work: Work, kind: TaskKind, context: TaskContext, form: PageForm) -> Values:
    """The values of a page, with what goes with the verdict."""
    values = kind.read(work, context, form)
    if not decides(work, kind, context):
        return values
    given: Values = {FILES: [value for value in dict.fromkeys(form.get(FILES, ())) if value]}
    if signing(work, kind, context):
        given[SIGNATURE] = [value for value in form.get(SIGNATURE, ()) if value][-1:]
        given[SIGNED_NAME] = next(iter(form.get(SIGNED_NAME, ())), "").strip()
    return {**values, **{name: value for name, value in given.items() if value}}


def judged(actor: Actor, work: Work, kind: TaskKind, context: TaskContext, values: Values, checked: Checked) -> Checked:
    """What the kind has made of the values, with what goes with the verdict, which is judged here."""
    if not decides(work, kind, context):
        return checked
    errors: dict[str, Sequence[Message]] = {}
    clean: Values = {FILES: _ids(values, FILES)}
    if len(clean[FILES]) > FILES_AT_MOST:
        errors[FILES] = [Message("tasks-opinion-files-many", {"limit": FILES_AT_MOST})]
    elif evidence.unknown(work, context.task.unit_id, clean[FILES]):
        errors[FILES] = [Message("tasks-file-unknown")]
    asked = signing(work, kind, context)
    if asked:
        said = values.get(SIGNED_NAME)
        clean |= {SIGNATURE: _ids(values, SIGNATURE)[-1:], SIGNED_NAME: said.strip() if isinstance(said, str) else ""}
        wrong = _wrong_signature(actor, work, context, clean, asked)
        if wrong is not None:
            errors[SIGNATURE] = [wrong]
    kept = {name: value for name, value in clean.items() if value}
    return Checked({**checked.values, **kept}, {**checked.errors, **errors})


def _wrong_signature(actor: Actor, work: Work, context: TaskContext, clean: Values, asked: str) -> Message | None:
    """A signature counts only for who has brought it in: a draft, and the unit's files, are shared with others."""
    if len(clean[SIGNED_NAME]) > NAME_AT_MOST:
        return Message("tasks-signature-name-long", {"limit": NAME_AT_MOST})
    rows = evidence.rows(work, clean[SIGNATURE])
    if clean[SIGNATURE]:
        if evidence.unknown(work, context.task.unit_id, clean[SIGNATURE]):
            return Message("tasks-file-unknown")
        if not _own(actor, rows[0]):
            return Message("tasks-signature-others")
        return None if rows[0].media_type in PICTURES else Message("tasks-signature-picture")
    return Message("tasks-signature-missing") if asked == REQUIRED and not clean[SIGNED_NAME] else None


def shown(actor: Actor, work: Work, kind: TaskKind, context: TaskContext, values: Values) -> dict[str, Any]:
    """What the page of an open task offers: nothing where no verdict is asked for.

    Files are offered to those whose files the unit's store takes; a name in place of a signature to everybody.
    """
    if not decides(work, kind, context):
        return {}
    unit_id = context.task.unit_id
    may_add = unit_id is not None and storing.may_add(actor, unit_path(work.session, unit_id))
    files = [row for row in evidence.rows(work, _ids(values, FILES)) if row.unit_id == unit_id]
    drawn = [row for row in evidence.rows(work, _ids(values, SIGNATURE)) if row.unit_id == unit_id and _own(actor, row)]
    name = values.get(SIGNED_NAME)
    return {
        "may_add": may_add,
        "files": files,
        "limit": FILES_AT_MOST,
        "signing": signing(work, kind, context),
        "signature": drawn,
        "signed_name": name if isinstance(name, str) else "",
    }


def _own(actor: Actor, row: EvidenceRow) -> bool:
    return actor.person_id is not None and row.added_by_person_id == actor.person_id


def beside(work: Work, values: Mapping[str, Any]) -> Beside:
    """What was given with a decision, by its values."""
    files, drawn, name = _ids(values, FILES), _ids(values, SIGNATURE)[-1:], values.get(SIGNED_NAME)
    if not files and not drawn and not name:
        return Beside()
    found = {str(row.id): row for row in evidence.rows(work, [*files, *drawn])}
    return Beside(
        tuple(found[each] for each in files if each in found),
        next((found[each] for each in drawn if each in found), None),
        name if isinstance(name, str) else "",
    )


def named(values: Mapping[str, Any]) -> set[str]:
    """The ids of the files that a decision names beside its words."""
    return {*_ids(values, FILES), *_ids(values, SIGNATURE)[-1:]}


def _ids(values: Mapping[str, Any], name: str) -> list[str]:
    """Ids as they are written everywhere; whatever is none stays, to be refused."""
    value = values.get(name)
    return [_canonical(each) for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _canonical(given: str) -> str:
    try:
        return str(UUID(given))
    except ValueError:
        return given
