"""What is done with a task besides deciding it: taken back, claimed and released, copied to others."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from server.errors import NotFound
from server.i18n import Message
from server.processes import incidents
from server.processes.commands import ProcessFailed
from server.tasks import claims, copies, taking_back
from server.tasks.views import visible
from server.tasks.views_changes import blueprint as blueprint
from server.tasks.views_parts import can_take_back, named, title_of
from server.web import commit_anyway, current_actor, current_work, flash, page_argument, redirect_to, render, say

COPY_FIELDS = ("to_1", "to_2", "to_3")


@blueprint.get("/tasks/<uuid:task_id>/take-back")
def ask_take_back(task_id: UUID) -> ResponseReturnValue:
    """The question before something is taken back; for who has decided it."""
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    back = can_take_back(actor, work, page)
    if back is None:
        raise NotFound(Message("error-not-found"))
    title = title_of(work, page.scheme_version_id, page.task)
    return render("tasks/take_back.html", task=page.task, title=title, why=back["why"])


@blueprint.post("/tasks/<uuid:task_id>/take-back")
def take_back(task_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    try:
        with work.session.begin_nested():
            again = taking_back.take_back(actor, work, task_id)
    except ProcessFailed as error:
        incidents.raise_for_step(work, error, task_id)
        commit_anyway()
        raise
    flash("ok", Message("tasks-taken-back", {"title": title_of(work, page.scheme_version_id, page.task)}))
    return redirect_to("tasks.task", task_id=again)


@blueprint.post("/tasks/<uuid:task_id>/claim")
def claim(task_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    visible(actor, work, task_id)
    claims.claim(actor, work, task_id)
    flash("ok", Message("tasks-claim-done"))
    return redirect_to("tasks.task", task_id=task_id)


@blueprint.post("/tasks/<uuid:task_id>/release")
def release(task_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    visible(actor, work, task_id)
    claims.release(actor, work, task_id)
    flash("ok", Message("tasks-release-done"))
    return redirect_to("tasks.task", task_id=task_id)


@blueprint.post("/tasks/<uuid:task_id>/copies")
def send_copy(task_id: UUID) -> ResponseReturnValue:
    """Show a task to others, for their information."""
    actor, work = current_actor(), current_work()
    visible(actor, work, task_id)
    keys = [key for key in (request.form.get(name, "") for name in COPY_FIELDS) if key]
    told = copies.send(actor, work, task_id, keys, request.form.get("note", ""))
    flash("ok" if told else "warn", Message("tasks-copied" if told else "tasks-copied-nobody", {"count": told}))
    return redirect_to("tasks.task", task_id=task_id)


@blueprint.get("/copies")
def received() -> ResponseReturnValue:
    """What was copied to the reader."""
    actor, work = current_actor(), current_work()
    found = copies.received(actor, work, page_argument())
    rows = [
        _line(row, named(work, row.scheme_version_id, row.task.element_id, row.task.kind, row.task.title))
        for row in found.rows
    ]
    pager = {
        "number": found.number,
        "pages": found.pages,
        "total": found.total,
        "href": url_for("tasks.received") + "?page={n}",
    }
    return render("tasks/copies.html", rows=rows, pager=pager)


def _line(row: copies.CopyRow, title: str) -> dict[str, Any]:
    words = say("tasks-told-of", title=title, matter=row.task.matter) if row.task.matter else title
    return {
        "id": row.id,
        "words": words,
        "unit": row.unit_name,
        "note": row.note,
        "by": row.sent_by,
        "at": row.sent_at,
        "is_read": row.is_read,
    }


@blueprint.post("/copies/<uuid:copy_id>")
def read_copy(copy_id: UUID) -> ResponseReturnValue:
    """Mark a copy as read and show the task."""
    return redirect_to("tasks.task", task_id=copies.mark_read(current_actor(), current_work(), copy_id))
