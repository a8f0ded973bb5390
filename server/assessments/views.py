"""Pages of sealed assessments: one sheet, and all of a participant."""

from uuid import UUID

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from server.actor import Actor
from server.assessments import pages, queries
from server.assessments.desk import desk_for
from server.campaigns.models import Campaign, Participant
from server.db.work import Work
from server.errors import NotFound
from server.i18n import Message
from server.organisation.models import Unit
from server.web import current_actor, current_work, language, page_argument, render

blueprint = Blueprint("assessments", __name__)

MAY_SEE = ("unit.work", "campaign.view", "verification.do", "task.on_behalf")


def _participant(actor: Actor, work: Work, participant_id: UUID) -> tuple[Participant, Unit]:
    """A participant whose scores the actor may see; for everybody else there is no such page."""
    participant = work.session.get(Participant, participant_id)
    unit = work.session.get(Unit, participant.unit_id) if participant else None
    if participant is None or unit is None or not any(actor.may(permission, unit.path) for permission in MAY_SEE):
        raise NotFound(Message("error-not-found"))
    return participant, unit


@blueprint.get("/assessments/<uuid:assessment_id>")
def sealed(assessment_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    found = queries.by_id(work, assessment_id)
    if found is None:
        raise NotFound(Message("error-not-found"))
    participant, unit = _participant(actor, work, found.participant_id)
    campaign = work.session.get_one(Campaign, found.campaign_id)
    desk = desk_for(work, participant, campaign.scheme_version_id)
    base = queries.scores_of(work, found.based_on_id, desk.stored, evidence=False) if found.based_on_id else {}
    return render(
        "assessments/sealed.html",
        found=pages.assessment_page(found),
        unit=unit.name,
        campaign=campaign,
        sheet=pages.sealed_sheet(desk, queries.scores_of(work, found.id, desk.stored), base),
        base=queries.by_id(work, found.based_on_id) if found.based_on_id else None,
        report_files=[pages.file_page(row) for row in queries.report_files(work, found.id)],
        whole=queries.seal_now(work, found.id) == found.seal_hash,
        word=pages.words(work, campaign.scheme_version_id, language()),
        history_url=url_for("assessments.history", participant_id=participant.id),
    )


@blueprint.get("/participants/<uuid:participant_id>/assessments")
def history(participant_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    _, unit = _participant(actor, work, participant_id)
    number = page_argument()
    found, total = queries.history(work, participant_id, number)
    pager = {"number": number, "pages": max(1, -(-total // queries.PAGE)), "total": total, "href": "?page={n}"}
    rows = [pages.assessment_page(row) for row in found]
    return render("assessments/history.html", unit=unit.name, rows=rows, pager=pager)
