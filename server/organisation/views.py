"""Pages of the organisation: units, one unit with its posts and people, and the import with its preview."""

import csv
import io
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

from server.actor import Actor, require
from server.errors import Invalid, NotAllowed
from server.i18n import Message, has_text
from server.organisation import imports, operations, queries
from server.organisation.import_files import COLUMNS, ImportFile, header_of, read_day
from server.organisation.imports import ImportRefused, Preview
from server.organisation.models import DEFAULT_ZONE
from server.organisation.queries import UnitDetail, UnitPage
from server.organisation.rules import ADMINISTRATOR_KINDS, PostKind, today
from server.organisation.tree import PERMISSION
from server.web import current_actor, current_work, flash, language, page_argument, redirect_to, render, say

blueprint = Blueprint("organisation", __name__, url_prefix="/organisation")

MAX_FILES = 3
SHOWN_FINDINGS = 200
MASKED = 7
SAMPLES = {
    "units": ("unit_code", "parent_code", "unit_kind", "unit_name", "unit_short_name"),
    "people": ("login", "person_name", "unit_code", "post_kind", "post_title", "phone", "email", "from", "until"),
    "posts": ("unit_code", "post_kind", "post_title", "rank"),
}


def _manager() -> Actor:
    actor = current_actor()
    if not actor.may_anywhere(PERMISSION):
        raise NotAllowed(Message("error-not-allowed"))
    return actor


def _today() -> date:
    return today(current_work().now, DEFAULT_ZONE)


@blueprint.get("/")
def units() -> ResponseReturnValue:
    actor, work = _manager(), current_work()
    words, closed = request.args.get("q", "").strip()[:100], request.args.get("closed") == "1"
    found = queries.units(
        work.session, paths=actor.paths(PERMISSION), on=_today(), words=words, closed=closed, page=page_argument()
    )
    href = f"?{urlencode({'q': words, 'closed': '1' if closed else ''})}&page={{n}}"
    return render("organisation/units.html", rows=found.rows, words=words, closed=closed, page=_page(found, href))


@blueprint.get("/units/<uuid:unit_id>")
def unit(unit_id: UUID) -> ResponseReturnValue:
    return _unit_page(unit_id, {}, {})


def _detail(unit_id: UUID) -> tuple[Actor, UnitDetail]:
    actor, work = _manager(), current_work()
    detail = queries.unit_detail(work.session, unit_id, _today())
    require(actor, PERMISSION, detail.unit.path)
    return actor, detail


def _unit_page(unit_id: UUID, typed: dict[str, str], errors: dict[str, str], *, status: int = 200) -> Response:
    actor, detail = _detail(unit_id)
    work = current_work()
    below = queries.children(work.session, unit_id, on=_today(), closed=True, page=page_argument())
    posts = [
        {
            "id": post.id,
            "title": post.title,
            "kind": kind_words(post.kind),
            "fixed": post.kind in ADMINISTRATOR_KINDS,
            "holders": [(holder, masked_phone(holder.phone)) for holder in post.holders],
        }
        for post in detail.posts
    ]
    return render(
        "organisation/unit.html",
        status,
        detail=detail,
        unit=detail.unit,
        above=[(name, above_id, actor.may(PERMISSION, _path_to(detail, above_id))) for above_id, name in detail.above],
        below=below.rows,
        below_page=_page(below, "?page={n}"),
        post_rows=posts,
        kinds=[(kind.value, kind_words(kind)) for kind in PostKind if kind not in ADMINISTRATOR_KINDS],
        today=_today().isoformat(),
        typed=typed,
        errors=errors,
    )


def _path_to(detail: UnitDetail, unit_id: UUID) -> str:
    return detail.unit.path.split(unit_id.hex)[0] + unit_id.hex + "/"


def masked_phone(phone: str | None) -> str:
    """`138****5678`: enough to tell people apart, too little to call."""
    if not phone:
        return ""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > MASKED else "****"


def kind_words(kind: str) -> str:
    key = f"organisation-kind-{kind.replace('_', '-')}"
    return say(key) if has_text(key) else kind


def _page(found: UnitPage, href: str) -> dict[str, object]:
    return {"number": found.number, "pages": found.pages, "total": found.total, "href": href}


def _words(fault: Invalid) -> dict[str, str]:
    return {name: " ".join(say(message) for message in messages) for name, messages in fault.fields.items()}


@blueprint.post("/units/<uuid:unit_id>/rename")
def rename(unit_id: UUID) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "")[:200] for name in ("name", "short_name")}
    try:
        operations.rename_unit(_manager(), current_work(), unit_id, typed["name"], typed["short_name"][:60])
    except Invalid as fault:
        return _unit_page(unit_id, typed, _words(fault), status=422)
    flash("ok", Message("organisation-renamed"))
    return redirect_to("organisation.unit", unit_id=unit_id)


@blueprint.get("/units/<uuid:unit_id>/close")
def ask_close(unit_id: UUID) -> ResponseReturnValue:
    _, detail = _detail(unit_id)
    return render("organisation/close.html", unit=detail.unit, today=_today().isoformat(), errors={})


@blueprint.post("/units/<uuid:unit_id>/close")
def close(unit_id: UUID) -> ResponseReturnValue:
    actor, detail = _detail(unit_id)
    try:
        operations.close_unit(actor, current_work(), unit_id, _day("on"))
    except Invalid as fault:
        return render(
            "organisation/close.html", 422, unit=detail.unit, today=request.form.get("on", ""), errors=_words(fault)
        )
    flash("ok", Message("organisation-closed-done", {"name": detail.unit.name}))
    return redirect_to("organisation.unit", unit_id=unit_id)


@blueprint.post("/units/<uuid:unit_id>/posts")
def add_post(unit_id: UUID) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "")[:100] for name in ("kind", "title")}
    try:
        operations.add_post(_manager(), current_work(), unit_id, kind=typed["kind"][:40], title=typed["title"])
    except Invalid as fault:
        return _unit_page(unit_id, typed, _words(fault), status=422)
    flash("ok", Message("organisation-post-added"))
    return redirect_to("organisation.unit", unit_id=unit_id)


@blueprint.post("/units/<uuid:unit_id>/holders")
def add_holder(unit_id: UUID) -> ResponseReturnValue:
    """Put somebody on a post of this unit: known by code or by a name of one person alone, else somebody new."""
    names = ("post", "person", "code", "from_on", "until_on")
    typed = {name: request.form.get(name, "").strip()[:100] for name in names}
    actor, detail = _detail(unit_id)
    work = current_work()
    try:
        post_id = next((post.id for post in detail.posts if str(post.id) == typed["post"]), None)
        if post_id is None:
            raise Invalid(Message("error-invalid"), {"post": [Message("organisation-required")]})
        person_id = _person(actor, typed["person"], typed["code"])
        until_on = _day("until_on") if typed["until_on"] else None
        operations.add_holding(actor, work, post_id, person_id, from_on=_day("from_on"), until_on=until_on)
    except Invalid as fault:
        work.session.rollback()
        return _unit_page(unit_id, typed, _words(fault), status=422)
    flash("ok", Message("organisation-holder-added"))
    return redirect_to("organisation.unit", unit_id=unit_id)


def _person(actor: Actor, name: str, code: str) -> UUID:
    work = current_work()
    if code:
        known = [person for person in queries.people_named(work.session, code) if person[2] == code]
        if known and known[0][1] != name:
            raise Invalid(Message("error-invalid"), {"code": [Message("organisation-code-of", {"name": known[0][1]})]})
    else:
        known = [person for person in queries.people_named(work.session, name) if person[1] == name] if name else []
        if len(known) > 1:
            raise Invalid(Message("error-invalid"), {"code": [Message("organisation-namesakes", {"name": name})]})
    if known:
        return known[0][0]
    return operations.add_person(actor, work, name=name, code=code or None).id


@blueprint.post("/holdings/<uuid:holding_id>/end")
def end_holding(holding_id: UUID) -> ResponseReturnValue:
    unit_id = UUID(request.form.get("unit", "")) if _is_uuid(request.form.get("unit", "")) else None
    operations.end_holding(_manager(), current_work(), holding_id, _day("on"))
    flash("ok", Message("organisation-holder-ended"))
    return redirect_to("organisation.unit", unit_id=unit_id) if unit_id else redirect_to("organisation.units")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _day(name: str) -> date:
    day = read_day(request.form.get(name, "").strip())
    if day is None:
        raise Invalid(Message("error-invalid"), {name: [Message("organisation-day-form")]})
    return day


@blueprint.get("/import")
def upload() -> ResponseReturnValue:
    _manager()
    return render("organisation/import.html", error="")


@blueprint.post("/import")
def look() -> ResponseReturnValue:
    """Keep the files and show what they would do."""
    actor = _manager()
    handed_in = [file for file in request.files.getlist("files") if file.filename]
    if not 0 < len(handed_in) <= MAX_FILES:
        return render("organisation/import.html", 422, error=say("organisation-import-count", limit=MAX_FILES))
    files = [ImportFile(file.filename or "", file.read()) for file in handed_in]
    upload_id = imports.keep_upload(actor, current_work(), files)
    return redirect_to("organisation.preview", upload_id=upload_id)


@blueprint.get("/import/<uuid:upload_id>")
def preview(upload_id: UUID) -> ResponseReturnValue:
    actor, work = _manager(), current_work()
    seen = imports.preview_import(actor, work, imports.kept_upload(actor, work, upload_id))
    return _preview_page(upload_id, seen)


@blueprint.post("/import/<uuid:upload_id>")
def confirm(upload_id: UUID) -> ResponseReturnValue:
    """Import what was previewed; when the organisation has changed meanwhile so that it no longer fits, look again."""
    actor, work = _manager(), current_work()
    files = imports.kept_upload(actor, work, upload_id)
    try:
        done = imports.import_rows(actor, work, files)
    except ImportRefused:
        return _preview_page(upload_id, imports.preview_import(actor, work, files), status=422)
    imports.drop_upload(actor, work, upload_id)
    counts = {"units": done.new_units + done.changed_units, "people": done.new_people + done.changed_people}
    flash("ok", Message("organisation-import-done", counts | {"holdings": done.new_holdings}))
    return redirect_to("organisation.units")


@blueprint.post("/import/<uuid:upload_id>/drop")
def drop(upload_id: UUID) -> ResponseReturnValue:
    imports.drop_upload(_manager(), current_work(), upload_id)
    return redirect_to("organisation.upload")


def _preview_page(upload_id: UUID, seen: Preview, *, status: int = 200) -> Response:
    findings = [
        {
            "file": each.file,
            "row": each.row,
            "column": _header(each.column),
            "cause": say(each.cause),
            "cure": say(each.cure),
            "fatal": each.fatal,
        }
        for each in seen.findings[:SHOWN_FINDINGS]
    ]
    return render(
        "organisation/preview.html",
        status,
        upload_id=upload_id,
        seen=seen,
        findings=findings,
        more=max(0, len(seen.findings) - SHOWN_FINDINGS),
    )


def _header(column: str) -> str:
    """The usual header of a column in the reader's language; an unknown one as it was written."""
    return header_of(column, language()) if column in COLUMNS else column


@blueprint.get("/import/<any(units, people, posts):table>.csv")
def sample(table: str) -> ResponseReturnValue:
    """An empty table with headers in the reader's language, which spreadsheets open as it should be."""
    _manager()
    sheet = io.StringIO()
    csv.writer(sheet).writerow([_header(column) for column in SAMPLES[table]])
    response = make_response(sheet.getvalue().encode("utf-8-sig"))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{table}.csv"'
    return response
