"""Pages of departures: who leaves, what they hold and who follows, what will happen, and the list."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from server.actor import Actor
from server.departures import operations, queries
from server.departures.models import DepartureState
from server.departures.operations import Plan
from server.departures.queries import PERMISSION, Held
from server.departures.rules import cut
from server.errors import Conflict, Invalid, NotAllowed
from server.i18n import Message
from server.organisation.import_files import read_day
from server.organisation.models import DEFAULT_ZONE
from server.organisation.queries import people_named
from server.organisation.rules import today
from server.web import current_actor, current_work, flash, page_argument, redirect_to, render, say
from server.words import day, day_of

blueprint = Blueprint("departures", __name__, url_prefix="/departures")

VACANT = "vacant"
TONES = {DepartureState.PLANNED: "info", DepartureState.DONE: "ok", DepartureState.CALLED_OFF: "mute"}
TYPED_AT_MOST = 100


def _manager() -> Actor:
    actor = current_actor()
    if not actor.may_anywhere(PERMISSION):
        raise NotAllowed(Message("error-not-allowed"))
    return actor


@blueprint.get("/")
def departures() -> ResponseReturnValue:
    """Those that are planned or over; and whom the words find, to plan one."""
    actor, work = _manager(), current_work()
    words = request.args.get("q", "").strip()[:TYPED_AT_MOST]
    found = queries.page(actor, work, page_argument())
    return render(
        "departures/list.html",
        words=words,
        people=queries.people(actor, work, words) if words else (),
        rows=[(row, TONES[DepartureState(row.state)], day(row.last_day), day_of(row.closed_at)) for row in found.rows],
        page={"number": found.number, "pages": found.pages, "total": found.total, "href": "?page={n}"},
    )


@blueprint.get("/<uuid:person_id>")
def departure(person_id: UUID) -> ResponseReturnValue:
    """What somebody holds, with a form; or the departure that is planned."""
    actor, work = _manager(), current_work()
    planned = queries.planned(work, person_id)
    if planned is not None:
        operations.require_reach(actor, work, planned)
        rows = queries.posts_of(work, planned.id)
        names = queries.names(work, {row.successor_id for row in rows if row.successor_id} | {planned.tasks_to})
        return render(
            "departures/planned.html",
            planned=planned,
            last_day=day(planned.last_day),
            is_over=planned.ends_at < work.now,
            rows=[(queries.post_words(work, row.post_id), names.get(row.successor_id, "")) for row in rows],
            tasks_to=names.get(planned.tasks_to, ""),
        )
    return _form(queries.held(actor, work, person_id), {}, {})


@blueprint.post("/<uuid:person_id>/check")
def check(person_id: UUID) -> ResponseReturnValue:
    """What will happen, before anything does."""
    actor, work = _manager(), current_work()
    held = queries.held(actor, work, person_id)
    typed = _typed()
    try:
        plan = _plan(held, typed)
        operations.check(actor, work, person_id, plan)
    except Invalid as fault:
        return _form(held, typed, _words(fault), status=422)
    return _preview(held, plan)


@blueprint.post("/<uuid:person_id>")
def plan(person_id: UUID) -> ResponseReturnValue:
    actor, work = _manager(), current_work()
    typed = _typed()
    known = queries.planned(work, person_id)
    if known is not None:
        operations.require_reach(actor, work, known)
        flash("info", Message("departures-planned-already", {"name": known.person_name}))
        return redirect_to("departures.departure", person_id=person_id)
    held = queries.held(actor, work, person_id)
    try:
        done = operations.plan_departure(actor, work, person_id, _plan(held, typed))
    except Invalid as fault:
        work.session.rollback()
        return _form(held, typed, _words(fault), status=422)
    except Conflict as fault:
        work.session.rollback()
        flash("warn", fault.message)
        return _form(held, typed, {}, status=409)
    flash("ok", Message("departures-planned-done", {"name": done.person_name, "day": day(done.last_day)}))
    return redirect_to("departures.departures")


@blueprint.post("/<uuid:departure_id>/call-off")
def call_off(departure_id: UUID) -> ResponseReturnValue:
    operations.call_off(_manager(), current_work(), departure_id)
    flash("ok", Message("departures-called-off-done"))
    return redirect_to("departures.departures")


def _typed() -> dict[str, str]:
    return {name: value.strip()[:TYPED_AT_MOST] for name, value in request.form.items() if name != "csrf_token"}


def _plan(held: Held, typed: dict[str, str]) -> Plan:
    faults: dict[str, list[Message]] = {}
    last_day = read_day(typed.get("last_day", ""))
    if last_day is None:
        faults["last_day"] = [Message("organisation-day-form")]
    successors = {row.holding_id: _successor(typed, f"post-{row.holding_id}", faults) for row in held.posts}
    tasks_to = _successor(typed, "tasks_to", faults) if held.own_tasks else None
    if faults or last_day is None:
        raise Invalid(Message("error-invalid"), faults)
    return Plan(last_day, successors, tasks_to)


def _successor(typed: dict[str, str], name: str, faults: dict[str, list[Message]]) -> UUID | None:
    """Who was chosen, or typed by name or staff number; None for nobody, which has to be said too."""
    words, chosen = typed.get(f"{name}-other", ""), typed.get(name, "")
    if words:
        found = [row for row in people_named(current_work().session, words) if words in (row[1], row[2])]
        if len(found) == 1:
            return found[0][0]
        faults[name] = [Message("organisation-namesakes" if found else "departures-successor", {"name": words})]
        return None
    if chosen == VACANT:
        return None
    try:
        return UUID(chosen)
    except ValueError:
        faults[name] = [Message("departures-choose")]
        return None


def _words(fault: Invalid) -> dict[str, str]:
    return {name: " ".join(say(message) for message in messages) for name, messages in fault.fields.items()}


def _post_label(row: queries.HeldRow) -> str:
    return f"{row.unit_name} · {row.title}"


def _form(held: Held, typed: dict[str, str], errors: dict[str, str], *, status: int = 200) -> Response:
    work = current_work()
    colleagues = [(str(person_id), name) for person_id, name in queries.colleagues(work, held)]
    posts = [
        {
            "name": f"post-{row.holding_id}",
            "label": _post_label(row),
            "since": day(row.from_on),
            "until": day(row.until_on) if row.until_on else "",
            "tasks": row.tasks,
            "others": say("shell-list-separator").join(row.others),
            "attended": row.attended,
        }
        for row in held.posts
    ]
    labels = {entry["name"]: str(entry["label"]) for entry in posts}
    labels |= {"last_day": say("departures-last-day"), "tasks_to": say("departures-tasks-to")}
    return render(
        "departures/form.html",
        status,
        held=held,
        post_rows=posts,
        delegations=[(row, day(row.until_on)) for row in held.delegations],
        colleagues=colleagues,
        vacant=[(VACANT, say("departures-vacant"))],
        typed=typed,
        errors=errors,
        faults=[(name, labels.get(name, ""), words) for name, words in errors.items()],
        today=today(work.now, DEFAULT_ZONE).isoformat(),
    )


def _preview(held: Held, plan: Plan) -> Response:
    names = queries.names(
        current_work(), {each for each in (*plan.successors.values(), plan.tasks_to) if each is not None}
    )
    fields: dict[str, str] = {"last_day": plan.last_day.isoformat()}
    rows: list[dict[str, Any]] = []
    for row in held.posts:
        successor_id = plan.successors[row.holding_id]
        span = cut(row.from_on, row.until_on, plan.last_day)
        fields[f"post-{row.holding_id}"] = VACANT if successor_id is None else str(successor_id)
        rows.append(
            {
                "label": _post_label(row),
                "tasks": row.tasks,
                "successor": names.get(successor_id, "") if successor_id else "",
                "from": day(span.follows_on),
                "care": say("shell-list-separator").join(row.others or row.rescuers),
                "by_post": bool(row.others),
            }
        )
    if held.own_tasks:
        fields["tasks_to"] = VACANT if plan.tasks_to is None else str(plan.tasks_to)
    return render(
        "departures/preview.html",
        held=held,
        rows=rows,
        last_day=day(plan.last_day),
        tasks_to=names.get(plan.tasks_to, "") if plan.tasks_to else "",
        fields=fields,
    )
