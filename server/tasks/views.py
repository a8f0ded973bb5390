"""Pages of tasks: the inbox, a task, its draft and its files."""

import json
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from server.actor import Actor, OnBehalf, Source
from server.db.work import Work
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.evidence import kept
from server.evidence import operations as evidence
from server.evidence.rules import clean_name
from server.evidence.views import KEPT_FILE
from server.i18n import Message
from server.organisation.models import DEFAULT_ZONE
from server.processes import incidents
from server.processes.commands import ProcessFailed
from server.schemes import queries as schemes
from server.tasks import confirmations, contexts, copies, dates, operations, opinions, queries, returned
from server.tasks.deciders import LEADERS
from server.tasks.forms import size_words
from server.tasks.headings import soonest
from server.tasks.kinds import Missing, TaskContext, TaskKind, Values
from server.tasks.lateness import require_free, too_late
from server.tasks.models import Origin, SeatState, TaskState
from server.tasks.queries import FILTERS, PAGE, TaskPage, TaskRow
from server.tasks.rules import held_by_other
from server.tasks.views_course import course_shown
from server.tasks.views_parts import (
    asks,
    batch_count,
    behalf_said,
    can_take_back,
    claim_parts,
    copy_parts,
    handed_in_before,
    resubmit_parts,
    return_targets,
    seat_changes,
    seat_line,
    title_of,
    trail_line,
    urged_line,
    way_in_words,
)
from server.tasks.views_sprint import sprints_shown
from server.web import (
    commit_anyway,
    current_actor,
    current_work,
    flash,
    language,
    page_argument,
    redirect_to,
    render,
    say,
    status_of,
)
from server.words import day_and_time, due_on, due_words

blueprint = Blueprint("tasks", __name__)

NEW_FILE = "_new"
HAND_IN = "hand_in"
RETURNED = "returned"
"""The file input of a spreadsheet, which is read and is no evidence by itself."""
REASON_AT_MOST = 2000


@blueprint.get("/inbox")
def inbox() -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    chosen = request.args.get("show", "all")
    chosen = chosen if chosen in FILTERS else "all"
    words = request.args.get("q", "").strip()[:100]
    found = queries.inbox(actor, work, chosen=chosen, words=words, page=page_argument(), zone=DEFAULT_ZONE)
    chips = [
        {
            "label": say(f"tasks-filter-{name}"),
            "href": url_for("tasks.inbox", show=name),
            "count": found.counts.get(name, 0),
            "current": name == chosen,
        }
        for name in FILTERS
        if name in ("all", chosen) or found.counts.get(name, 0)
    ]
    groups = _groups(work, found)
    pager = {
        "number": found.number,
        "pages": found.pages,
        "total": found.total,
        "href": url_for("tasks.inbox", show=chosen, q=words or None) + "&page={n}",
    }
    return render(
        "tasks/inbox.html",
        groups=groups,
        chips=chips,
        pager=pager,
        words=words,
        chosen=chosen,
        per_page=PAGE,
        entries=confirmations.entries_count(actor, work),
        copied=copies.unread_count(actor, work),
        sprints=sprints_shown(actor, work, actor.unit_id),
    )


def _groups(work: Work, found: queries.Inbox, current: UUID | None = None) -> list[dict[str, Any]]:
    """The rows of a page under headings. current: the task that is shown beside them."""
    return [
        {"name": name, "items": [_line(work, row) | {"current": row.id == current} for row in rows]}
        for name, rows in soonest(found.rows, work.now, DEFAULT_ZONE)
    ]


WIDE = ("assessments.",)
"""Kinds of task that need the whole width: a standard's rows, with scores side by side."""


def _beside(actor: Actor, work: Work, page: TaskPage) -> list[dict[str, Any]] | None:
    """What else waits for the actor, shown beside a task on a desktop; None where the task needs the room."""
    if page.task.kind.startswith(WIDE):
        return None
    return _groups(work, queries.inbox(actor, work, zone=DEFAULT_ZONE), page.task.id)


TONES = {
    "gate": ("gate", "gate"),
    "findings.mend": ("bad", "flag"),
    "assessments.self": ("do", "scale"),
    "supervision.reply": ("bad", "megaphone"),
}


def _line(work: Work, row: TaskRow) -> dict[str, Any]:
    tone, icon = TONES.get(row.kind, ("do", "file"))
    badge_kind, badge = due_words(row.light, row.due_at, work.now)
    meta = [row.matter, *([say("tasks-returned")] if row.returned else [])]
    if row.claimed_name:
        meta.append(say("tasks-claimed-line", name=row.claimed_name))
    return {
        "href": url_for("tasks.task", task_id=row.id),
        "icon": icon,
        "tone": tone,
        "title": title_of(work, row.scheme_version_id, row),
        "badge": badge,
        "badge_kind": badge_kind,
        "meta": [word for word in meta if word],
    }


@blueprint.get("/tasks/<uuid:task_id>")
def task(task_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    return show(actor, work, page, page.values)


def visible(actor: Actor, work: Work, task_id: UUID) -> TaskPage:
    page = queries.task_page(work, task_id)
    if page is None or not queries.may_see(actor, page):
        raise NotFound(Message("error-not-found"))
    return queries.shown_to(actor, page)


def kind_of(work: Work, page: TaskPage) -> tuple[TaskKind, TaskContext]:
    """A task's kind, with its words in the reader's language."""
    return contexts.kind_of(work, page, language())


def show(
    actor: Actor,
    work: Work,
    page: TaskPage,
    values: Values,
    *,
    status: int = 200,
    errors: dict[str, list[str]] | None = None,
    missing: tuple[Missing, ...] | None = None,
    problem: str = "",
    taken: dict[str, Any] | None = None,
) -> Response:
    """The page of a task. taken: what a returned spreadsheet has filled in."""
    kind, context = kind_of(work, page)
    is_open = page.task.state == TaskState.OPEN
    free = is_open and not held_by_other(page.task, actor.person_id, work.now)
    mine = free and queries.has_seat(actor, page)
    behalf = free and not mine and bool(page.unit_path) and actor.may(operations.ON_BEHALF, page.unit_path)
    lacking = missing if missing is not None else tuple(kind.missing(work, context, values)) if mine or behalf else ()
    badge_kind, badge = due_words(page.light, page.task.due_at, work.now)
    may_link = (
        page.task.kind not in LEADERS and bool(page.unit_path) and actor.may(operations.ON_BEHALF, page.unit_path)
    )
    return render(
        "tasks/task.html",
        status=status,
        task=page.task,
        page=page,
        title=title_of(work, page.scheme_version_id, page.task),
        help=schemes.help_of(work, page.scheme_version_id, page.task.element_id, context.element, language()),
        phases=schemes.phase_rail(work, page.scheme_version_id, page.task.phase, language()),
        values=values,
        errors=errors or {},
        problem=problem,
        missing=[{"text": say(each.text), "anchor": each.anchor} for each in lacking],
        show_missing=missing is not None,
        kind_template=kind.template,
        opinion=opinions.shown(actor, work, kind, context, values) if mine or behalf else {},
        due=(badge_kind, badge, due_on(page.task.due_at)),
        mine=mine,
        behalf=behalf,
        readonly=not (mine or behalf),
        batch=batch_count(actor, work, page, context.element) if mine else 0,
        behalf_said=behalf_said(work, page) if behalf else {},
        spreadsheet=(mine or behalf) and returned.has_sheet(work, page, language()),
        taken=taken,
        sources=[(source.value, say(f"tasks-source-{source.value}")) for source in Source],
        seats=[seat_line(seat) for seat in page.seats],
        course=course_shown(work, page),
        trail=[trail_line(work, page, line, may_link=may_link) for line in page.trail],
        handed_in=handed_in_before(work, page),
        next_key=str(work.ids.new()),
        resubmit=resubmit_parts(work, page, kind) if mine or behalf else None,
        targets=return_targets(actor, work, page) if is_open else [],
        beside=_beside(actor, work, page),
        change=seat_changes(actor, work, page) if is_open else None,
        too_late=too_late(actor, work, page.task, page.scheme_version_id) if mine else None,
        urged=urged_line(work, page.task),
        back=can_take_back(actor, work, page),
        claim=claim_parts(actor, work, page),
        copy=copy_parts(actor, work, page),
        may_urge=is_open and bool(page.unit_path) and actor.may(operations.MANAGE, page.unit_path),
        asked=dates.latest_request(work, page.task.id) if page.task.origin == Origin.PROCESS else None,
        may_ask=mine and page.task.due_at is not None and page.task.asked_at is None and asks(actor, page),
        may_extend=is_open
        and page.task.origin == Origin.PROCESS
        and page.task.due_at is not None
        and bool(page.unit_path)
        and actor.may(operations.MANAGE, page.unit_path),
        **kind.show(actor, work, context, values),
    )


@blueprint.post("/tasks/<uuid:task_id>")
def hand_in(task_id: UUID) -> ResponseReturnValue:
    """Save, or hand in. Whatever is wrong, what was typed and every uploaded file is kept as the draft."""
    actor, work = current_actor(), current_work()
    page = visible(actor, work, task_id)
    kind, context = kind_of(work, page)
    require_hand(actor, page)
    if page.task.state != TaskState.OPEN:
        return _complete(actor, work, page, opinions.read(work, kind, context, _typed()))
    try:
        require_free(actor, work, page.task)
    except Conflict as error:
        return show(
            actor, work, page, opinions.read(work, kind, context, _typed()), status=409, problem=say(error.message)
        )
    acting, refused = acting_for(actor, page.draft.proof_id if page.draft is not None else None)
    values, refused_files = read_typed(acting, work, page, kind, context)
    refused |= refused_files
    operations.save_draft(actor, work, task_id, values)
    commit_anyway()
    wants = request.form.get("action", "save")
    changes = {"_add", "_remove", "_remove_file"} & set(request.form)
    if refused or changes:
        return show(actor, work, page, values, errors=refused, status=422 if refused else 200)
    if wants != HAND_IN and "verdict" not in request.form:
        flash("ok", Message("tasks-draft-saved"))
        return redirect_to("tasks.task", task_id=task_id)
    return _complete(acting, work, page, values)


def _complete(actor: Actor, work: Work, page: TaskPage, values: Values) -> ResponseReturnValue:
    task_id = page.task.id
    key = request.form.get("_key", "")[:80] or str(work.ids.new())
    try:
        with work.session.begin_nested():
            done = operations.complete(actor, work, task_id, values, key, request.form.get("_way", ""))
    except operations.NotComplete as error:
        wrong = {field: [say(each) for each in messages] for field, messages in error.fields.items()}
        return show(actor, work, page, values, status=422, errors=wrong, missing=tuple(error.missing))
    except ProcessFailed as error:
        incidents.raise_for_step(work, error, task_id)
        return show(actor, work, page, values, status=503, problem=say(error.message))
    except (Conflict, Invalid, NotAllowed) as error:
        fresh = queries.task_page(work, task_id) or page
        said = say(way_in_words(work, page, error.message))
        return show(actor, work, fresh, values, status=status_of(error), problem=said)
    if not done.repeated:
        flash("ok", _thanks(work, page, done))
        if done.way is not None:
            flash("info", way_in_words(work, page, done.way))
    return redirect_to("tasks.inbox")


def _thanks(work: Work, page: TaskPage, done: operations.Completed) -> Message:
    title = title_of(work, page.scheme_version_id, page.task)
    if done.late:
        return Message("tasks-done-late", {"title": title})
    return Message("tasks-done", {"title": title})


def acting_for(actor: Actor, proof_id: UUID | None = None) -> tuple[Actor, dict[str, list[str]]]:
    """The actor, acting on behalf when the page says for whom and by what source; and what is wrong with that.

    proof_id: the returned file that filled the page, if one did.
    """
    name = request.form.get("behalf_name", "").strip()
    source = request.form.get("behalf_source", "")
    if not name and not source:
        return actor, {}
    if not name or source not in {each.value for each in Source}:
        return actor, {"behalf_name": [say("tasks-behalf-incomplete")]}
    note = request.form.get("behalf_note", "").strip()[:500]
    # The returned file proves what it said, not what somebody said on the telephone.
    scan = proof_id if source == Source.FILE else None
    behalf = OnBehalf(name=name[:100], source=Source(source), note=note, scan_evidence_id=scan)
    return operations.on_behalf(actor, behalf), {}


def require_hand(actor: Actor, page: TaskPage) -> None:
    """Drafts and files are taken only from those who could hand the task in; who has done so hears of it."""
    own = [seat.state for seat in page.seats if seat.key in actor.seat_keys]
    if any(state != SeatState.REMOVED for state in own) or (
        page.unit_path and actor.may(operations.ON_BEHALF, page.unit_path)
    ):
        return
    if own:
        raise NotAllowed(Message("task-seat-gone"))
    raise NotFound(Message("error-not-found"))


def read_typed(
    actor: Actor, work: Work, page: TaskPage, kind: TaskKind, context: TaskContext
) -> tuple[Values, dict[str, list[str]]]:
    """The page's values, with the files that came with it stored; and what was refused of the files, by field."""
    form = _typed()
    removed = request.form.get("_remove_file", "")
    if ":" in removed:
        field, evidence_id = removed.split(":", 1)
        form[field] = [value for value in form.get(field, []) if value != evidence_id]
    refused: dict[str, list[str]] = {}
    _hand_in_kept(actor, work, page, form, refused)
    for name in request.files:
        if not name.endswith(NEW_FILE) or page.task.unit_id is None:
            continue
        field = name.removesuffix(NEW_FILE)
        for upload in request.files.getlist(name):
            if not upload.filename:
                continue
            try:
                added = evidence.add(
                    actor, work, page.task.unit_id, page.task.campaign_id, upload.stream, upload.filename
                )
            except Invalid as error:
                name_shown = clean_name(upload.filename)
                refused.setdefault(field, []).append(
                    say("evidence-refused", name=name_shown, reason=say(error.message))
                )
                continue
            form.setdefault(field, []).append(str(added.id))
    return opinions.read(work, kind, context, form), refused


def _hand_in_kept(
    actor: Actor, work: Work, page: TaskPage, form: dict[str, list[str]], refused: dict[str, list[str]]
) -> None:
    """Files that were kept when the session had ended, into the form as any other upload."""
    for name in [name for name in form if name.endswith(KEPT_FILE) and name != f"{RETURNED}{KEPT_FILE}"]:
        field = name.removesuffix(KEPT_FILE)
        for value in form.pop(name):
            kept_id, _, shown = value.partition(" ")
            try:
                if page.task.unit_id is None:
                    raise Conflict(Message("evidence-kept-gone"))
                added = kept.hand_in(actor, work, UUID(kept_id), page.task.unit_id, page.task.campaign_id)
            except (Conflict, ValueError):
                gone = say("evidence-kept-gone")
                refused.setdefault(field, []).append(say("evidence-refused", name=clean_name(shown), reason=gone))
                continue
            form.setdefault(field, []).append(str(added.id))


def _typed() -> dict[str, list[str]]:
    return {name: list(request.form.getlist(name)) for name in request.form}


@blueprint.post("/tasks/<uuid:task_id>/draft")
def draft(task_id: UUID) -> ResponseReturnValue:
    """Keep what has been typed; asked for by the page in the background."""
    actor, work = current_actor(), current_work()
    page = _open_to(actor, work, task_id)
    kind, context = kind_of(work, page)
    saved_at = operations.save_draft(actor, work, task_id, opinions.read(work, kind, context, _typed()))
    return Response(json.dumps({"saved_at": day_and_time(saved_at, DEFAULT_ZONE)}), mimetype="application/json")


def _open_to(actor: Actor, work: Work, task_id: UUID) -> TaskPage:
    """An open task that the actor may hand in."""
    page = visible(actor, work, task_id)
    require_hand(actor, page)
    if page.task.state != TaskState.OPEN:
        raise Conflict(Message("task-closed"))
    return page


@blueprint.post("/tasks/<uuid:task_id>/files")
def files(task_id: UUID) -> ResponseReturnValue:
    """Store one file for a task; asked for by the page in the background. Answers id, name and size."""
    actor, work = current_actor(), current_work()
    page = _open_to(actor, work, task_id)
    if page.task.state != TaskState.OPEN:
        raise Conflict(Message("task-closed"))
    upload = request.files.get("file")
    if upload is None or not upload.filename or page.task.unit_id is None:
        raise Invalid(Message("tasks-file-missing"))
    added = evidence.add(actor, work, page.task.unit_id, page.task.campaign_id, upload.stream, upload.filename)
    body = {"id": str(added.id), "name": added.name, "size": size_words(added.size_bytes)}
    return Response(json.dumps(body, ensure_ascii=False), status=201, mimetype="application/json")
