"""The result list of a campaign: on a page, for print, and as a table."""

import csv
import io
from uuid import UUID

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from server.actor import Actor
from server.campaigns import queries as campaigns
from server.campaigns.queries import CampaignDetail
from server.db.work import Work
from server.errors import NotAllowed, NotFound
from server.evidence.rules import clean_name, disposition
from server.i18n import Message
from server.recognitions import conditions, pages, queries
from server.web import current_actor, current_work, render, say

blueprint = Blueprint("recognitions", __name__)

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What a spreadsheet may take for the start of a formula, also in full width and after spaces."""


def _campaign(actor: Actor, work: Work, campaign_id: UUID) -> tuple[CampaignDetail, bool]:
    """A campaign the actor may see, and whether every participant's result with it."""
    detail = campaigns.campaign(work, campaign_id)
    if detail is None or not campaigns.may_see(actor, work, detail):
        raise NotFound(Message("error-not-found"))
    return detail, actor.may(campaigns.VIEW, detail.unit_path)


@blueprint.get("/campaigns/<uuid:campaign_id>/results")
def results(campaign_id: UUID) -> ResponseReturnValue:
    """Everybody in the campaign sees who is recognised; why not, only of one's own unit."""
    actor, work = current_actor(), current_work()
    detail, everything = _campaign(actor, work, campaign_id)
    others = [row for row in queries.not_recognised(work, campaign_id) if everything or row.unit_id == actor.unit_id]
    asked = conditions.of_campaign(work, campaign_id)
    return render(
        "recognitions/results.html",
        title=say("recognitions-title", title=detail.campaign.title),
        campaign=detail.campaign,
        rate=pages.rate_page(queries.rate_of(work, campaign_id)),
        recognised=[pages.recognised_page(row, asked) for row in queries.recognised(work, campaign_id)],
        others=[pages.row_page(row) for row in others],
        all_visible=everything,
        csv=url_for("recognitions.results_csv", campaign_id=campaign_id) if everything else "",
        campaign_url=url_for("campaigns.campaign", campaign_id=campaign_id),
    )


@blueprint.get("/campaigns/<uuid:campaign_id>/results.csv")
def results_csv(campaign_id: UUID) -> ResponseReturnValue:
    """The whole list as UTF-8 CSV with a byte order mark, for a spreadsheet; no cell can start a formula."""
    actor, work = current_actor(), current_work()
    detail, everything = _campaign(actor, work, campaign_id)
    if not everything:
        raise NotAllowed(Message("error-not-allowed"))
    named = {row.unit_id: row for row in queries.recognised(work, campaign_id)}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    heads = ("number", "unit", "self-total", "total", "standing", "result", "from", "why")
    writer.writerow([say(f"recognitions-{head}") for head in heads])
    for card in queries.gate_card(work, campaign_id).rows:
        row, granted = pages.row_page(card), named.get(card.unit_id)
        writer.writerow(
            [
                row["number"],
                safe(row["unit"]),
                row["self_total"],
                row["total"],
                say(f"recognitions-standing-{row['standing']}"),
                say("recognitions-yes" if granted else "recognitions-no"),
                granted.from_on.isoformat() if granted else "",
                safe(row["reason"]),
            ]
        )
    response = Response(out.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    name = say("recognitions-file", title=detail.campaign.title).replace("/", "_").replace("\\", "_")
    response.headers["Content-Disposition"] = disposition(clean_name(f"{name}.csv"))
    response.headers["Cache-Control"] = "no-store"
    return response


def safe(words: str) -> str:
    """Words that a spreadsheet does not take for a formula."""
    return f"'{words}" if words.startswith(FORMULA) or words.lstrip().startswith(FORMULA) else words
