"""Drafts of orders: those that the system writes about what is owed too long, and those that a person begins."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.actor import SYSTEM, Actor, ActorKind, require
from server.audit.verbs import Verb
from server.campaigns.models import Campaign, CampaignState
from server.db.work import Work
from server.errors import Invalid, NotFound
from server.i18n import DEFAULT_LANGUAGE, Message, text
from server.organisation.models import Unit
from server.supervision import orders, owed, queries, rules
from server.supervision.models import OrderState, SupervisionItem, SupervisionOrder
from server.supervision.owed import Late
from server.supervision.queries import MANAGE


def write(actor: Actor, work: Work, campaign_id: UUID, unit_id: UUID) -> SupervisionOrder:
    """Begin an order by hand, with all that the unit owes too long; a draft that waits already is the answer.

    Raises NotFound, NotAllowed, Conflict when the campaign does not run, Invalid for a unit that takes no part in it.
    """
    campaign, authority = orders.campaign_of(work, campaign_id)
    if not actor.may(queries.VIEW, authority.path) and not actor.may(MANAGE, authority.path):
        raise NotFound(Message("error-not-found"))
    require(actor, MANAGE, authority.path)
    orders.require_running(campaign)
    unit = owed.addressee(work, campaign, unit_id)
    if unit is None:
        raise Invalid(Message("supervision-unit-needed"), {"unit": [Message("supervision-unit-needed")]})
    waiting = _draft_for(work, campaign_id, unit_id)
    if waiting is not None:
        return waiting
    late = owed.overdue(work, campaign, [unit]).get(unit_id, [])
    try:
        with work.session.begin_nested():
            return _draft(actor, work, campaign, unit, late)
    except IntegrityError:
        waiting = _draft_for(work, campaign_id, unit_id)
        if waiting is None:
            raise
        return waiting


def draft_overdue(work: Work, campaign_id: UUID, after: int, at_most: int) -> int | None:
    """Draft one order for each of a batch of units that have owed something too long; by the system alone.

    Never a second one while one is open, nor for what an earlier one named: a draft that a person has discarded does
    not come back by itself. Returns the number of the last unit of the batch, None when none follows.
    """
    campaign, _ = orders.campaign_of(work, campaign_id)
    if campaign.state != CampaignState.RUNNING:
        return None
    batch = owed.addressees(work, campaign, after, at_most)
    units = {unit.id: unit for _, unit in batch}
    limits = owed.limits_of(work, campaign)
    late = owed.overdue(work, campaign, list(units.values()), more_than=limits, fresh=True)
    known = _open_orders(work, campaign_id, list(units))
    for unit_id, unit in sorted(units.items(), key=lambda each: str(each[0])):
        order = known.get(unit_id)
        if order is None and unit_id in late:
            _draft_alone(work, campaign, unit, late[unit_id])
        elif order is not None and order.state == OrderState.DRAFT and order.by_system and order.edited_at is None:
            _refresh(work, order, late.get(unit_id, []))
    return batch[-1][0] if len(batch) == at_most else None


def _draft_alone(work: Work, campaign: Campaign, unit: Unit, late: Sequence[Late]) -> None:
    """Of two that draft at the same time, one finds that it is done."""
    try:
        with work.session.begin_nested():
            _draft(SYSTEM, work, campaign, unit, late)
    except IntegrityError:
        if _draft_for(work, campaign.id, unit.id) is None:
            raise


def _draft(actor: Actor, work: Work, campaign: Campaign, unit: Unit, late: Sequence[Late]) -> SupervisionOrder:
    by_system = actor.kind is ActorKind.SYSTEM
    words = {"campaign": campaign.title}
    order = SupervisionOrder(
        id=work.ids.new(),
        campaign_id=campaign.id,
        authority_id=campaign.unit_id,
        unit_id=unit.id,
        state=OrderState.DRAFT,
        by_system=by_system,
        drafted_by=actor.name,
        drafted_at=work.now,
        title=text("supervision-draft-title", DEFAULT_LANGUAGE, **words)[: rules.TITLE_AT_MOST],
        cause=text("supervision-draft-cause", DEFAULT_LANGUAGE, **words) if late else "",
        demand=text("supervision-draft-demand", DEFAULT_LANGUAGE) if late else "",
    )
    work.session.add(order)
    work.session.flush()
    _add_items(work, order, late, 0)
    orders.record(actor, work, order, Verb.SUPERVISION_DRAFTED, {"tasks": [str(each.task.id) for each in late]})
    return order


def _add_items(work: Work, order: SupervisionOrder, late: Sequence[Late], there: int) -> None:
    work.session.add_all(
        SupervisionItem(
            order_id=order.id,
            task_id=each.task.id,
            campaign_id=order.campaign_id,
            position=there + position,
            title=each.task.title,
            due_at=each.due_at,
            days_late=each.days,
        )
        for position, each in enumerate(late[: max(0, rules.ITEMS_AT_MOST - there)], start=1)
    )
    work.session.flush()


def _refresh(work: Work, order: SupervisionOrder, more: Sequence[Late]) -> None:
    """Keep a draft that nobody has touched equal to what is owed; drop it when nothing is."""
    locked = orders.lock(work, order.id)
    if locked.state != OrderState.DRAFT or locked.edited_at is not None:
        return
    left = orders.drop_done(work, locked)
    if not left and not more:
        words = text("supervision-draft-settled", DEFAULT_LANGUAGE)
        orders.end(SYSTEM, work, locked, OrderState.DISCARDED, words, Verb.SUPERVISION_DISCARDED)
        return
    _add_items(work, locked, more, max((item.position for item in left), default=0))


def _draft_for(work: Work, campaign_id: UUID, unit_id: UUID) -> SupervisionOrder | None:
    return work.session.scalars(
        select(SupervisionOrder).where(
            SupervisionOrder.campaign_id == campaign_id,
            SupervisionOrder.unit_id == unit_id,
            SupervisionOrder.state == OrderState.DRAFT,
        )
    ).one_or_none()


def _open_orders(work: Work, campaign_id: UUID, units: Sequence[UUID]) -> dict[UUID, SupervisionOrder]:
    """What is open for each unit: its draft where there is one, else one that was sent."""
    rows = work.session.scalars(
        select(SupervisionOrder).where(
            SupervisionOrder.campaign_id == campaign_id,
            SupervisionOrder.unit_id.in_(units),
            SupervisionOrder.state.in_((OrderState.DRAFT, *rules.OPEN)),
        )
    ).all()
    return {order.unit_id: order for order in sorted(rows, key=lambda order: order.state == OrderState.DRAFT)}
