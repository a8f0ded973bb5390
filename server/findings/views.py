"""Pages of findings: those of a campaign or of a unit in it, and one with its history."""

from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from server.actor import Actor
from server.assessments import pages as sheets
from server.campaigns import queries as campaigns
from server.db.work import Work
from server.errors import NotFound
from server.findings import queries
from server.findings.models import FindingState
from server.findings.pages import finding_page, mending_page
from server.findings.queries import FindingRow
from server.i18n import Message
from server.web import current_actor, current_work, language, page_argument, render, say

blueprint = Blueprint("findings", __name__)

MAY_SEE = ("unit.work", "campaign.view", "verification.do", "task.on_behalf")


@blueprint.get("/campaigns/<uuid:campaign_id>/findings")
def of_campaign(campaign_id: UUID) -> ResponseReturnValue:
    """All findings for those who oversee the campaign; a participant sees its own."""
    actor, work = current_actor(), current_work()
    detail = campaigns.campaign(work, campaign_id)
    if detail is None or not campaigns.may_see(actor, work, detail):
        raise NotFound(Message("error-not-found"))
    chosen = request.args.get("show", "all")
    state = chosen if chosen in {each.value for each in FindingState} else None
    own = None if actor.may(campaigns.VIEW, detail.unit_path) else actor.unit_id
    found = queries.of_campaign(work, campaign_id, state=state, unit_id=own, page=page_argument())
    here = url_for("findings.of_campaign", campaign_id=campaign_id, show=state or "all")
    return render(
        "findings/list.html",
        title=detail.campaign.title,
        campaign_url=url_for("campaigns.campaign", campaign_id=campaign_id),
        rows=[finding_page(row) for row in found.rows],
        pager={"number": found.number, "pages": found.pages, "total": found.total, "href": here + "&page={n}"},
        chips=_chips(campaign_id, state),
        word=sheets.words(work, detail.campaign.scheme_version_id, language()),
        one_unit=own is not None,
    )


def _chips(campaign_id: UUID, state: str | None) -> list[dict[str, object]]:
    shown: list[tuple[str, str]] = [("all", say("findings-all"))]
    shown += [(each.value, say(f"findings-state-{each.value}")) for each in FindingState]
    return [
        {
            "label": label,
            "href": url_for("findings.of_campaign", campaign_id=campaign_id, show=name),
            "current": name == (state or "all"),
        }
        for name, label in shown
    ]


def _visible(actor: Actor, work: Work, finding_id: UUID) -> FindingRow:
    found = queries.by_id(work, finding_id)
    if found is None or not any(actor.may(permission, found.unit_path) for permission in MAY_SEE):
        raise NotFound(Message("error-not-found"))
    return found


@blueprint.get("/findings/<uuid:finding_id>")
def finding(finding_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    found = _visible(actor, work, finding_id)
    return render(
        "findings/finding.html",
        finding=finding_page(found),
        mendings=[mending_page(row) for row in queries.mendings_of(work, found.id)],
        word=sheets.words(work, found.scheme_version_id, language()),
        list_url=url_for("findings.of_campaign", campaign_id=found.campaign_id),
    )
