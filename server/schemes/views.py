"""Pages of schemes: the list, one version in words, its diagrams, and handing in a package."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from server.errors import NotFound
from server.i18n import Message
from server.schemes import operations, queries
from server.schemes.findings import Finding
from server.schemes.package import MAX_PACKAGE_BYTES, Read, read_zip
from server.schemes.pages import SchemeView, scheme_view
from server.schemes.parts import SchemeParts
from server.schemes.rules import SchemeRejected, check_package
from server.schemes.saying import source_words
from server.schemes.standard_table import Row
from server.schemes.toml_tables import to_decimal
from server.schemes.translated import in_language
from server.web import current_actor, current_work, flash, language, page_argument, redirect_to, render, say

blueprint = Blueprint("schemes", __name__)

PROCESS_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
MEGABYTE = 1024 * 1024


@blueprint.get("/schemes")
def schemes() -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    found = queries.page(work, page_argument())
    pager = {"number": found.number, "pages": found.pages, "total": found.total, "href": "?page={n}"}
    return render("schemes/list.html", rows=found.rows, pager=pager, may_install=actor.may_anywhere(operations.MANAGE))


@blueprint.get("/schemes/new")
def new() -> ResponseReturnValue:
    operations.require_manager(current_actor())
    return _upload_page()


@blueprint.post("/schemes/new")
def upload() -> ResponseReturnValue:
    """Check a package, and install it unless only the check was asked for."""
    actor, work = current_actor(), current_work()
    operations.require_manager(actor)
    read = _posted()
    note = request.form.get("note", "")
    if read is None:
        return _upload_page(note=note, problem=say("scheme-upload-none"), status=422)
    if request.form.get("action") == "check":
        checked = check_package(read.files, work.part(SchemeParts), read.findings)
        title = checked.definition.title.value if checked.definition is not None and checked.is_fit else ""
        return _upload_page(checked.findings, note, fit=title, status=200 if title else 422)
    try:
        row = operations.install(actor, work, read, note)
    except SchemeRejected as rejected:
        return _upload_page(rejected.findings, note, problem=say(rejected.message), status=422)
    flash("ok", Message("scheme-uploaded", {"title": row.title, "number": row.number}))
    return redirect_to("schemes.scheme", version_id=row.id)


def _posted() -> Read | None:
    posted = request.files.get("package")
    if posted is None or not posted.filename:
        return None
    return read_zip(posted.stream.read(MAX_PACKAGE_BYTES + 1))


def _upload_page(
    findings: Sequence[Finding] = (), note: str = "", *, fit: str = "", problem: str = "", status: int = 200
) -> Response:
    return render(
        "schemes/upload.html",
        status=status,
        findings=[_finding(finding) for finding in findings],
        counts={kind: sum(finding.severity == kind for finding in findings) for kind in ("error", "warning")},
        note=note,
        fit=fit,
        problem=problem,
        limit=MAX_PACKAGE_BYTES // MEGABYTE,
    )


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "severity": finding.severity,
        "place": finding.place,
        "what": say(finding.message),
        "cure": say(finding.cure) if finding.cure is not None else "",
    }


@blueprint.get("/schemes/<uuid:version_id>")
def scheme(version_id: UUID) -> ResponseReturnValue:
    """One version in plain words; official notices are for everybody who is logged in."""
    actor, work = current_actor(), current_work()
    view = scheme_view(work, version_id, language())
    return render(
        "schemes/scheme.html",
        view=view,
        facts=_facts(view),
        standard=_standard(view),
        versions=queries.versions(work, view.version.scheme_id),
        sources={
            entry.key: url_for("schemes.process", version_id=version_id, process_key=entry.key, lang=language())
            for entry in view.diagrams
        },
        may_install=actor.may_anywhere(operations.MANAGE),
        tell=_said,
        tell_all=_said_all,
    )


def _said(message: Message | str | None) -> str:
    return message if isinstance(message, str) else say(message) if message is not None else ""


def _said_all(messages: Sequence[Message | str]) -> str:
    separator = "、" if language() == "zh-CN" else ", "
    return separator.join(_said(message) for message in messages)


def _facts(view: SchemeView) -> list[tuple[str, str, bool]]:
    scheme = view.scheme
    issued = scheme.issued_on.value if scheme.issued_on is not None else None
    day = Message("scheme-day", {"year": str(issued.year), "month": issued.month, "day": issued.day}) if issued else ""
    words = queries.words_of(current_work(), view.version.id, language())
    recipients = words.get("scheme.recipients", scheme.recipients.value) if scheme.recipients else ""
    recognition = words.get("scheme.recognition", scheme.recognition.value) if scheme.recognition else ""
    return [
        (say("scheme-number"), scheme.number.value if scheme.number else "", False),
        (say("scheme-issued-on"), _said(day), False),
        (say("scheme-issuers"), _said_all(view.issuers), True),
        (say("scheme-recipients"), recipients, False),
        (say("scheme-recognition"), recognition, False),
        (say("scheme-scope"), _said_all(view.scope), True),
        (say("scheme-pass"), _pass_mark(view), True),
    ]


def _pass_mark(view: SchemeView) -> str:
    mark = view.scheme.assessment.pass_mark if view.scheme.assessment is not None else None
    if mark is None:
        return ""
    key = "scheme-pass-inclusive" if mark.inclusive else "scheme-pass-exclusive"
    return say(key, mark=str(mark.value)) + say("scheme-in-brackets", words=say(source_words(mark.source)))


def _standard(view: SchemeView) -> list[dict[str, Any]]:
    """Units with their sums and lines for the page's table."""
    return [
        {
            "title": unit.title,
            "sum": _sum_words(unit.sum, unit.stated),
            "rows": [
                [row.id, item.title, _wording(row), row.points, _rule(row), _row_source(row)]
                for item in unit.items
                for row in item.rows
            ],
        }
        for unit in view.standard or ()
    ]


def _sum_words(total: Decimal, stated: str) -> str:
    if stated and to_decimal(stated) != total:
        return say("scheme-standard-stated", stated=stated, sum=str(total))
    return say("scheme-standard-sum", sum=str(total))


def _wording(row: Row) -> str:
    return say("scheme-original", words=row.wording) if row.is_original else row.wording


def _rule(row: Row) -> str:
    if row.rule == "count":
        return say("scheme-standard-rule-count", each=row.parameters.get("each", ""), max=row.parameters.get("max", ""))
    if row.rule in ("fixed", "either"):
        return say(f"scheme-standard-rule-{row.rule}")
    return say("scheme-standard-rule-other", rule=row.rule)


def _row_source(row: Row) -> str:
    if row.line.isdigit():
        return say("scheme-source-notice", line=int(row.line))
    return say(f"scheme-source-{row.source}") if row.source in ("authority", "default") else ""


@blueprint.get("/schemes/<uuid:version_id>/processes/<process_key>.bpmn")
def process(version_id: UUID, process_key: str) -> ResponseReturnValue:
    """A diagram as it is stored; with `lang` its names are those of that language, for the viewer."""
    current_actor()
    work = current_work()
    if not PROCESS_KEY.fullmatch(process_key):
        raise NotFound(Message("error-not-found"))
    found = queries.loaded(work, version_id)
    try:
        path = found.scheme.process(process_key).file
    except LookupError as error:
        raise NotFound(Message("error-not-found")) from error
    content = found.files[path]
    if request.args.get("lang") == language() != found.scheme.language:
        content = in_language(content, process_key, queries.words_of(work, version_id, language()))
    response = Response(content, mimetype="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{process_key}.bpmn"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, max-age=300"
    return response
