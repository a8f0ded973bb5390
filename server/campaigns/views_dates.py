"""Moving a campaign's dates, after a look at what follows; and being stricter with what is late."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request
from flask.typing import ResponseReturnValue

from server.campaigns import moving, tightening
from server.campaigns.queries import CampaignDetail
from server.campaigns.views import day_asked_for, managed
from server.campaigns.views_board import blueprint as blueprint
from server.db.work import Work
from server.errors import Invalid
from server.i18n import Message
from server.schemes import queries as schemes
from server.schemes.definition import Late
from server.web import current_actor, current_work, flash, language, redirect_to, render
from server.words import day

REASON_AT_MOST = 500


@blueprint.post("/campaigns/<uuid:campaign_id>/deadlines/<key>")
def move_deadline(campaign_id: UUID, key: str) -> ResponseReturnValue:
    """What would follow is shown first; only its page, which says which date was seen, moves anything."""
    actor, work = current_actor(), current_work()
    detail = managed(actor, work, campaign_id)
    due_at = day_asked_for(work, detail)
    why = {name: request.form.get(name, "").strip()[:REASON_AT_MOST] for name in ("reason", "basis")}
    moving.need_why(why)
    seen, along = _instant(request.form.get("seen", "")), request.form.getlist("along")
    if seen is None or request.form.get("look"):
        return _look(work, detail, key, due_at, why)
    moving.move(actor, work, campaign_id, key, due_at, why, seen=seen, along=along)
    flash("ok", Message("campaigns-deadline-moved", {"day": day(due_at.date())}))
    return redirect_to("campaigns.campaign", campaign_id=campaign_id)


def _look(work: Work, detail: CampaignDetail, key: str, due_at: datetime, why: dict[str, str]) -> ResponseReturnValue:
    found = moving.look(current_actor(), work, detail.campaign.id, key, due_at)
    names = schemes.words_of(work, detail.campaign.scheme_version_id, language())
    scheme = schemes.scheme_of(work, detail.campaign.scheme_version_id)
    zone = ZoneInfo(found.zone)
    titles = {each.key: names.get(f"deadline.{each.key}.title", each.title) for each in scheme.deadlines}
    return render(
        "campaigns/move.html",
        campaign=detail.campaign,
        key=key,
        title=titles.get(key, key),
        moving=found,
        before=day(found.before.astimezone(zone).date()),
        after=day(found.after.astimezone(zone).date()),
        more=max(0, found.unit_count - len(found.units)),
        followers=[
            (
                each.key,
                titles.get(each.key, each.title),
                day(each.due_at.astimezone(zone).date()),
                day(each.proposed.astimezone(zone).date()),
            )
            for each in found.followers
        ],
        fields={**why, "day": request.form.get("day", ""), "seen": found.before.isoformat()},
    )


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


@blueprint.post("/campaigns/<uuid:campaign_id>/deadlines/<key>/late")
def tighten(campaign_id: UUID, key: str) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    managed(actor, work, campaign_id)
    chosen = next((each for each in Late if each.value == request.form.get("late", "")), None)
    if chosen is None:
        unknown = Message("campaigns-late-choose")
        raise Invalid(unknown, {"late": [unknown]})
    moving.tighten(actor, work, campaign_id, key, chosen, request.form.get("reason", "")[:REASON_AT_MOST])
    flash("ok", Message("campaigns-late-done"))
    return redirect_to("campaigns.campaign", campaign_id=campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/ladder")
def tighten_ladder(campaign_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    managed(actor, work, campaign_id)
    key = request.form.get("key", "")[:100]
    if not key:
        missing = Message("campaigns-ladder-which")
        raise Invalid(missing, {"key": [missing]})
    typed = {name: request.form.get(name, "")[:100] for name in tightening.STEPS}
    tightening.tighten(actor, work, campaign_id, key, typed, request.form.get("reason", "")[:REASON_AT_MOST])
    flash("ok", Message("campaigns-ladder-done"))
    return redirect_to("campaigns.campaign", campaign_id=campaign_id)
