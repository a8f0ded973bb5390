"""The secretary's pages: gates to be made ready, and one of them."""

from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.i18n import Message
from server.recognitions import pages, preparing, queries
from server.recognitions.views_decided import blueprint as blueprint
from server.tasks import queries as tasks
from server.tasks.models import TaskState
from server.tasks.views_parts import named
from server.web import current_actor, current_work, flash, language, page_argument, redirect_to, render, say, status_of
from server.words import due_on

FIELDS = ("opinion", "questions", "presented_on")
TYPED_AT_MOST = 10_000
"""Characters of a field that are looked at and given back."""


@blueprint.get("/gates")
def gates() -> ResponseReturnValue:
    """Open gates of the leaders of one's unit."""
    actor, work, number = current_actor(), current_work(), page_argument()
    if not actor.may_anywhere(preparing.PREPARE):
        raise NotAllowed(Message("error-not-allowed"))
    rows, total = preparing.gates(actor, work, number)
    return render(
        "recognitions/gates.html",
        rows=[(row, due_on(row.due_at)) for row in rows],
        pager={
            "number": number,
            "pages": max(1, -(-total // preparing.PAGE)),
            "total": total,
            "href": url_for("recognitions.gates") + "?page={n}",
        },
    )


@blueprint.get("/gates/<uuid:task_id>")
def gate(task_id: UUID) -> ResponseReturnValue:
    """The gate as its leader sees it, and the form that makes it ready; no answer can be given here."""
    return _page(task_id)


@blueprint.post("/gates/<uuid:task_id>")
def prepare(task_id: UUID) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "")[:TYPED_AT_MOST] for name in FIELDS}
    try:
        preparing.prepare(current_actor(), current_work(), task_id, *(typed[name] for name in FIELDS))
    except (Invalid, Conflict) as error:
        return _page(task_id, typed, error)
    flash("ok", Message("recognitions-prepared-kept"))
    return redirect_to("recognitions.gate", task_id=task_id)


def _page(
    task_id: UUID, typed: dict[str, str] | None = None, error: Invalid | Conflict | None = None
) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    task = preparing.gate_of(actor, work, task_id)
    page = tasks.task_page(work, task_id)
    if page is None or task.campaign_id is None:
        raise NotFound(Message("error-not-found"))
    card, ready = queries.gate_card(work, task.campaign_id), preparing.prepared(work, task_id)
    kept = {"opinion": ready.opinion, "questions": ready.questions} if ready else {}
    if ready and ready.presented_on:
        kept["presented_on"] = ready.presented_on.isoformat()
    fields = error.fields if isinstance(error, Invalid) else {}
    return render(
        "recognitions/prepare.html",
        status=status_of(error) if error else 200,
        task=task,
        title=named(work, page.scheme_version_id, task.element_id, task.kind, task.title),
        card=pages.card_page(card, language(), queries.last_numbers(work, task.campaign_id, task_id)),
        ready=ready,
        typed=kept if typed is None else typed,
        problem=say(error.message) if error else "",
        errors={name: " ".join(say(each) for each in said) for name, said in fields.items()},
        is_open=task.state == TaskState.OPEN,
    )
