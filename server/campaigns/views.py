"""Pages of campaigns: the list, opening one, the board, and what the office does with participants."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from server.actor import Actor, require
from server.campaigns import operations, queries
from server.campaigns.moving import stricter
from server.campaigns.opening import (
    OpeningPage,
    authority_zone,
    blank_opening,
    read_opening,
    scheme_choices,
    unit_choices,
    year_of,
)
from server.campaigns.queries import Board, BoardRow, CampaignDetail, PhaseCount
from server.campaigns.registry import CampaignParts, Result
from server.campaigns.rules import Opening
from server.campaigns.tightening import ladders
from server.db.work import Work
from server.deadlines.operations import end_of_day
from server.errors import Invalid, NotAllowed, NotFound
from server.i18n import Message
from server.schemes import queries as schemes
from server.schemes.definition import SchemeDefinition
from server.schemes.ladder import ladder_of
from server.schemes.saying import source_words
from server.tasks import urging
from server.tasks.operations import ON_BEHALF
from server.tasks.views_parts import named
from server.tasks.views_sprint import sprints_shown
from server.web import current_actor, current_work, flash, language, page_argument, redirect_to, render, say
from server.words import day, day_of, due_words

blueprint = Blueprint("campaigns", __name__)

STATE_KINDS = {"opening": "info", "running": "brand", "ended": "ok", "cancelled": "mute"}


@blueprint.get("/campaigns")
def campaigns() -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    page = page_argument()
    rows, total = queries.campaigns(actor, work, page)
    pager = {"number": page, "pages": max(1, -(-total // queries.PAGE)), "total": total, "href": "?page={n}"}
    return render(
        "campaigns/list.html",
        rows=rows,
        kinds=STATE_KINDS,
        pager=pager,
        may_open=actor.may_anywhere(operations.MANAGE),
    )


@blueprint.get("/campaigns/new")
def new() -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    _require_manager(actor)
    version = request.args.get("version", "")
    choices = scheme_choices(work)
    if version not in {value for value, _ in choices}:
        return render("campaigns/choose.html", choices=choices, year=work.now.year)
    year = year_of(request.args.get("year", "")[:10]) or work.now.year
    page = blank_opening(work, actor, UUID(version), year)
    return render("campaigns/new.html", page=page, unit_pairs=_pairs(work, page.unit_id), errors={}, advice=[])


@blueprint.post("/campaigns/new")
def open_campaign() -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    _require_manager(actor)
    page, opening, errors = read_opening(work, actor, request.form)
    if not errors and request.form.get("action") == "open":
        try:
            campaign = operations.open_campaign(actor, work, opening, page.key)
        except Invalid as error:
            errors = {field: list(texts) for field, texts in error.fields.items()}
        else:
            flash("ok", Message("campaigns-opened", {"title": campaign.title}))
            return redirect_to("campaigns.campaign", campaign_id=campaign.id)
    return _checked(work, page, opening, errors)


def _checked(work: Work, page: OpeningPage, opening: Opening, errors: dict[str, list[Message]]) -> ResponseReturnValue:
    """The page again, with all that stands in the way and all that is only advice."""
    troubles = operations.troubles(work, opening)
    for trouble in troubles:
        if trouble.blocking and trouble.text not in errors.get(trouble.field, []):
            errors.setdefault(trouble.field, []).append(trouble.text)
    return render(
        "campaigns/new.html",
        status=422 if errors else 200,
        page=page,
        unit_pairs=_pairs(work, page.unit_id),
        errors={field: [_said(text, page.labels) for text in texts] for field, texts in errors.items()},
        advice=[_said(trouble.text, page.labels) for trouble in troubles if not trouble.blocking],
        ready=not errors,
    )


def _pairs(work: Work, authority_id: UUID) -> list[tuple[str, str, str]]:
    return [(str(choice.id), choice.name, choice.kind) for choice in unit_choices(work, authority_id)]


def _said(text: Message, labels: dict[str, str]) -> str:
    """A trouble in words, with deadlines named as the scheme names them."""
    named = {
        name: day(value) if isinstance(value, date) else labels.get(str(value), value)
        for name, value in text.args.items()
    }
    return say(Message(text.key, named))


def _require_manager(actor: Actor) -> None:
    if not actor.may_anywhere(operations.MANAGE):
        raise NotAllowed(Message("error-not-allowed"))


def visible(actor: Actor, work: Work, campaign_id: UUID) -> CampaignDetail:
    detail = queries.campaign(work, campaign_id)
    if detail is None or not queries.may_see(actor, work, detail):
        raise NotFound(Message("error-not-found"))
    return detail


def managed(actor: Actor, work: Work, campaign_id: UUID) -> CampaignDetail:
    """A campaign that the actor manages. Asked before anything that was typed is looked at."""
    detail = visible(actor, work, campaign_id)
    require(actor, operations.MANAGE, detail.unit_path)
    return detail


@blueprint.get("/campaigns/<uuid:campaign_id>")
def campaign(campaign_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    detail = visible(actor, work, campaign_id)
    oversees = actor.may(queries.VIEW, detail.unit_path)
    scheme = schemes.scheme_of(work, detail.campaign.scheme_version_id)
    counts = queries.phase_counts(work, campaign_id, [phase.key for phase in scheme.phases])
    words = request.args.get("q", "").strip()[:100]
    found = queries.board(work, campaign_id, page_argument(), words=words) if oversees else None
    parts = work.part(CampaignParts)
    told = [says(actor, work, campaign_id) for says in parts.notes]
    own = None if actor.unit_id is None else queries.own_participant(work, campaign_id, actor.unit_id)
    return render(
        "campaigns/campaign.html",
        detail=detail,
        campaign=detail.campaign,
        state_kind=STATE_KINDS[detail.campaign.state],
        phases=_phases(work, detail, counts, scheme),
        target=parts.target(work, campaign_id) if parts.target else None,
        board=_board(work, detail, found) if found else None,
        pager=_pager(campaign_id, found, words) if found else None,
        words=words,
        schedule=_schedule(work, detail, scheme),
        diagrams=_diagrams(work, detail, scheme),
        links=[(say(key), href) for key, href in (link(campaign_id) for link in parts.links)],
        notes=[(kind, say(words), href) for kind, words, href in (said for said in told if said is not None)],
        may_manage=detail.campaign.state == "running" and actor.may(operations.MANAGE, detail.unit_path),
        may_enter=detail.campaign.state == "running" and actor.may(ON_BEHALF, detail.unit_path),
        own=own,
        join_choices=[pair[:2] for pair in _pairs(work, detail.campaign.unit_id)],
        general=ladder_of(scheme, None, detail.campaign.parameters),
        sprints=sprints_shown(actor, work, own.unit_id if own else None, campaign_id),
        overdue=urging.overdue_count(work, campaign_id) if oversees else 0,
        filling=detail.campaign.state == "opening",
    )


def _phases(
    work: Work, detail: CampaignDetail, counts: tuple[PhaseCount, ...], scheme: SchemeDefinition
) -> list[dict[str, Any]]:
    names = schemes.words_of(work, detail.campaign.scheme_version_id, language())
    rows = []
    for count, phase in zip(counts, scheme.phases, strict=True):
        note = say("campaigns-phase-open", units=count.units, tasks=count.open_tasks) if count.open_tasks else ""
        if count.overdue:
            note = say("campaigns-phase-overdue", overdue=count.overdue, tasks=count.open_tasks)
        title = names.get(f"phase.{phase.key}.title", phase.title)
        rows.append({"label": title, "state": count.state, "note": note})
    return rows


def _board(work: Work, detail: CampaignDetail, found: Board) -> list[dict[str, Any]]:
    results = work.part(CampaignParts).results
    ids = [row.participant_id for row in found.rows]
    known = results(work, detail.campaign.id, ids) if results else {}
    return [_board_row(work, detail, row, known.get(row.participant_id, Result())) for row in found.rows]


def _board_row(work: Work, detail: CampaignDetail, row: BoardRow, result: Result) -> dict[str, Any]:
    version = detail.campaign.scheme_version_id
    tasks = []
    for task in row.tasks[:3]:
        kind, words = due_words(task.light, task.due_at, work.now)
        title = named(work, version, task.element_id, task.kind, task.title)
        tasks.append({"href": url_for("tasks.task", task_id=task.id), "title": title, "kind": kind, "due": words})
    state = row.state if row.state != "active" else row.instance_state
    return {
        "id": row.participant_id,
        "name": row.unit_name,
        "state": state,
        "state_words": say(f"campaigns-item-{state}"),
        "state_kind": {"done": "ok", "withdrawn": "mute", "failed": "bad", "left_out": "mute"}.get(state, "info"),
        "reason": row.reason,
        "tasks": tasks,
        "more": max(0, len(row.tasks) - 3),
        "late": row.late,
        "result": result,
    }


def _pager(campaign_id: UUID, found: Board, words: str) -> dict[str, Any]:
    href = url_for("campaigns.campaign", campaign_id=campaign_id, q=words or None)
    return {
        "number": found.number,
        "pages": found.pages,
        "total": found.total,
        "href": href + ("&" if "?" in href else "?") + "page={n}",
    }


def _schedule(work: Work, detail: CampaignDetail, scheme: SchemeDefinition) -> list[dict[str, Any]]:
    entries = queries.schedule(work, detail.campaign.id)
    steps = ladders(work, detail.campaign)
    names = schemes.words_of(work, detail.campaign.scheme_version_id, language())
    rows = []
    for deadline in scheme.deadlines:
        entry = entries.get(deadline.key)
        if entry is None:
            continue
        title = names.get(f"deadline.{deadline.key}.title", deadline.title)
        waits = say(_waits(entry.rule)) if entry.due_at is None else ""
        rows.append(
            {
                "key": deadline.key,
                "title": title,
                "due": day_of(entry.due_at, entry.zone) or waits,
                "source": say(source_words(deadline.source)),
                "latest": day_of(entry.latest_at, entry.zone),
                "choice": (deadline.key, title),
                "ladder": steps[deadline.key].now,
                "tightened": steps[deadline.key].now != steps[deadline.key].said,
                "late": entry.late or deadline.late.value,
                "late_choices": [(each.value, say(f"campaigns-late-{each}")) for each in stricter(deadline.late)],
                "iso": entry.due_at.astimezone(ZoneInfo(entry.zone)).date().isoformat() if entry.due_at else "",
            }
        )
    return rows


def _waits(rule: Mapping[str, Any]) -> Message:
    """How far after its event a date will lie; months are told by the scheme's page."""
    steps = rule.get("steps", [])
    if any(working for _, _, working in steps):
        return Message("campaigns-date-waits-working", {"days": sum(step[0] for step in steps)})
    return Message("campaigns-date-waits", {"days": sum(step[0] for step in steps)})


def _diagrams(work: Work, detail: CampaignDetail, scheme: SchemeDefinition) -> list[dict[str, Any]]:
    """Each process with how many tasks are open at which element."""
    version = detail.campaign.scheme_version_id
    names = schemes.words_of(work, version, language())
    counts = queries.element_counts(work, detail.campaign.id)
    found = []
    for process in scheme.processes:
        definition = schemes.definition_of(work, version, process.key)
        inside = {key: value for key, value in counts.items() if key in definition.elements}
        states = {key: "overdue" if late else "active" for key, (_, late) in inside.items()}
        items = [
            {
                "label": schemes.word(work, version, key, definition.elements[key].name, language()),
                "state": states[key],
                "note": say("campaigns-open-count", count=number),
            }
            for key, (number, _) in sorted(inside.items(), key=lambda entry: definition.elements[entry[0]].order)
        ]
        found.append(
            {
                "title": names.get(f"process.{process.key}", process.title),
                "src": url_for("schemes.process", version_id=version, process_key=process.key, lang=language()),
                "states": states,
                "badges": {key: str(number) for key, (number, _) in inside.items()},
                "list": items,
            }
        )
    return found


@blueprint.post("/campaigns/<uuid:campaign_id>/urge")
def urge(campaign_id: UUID) -> ResponseReturnValue:
    """Ask all who sit on overdue tasks to get on with them."""
    actor, work = current_actor(), current_work()
    managed(actor, work, campaign_id)
    tasks, told = urging.urge_overdue(actor, work, campaign_id, request.form.get("note", ""))
    said = Message("campaigns-urged", {"tasks": tasks, "people": told}) if tasks else Message("campaigns-urged-none")
    flash("ok" if told else "warn", said)
    return redirect_to("campaigns.campaign", campaign_id=campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/participants/<uuid:participant_id>/<any(withdraw, reopen):action>")
def change_participant(campaign_id: UUID, participant_id: UUID, action: str) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    reason = request.form.get("reason", "")[:500]
    if action == "withdraw":
        operations.withdraw(actor, work, campaign_id, participant_id, reason)
    else:
        operations.reopen(actor, work, campaign_id, participant_id, reason)
    flash("ok", Message(f"campaigns-done-{action}"))
    return redirect_to("campaigns.campaign", campaign_id=campaign_id)


@blueprint.get("/campaigns/<uuid:campaign_id>/participants/<uuid:participant_id>")
def participant(campaign_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """A participant: what the office may do with it, each asking for a reason."""
    actor, work = current_actor(), current_work()
    detail = visible(actor, work, campaign_id)
    if not actor.may(queries.VIEW, detail.unit_path):
        raise NotFound(Message("error-not-found"))
    found = queries.board_row(work, campaign_id, participant_id)
    if found is None:
        raise NotFound(Message("error-not-found"))
    results = work.part(CampaignParts).results
    known = results(work, campaign_id, [participant_id]) if results else {}
    return render(
        "campaigns/participant.html",
        detail=detail,
        campaign=detail.campaign,
        row=_board_row(work, detail, found, known.get(participant_id, Result())),
        participant=found,
        may_manage=actor.may(operations.MANAGE, detail.unit_path),
        deadlines=_deadline_choices(work, detail),
        sprints=sprints_shown(actor, work, found.unit_id, campaign_id),
    )


def _deadline_choices(work: Work, detail: CampaignDetail) -> list[tuple[str, str]]:
    version = detail.campaign.scheme_version_id
    names, scheme = schemes.words_of(work, version, language()), schemes.scheme_of(work, version)
    return [(each.key, names.get(f"deadline.{each.key}.title", each.title)) for each in scheme.deadlines]


@blueprint.post("/campaigns/<uuid:campaign_id>/participants/<uuid:participant_id>/deadline")
def own_date(campaign_id: UUID, participant_id: UUID) -> ResponseReturnValue:
    """Give one participant a date of its own."""
    actor, work = current_actor(), current_work()
    due_at = day_asked_for(work, managed(actor, work, campaign_id))
    key, reason = request.form.get("key", "")[:100], request.form.get("reason", "")[:500]
    operations.override_deadline(actor, work, campaign_id, participant_id, key, due_at, reason)
    flash("ok", Message("campaigns-own-date-set", {"day": day(due_at.date())}))
    return redirect_to("campaigns.participant", campaign_id=campaign_id, participant_id=participant_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/participants")
def join(campaign_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    chosen = request.form.get("unit", "")
    unit = {str(each.id): each for each in unit_choices(work, managed(actor, work, campaign_id).campaign.unit_id)}
    if chosen not in unit:
        raise Invalid(Message("campaign-participants-needed"))
    operations.join(actor, work, campaign_id, unit[chosen].id)
    flash("ok", Message("campaigns-joined", {"name": unit[chosen].name}))
    return redirect_to("campaigns.campaign", campaign_id=campaign_id)


def day_asked_for(work: Work, detail: CampaignDetail) -> datetime:
    """The end of the day in the form, where the authority is."""
    text = request.form.get("day", "")
    try:
        return end_of_day(date.fromisoformat(text), authority_zone(work, detail.campaign.unit_id))
    except ValueError as error:
        wrong = Message("campaign-date-wrong", {"value": text[:20]})
        raise Invalid(wrong, {"day": [wrong]}) from error
