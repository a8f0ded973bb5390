"""The page on which several tasks of one step are decided with one opinion."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from server.actor import Actor
from server.db.work import Work
from server.errors import Invalid, NotFound
from server.i18n import Message
from server.tasks import batch, queries
from server.tasks.kinds import Values
from server.tasks.queries import TaskPage, TaskRow
from server.tasks.rules import OPINIONS, VERDICT
from server.tasks.views import kind_of, visible
from server.tasks.views_opinions import blueprint as blueprint
from server.tasks.views_parts import handed_in_before, named, title_of
from server.web import commit_anyway, current_actor, current_work, flash, redirect_to, render, say
from server.words import due_words


@blueprint.get("/tasks/<uuid:task_id>/batch")
def choose(task_id: UUID) -> ResponseReturnValue:
    """The reader's open tasks of the same step as this one."""
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    return _show(actor, work, page, _fields(actor, work, page, {}))


@blueprint.post("/tasks/<uuid:task_id>/batch")
def decide_several(task_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    fields = _fields(actor, work, page, {name: request.form.get(name, "") for name in (VERDICT, *OPINIONS)})
    values: Values = {field["name"]: field["value"] for field in fields}
    try:
        results = batch.decide(actor, work, page.task, _ticked(), values, _key(work))
    except Invalid as error:
        return _show(actor, work, page, fields, status=422, problem=say(error.message))
    refused = [each for each in results if each.refused is not None]
    commit_anyway()
    done = len(results) - len(refused)
    if not refused:
        flash("ok", Message("tasks-batch-done", {"count": done}))
        return redirect_to("tasks.inbox")
    problems = [_refusal(each) for each in refused]
    return _show(actor, work, page, fields, status=409, refused=problems, done=done)


def _key(work: Work) -> str:
    return request.form.get("_key", "")[:80] or str(work.ids.new())


def _ticked() -> dict[UUID, str]:
    """The ticked tasks with what was shown of each."""
    try:
        return {UUID(value): request.form.get(f"shown_{value}", "") for value in request.form.getlist("task")}
    except ValueError as error:
        raise NotFound(Message("error-not-found")) from error


def _refusal(result: batch.Result) -> dict[str, str]:
    reason = say(result.refused) if result.refused is not None else ""
    if not result.matter:
        return {"href": "", "words": reason}
    words = say("tasks-batch-refusal", matter=result.matter, reason=reason)
    return {"href": url_for("tasks.task", task_id=result.task_id), "words": words}


def _fields(actor: Actor, work: Work, page: TaskPage, typed: Values) -> list[dict[str, Any]]:
    """The verdict and the words to it as the step's form asks for them, with what was typed."""
    kind, context = kind_of(work, page)
    if not batch.allows(context.element):
        raise NotFound(Message("error-not-found"))
    fields = kind.show(actor, work, context, typed).get("fields", ())
    wanted = [field for field in fields if field["name"] in (VERDICT, *OPINIONS)]
    if not any(field["name"] == VERDICT for field in wanted):
        raise NotFound(Message("error-not-found"))
    return wanted


def _show(
    actor: Actor,
    work: Work,
    page: TaskPage,
    fields: list[dict[str, Any]],
    *,
    status: int = 200,
    problem: str = "",
    refused: list[dict[str, str]] | None = None,
    done: int = 0,
) -> ResponseReturnValue:
    found = queries.of_step(actor, work, page.task, batch.AT_MOST + 1)
    ticked = set(request.form.getlist("task"))
    return render(
        "tasks/batch.html",
        status=status,
        task=page.task,
        title=title_of(work, page.scheme_version_id, page.task),
        rows=[_line(actor, work, row, ticked) for row in found[: batch.AT_MOST]],
        limit=batch.AT_MOST if len(found) > batch.AT_MOST else 0,
        fields=fields,
        problem=problem,
        refused=refused or [],
        done=done,
        next_key=str(work.ids.new()),
    )


def _line(actor: Actor, work: Work, row: TaskRow, ticked: set[str]) -> dict[str, Any]:
    """One task with what was handed in for it, and why it is to be opened by itself, if so."""
    page = queries.task_page(work, row.id)
    if page is None:
        raise NotFound(Message("error-not-found"))
    alone = ""
    if row.claimed_by not in (None, actor.person_id):
        alone = say("tasks-claimed-line", name=row.claimed_name)
    elif page.draft is not None:
        alone = say("tasks-batch-begun", name=page.draft.saved_by)
    badge_kind, badge = due_words(row.light, row.due_at, work.now)
    return {
        "id": str(row.id),
        "href": url_for("tasks.task", task_id=row.id),
        "matter": row.matter or named(work, row.scheme_version_id, row.element_id, row.kind, row.title),
        "unit": row.unit_name,
        "badge": (badge_kind, badge),
        "returned": page.task.returned_reason or "",
        "alone": alone,
        "shown": batch.fingerprint(page),
        "ticked": str(row.id) in ticked and not alone,
        "handed_in": handed_in_before(work, page)[:1],
    }
