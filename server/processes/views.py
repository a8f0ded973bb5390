"""Pages of processes: incidents."""

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from server.actor import Actor
from server.errors import Invalid, NotAllowed
from server.i18n import Message
from server.processes import incidents, queries
from server.web import current_actor, current_work, flash, page_argument, redirect_to, render

blueprint = Blueprint("processes", __name__)

OPERATE = "process.operate"


def _operator() -> Actor:
    actor = current_actor()
    if not actor.may_anywhere(OPERATE):
        raise NotAllowed(Message("error-not-allowed"))
    return actor


@blueprint.get("/incidents")
def incident_list() -> ResponseReturnValue:
    actor, work = _operator(), current_work()
    page = page_argument()
    rows, total = queries.incidents(actor, work, page)
    pager = {"number": page, "pages": max(1, -(-total // queries.PAGE)), "total": total, "href": "?page={n}"}
    return render("processes/incidents.html", rows=rows, pager=pager)


@blueprint.post("/incidents/<uuid:incident_id>/<any(retry, leave_out):action>")
def act(incident_id: UUID, action: str) -> ResponseReturnValue:
    actor, work = _operator(), current_work()
    queries.require_incident(actor, work, incident_id)
    if action == "retry":
        incidents.retry(actor, work, incident_id)
        flash("ok", Message("incidents-retried"))
    else:
        reason = request.form.get("reason", "").strip()[:500]
        if not reason:
            raise Invalid(Message("incidents-reason-needed"), {"reason": [Message("incidents-reason-needed")]})
        incidents.leave_out(actor, work, incident_id, reason)
        flash("ok", Message("incidents-left-out"))
    return redirect_to("processes.incident_list")
