"""Units that have owed something too long, and the office that supervises them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor, OnBehalf, Source
from server.campaigns.models import Campaign
from server.identity import grants
from server.organisation.models import Unit
from server.schemes.ladder import ORDER_AFTER
from server.supervision import operations, queries
from server.supervision.jobs import DRAFT_JOB
from server.supervision.models import OrderState, SupervisionOrder
from server.supervision.queries import OrderPage
from server.supervision.rules import Wording
from server.tasks import operations as tasks
from server.tasks.models import Origin, Task
from tests.world import World

LATE = datetime(2026, 7, 6, 2, 0, tzinfo=UTC)
"""The fourth working day after the day on which all had to hand in."""


@dataclass
class Desk:
    """The office's desk: what it does with orders, each as one request."""

    world: World
    campaign: Campaign
    office: Actor

    def tick(self) -> None:
        """What the clock asks for once a day."""
        with self.world.workshop.writing() as work:
            work.jobs.enqueue(work.session, DRAFT_JOB, "tick", {})
        self.world.drain()

    def orders(self, state: OrderState | None = None) -> list[SupervisionOrder]:
        with self.world.workshop.reading() as work:
            wanted = select(SupervisionOrder).join(Unit, Unit.id == SupervisionOrder.unit_id).order_by(Unit.code)
            if state is not None:
                wanted = wanted.where(SupervisionOrder.state == state)
            found = work.session.scalars(wanted).all()
            work.session.expunge_all()
            return list(found)

    def page(self, order_id: UUID, actor: Actor | None = None) -> OrderPage:
        with self.world.workshop.reading() as work:
            found = queries.order_page(actor or self.office, work, order_id)
            work.session.expunge_all()
            return found

    def wording(self, order_id: UUID, **changes: object) -> Wording:
        """The draft as it stands, as a page would post it."""
        page = self.page(order_id)
        words: dict[str, object] = {name: getattr(page.order, name) for name in ("title", "cause", "demand")}
        words["reply_on"] = page.order.reply_on or date(2026, 7, 13)
        return Wording(**(words | changes))  # type: ignore[arg-type]

    def send(self, order_id: UUID, **changes: object) -> SupervisionOrder:
        wording = self.wording(order_id, **changes)
        with self.world.workshop.writing() as work:
            return operations.send(self.office, work, order_id, wording)

    def sent(self, unit: Unit | None = None) -> SupervisionOrder:
        """One order, drafted by the system and sent."""
        self.tick()
        wanted = (unit or self.world.units[0]).id
        return self.send(next(each.id for each in self.orders(OrderState.DRAFT) if each.unit_id == wanted))

    def reply_task(self, actor: Actor) -> Task:
        (found,) = [each for each in self.world.inbox(actor) if each.origin == Origin.SUPERVISION]
        return found

    def behalf(self, source: Source = Source.PHONE) -> Actor:
        return tasks.on_behalf(self.office, OnBehalf("示例单位01联络员", source, "电话记录"))

    def receive(self, actor: Actor, order_id: UUID) -> None:
        with self.world.workshop.writing() as work:
            operations.receive(actor, work, order_id)

    def reply(self, actor: Actor, words: str = "已办结", **values: object) -> None:
        self.world.do(actor, self.reply_task(actor).id, reply=words, **values)


@pytest.fixture
def desk(world: World) -> Desk:
    return make_desk(world)


def make_desk(world: World) -> Desk:
    with world.workshop.writing() as work:
        root = work.session.get_one(Unit, world.authority.id).parent_id
        grants.seed_grants(SYSTEM, work, authority_id=world.authority.id, over_id=root)
    campaign = world.open_campaign(world.units[:2])
    world.clock.move_to(LATE)
    assert ORDER_AFTER == 3
    return Desk(world, campaign, world.actor(world.authority, "office"))
