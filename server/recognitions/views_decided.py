"""What somebody decided and what became of it, and the phrases they decide with."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from server.db.work import Work
from server.errors import NotAllowed
from server.i18n import Message, has_text
from server.recognitions import decided as decisions
from server.recognitions import phrases, remark_queries
from server.recognitions.decided import PAGE, DecidedRow
from server.recognitions.views_remarks import blueprint as blueprint
from server.recognitions.views_remarks import line
from server.tasks.views_parts import named
from server.web import current_actor, current_work, flash, page_argument, redirect_to, render, say

TONES = {"again": "warn", "return": "warn", "reject": "bad", "not_mended": "warn", "conditional": "info"}
WAITING_AT_MOST = 3


@blueprint.get("/decided")
def decided() -> ResponseReturnValue:
    """Everybody's own decisions, on whichever post they were made."""
    actor, work, number = current_actor(), current_work(), page_argument()
    rows, total = decisions.decided(actor, work, number)
    return render(
        "recognitions/decided.html",
        rows=[_line(work, row) for row in rows],
        remarks=[line(work, row) for row in remark_queries.own(actor, work)] if number == 1 else [],
        may_phrase=actor.may_anywhere(phrases.DECIDE),
        pager={
            "number": number,
            "pages": max(1, -(-total // PAGE)),
            "total": total,
            "href": url_for("recognitions.decided") + "?page={n}",
        },
    )


def _line(work: Work, row: DecidedRow) -> dict[str, Any]:
    key = f"recognitions-verdict-{row.verdict}"
    return {
        "href": url_for("tasks.task", task_id=row.task_id),
        "title": named(work, row.scheme_version_id, row.element_id, row.kind, row.title),
        "matter": row.matter,
        "verdict": say(key if has_text(key) else "recognitions-verdict-other"),
        "tone": TONES.get(row.verdict, "ok"),
        "opinion": row.opinion,
        "decided_at": row.decided_at,
        "became": _became(work, row),
    }


def _became(work: Work, row: DecidedRow) -> list[str]:
    lines = []
    if row.task_open:
        lines.append(say("recognitions-became-others"))
    elif row.state != "running":
        lines.append(say(f"recognitions-became-{row.state}"))
    else:
        lines += [_waits(work, row, each) for each in row.waiting[:WAITING_AT_MOST]]
        lines = lines or [say("recognitions-became-goes")]
    if row.again:
        lines.append(say("recognitions-became-again"))
    if row.conditions:
        met, asked = sum(each.met for each in row.conditions), sum(each.asked for each in row.conditions)
        lines.append(say("recognitions-became-conditions", met=met, asked=asked))
    return lines


def _waits(work: Work, row: DecidedRow, waiting: decisions.Waiting) -> str:
    title = named(work, row.scheme_version_id, waiting.element_id, waiting.kind, waiting.title)
    who = say("shell-list-separator").strip("|").join(waiting.who) or say("tasks-seat-rescue")
    return say("recognitions-became-waits", title=title, who=who)


@blueprint.get("/phrases")
def my_phrases() -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    if not actor.may_anywhere(phrases.DECIDE):
        raise NotAllowed(Message("error-not-allowed"))
    verdicts = [(verdict, say(f"recognitions-{verdict}")) for verdict in phrases.SHIPPED]
    return render("recognitions/phrases.html", own=phrases.of_person(work, actor.person_id), verdicts=verdicts)


@blueprint.post("/phrases")
def add_phrase() -> ResponseReturnValue:
    phrases.add(current_actor(), current_work(), request.form.get("verdict", ""), request.form.get("words", ""))
    flash("ok", Message("recognitions-phrase-added"))
    return redirect_to("recognitions.my_phrases")


@blueprint.post("/phrases/<uuid:phrase_id>/remove")
def remove_phrase(phrase_id: UUID) -> ResponseReturnValue:
    phrases.remove(current_actor(), current_work(), phrase_id)
    flash("ok", Message("recognitions-phrase-removed"))
    return redirect_to("recognitions.my_phrases")
