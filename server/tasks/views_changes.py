"""What may be changed about a task besides handing it in: more time, other seats, back to an earlier step."""

from datetime import date, datetime
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from server.db.work import Work
from server.deadlines.operations import end_of_day
from server.errors import Invalid, NotFound
from server.i18n import Message
from server.processes import incidents
from server.processes.commands import ProcessFailed
from server.tasks import dates, operations, queries, seats, urging
from server.tasks.queries import TaskPage
from server.tasks.views import REASON_AT_MOST, visible
from server.tasks.views import blueprint as blueprint
from server.web import commit_anyway, current_actor, current_work, flash, redirect_to
from server.words import day


@blueprint.post("/tasks/<uuid:task_id>/extend")
def extend(task_id: UUID) -> ResponseReturnValue:
    """Give one task more time."""
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    if not page.unit_path or not actor.may(operations.MANAGE, page.unit_path):
        raise NotFound(Message("error-not-found"))
    due_at, said = _typed_day(work, page)
    dates.extend(actor, work, task_id, due_at, request.form.get("reason", "")[:500])
    flash("ok", Message("tasks-extended", {"day": said}))
    return redirect_to("tasks.task", task_id=task_id)


@blueprint.post("/tasks/<uuid:task_id>/time")
def ask_for_time(task_id: UUID) -> ResponseReturnValue:
    """Ask for more time."""
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    if not queries.has_seat(actor, page):
        raise NotFound(Message("error-not-found"))
    due_at, said = _typed_day(work, page)
    dates.ask_for_time(actor, work, task_id, due_at, request.form.get("reason", "")[:500])
    flash("ok", Message("tasks-time-asked", {"day": said}))
    return redirect_to("tasks.task", task_id=task_id)


@blueprint.post("/tasks/<uuid:task_id>/urge")
def urge(task_id: UUID) -> ResponseReturnValue:
    """Ask those who sit on a task to get on with it."""
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    if not page.unit_path or not actor.may(operations.MANAGE, page.unit_path):
        raise NotFound(Message("error-not-found"))
    told = urging.urge(actor, work, task_id, request.form.get("note", ""))
    flash("ok" if told else "warn", Message("tasks-urged-told" if told else "tasks-urged-nobody", {"count": told}))
    return redirect_to("tasks.task", task_id=task_id)


def _typed_day(work: Work, page: TaskPage) -> tuple[datetime, str]:
    """The end of the day that was typed, in the unit's zone, and the day in words."""
    text = request.form.get("day", "")
    try:
        typed = date.fromisoformat(text)
        return end_of_day(typed, queries.zone_of(work, page.task)), day(typed)
    except ValueError as error:
        wrong = Message("task-date-wrong", {"value": text[:20]})
        raise Invalid(wrong, {"day": [wrong]}) from error


@blueprint.post("/tasks/<uuid:task_id>/seats")
def change_seats(task_id: UUID) -> ResponseReturnValue:
    """Add somebody to a task, hand a seat on, or take one away."""
    actor, work = current_actor(), current_work()
    visible(actor, work, task_id)
    wanted, reason = request.form.get("change", ""), request.form.get("reason", "")[:500]
    post_id, seat_id = request.form.get("post", type=UUID), request.form.get("seat", type=UUID)
    nothing = UUID(int=0)
    if wanted == "remove":
        seats.remove(actor, work, task_id, seat_id or nothing, reason)
    elif wanted == "hand_on":
        seats.hand_on(actor, work, task_id, seat_id or nothing, post_id or nothing, reason)
    else:
        seats.add(actor, work, task_id, post_id or nothing, reason)
    flash("ok", Message("tasks-seats-changed"))
    return redirect_to("tasks.task", task_id=task_id)


@blueprint.post("/tasks/<uuid:task_id>/return")
def send_back(task_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    visible(actor, work, task_id)
    target = request.form.get("target", "")
    try:
        with work.session.begin_nested():
            operations.return_to(actor, work, task_id, target, request.form.get("reason", "")[:REASON_AT_MOST])
    except ProcessFailed as error:
        incidents.raise_for_step(work, error, task_id)
        commit_anyway()
        raise
    flash("ok", Message("tasks-sent-back"))
    return redirect_to("tasks.inbox")
