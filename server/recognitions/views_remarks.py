"""A leader's remarks on a campaign: those that were written, with what came of each, and writing one."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from server.actor import Actor
from server.campaigns import queries as campaigns
from server.campaigns.queries import CampaignDetail
from server.db.work import Work
from server.errors import Conflict, Invalid, NotFound
from server.i18n import Message
from server.organisation.rules import today
from server.recognitions import remark_queries as queries
from server.recognitions import remarks
from server.recognitions.models import RemarkState
from server.recognitions.remark_queries import PartRow, RemarkRow
from server.recognitions.remarks import Typed
from server.recognitions.views import blueprint as blueprint
from server.tasks.deciders import is_secretary
from server.web import current_actor, current_work, flash, page_argument, redirect_to, render, say, status_of
from server.words import due_on, due_words

TONES = {RemarkState.ANSWERED: "info", RemarkState.CLOSED: "ok", RemarkState.DROPPED: "mute"}
TYPED_AT_MOST = 10_000
"""Characters of a field that are looked at and given back."""
CHOICES_AT_MOST = 1000


def _visible(actor: Actor, work: Work, campaign_id: UUID) -> CampaignDetail:
    detail = campaigns.campaign(work, campaign_id)
    if detail is None or not campaigns.may_see(actor, work, detail):
        raise NotFound(Message("error-not-found"))
    return detail


@blueprint.get("/campaigns/<uuid:campaign_id>/remarks")
def remarks_of(campaign_id: UUID) -> ResponseReturnValue:
    """Who oversees the campaign sees all; a unit sees what was asked of it."""
    actor, work, number = current_actor(), current_work(), page_argument()
    detail = _visible(actor, work, campaign_id)
    gate_id = request.args.get("gate", type=UUID)
    rows, total = queries.of_campaign(actor, work, detail, number, gate_id)
    writes = remarks.writes(actor, detail) and not is_secretary(actor, work)
    return render(
        "recognitions/remarks.html",
        campaign=detail.campaign,
        rows=[line(work, row, all_tasks=actor.may(campaigns.VIEW, detail.unit_path)) for row in rows],
        write_url=url_for("recognitions.new_remark", campaign_id=campaign_id) if writes else "",
        pager={
            "number": number,
            "pages": max(1, -(-total // queries.PAGE)),
            "total": total,
            "href": url_for("recognitions.remarks_of", campaign_id=campaign_id, gate=gate_id, page="N").replace(
                "page=N", "page={n}"
            ),
        },
    )


def line(work: Work, row: RemarkRow, *, all_tasks: bool = True) -> dict[str, Any]:
    """A remark as pages show it. all_tasks: the reader also sees what lies with who asked."""
    who = say("tasks-who-post", name=row.name, post=row.post_title) if row.post_title else row.name
    if row.entered_by:
        source = say(f"tasks-source-{row.source}")
        who += say("recognitions-remark-entered", name=row.entered_by, source=source)
    return {
        "words": row.words,
        "who": who,
        "note": row.note,
        "written_at": row.written_at,
        "gate_url": url_for("tasks.task", task_id=row.gate_id) if row.gate_id is not None else "",
        "href": url_for("recognitions.remarks_of", campaign_id=row.campaign_id),
        "asked": len(row.parts),
        "closed": row.count(RemarkState.CLOSED),
        "late": row.late,
        "parts": [_part(work, part, all_tasks=all_tasks) for part in row.parts],
    }


def _part(work: Work, part: PartRow, *, all_tasks: bool) -> dict[str, Any]:
    tone = TONES.get(RemarkState(part.state), "")
    words = say(f"recognitions-remark-state-{part.state}")
    if not tone:
        tone, words = due_words(part.light, part.due_at, work.now)
    again = say("recognitions-remark-attempt", number=part.attempt) if part.attempt > 1 else ""
    seen = part.task_id is not None and (all_tasks or part.state in (RemarkState.ASKED, RemarkState.DROPPED))
    href = url_for("tasks.task", task_id=part.task_id) if seen else ""
    return {"unit": part.unit_name, "tone": tone, "state": words, "again": again, "href": href, "due_at": part.due_at}


@blueprint.get("/campaigns/<uuid:campaign_id>/remarks/new")
def new_remark(campaign_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    detail, how = remarks.require_writer(actor, work, campaign_id)
    return _form(work, detail, how, _gate(work, campaign_id, request.args.get("gate", "")), Typed())


@blueprint.post("/campaigns/<uuid:campaign_id>/remarks/new")
def write_remark(campaign_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    detail, how = remarks.require_writer(actor, work, campaign_id)
    gate_id = _gate(work, campaign_id, request.form.get("gate", ""))
    typed = _typed()
    try:
        remarks.write(actor, work, campaign_id, gate_id, typed, request.form.get("_key") or str(work.ids.new()))
    except Invalid as error:
        return _form(work, detail, how, gate_id, typed, error)
    except Conflict as error:
        work.session.rollback()
        flash("warn", error.message)
        return redirect_to("recognitions.remarks_of", campaign_id=campaign_id)
    flash("ok", Message("recognitions-remark-written"))
    return redirect_to("recognitions.remarks_of", campaign_id=campaign_id)


def _gate(work: Work, campaign_id: UUID, given: str) -> UUID | None:
    if not given:
        return None
    try:
        gate_id = UUID(given)
    except ValueError:
        raise NotFound(Message("error-not-found")) from None
    return remarks.gate_of(work, campaign_id, gate_id).id


def _typed() -> Typed:
    def field(name: str) -> str:
        return request.form.get(name, "").replace("\r\n", "\n").strip()[:TYPED_AT_MOST]

    days = {name.removeprefix("by."): field(name)[:20] for name in request.form if name.startswith("by.")}
    return Typed(
        words=field("words"),
        by=field("by")[:20],
        units=tuple(dict.fromkeys(request.form.getlist("units"))),
        everybody="everybody" in request.form,
        days=days,
        name=field("behalf_name"),
        source=field("behalf_source"),
        note=field("behalf_note"),
    )


def _form(
    work: Work, detail: CampaignDetail, how: str, gate_id: UUID | None, typed: Typed, error: Invalid | None = None
) -> ResponseReturnValue:
    choices = remarks.units_of(work, detail)
    gate = remarks.gate_of(work, detail.campaign.id, gate_id) if gate_id is not None else None
    fields = error.fields if error is not None else {}
    return render(
        "recognitions/remark_new.html",
        status=status_of(error) if error else 200,
        campaign=detail.campaign,
        how=how,
        gate=gate,
        gate_due=due_on(gate.due_at) if gate is not None else "",
        typed=typed,
        choices=[(str(unit_id), name) for unit_id, name in choices[:CHOICES_AT_MOST]],
        total=len(choices),
        today=today(work.now, remarks.zone_of(work, detail.campaign.id)).isoformat(),
        sources=[(source.value, say(f"tasks-source-{source.value}")) for source in remarks.SOURCES],
        key=request.form.get("_key") or str(work.ids.new()),
        problem=say(error.message) if error else "",
        errors={name: " ".join(say(each) for each in said) for name, said in fields.items()},
        limits=remarks,
    )
