"""A file that was given with a verdict: for everybody who may see the verdict."""

from uuid import UUID

from flask import Response

from server.errors import NotFound
from server.evidence import queries as evidence
from server.evidence.views import send
from server.i18n import Message
from server.tasks import opinions
from server.tasks.views import visible
from server.tasks.views_approval_form import blueprint as blueprint
from server.web import current_actor, current_work


@blueprint.get("/tasks/<uuid:task_id>/opinions/<uuid:evidence_id>")
def opinion_file(task_id: UUID, evidence_id: UUID) -> Response:
    """A file or a signature on the trail of a task; of any other file nobody learns here that it exists."""
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    if not any(str(evidence_id) in opinions.named(line.values) for line in page.trail):
        raise NotFound(Message("error-not-found"))
    found = evidence.row(work, evidence_id)
    if found.sha256 is None:
        raise NotFound(Message("error-not-found"))
    return send(work, found)
