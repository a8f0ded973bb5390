"""The approval form of a matter: a sheet to be printed, with what each step said, signatures and a seal."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from server.db.work import Work
from server.organisation.models import DEFAULT_ZONE
from server.tasks.models import SeatState, TaskState
from server.tasks.queries import DecisionRow, TaskPage
from server.tasks.views import visible
from server.tasks.views_actions import blueprint as blueprint
from server.tasks.views_parts import handed_in_before, named, seat_line, standing, title_of, trail_line
from server.web import current_actor, current_work, render, say
from server.words import day_of

WITHOUT = "without"


@blueprint.get("/tasks/<uuid:task_id>/approval-form")
def approval_form(task_id: UUID) -> ResponseReturnValue:
    """To be printed with the words of the opinions, or without."""
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    with_words = request.args.get("opinions") != WITHOUT
    here = url_for("tasks.approval_form", task_id=task_id, opinions=WITHOUT if with_words else None)
    return render(
        "tasks/approval_form.html",
        task=page.task,
        page=page,
        title=title_of(work, page.scheme_version_id, page.task),
        handed_in=handed_in_before(work, page)[:1],
        decided=[_decided(work, page, line, with_words=with_words) for line in standing(page)],
        waiting=[seat_line(seat) for seat in page.seats if seat.state == SeatState.OPEN]
        if page.task.state == TaskState.OPEN
        else [],
        with_words=with_words,
        other=here,
        printed_on=day_of(work.now),
    )


def _decided(work: Work, page: TaskPage, line: DecisionRow, *, with_words: bool) -> dict[str, Any]:
    said = trail_line(work, page, line, may_link=False)
    return {
        "step": named(work, page.scheme_version_id, line.element_id, line.kind, line.task_title),
        "what": said["what"],
        "opinion": line.opinion if with_words else "",
        "by": _by(line, said["who"]),
        "files": [file["name"] for file in said["files"]] if with_words else [],
        "signature": said["signature"],
        "signed_name": said["signed_name"],
    }


def _by(line: DecisionRow, who: str) -> str:
    """Who did it; of an entry, who entered it, from what, and for whom it counts."""
    about = {"who": who, "unit": line.unit_name, "day": day_of(line.decided_at, DEFAULT_ZONE)}
    if not line.behalf_name:
        return say("tasks-approval-form-signed", **about)
    return say(
        "tasks-approval-form-entered", source=say(f"tasks-source-{line.source}"), behalf=line.behalf_name, **about
    )
