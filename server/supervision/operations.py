"""Sending, receiving, answering and ending supervision orders. Nothing here commits.

Locks: the task of the reply, then the order, then the authority, whose numbers they are, then the audit.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from server.actor import Actor, ActorKind, require
from server.audit.verbs import Verb
from server.campaigns.models import Campaign
from server.db.work import Work
from server.deadlines.operations import end_of_day
from server.errors import Conflict, Invalid, NotAllowed
from server.evidence.queries import EvidenceRow
from server.i18n import DEFAULT_LANGUAGE, Message, text
from server.identity.holders import nearest_posts
from server.organisation.models import Post, Unit
from server.organisation.rules import today
from server.schemes.ladder import ORDER_TO
from server.supervision import orders, owed, queries, rules
from server.supervision.models import (
    OrderState,
    SupervisionEvidence,
    SupervisionItem,
    SupervisionOrder,
    SupervisionRound,
)
from server.supervision.queries import MANAGE, OrderPage
from server.supervision.rules import Wording
from server.tasks import matters
from server.tasks import operations as tasks
from server.tasks.matters import Matter
from server.tasks.models import Origin, Task
from server.tasks.rules import POST

REPLY = "supervision.reply"
BY_SYSTEM = "system"


def edit(actor: Actor, work: Work, order_id: UUID, wording: Wording) -> None:
    """Keep a draft as it is worded so far. Raises Invalid for too long words, Conflict when it is no draft any more."""
    page, order = orders.managed(actor, work, order_id)
    orders.need(order, (OrderState.DRAFT,))
    _reword(actor, work, page, order, wording, sending=False)


def _reword(
    actor: Actor, work: Work, page: OrderPage, order: SupervisionOrder, wording: Wording, *, sending: bool
) -> None:
    faults = rules.faults(wording, orders.works(work, page), today(work.now, page.zone), sending=sending)
    if faults:
        raise Invalid(Message("error-invalid"), faults)
    new = {name: getattr(wording, name).strip() for name in ("title", "cause", "demand")}
    changed = [name for name, words in new.items() if getattr(order, name) != words]
    if not changed and order.reply_on == wording.reply_on:
        return
    order.title, order.cause, order.demand = new["title"], new["cause"], new["demand"]
    order.reply_on, order.edited_by, order.edited_at = wording.reply_on, actor.name, work.now
    orders.record(
        actor, work, order, Verb.SUPERVISION_CHANGED, {"fields": changed, "until_on": wording.reply_on.isoformat()}
    )
    work.session.flush()


def send(actor: Actor, work: Work, order_id: UUID, wording: Wording) -> SupervisionOrder:
    """Number and seal a draft as it is worded, and put it before the unit. Only a person does this.

    Raises NotFound, NotAllowed, Invalid, Conflict when it was sent already or nothing that it names is owed any more.
    """
    if actor.kind is not ActorKind.ACCOUNT:
        raise NotAllowed(Message("supervision-person-needed"))
    page, order = orders.managed(actor, work, order_id)
    orders.need(order, (OrderState.DRAFT,))
    orders.require_running(work.session.get_one(Campaign, order.campaign_id))
    authority = _lock_numbers(work, order)
    _reword(actor, work, page, order, wording, sending=True)
    left = orders.drop_done(work, order)
    if page.items and not left:
        raise Conflict(Message("supervision-all-done"))
    unit = work.session.get_one(Unit, order.unit_id)
    for item in left:
        item.days_late = owed.late_by(work, item.due_at, unit)
    order.year, order.number = _next_number(work, authority)
    order.unit_name, order.authority_name = unit.name, authority.name
    order.sent_by_name, order.sent_by_post, order.sent_at = actor.name, actor.post_title, work.now
    order.state = OrderState.SENT
    order.seal = seal_of(order, left)
    work.session.flush()
    orders.record(
        actor, work, order, Verb.SUPERVISION_SENT, {"seal": order.seal, "tasks": [str(i.task_id) for i in left]}
    )
    _ask(actor, work, page, order, wording.reply_on)
    return order


def _lock_numbers(work: Work, order: SupervisionOrder) -> Unit:
    """Sendings of one authority follow each other, so that its numbers have no gaps."""
    authority = select(Unit).where(Unit.id == order.authority_id).with_for_update(key_share=True)
    return work.session.scalars(authority).one()


def _next_number(work: Work, authority: Unit) -> tuple[int, int]:
    """The year in the authority's zone and its next number; the authority is locked."""
    year = today(work.now, authority.zone).year
    last = work.session.scalar(
        select(func.max(SupervisionOrder.number)).where(
            SupervisionOrder.authority_id == authority.id, SupervisionOrder.year == year
        )
    )
    return year, (last or 0) + 1


def seal_of(order: SupervisionOrder, items: Sequence[SupervisionItem]) -> str:
    """The seal over what a sent order says; equal to the stored one unless something was changed."""
    names = (
        "year",
        "number",
        "title",
        "cause",
        "demand",
        "unit_name",
        "authority_name",
        "sent_by_name",
        "sent_by_post",
    )
    head = {name: getattr(order, name) for name in names}
    days = {
        "sent_at": order.sent_at.isoformat() if order.sent_at else "",
        "reply_on": order.reply_on.isoformat() if order.reply_on else "",
    }
    return rules.seal(head | days, [(item.title, item.due_at.isoformat(), item.days_late) for item in items])


def _ask(
    actor: Actor, work: Work, page: OrderPage, order: SupervisionOrder, reply_on: date, asked: str = ""
) -> SupervisionRound:
    """Open the unit's task of replying: for the posts that its scheme says, else who works there, else who rescues."""
    due_at = end_of_day(reply_on, page.zone)
    number = Message("supervision-number", {"year": str(order.year), "number": str(order.number)})
    task = matters.open_matter(
        actor,
        work,
        Matter(
            origin=Origin.SUPERVISION,
            kind=REPLY,
            matter=f"{text(number, DEFAULT_LANGUAGE)} {page.campaign_title}"[:300],
            unit_id=order.unit_id,
            seats=seats_of_unit(work, order.unit_id, _posts_asked(work, order)),
            campaign_id=order.campaign_id,
            subject_id=order.id,
            due_at=due_at,
        ),
    )
    order.round, order.task_id = order.round + 1, task.id
    round_ = SupervisionRound(
        id=work.ids.new(),
        order_id=order.id,
        campaign_id=order.campaign_id,
        number=order.round,
        task_id=task.id,
        asked=asked,
        asked_by=actor.name,
        asked_at=work.now,
        due_at=due_at,
    )
    work.session.add(round_)
    work.session.flush()
    return round_


def _posts_asked(work: Work, order: SupervisionOrder) -> tuple[str, ...]:
    """The kinds of post that the ladders of what is late name, each once."""
    campaign, _ = orders.campaign_of(work, order.campaign_id)
    named = select(Task.deadline_key).join(SupervisionItem, SupervisionItem.task_id == Task.id)
    keys = work.session.scalars(named.where(SupervisionItem.order_id == order.id).order_by(SupervisionItem.position))
    found = owed.ladders_of(work, campaign)
    return tuple(dict.fromkeys(post for key in (keys.all() or [None]) for post in found(key).order_to))


def seats_of_unit(work: Work, unit_id: UUID, kinds: Sequence[str] = ORDER_TO) -> tuple[str, ...]:
    """Posts of the unit itself, never of one above it: nobody is reported upwards by a machine."""
    rows = work.session.execute(
        select(Post.id, Post.kind).where(Post.unit_id == unit_id).order_by(Post.rank, Post.title)
    ).all()
    found = [post_id for kind in kinds for post_id, of_kind in rows if of_kind == kind]
    own = {post_id for post_id, _ in rows}
    found = found or [each for each in nearest_posts(work.session, "unit.work", unit_id) if each in own]
    return tuple(f"{POST}{post_id}" for post_id in found)


def discard(actor: Actor, work: Work, order_id: UUID, reason: str) -> None:
    """Drop a draft; the same is not drafted again by itself."""
    _, order = orders.managed(actor, work, order_id)
    orders.need(order, (OrderState.DRAFT,))
    orders.end(actor, work, order, OrderState.DISCARDED, orders.words_of(reason, "reason"), Verb.SUPERVISION_DISCARDED)


def receive(actor: Actor, work: Work, order_id: UUID) -> None:
    """Say that the order has arrived; by whoever sits on its task, or on their behalf. Twice is once.

    Raises NotFound for strangers, NotAllowed without saying for whom, Conflict when nothing waits to be received.
    """
    page = queries.order_page(actor, work, order_id)
    if page.order.task_id is None:
        raise Conflict(Message("supervision-not-waiting"))
    desk = tasks.take(work, page.order.task_id)
    order = orders.lock(work, order_id)
    if order.state not in rules.MINE["waiting"] or order.task_id != desk.task.id:
        raise Conflict(Message("supervision-not-waiting"))
    tasks.seat_for(actor, work, desk)
    round_ = orders.round_of(work, order)
    if round_.received_at is None:
        _received(actor, work, order, round_)


def _received(actor: Actor, work: Work, order: SupervisionOrder, round_: SupervisionRound) -> None:
    round_.received_at, round_.received_by, round_.received_by_post = work.now, actor.name, actor.post_title
    round_.received_source, round_.received_for = orders.source_of(actor)
    order.state = OrderState.RECEIVED
    orders.record(
        actor, work, order, Verb.SUPERVISION_RECEIVED, {"round": round_.number, "source": round_.received_source}
    )
    work.session.flush()


def reply(
    actor: Actor, work: Work, task: Task, words: str, on_paper: str, files: Sequence[EvidenceRow]
) -> SupervisionOrder:
    """Keep the unit's reply; called with the task locked. Whoever replies has received.

    Raises Conflict when the order does not wait for this reply.
    """
    order = orders.lock(work, task.subject_id)
    if order.task_id != task.id or order.state not in rules.MINE["waiting"]:
        raise Conflict(Message("supervision-not-waiting"))
    round_ = orders.round_of(work, order)
    if round_.received_at is None:
        _received(actor, work, order, round_)
    round_.reply, round_.on_paper, round_.replied_at = words, on_paper, work.now
    round_.replied_by, round_.replied_by_post = actor.name, actor.post_title
    round_.replied_source, round_.replied_for = orders.source_of(actor)
    work.session.add_all(
        SupervisionEvidence(round_id=round_.id, evidence_id=file.id, campaign_id=order.campaign_id) for file in files
    )
    order.state = OrderState.REPLIED
    details = {"round": round_.number, "source": round_.replied_source, "files": len(files)}
    orders.record(actor, work, order, Verb.SUPERVISION_REPLIED, details)
    work.session.flush()
    return order


def ask_again(actor: Actor, work: Work, order_id: UUID, asked: str, reply_on: date) -> None:
    """Ask once more after a reply: a next task, a next round of the same order. Raises Invalid, Conflict."""
    page, order = orders.managed(actor, work, order_id)
    orders.need(order, (OrderState.REPLIED,))
    words = orders.words_of(asked, "asked")
    wrong = rules.wrong_day(reply_on, orders.works(work, page), today(work.now, page.zone))
    if wrong is not None:
        raise Invalid(wrong, {"reply_on": [wrong]})
    order.state = OrderState.SENT
    orders.record(actor, work, order, Verb.SUPERVISION_ASKED_AGAIN, {"reason": words, "until_on": reply_on.isoformat()})
    _ask(actor, work, page, order, reply_on, words)


def close(actor: Actor, work: Work, order_id: UUID, opinion: str) -> None:
    """Settle an order with an opinion; a reply that is still owed is not asked for any more."""
    order = _ending(actor, work, order_id, rules.OPEN)
    orders.end(actor, work, order, OrderState.CLOSED, orders.words_of(opinion, "opinion"), Verb.SUPERVISION_CLOSED)


def withdraw(actor: Actor, work: Work, order_id: UUID, reason: str) -> None:
    """Take a sent order back, with a reason; its open task is cancelled, its number stays used."""
    order = _ending(actor, work, order_id, rules.OPEN)
    orders.end(actor, work, order, OrderState.WITHDRAWN, orders.words_of(reason, "reason"), Verb.SUPERVISION_WITHDRAWN)


def _ending(actor: Actor, work: Work, order_id: UUID, states: Sequence[str]) -> SupervisionOrder:
    """An order that is to be ended, locked after its task."""
    page = queries.order_page(actor, work, order_id)
    require(actor, MANAGE, page.authority_path)
    if page.order.task_id is not None:
        tasks.take(work, page.order.task_id)
    seen = page.order.task_id
    _, order = orders.managed(actor, work, order_id)
    if order.task_id != seen:
        raise Conflict(Message("supervision-changed"))
    orders.need(order, states)
    return order
