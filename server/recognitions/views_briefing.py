"""A gate's one page to forward: a document to reword, A4 for print, a long picture for a telephone."""

from uuid import UUID

from flask import Response
from flask.typing import ResponseReturnValue

from server.actor import Actor
from server.db.work import Work
from server.errors import Conflict, GreengateError, NotFound
from server.evidence.rules import clean_name, disposition
from server.i18n import Message
from server.organisation.models import Unit
from server.recognitions import conditions, preparing, queries
from server.recognitions.briefing import Briefing, briefing
from server.recognitions.document_print import printed
from server.recognitions.document_word import word
from server.recognitions.views_preparing import blueprint as blueprint
from server.tasks import queries as tasks
from server.tasks.models import Task, TaskState
from server.web import current_actor, current_work, language, say
from server.words import day_and_time

KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "png": "image/png",
}


@blueprint.get("/gates/<uuid:task_id>/briefing.<any(docx, pdf, png):form>")
def forward(task_id: UUID, form: str) -> ResponseReturnValue:
    """For who sees the gate, and for the secretary who prepares it."""
    actor, work = current_actor(), current_work()
    page = _page(work, _gate(actor, work, task_id))
    content = word(page, work.now) if form == "docx" else printed(page, form)
    response = Response(content, mimetype=KINDS[form])
    name = page.title.replace("/", "_").replace("\\", "_")
    response.headers["Content-Disposition"] = disposition(clean_name(f"{name}.{form}"))
    response.headers["Cache-Control"] = "no-store"
    return response


def _gate(actor: Actor, work: Work, task_id: UUID) -> Task:
    page = tasks.task_page(work, task_id)
    if page is None or page.task.kind != "gate" or page.task.campaign_id is None:
        raise NotFound(Message("error-not-found"))
    if not tasks.is_concerned(actor, page):
        try:
            preparing.gate_of(actor, work, task_id)
        except GreengateError as error:
            raise NotFound(Message("error-not-found")) from error
    return page.task


def _page(work: Work, task: Task) -> Briefing:
    if task.campaign_id is None:
        raise NotFound(Message("error-not-found"))
    card = queries.gate_card(work, task.campaign_id)
    if task.state == TaskState.DONE and card.hash not in queries.hashes_decided_on(work, task.id):
        # What is sent on as the page of a decision has to be what was decided.
        raise Conflict(Message("recognitions-briefing-changed"))
    unit = work.session.get(Unit, queries.campaign_of(work, task.campaign_id).unit_id)
    asked = conditions.of_campaign(work, task.campaign_id, task.id)
    when = day_and_time(work.now, unit.zone if unit is not None else None)
    return briefing(card, asked, unit.name if unit is not None else say("shell-product"), when, language())
