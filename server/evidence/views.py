"""Pages of evidence: a unit's library, uploads, downloads."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from server.actor import Actor
from server.config import Settings
from server.db.work import Work
from server.errors import Conflict, Invalid, NotFound, Unavailable
from server.evidence import kept, operations, queries, rules
from server.evidence.models import EvidenceKind
from server.evidence.operations import About
from server.evidence.queries import EvidenceRow, UnitChoice
from server.evidence.store import Altered, BlobStore, Missing
from server.i18n import Message
from server.organisation.queries import unit_path
from server.web import (
    commit_anyway,
    current_actor,
    current_work,
    flash,
    page_argument,
    redirect_to,
    render,
    say,
)

blueprint = Blueprint("evidence", __name__)

UPLOAD = "file_new"
"""The file input of a page without scripts."""
KEPT_FILE = "_kept"
"""End of the name of a field that hands in a file kept over a lost session: its id, a space, its name."""
SANDBOX = "default-src 'none'; sandbox"


@dataclass(slots=True)
class Filled:
    """What was typed, and what is wrong with it, for the page to show again. errors: by field."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)


def keep_files(work: Work, account_id: UUID) -> list[tuple[str, str]]:
    """Keep the files of this request for an account whose session had ended; gives the fields that hand them in."""
    files = [
        (name.removesuffix("_new"), file.filename, file.stream)
        for name, file in request.files.items(multi=True)
        if file.filename
    ]
    return [(f"{name}{KEPT_FILE}", f"{kept_id} {shown}") for kept_id, name, shown in kept.keep(work, account_id, files)]


@blueprint.get("/evidence")
def library() -> ResponseReturnValue:
    """The evidence of one's own unit, or of the unit named in the query."""
    actor, work = current_actor(), current_work()
    units = queries.own_units(actor, work)
    asked = request.args.get("unit", type=UUID)
    if asked is None and not units:
        return render("evidence/none.html")
    unit = queries.readable_unit(actor, work, asked or units[0].id)
    return _library(actor, work, unit, Filled())


@blueprint.post("/evidence/units/<uuid:unit_id>")
def upload(unit_id: UUID) -> ResponseReturnValue:
    """Store the files of a plain form; those that can be taken are kept when others cannot."""
    actor, work = current_actor(), current_work()
    unit = queries.readable_unit(actor, work, unit_id)
    files = [each for each in request.files.getlist(UPLOAD) if each.filename]
    again = request.form.getlist(UPLOAD.removesuffix("_new") + KEPT_FILE)
    filled = Filled(_typed("note", "proves_on", "key"))
    added = 0
    try:
        about = _about(filled.values)
        if not files and not again:
            raise Invalid(Message("error-invalid"), {"file": [Message("evidence-file-missing")]})
    except Invalid as error:
        return _refused(actor, work, unit, filled, error)
    for value in again:
        try:
            kept.hand_in(actor, work, UUID(value.partition(" ")[0]), unit_id, None)
            added += 1
        except (Conflict, ValueError):
            filled.errors.setdefault("file", []).append(say("evidence-kept-gone"))
    for number, each in enumerate(files):
        try:
            _add(actor, work, unit_id, each, about, number)
            added += 1
        except Invalid as error:
            reason = " ".join(say(each) for messages in error.fields.values() for each in messages) or say(
                error.message
            )
            said = say("evidence-refused", name=rules.clean_name(each.filename or ""), reason=reason)
            filled.errors.setdefault("file", []).append(said)
    if filled.errors:
        if added:
            commit_anyway()
            flash("ok", Message("evidence-added", {"count": added}))
        return _library(actor, work, unit, filled, status=422)
    flash("ok", Message("evidence-added", {"count": added}))
    return redirect_to("evidence.library", unit=unit_id)


@blueprint.post("/evidence/units/<uuid:unit_id>/files")
def upload_one(unit_id: UUID) -> ResponseReturnValue:
    """Store one file; asked for by a page in the background. Answers id, name and size."""
    actor, work = current_actor(), current_work()
    queries.readable_unit(actor, work, unit_id)
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Invalid(Message("evidence-file-missing"))
    added = _add(actor, work, unit_id, given, _about(_typed("note", "proves_on", "key")), 0)
    return {"id": str(added.id), "name": added.name, "size": added.size}, 201


@blueprint.post("/evidence/units/<uuid:unit_id>/paper")
def paper(unit_id: UUID) -> ResponseReturnValue:
    """Record an original on paper, or something that may not be uploaded."""
    actor, work = current_actor(), current_work()
    unit = queries.readable_unit(actor, work, unit_id)
    typed = _typed("kind", "name", "paper_note", "proves_on", "key")
    kind = EvidenceKind.WITHHELD if typed["kind"] == EvidenceKind.WITHHELD else EvidenceKind.PAPER
    try:
        about = _about(typed | {"note": typed["paper_note"]})
        added = operations.note_paper(actor, work, unit_id, None, typed["name"], about, kind)
    except Invalid as error:
        return _refused(actor, work, unit, Filled(typed), error)
    flash("ok", Message("evidence-paper-added", {"name": added.name}))
    return redirect_to("evidence.library", unit=unit_id)


@blueprint.get("/evidence/<uuid:evidence_id>")
def download(evidence_id: UUID) -> ResponseReturnValue:
    """The file, saved and never opened by the browser; its bytes are checked first."""
    found = queries.readable(current_actor(), current_work(), evidence_id)
    if found.sha256 is None or found.media_type is None:
        return redirect_to("evidence.library", unit=found.unit_id)
    return send(current_work(), found)


def send(work: Work, found: EvidenceRow) -> Response:
    """The bytes of a file that the caller has allowed."""
    try:
        content = work.part(BlobStore).open(found.sha256 or "")
    except Missing:
        raise Unavailable(Message("evidence-content-missing")) from None
    except Altered:
        raise Unavailable(Message("evidence-content-damaged")) from None
    response: Response = send_file(content, mimetype=found.media_type, conditional=False, etag=False)
    response.content_length = found.size_bytes or 0
    response.headers["Content-Disposition"] = rules.disposition(found.name)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/evidence/<uuid:evidence_id>/withdraw")
def ask_to_withdraw(evidence_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    found = queries.readable(actor, work, evidence_id)
    if not operations.may_withdraw(actor, unit_path(work.session, found.unit_id), found.added_by_person_id):
        raise NotFound(Message("error-not-found"))
    return render("evidence/withdraw.html", row=found, filled=Filled())


@blueprint.post("/evidence/<uuid:evidence_id>/withdraw")
def withdraw(evidence_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    found = queries.readable(actor, work, evidence_id)
    try:
        operations.withdraw(actor, work, evidence_id, request.form.get("reason", ""))
    except Invalid as error:
        filled = Filled(_typed("reason"), _said(error))
        return render("evidence/withdraw.html", 422, row=found, filled=filled)
    flash("ok", Message("evidence-withdrawn", {"name": found.name}))
    return redirect_to("evidence.library", unit=found.unit_id)


def _add(actor: Actor, work: Work, unit_id: UUID, given: FileStorage, about: About, number: int) -> EvidenceRow:
    """One file of a request, whose key serves all its files by their number."""
    key = f"{about.key}.{number}" if about.key else None
    size = request.form.get("size", type=int)
    return operations.add(
        actor,
        work,
        unit_id,
        None,
        given.stream,
        given.filename or "",
        About(about.note, about.proves_on, key),
        expected=size,
    )


def _about(typed: dict[str, str]) -> About:
    day = typed.get("proves_on", "")
    try:
        proves_on = date.fromisoformat(day) if day else None
    except ValueError:
        raise Invalid(Message("error-invalid"), {"proves_on": [Message("evidence-date-invalid")]}) from None
    return About(typed.get("note", ""), proves_on, typed.get("key", "")[: operations.KEY_LIMIT - 5] or None)


def _typed(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in names}


def _said(error: Invalid) -> dict[str, list[str]]:
    fields = {name: [say(each) for each in messages] for name, messages in error.fields.items()}
    return fields or {"": [say(error.message)]}


def _refused(actor: Actor, work: Work, unit: UnitChoice, filled: Filled, error: Invalid) -> ResponseReturnValue:
    filled.errors = _said(error)
    return _library(actor, work, unit, filled, status=422)


def _library(actor: Actor, work: Work, unit: UnitChoice, filled: Filled, *, status: int = 200) -> Response:
    found = queries.library(work, unit.id, page_argument())
    pager: dict[str, Any] = {
        "number": found.number,
        "pages": found.pages,
        "total": found.total,
        "href": lambda number: url_for("evidence.library", unit=unit.id, page=number),
    }
    limit = rules.size_words(work.part(Settings).max_upload_bytes)
    return render(
        "evidence/library.html",
        status,
        unit=unit,
        units=queries.own_units(actor, work),
        rows=found.rows,
        pager=pager,
        may_add=operations.may_add(actor, unit.path),
        may_withdraw=lambda row: operations.may_withdraw(actor, unit.path, row.added_by_person_id),
        accept=rules.ACCEPT,
        limit=limit,
        filled=filled,
        key=filled.values.get("key") or str(work.ids.new()),
    )
