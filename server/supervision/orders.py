"""Finding and locking an order, and recording and ending it: what all operations on orders have in common."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from server.actor import Actor, require
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.campaigns.models import Campaign, CampaignState
from server.db.work import Work
from server.deadlines.queries import calendar_of
from server.errors import Conflict, Invalid, NotFound
from server.i18n import Message
from server.organisation.models import Unit
from server.schemes.schedule_rules import Works
from server.supervision import queries, rules
from server.supervision.models import OrderState, SupervisionItem, SupervisionOrder, SupervisionRound
from server.supervision.queries import MANAGE, OrderPage
from server.tasks import matters
from server.tasks.models import Task, TaskState


def campaign_of(work: Work, campaign_id: UUID) -> tuple[Campaign, Unit]:
    row = work.session.execute(
        select(Campaign, Unit).join(Unit, Unit.id == Campaign.unit_id).where(Campaign.id == campaign_id)
    ).one_or_none()
    if row is None:
        raise NotFound(Message("error-not-found"))
    return row[0], row[1]


def require_running(campaign: Campaign) -> None:
    if campaign.state != CampaignState.RUNNING:
        raise Conflict(Message("supervision-campaign-over"))


def managed(actor: Actor, work: Work, order_id: UUID) -> tuple[OrderPage, SupervisionOrder]:
    """An order under its lock, for whoever may do with it what its authority may."""
    page = queries.order_page(actor, work, order_id)
    require(actor, MANAGE, page.authority_path)
    return page, lock(work, order_id)


def lock(work: Work, order_id: UUID | None) -> SupervisionOrder:
    wanted = select(SupervisionOrder).where(SupervisionOrder.id == order_id).with_for_update()
    order = work.session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if order is None:
        raise NotFound(Message("error-not-found"))
    return order


def round_of(work: Work, order: SupervisionOrder) -> SupervisionRound:
    return work.session.scalars(
        select(SupervisionRound)
        .where(SupervisionRound.order_id == order.id, SupervisionRound.number == order.round)
        .execution_options(populate_existing=True)
    ).one()


def need(order: SupervisionOrder, states: Sequence[str]) -> None:
    if order.state not in states:
        raise Conflict(Message("supervision-changed"))


def words_of(typed: str, field: str) -> str:
    """The words that go with ending an order or asking again; raises Invalid without any."""
    words = typed.replace("\r\n", "\n").strip()
    wrong = Message("supervision-words-needed") if not words else None
    if len(words) > rules.WORDS_AT_MOST:
        wrong = Message("supervision-too-long", {"limit": rules.WORDS_AT_MOST})
    if wrong is not None:
        raise Invalid(wrong, {field: [wrong]})
    return words


def works(work: Work, page: OrderPage) -> Works:
    return calendar_of(work).of_kind(page.unit_kind)


def source_of(actor: Actor) -> tuple[str, str | None]:
    return (actor.on_behalf.source.value, actor.on_behalf.name) if actor.on_behalf is not None else ("self", None)


def record(actor: Actor, work: Work, order: SupervisionOrder, verb: Verb, details: Mapping[str, Any]) -> None:
    """In the chain of the unit that the order is for. Typed words stand in the details, where numbers are masked."""
    stream = Stream(StreamKind.UNIT, str(order.unit_id), order.campaign_id)
    subject = {"order": str(order.id), "year": order.year or "", "number": order.number or ""}
    audit.record(actor, work, stream, verb, subject, {"title": order.title, **details})


def drop_done(work: Work, order: SupervisionOrder) -> list[SupervisionItem]:
    """Take out of a draft what is not owed any more; returns what is left, in order."""
    rows = work.session.execute(
        select(SupervisionItem, Task.state, Task.due_at)
        .join(Task, Task.id == SupervisionItem.task_id)
        .where(SupervisionItem.order_id == order.id)
        .order_by(SupervisionItem.position)
    ).all()
    gone = [item.task_id for item, state, due in rows if state != TaskState.OPEN or due is None or due >= work.now]
    work.session.execute(
        delete(SupervisionItem)
        .where(SupervisionItem.order_id == order.id, SupervisionItem.task_id.in_(gone))
        .execution_options(synchronize_session="fetch")
    )
    return [item for item, _, _ in rows if item.task_id not in gone]


def end(actor: Actor, work: Work, order: SupervisionOrder, state: OrderState, words: str, verb: Verb) -> None:
    order.state, order.ended_at, order.ending = state, work.now, words
    order.ended_by, order.ended_by_post = actor.name, actor.post_title
    work.session.flush()
    record(actor, work, order, verb, {"reason": words})
    task = work.session.get(Task, order.task_id) if order.task_id is not None else None
    if task is not None and task.state == TaskState.OPEN:
        matters.close(work, task, TaskState.CANCELLED)
        details = {"task": str(task.id), "kind": task.kind}
        matters.record_alone(actor, work, task, Verb.TASK_CANCELLED, details)
