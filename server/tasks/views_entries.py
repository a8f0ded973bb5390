"""Pages of entries made on somebody's behalf: those to confirm, and what a signed link shows to who has no account."""

from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from server.i18n import Message
from server.organisation.models import DEFAULT_ZONE
from server.tasks import confirmations, queries
from server.tasks.confirmations import Entry
from server.tasks.forms import handed_in
from server.tasks.views import kind_of
from server.tasks.views_batch import blueprint as blueprint
from server.tasks.views_parts import named
from server.web import current_actor, current_work, flash, redirect_to, render, say
from server.words import day_and_time


@blueprint.get("/entries")
def entries() -> ResponseReturnValue:
    """What others entered for one's seats, to be confirmed."""
    actor, work = current_actor(), current_work()
    rows = [_shown(each) for each in confirmations.entries(actor, work)]
    return render("tasks/entries.html", rows=rows, at_most=confirmations.ENTRIES_AT_MOST)


@blueprint.post("/entries/<uuid:decision_id>")
def confirm_entry(decision_id: UUID) -> ResponseReturnValue:
    agreed = _agreed()
    confirmations.confirm(current_actor(), current_work(), decision_id, agreed=agreed, note=_note())
    flash("ok", _thanks(agreed))
    return redirect_to("tasks.entries")


@blueprint.get("/entries/<uuid:decision_id>/link")
def entry_link(decision_id: UUID) -> ResponseReturnValue:
    """The signed link to send or print, for whoever entered on behalf."""
    work = current_work()
    token = confirmations.link_token(current_actor(), work, decision_id)
    address = url_for("tasks.said", token=token, _external=True)
    return render("tasks/entry_link.html", row=_shown(confirmations.entry(work, decision_id)), address=address)


@blueprint.get("/said/<token>")
def said(token: str) -> ResponseReturnValue:
    """What was entered in somebody's name, without login; the signature says for whom."""
    work = current_work()
    entry, _ = confirmations.entry_of_link(work, token)
    page = queries.task_page(work, entry.task.id)
    lines = []
    if page is not None and page.task.kind == "form":
        lines = list(handed_in(work, kind_of(work, page)[1], entry.decision.values))
    return render("tasks/said.html", row=_shown(entry), lines=lines, token=token, bare=True)


@blueprint.post("/said/<token>")
def say_by_link(token: str) -> ResponseReturnValue:
    work, agreed = current_work(), _agreed()
    entry, actor = confirmations.entry_of_link(work, token)
    confirmations.confirm(actor, work, entry.decision.id, agreed=agreed, note=_note())
    flash("ok", _thanks(agreed))
    return redirect_to("tasks.said", token=token)


def _agreed() -> bool:
    return request.form.get("answer") == "agree"


def _note() -> str:
    return request.form.get("note", "")[: confirmations.NOTE_AT_MOST]


def _thanks(agreed: bool) -> Message:
    return Message("tasks-entry-agreed" if agreed else "tasks-entry-disputed")


def _shown(entry: Entry) -> dict[str, object]:
    decision, task = entry.decision, entry.task
    return {
        "id": decision.id,
        "task_id": task.id,
        "title": named(current_work(), None, task.element_id, task.kind, task.title),
        "matter": task.matter,
        "unit": entry.unit_name,
        "by": say("tasks-who-post", name=decision.name, post=decision.post_title)
        if decision.post_title
        else decision.name,
        "for_whom": decision.behalf_name,
        "source": say(f"tasks-source-{decision.source}"),
        "note": decision.behalf_note or "",
        "opinion": decision.opinion,
        "when": day_and_time(decision.decided_at, DEFAULT_ZONE),
        "confirmed": entry.confirmed,
    }
