"""Spreadsheets of a task: downloaded, and brought back filled in."""

from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Response, request, send_file
from flask.typing import ResponseReturnValue

from server.errors import Conflict, Invalid, NotFound
from server.evidence.rules import MEDIA_TYPES, clean_name, disposition
from server.i18n import Message
from server.tasks import operations, queries, returned
from server.tasks.models import TaskState
from server.tasks.returned import Returned, Taken
from server.tasks.sheets import Problem
from server.tasks.views import RETURNED, kind_of, read_typed, require_hand, show, visible
from server.tasks.views_entries import blueprint as blueprint
from server.tasks.workbook_reading import FILE_AT_MOST
from server.web import commit_anyway, current_actor, current_work, language, looking, say
from server.words import due_on

SHOWN_AT_MOST = 30


@blueprint.get("/tasks/<uuid:task_id>/sheet.xlsx")
def sheet(task_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    if not returned.may_fill(actor, page):
        raise NotFound(Message("error-not-found"))
    name, content = returned.make(work, page, language(), due_on(page.task.due_at))
    return saved(name, BytesIO(content), MEDIA_TYPES["xlsx"])


def saved(name: str, content: Any, media_type: str) -> Response:
    """A file to save, which no cache keeps."""
    response: Response = send_file(content, mimetype=media_type, conditional=False, etag=False)
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/tasks/<uuid:task_id>/sheet")
def take_sheet(task_id: UUID) -> ResponseReturnValue:
    """Fill the draft from a returned file. What was typed on the page lies under it, and is kept when it is refused."""
    actor, file = current_actor(), request.files.get(RETURNED)
    found, refused = _looked_at(file.filename or "", file.stream) if file is not None else (None, None)
    work = current_work()
    page = visible(actor, work, task_id)
    require_hand(actor, page)
    if page.task.state != TaskState.OPEN or not returned.may_fill(actor, page):
        raise Conflict(Message("task-closed"))
    values = page.values
    wrong: dict[str, list[str]] = {}
    if "_key" in request.form:
        kind, context = kind_of(work, page)
        values, wrong = read_typed(actor, work, page, kind, context)
        operations.save_draft(actor, work, task_id, values)
        commit_anyway()
    try:
        if found is None:
            raise refused or Invalid(Message("tasks-file-missing"))
        with work.session.begin_nested():
            taken = returned.take(actor, work, task_id, found, values)
    except Invalid as error:
        name = clean_name(file.filename or "") if file is not None else ""
        fresh = queries.task_page(work, task_id) or page
        said = {"file": name or "—", "refused": say(error.message)}
        return show(actor, work, fresh, values, status=422, errors=wrong, taken=said)
    kind, context = kind_of(work, taken.page)
    checked = kind.check(work, context, taken.values)
    errors = {field: [say(each) for each in messages] for field, messages in checked.errors.items()}
    return show(actor, work, taken.page, taken.values, errors=errors | wrong, taken=in_words(found, taken))


def _looked_at(name: str, stream: Any) -> tuple[Returned | None, Invalid | None]:
    """A returned file read before anything is locked, or why it was refused."""
    if not name:
        return None, None
    try:
        with looking() as work:
            return returned.look(work, name, stream.read(FILE_AT_MOST + 1)), None
    except Invalid as error:
        return None, error


def in_words(found: Returned, taken: Taken) -> dict[str, Any]:
    """What a file filled in, for the page."""
    return {
        "file": found.name,
        "count": taken.count,
        "problems": [_problem(each) for each in taken.problems[:SHOWN_AT_MOST]],
        "more": max(0, len(taken.problems) - SHOWN_AT_MOST),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"row": problem.row, "column": problem.column, "cause": say(problem.cause)}
