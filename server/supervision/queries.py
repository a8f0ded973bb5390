"""Reading supervision orders: the list, one order with its rounds, and which tasks a unit owes too long."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import aliased

from server.actor import Actor
from server.campaigns.models import Campaign, CampaignState
from server.db.work import Work
from server.errors import NotFound
from server.evidence import queries as evidence
from server.evidence.queries import EvidenceRow
from server.i18n import Message
from server.organisation.models import Unit
from server.supervision import rules
from server.supervision.models import (
    OrderState,
    SupervisionEvidence,
    SupervisionItem,
    SupervisionOrder,
    SupervisionRound,
)
from server.supervision.owed import CHOICES, late_by
from server.tasks.lights import light_of
from server.tasks.models import Task, TaskState
from server.tasks.rules import Light

PAGE = 50
MANAGE = "campaign.manage"
VIEW = "campaign.view"
OF_UNIT = ("unit.work", "campaign.view", "task.on_behalf")
"""Over the unit that an order was sent to: its own people, and who oversees it or enters for it."""

Addressee = aliased(Unit)
Authority = aliased(Unit)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in a list. open_items: how many of the tasks that it is about are not done."""

    id: UUID
    state: str
    by_system: bool
    edited: bool
    year: int | None
    number: int | None
    title: str
    campaign_title: str
    unit_name: str
    items: int
    open_items: int
    round: int
    drafted_at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    light: Light


@dataclass(frozen=True, slots=True)
class Orders:
    """A page of the list, with how many each part of it holds."""

    rows: tuple[OrderRow, ...]
    counts: Mapping[str, int]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A task that an order is about. days_late: as of its sending; of a draft, as of today."""

    task_id: UUID
    title: str
    element_id: str | None
    kind: str
    due_at: datetime
    days_late: int
    state: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RoundRow:
    """One asking, its receipt and its reply."""

    round: SupervisionRound
    task_open: bool
    files: tuple[EvidenceRow, ...]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """All that an order's page shows. unit_name, authority_name: as they were when it was sent, else as they are."""

    order: SupervisionOrder
    campaign_title: str
    campaign_state: str
    scheme_version_id: UUID
    unit_name: str
    unit_path: str
    unit_kind: str
    zone: str
    authority_name: str
    authority_path: str
    items: tuple[ItemRow, ...]
    rounds: tuple[RoundRow, ...]

    @property
    def all_done(self) -> bool:
        """Whether nothing of what it is about is still owed."""
        return bool(self.items) and all(item.state != TaskState.OPEN for item in self.items)


def _seen(actor: Actor) -> ColumnElement[bool]:
    """Orders that are the actor's business: of authorities it manages for; once sent, those it oversees or was sent."""
    left = SupervisionOrder.state.not_in(rules.UNSEEN)
    own = _below(Addressee, {path for permission in OF_UNIT for path in actor.paths(permission)})
    return or_(_managed(actor), and_(left, or_(_below(Authority, actor.paths(VIEW)), own)))


def _managed(actor: Actor) -> ColumnElement[bool]:
    return _below(Authority, actor.paths(MANAGE))


def _below(unit: type[Unit], paths: Collection[str]) -> ColumnElement[bool]:
    return or_(false(), *[unit.path.startswith(path, autoescape=True) for path in sorted(paths)])


def _joined(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(SupervisionOrder)
        .join(Campaign, Campaign.id == SupervisionOrder.campaign_id)
        .join(Addressee, Addressee.id == SupervisionOrder.unit_id)
        .join(Authority, Authority.id == SupervisionOrder.authority_id)
    )


def orders(actor: Actor, work: Work, *, chosen: str = "all", campaign_id: UUID | None = None, page: int = 1) -> Orders:
    """The orders that are the actor's business: what is to be done first, then the newest."""
    where = [_seen(actor)]
    if campaign_id is not None:
        where.append(SupervisionOrder.campaign_id == campaign_id)
    counted = work.session.execute(
        _joined(
            func.count().label("all"),
            *[
                func.coalesce(func.sum(case((SupervisionOrder.state.in_(states), 1), else_=0)), 0).label(name)
                for name, states in rules.MINE.items()
            ],
        ).where(*where)
    ).one()
    counts = {name: int(value) for name, value in counted._mapping.items()}
    if chosen in rules.MINE:
        where.append(SupervisionOrder.state.in_(rules.MINE[chosen]))
    first = case(
        (SupervisionOrder.state == OrderState.REPLIED, 0),
        (SupervisionOrder.state == OrderState.DRAFT, 1),
        (SupervisionOrder.state.in_(rules.MINE["waiting"]), 2),
        else_=3,
    )
    newest = func.coalesce(SupervisionOrder.sent_at, SupervisionOrder.drafted_at).desc()
    rows = work.session.execute(
        _joined(
            SupervisionOrder,
            Campaign.title,
            Addressee.name,
            Addressee.kind,
            Addressee.zone,
            SupervisionRound.due_at,
            *_COUNTS,
        )
        .outerjoin(
            SupervisionRound,
            and_(SupervisionRound.order_id == SupervisionOrder.id, SupervisionRound.number == SupervisionOrder.round),
        )
        .where(*where)
        .order_by(first, newest, SupervisionOrder.number.desc(), Addressee.code)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    return Orders(tuple(_row(work, *row) for row in rows), counts, page, counts.get(chosen, 0))


_COUNTS = (
    select(func.count())
    .select_from(SupervisionItem)
    .where(SupervisionItem.order_id == SupervisionOrder.id)
    .correlate(SupervisionOrder)
    .scalar_subquery(),
    select(func.count())
    .select_from(SupervisionItem)
    .join(Task, Task.id == SupervisionItem.task_id)
    .where(SupervisionItem.order_id == SupervisionOrder.id, Task.state == TaskState.OPEN)
    .correlate(SupervisionOrder)
    .scalar_subquery(),
)


def _row(
    work: Work,
    order: SupervisionOrder,
    campaign_title: str,
    unit_name: str,
    unit_kind: str,
    zone: str,
    due_at: datetime | None,
    items: int,
    open_items: int,
) -> OrderRow:
    waits = order.state in rules.MINE["waiting"]
    return OrderRow(
        order.id,
        order.state,
        order.by_system,
        order.edited_at is not None,
        order.year,
        order.number,
        order.title,
        campaign_title,
        order.unit_name or unit_name,
        items,
        open_items,
        order.round,
        order.drafted_at,
        order.sent_at,
        due_at,
        light_of(work, due_at if waits else None, unit_kind, zone),
    )


def waiting_count(actor: Actor, work: Work) -> int:
    """How many orders the actor is to send or to close, for the navigation."""
    wanted = _joined(func.count()).where(
        _managed(actor), SupervisionOrder.state.in_((OrderState.DRAFT, OrderState.REPLIED))
    )
    return int(work.session.scalar(wanted) or 0)


def campaigns_with_orders(actor: Actor, work: Work) -> tuple[tuple[UUID, str], ...]:
    """The campaigns of the actor's orders, newest first, to filter by."""
    wanted = (
        _joined(Campaign.id, Campaign.title, Campaign.year)
        .where(_seen(actor))
        .distinct()
        .order_by(Campaign.year.desc(), Campaign.title)
        .limit(CHOICES)
    )
    return tuple((row[0], row[1]) for row in work.session.execute(wanted))


def order_page(actor: Actor, work: Work, order_id: UUID) -> OrderPage:
    """One order that is the actor's business; raises NotFound otherwise, also when there is one."""
    row = work.session.execute(
        _joined(SupervisionOrder, Campaign, Addressee, Authority)
        .where(SupervisionOrder.id == order_id, _seen(actor))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(Message("error-not-found"))
    return _page(work, *row)


def order_of_task(work: Work, order_id: UUID | None) -> OrderPage | None:
    """The order that a task asks to reply to; whoever may see the task may see it."""
    row = work.session.execute(
        _joined(SupervisionOrder, Campaign, Addressee, Authority).where(SupervisionOrder.id == order_id)
    ).one_or_none()
    return None if row is None else _page(work, *row)


def _page(work: Work, order: SupervisionOrder, campaign: Campaign, unit: Unit, authority: Unit) -> OrderPage:
    return OrderPage(
        order=order,
        campaign_title=campaign.title,
        campaign_state=campaign.state,
        scheme_version_id=campaign.scheme_version_id,
        unit_name=order.unit_name or unit.name,
        unit_path=unit.path,
        unit_kind=unit.kind,
        zone=unit.zone,
        authority_name=order.authority_name or authority.name,
        authority_path=authority.path,
        items=_items(work, order, unit),
        rounds=_rounds(work, order.id),
    )


def _items(work: Work, order: SupervisionOrder, unit: Unit) -> tuple[ItemRow, ...]:
    rows = work.session.execute(
        select(SupervisionItem, Task)
        .join(Task, Task.id == SupervisionItem.task_id)
        .where(SupervisionItem.order_id == order.id)
        .order_by(SupervisionItem.position)
        .execution_options(populate_existing=True)
    ).all()
    is_draft = order.state == OrderState.DRAFT
    return tuple(
        ItemRow(
            task.id,
            item.title,
            task.element_id,
            task.kind,
            item.due_at,
            late_by(work, item.due_at, unit) if is_draft else item.days_late,
            task.state,
            task.closed_at,
        )
        for item, task in rows
    )


def _rounds(work: Work, order_id: UUID) -> tuple[RoundRow, ...]:
    rows = work.session.execute(
        select(SupervisionRound, Task.state)
        .join(Task, Task.id == SupervisionRound.task_id)
        .where(SupervisionRound.order_id == order_id)
        .order_by(SupervisionRound.number)
        .execution_options(populate_existing=True)
    ).all()
    named = work.session.execute(
        select(SupervisionEvidence.round_id, SupervisionEvidence.evidence_id).where(
            SupervisionEvidence.round_id.in_([row[0].id for row in rows])
        )
    ).all()
    files: dict[UUID, list[UUID]] = {}
    for round_id, evidence_id in named:
        files.setdefault(round_id, []).append(evidence_id)
    return tuple(
        RoundRow(
            each,
            state == TaskState.OPEN,
            tuple(sorted(evidence.rows(work, files.get(each.id, [])), key=lambda row: (row.added_at, row.name))),
        )
        for each, state in rows
    )


@dataclass(frozen=True, slots=True)
class CampaignChoice:
    """A running campaign for which the actor may write orders."""

    id: UUID
    title: str


def campaign_choices(actor: Actor, work: Work) -> tuple[CampaignChoice, ...]:
    """Running campaigns that the actor manages, newest first."""
    rows = work.session.execute(
        select(Campaign.id, Campaign.title)
        .join(Authority, Authority.id == Campaign.unit_id)
        .where(Campaign.state == CampaignState.RUNNING, _managed(actor))
        .order_by(Campaign.year.desc(), Campaign.opened_at.desc(), Campaign.title)
        .limit(CHOICES)
    )
    return tuple(CampaignChoice(*row) for row in rows)


def sent_after(
    work: Work, after: UUID | None, at_most: int
) -> tuple[tuple[SupervisionOrder, tuple[SupervisionItem, ...]], ...]:
    """Orders that were sent, in the order of their ids, with what they are about; for checking them in batches."""
    wanted = select(SupervisionOrder).where(SupervisionOrder.number.is_not(None)).order_by(SupervisionOrder.id)
    if after is not None:
        wanted = wanted.where(SupervisionOrder.id > after)
    found = work.session.scalars(wanted.limit(at_most)).all()
    items: dict[UUID, list[SupervisionItem]] = {order.id: [] for order in found}
    named = select(SupervisionItem).where(SupervisionItem.order_id.in_(items)).order_by(SupervisionItem.position)
    for item in work.session.scalars(named):
        items[item.order_id].append(item)
    return tuple((order, tuple(items[order.id])) for order in found)


def numbers_with_gaps(work: Work) -> tuple[tuple[str, int, int, int], ...]:
    """Authority, year, last number and how many there are, where these two differ."""
    rows = work.session.execute(
        select(Authority.name, SupervisionOrder.year, func.max(SupervisionOrder.number), func.count())
        .join(Authority, Authority.id == SupervisionOrder.authority_id)
        .where(SupervisionOrder.number.is_not(None))
        .group_by(Authority.id, Authority.name, SupervisionOrder.year)
        .having(func.max(SupervisionOrder.number) != func.count())
        .order_by(Authority.name, SupervisionOrder.year)
    )
    return tuple((row[0], row[1] or 0, row[2] or 0, row[3]) for row in rows)
