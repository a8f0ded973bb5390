"""Pages of supervision: the list, writing a draft, one order as a document, and what is done with it."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from server.actor import Actor, Source
from server.campaigns import queries as campaigns
from server.db.work import Work
from server.deadlines.queries import calendar_of
from server.errors import Conflict, Invalid, NotAllowed
from server.i18n import Message
from server.organisation.rules import today
from server.supervision import drafts, operations, owed, queries, rules
from server.supervision.models import OrderState, SupervisionOrder
from server.supervision.queries import MANAGE, OrderPage, OrderRow, RoundRow
from server.supervision.rules import Wording
from server.tasks import holders
from server.tasks import operations as tasks
from server.tasks.models import SeatState
from server.tasks.views import acting_for
from server.tasks.views_parts import named
from server.web import current_actor, current_work, flash, page_argument, redirect_to, render, say
from server.words import day, day_and_time, day_of, due_words

blueprint = Blueprint("supervision", __name__)

TONES = {
    OrderState.DRAFT: "warn",
    OrderState.SENT: "info",
    OrderState.RECEIVED: "info",
    OrderState.REPLIED: "brand",
    OrderState.CLOSED: "ok",
}
ICONS = {OrderState.DRAFT: ("gate", "edit"), OrderState.REPLIED: ("do", "check"), OrderState.CLOSED: ("", "ok")}


@blueprint.get("/supervision")
def orders() -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    chosen = request.args.get("show", "all")
    chosen = chosen if chosen in rules.MINE else "all"
    choices = queries.campaigns_with_orders(actor, work)
    campaign_id = request.args.get("campaign", type=UUID)
    found = queries.orders(actor, work, chosen=chosen, campaign_id=campaign_id, page=page_argument())
    return render(
        "supervision/list.html",
        items=[_item(work, row) for row in found.rows],
        chips=[
            {
                "label": say(f"supervision-show-{name.replace('_', '-')}"),
                "href": url_for("supervision.orders", show=name, campaign=campaign_id),
                "count": found.counts[name],
                "current": name == chosen,
            }
            for name in ("all", *rules.MINE)
            if name in ("all", chosen) or found.counts[name]
        ],
        pager={
            "number": found.number,
            "pages": found.pages,
            "total": found.total,
            "href": url_for("supervision.orders", show=chosen, campaign=campaign_id) + "&page={n}",
        },
        campaigns=choices,
        campaign_id=campaign_id,
        chosen=chosen,
        may_write=actor.may_anywhere(MANAGE),
    )


def _item(work: Work, row: OrderRow) -> dict[str, Any]:
    tone, icon = ICONS.get(OrderState(row.state), ("info", "megaphone"))
    state = say(f"supervision-state-{row.state}")
    waits = row.state in rules.MINE["waiting"]
    kind, badge = (
        due_words(row.light, row.due_at, work.now) if waits else (TONES.get(OrderState(row.state), "mute"), "")
    )
    head = say("supervision-number", year=str(row.year), number=str(row.number)) if row.number else _drafted(row)
    done = say("supervision-items-count", count=row.items, open=row.open_items) if row.items else ""
    settled = say("supervision-settled") if row.items and not row.open_items and row.state not in rules.ENDED else ""
    sent = say("supervision-sent-on", day=day_of(row.sent_at)) if row.sent_at else ""
    return {
        "href": url_for("supervision.order", order_id=row.id),
        "icon": icon,
        "tone": tone,
        "title": say("supervision-line", unit=row.unit_name, title=row.title),
        "badge": badge or state,
        "badge_kind": kind,
        "meta": [words for words in (state if badge else "", head, row.campaign_title, sent, settled or done) if words],
    }


def _drafted(row: OrderRow) -> str:
    return say("supervision-by-system") if row.by_system else say("supervision-by-hand")


@blueprint.get("/supervision/new")
def new() -> ResponseReturnValue:
    """First which campaign, then which unit; both may be said in the address."""
    actor, work = current_actor(), current_work()
    if not actor.may_anywhere(MANAGE):
        raise NotAllowed(Message("error-not-allowed"))
    choices = [(str(each.id), each.title) for each in queries.campaign_choices(actor, work)]
    asked = request.args.get("campaign", "")
    chosen = asked if asked in dict(choices) else choices[0][0] if len(choices) == 1 else ""
    return render(
        "supervision/new.html",
        campaigns=choices,
        chosen=chosen,
        units=_units(work, UUID(chosen), request.args.get("unit", type=UUID)) if chosen else [],
        unit=request.args.get("unit", ""),
        at_most=owed.CHOICES,
    )


def _units(work: Work, campaign_id: UUID, wanted: UUID | None) -> list[tuple[str, str]]:
    """The units that take part, with how much each owes too long; the wanted one also where there are too many."""
    detail = campaigns.campaign(work, campaign_id)
    if detail is None:
        return []
    units = [unit for _, unit in owed.addressees(work, detail.campaign)]
    if wanted is not None and wanted not in {unit.id for unit in units}:
        units += [unit for unit in (owed.addressee(work, detail.campaign, wanted),) if unit is not None]
    late = owed.overdue(work, detail.campaign, units)
    return [
        (
            str(unit.id),
            say("supervision-unit-late", unit=unit.name, count=len(late[unit.id])) if unit.id in late else unit.name,
        )
        for unit in units
    ]


@blueprint.post("/supervision/new")
def write() -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    if not actor.may_anywhere(MANAGE):
        raise NotAllowed(Message("error-not-allowed"))
    campaign_id, unit_id = request.form.get("campaign", type=UUID), request.form.get("unit", type=UUID)
    if campaign_id is None or unit_id is None:
        field = "campaign" if campaign_id is None else "unit"
        raise Invalid(Message(f"supervision-{field}-needed"), {field: [Message(f"supervision-{field}-needed")]})
    order = drafts.write(actor, work, campaign_id, unit_id)
    return redirect_to("supervision.order", order_id=order.id)


@blueprint.get("/supervision/<uuid:order_id>")
def order(order_id: UUID) -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    return _show(actor, work, queries.order_page(actor, work, order_id))


def _show(
    actor: Actor,
    work: Work,
    page: OrderPage,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, list[str]] | None = None,
    problem: str = "",
) -> ResponseReturnValue:
    found, manages = page.order, actor.may(MANAGE, page.authority_path)
    works = calendar_of(work).of_kind(page.unit_kind)
    now_on = today(work.now, page.zone)
    reply_on = found.reply_on or rules.reply_day(works, now_on)
    current = page.rounds[-1] if page.rounds else None
    waits = found.state in rules.MINE["waiting"]
    behalf = _enters_for(actor, work, page) if waits else None
    return render(
        "supervision/order.html",
        status=422 if errors else 409 if problem else 200,
        problem=problem,
        unsaved=typed if problem and found.state != OrderState.DRAFT else None,
        page=page,
        order=found,
        state_kind=TONES.get(OrderState(found.state), "mute"),
        reply_on=reply_on,
        typed=typed
        or {"title": found.title, "cause": found.cause, "demand": found.demand, "reply_on": reply_on.isoformat()},
        errors=errors or {},
        summary=[
            (field, say(f"supervision-{field.replace('_', '-')}"), " ".join(said))
            for field, said in (errors or {}).items()
        ],
        items=_items(work, page),
        trail=[
            line | {"when": day_and_time(line["at"], page.zone), "iso": line["at"].isoformat()}
            for line in _trail(page, manages=manages)
        ],
        rounds=list(page.rounds),
        manages=manages,
        waits=waits,
        ends=found.state in rules.OPEN,
        current=current,
        task_url=url_for("tasks.task", task_id=found.task_id) if found.task_id and waits else "",
        signs=waits and current is not None and current.round.received_at is None and behalf is not None,
        behalf=behalf,
        sources=[(source.value, say(f"tasks-source-{source.value}")) for source in Source],
        next_reply=rules.reply_day(works, now_on).isoformat(),
    )


def _enters_for(actor: Actor, work: Work, page: OrderPage) -> bool | None:
    """False for whoever sits on the task of the reply, True for who must say for whom, None for everybody else."""
    if page.order.task_id is None:
        return None
    seats = holders.seats_with_holders(work, page.order.task_id)
    if any(seat.key in actor.seat_keys and seat.state == SeatState.OPEN for seat in seats):
        return False
    return True if actor.may(tasks.ON_BEHALF, page.unit_path) else None


def _items(work: Work, page: OrderPage) -> list[dict[str, Any]]:
    """The tasks that it is about as they stand today."""
    kinds = {"open": "bad", "done": "ok", "cancelled": "mute"}
    return [
        {
            "href": url_for("tasks.task", task_id=each.task_id),
            "title": named(work, page.scheme_version_id, each.element_id, each.kind, each.title),
            "due": day_of(each.due_at, page.zone),
            "days": each.days_late,
            "kind": kinds[each.state],
            "state": say(f"supervision-item-{each.state}", day=day_of(each.closed_at, page.zone)),
        }
        for each in page.items
    ]


def _trail(page: OrderPage, *, manages: bool) -> list[dict[str, Any]]:
    """What was done with the order, in order; the system's share is shown as its own. Units read what reached them."""
    found = page.order
    lines = []
    if manages:
        lines.append(
            _line("" if found.by_system else found.drafted_by, "drafted-system" if found.by_system else "drafted")
            | {"at": found.drafted_at, "kind": "system" if found.by_system else ""}
        )
    if manages and found.edited_at is not None:
        lines.append(_line(found.edited_by, "edited") | {"at": found.edited_at})
    for each in page.rounds:
        lines += _round_lines(page.order, each)
    if found.ended_at is not None:
        by_system = found.ended_by == "system"
        key = "discarded-system" if by_system else str(found.state)
        tone = "system" if by_system else "ok" if found.state == OrderState.CLOSED else "warn"
        who = "" if by_system else _who(found.ended_by, found.ended_by_post)
        lines.append(_line(who, key) | {"at": found.ended_at, "note": found.ending, "kind": tone})
    return lines


def _round_lines(found: SupervisionOrder, row: RoundRow) -> list[dict[str, Any]]:
    each = row.round
    first = each.number == 1
    who = _who(found.sent_by_name, found.sent_by_post) if first else each.asked_by
    lines = [_line(who, "sent" if first else "again") | {"at": each.asked_at, "note": each.asked}]
    if each.received_at is not None:
        who = _who(each.received_by, each.received_by_post)
        words = _behalf(each.received_for, each.received_source)
        lines.append(_line(who, "received", words) | {"at": each.received_at})
    if each.replied_at is not None:
        who = _who(each.replied_by, each.replied_by_post)
        words = _behalf(each.replied_for, each.replied_source)
        if each.replied_at > each.due_at:
            words += say("tasks-trail-late")
        lines.append(_line(who, "replied", words) | {"at": each.replied_at, "kind": "ok"})
    return lines


def _line(who: str, key: str, more: str = "") -> dict[str, Any]:
    return {"who": who, "what": say(f"supervision-did-{key.replace('_', '-')}") + more, "note": "", "kind": ""}


def _who(name: str, post: str) -> str:
    return say("tasks-who-post", name=name, post=post) if post else name


def _behalf(name: str | None, source: str) -> str:
    return say("tasks-trail-behalf", name=name, source=say(f"tasks-source-{source}")) if name else ""


@blueprint.post("/supervision/<uuid:order_id>")
def save(order_id: UUID) -> ResponseReturnValue:
    """Keep a draft as it is worded, or send it so. Whatever is wrong, the page comes back as it was filled in."""
    actor, work = current_actor(), current_work()
    page = queries.order_page(actor, work, order_id)
    if not actor.may(MANAGE, page.authority_path):
        raise NotAllowed(Message("error-not-allowed"))
    typed = {
        name: request.form.get(name, "").replace("\r\n", "\n") for name in ("title", "cause", "demand", "reply_on")
    }
    try:
        wording = Wording(typed["title"], typed["cause"], typed["demand"], _typed_day(typed["reply_on"]))
        with work.session.begin_nested():
            flash("ok", _saved_or_sent(actor, work, order_id, wording))
    except Invalid as error:
        said = {field: [say(_in_words(each)) for each in messages] for field, messages in error.fields.items()}
        return _show(actor, work, page, typed=typed, errors=said or {"title": [say(error.message)]})
    except Conflict as error:
        return _show(actor, work, queries.order_page(actor, work, order_id), typed=typed, problem=say(error.message))
    return redirect_to("supervision.order", order_id=order_id)


def _saved_or_sent(actor: Actor, work: Work, order_id: UUID, wording: Wording) -> Message:
    if request.form.get("action") != "send":
        operations.edit(actor, work, order_id, wording)
        return Message("supervision-done-save")
    sent = operations.send(actor, work, order_id, wording)
    number = say("supervision-number", year=str(sent.year), number=str(sent.number))
    return Message("supervision-done-send", {"number": number, "unit": sent.unit_name})


def _in_words(message: Message) -> Message:
    """The same with its days as the reader writes them."""
    said = {name: day(value) if isinstance(value, date) else value for name, value in message.args.items()}
    return Message(message.key, said)


def _typed_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        wrong = Message("task-date-wrong", {"value": text[:20]})
        raise Invalid(wrong, {"reply_on": [wrong]}) from error


@blueprint.post("/supervision/<uuid:order_id>/receive")
def receive(order_id: UUID) -> ResponseReturnValue:
    """Sign for an order, on its own page or on that of its task."""
    actor, work = current_actor(), current_work()
    page = queries.order_page(actor, work, order_id)
    acting, wrong = acting_for(actor)
    if wrong:
        raise Invalid(Message("tasks-behalf-incomplete"), {"behalf_name": [Message("tasks-behalf-incomplete")]})
    try:
        operations.receive(acting, work, order_id)
    except NotAllowed as error:
        # Whoever may enter for the unit has only not said for whom: the form comes back with what was typed.
        raise Invalid(error.message, {"behalf_name": [error.message]}) from error
    flash("ok", Message("supervision-done-receive"))
    if page.order.task_id is not None and request.form.get("on_task"):
        return redirect_to("tasks.task", task_id=page.order.task_id)
    return redirect_to("supervision.order", order_id=order_id)


@blueprint.post("/supervision/<uuid:order_id>/<any(discard, close, withdraw):action>")
def end(order_id: UUID, action: str) -> ResponseReturnValue:
    """Drop a draft, settle an order, or take it back; each with words."""
    actor, work = current_actor(), current_work()
    words = request.form.get("opinion" if action == "close" else "reason", "")
    {"discard": operations.discard, "close": operations.close, "withdraw": operations.withdraw}[action](
        actor, work, order_id, words
    )
    flash("ok", Message(f"supervision-done-{action}"))
    return redirect_to("supervision.order", order_id=order_id)


@blueprint.post("/supervision/<uuid:order_id>/again")
def again(order_id: UUID) -> ResponseReturnValue:
    """Ask once more after a reply."""
    actor, work = current_actor(), current_work()
    page = queries.order_page(actor, work, order_id)
    if not actor.may(MANAGE, page.authority_path):
        raise NotAllowed(Message("error-not-allowed"))
    reply_on = _typed_day(request.form.get("reply_on", ""))
    try:
        operations.ask_again(actor, work, order_id, request.form.get("asked", ""), reply_on)
    except Invalid as error:
        fields = {field: [_in_words(each) for each in messages] for field, messages in error.fields.items()}
        raise Invalid(_in_words(error.message), fields) from error
    flash("ok", Message("supervision-done-again"))
    return redirect_to("supervision.order", order_id=order_id)
