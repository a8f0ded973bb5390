"""A stranger learns nothing of a task, and who holds a post is asked on the day of the place, not of the server."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor
from server.errors import Conflict, NotAllowed, NotFound
from server.organisation import operations as organisation
from server.organisation.models import Holding
from server.tasks import holders, operations, queries
from tests.world import World

MIDNIGHT = datetime(2026, 3, 9, 16, 30, tzinfo=UTC)
"""Half past midnight of 10 March in Shanghai, and still the ninth for a server in UTC."""


@pytest.fixture
def liaison(world: World) -> Actor:
    world.open_campaign(world.units[:1])
    return world.actor(world.units[0], "liaison")


def test_a_stranger_who_sends_back_finds_nothing_and_who_only_sits_there_may_not(world: World, liaison: Actor) -> None:
    (task,) = world.inbox(liaison)
    for actor, refusal in ((world.actor(world.units[1], "liaison"), NotFound), (liaison, NotAllowed)):
        with pytest.raises(refusal), world.workshop.writing() as work:
            operations.return_to(actor, work, task.id, "Submit", "重报")


def test_only_those_who_may_see_a_closed_task_learn_who_closed_it(world: World, liaison: Actor) -> None:
    (task,) = world.inbox(liaison)
    world.do(liaison, task.id, summary="做法")
    with pytest.raises(NotFound):
        world.do(world.actor(world.units[1], "liaison"), task.id, summary="做法")
    with pytest.raises(Conflict):
        world.do(world.actor(world.units[0], "head"), task.id, summary="做法")


@pytest.mark.parametrize(("last", "held"), [(date(2026, 3, 9), False), (date(2026, 3, 10), True)])
def test_a_post_is_empty_from_midnight_of_the_place_on(world: World, liaison: Actor, last: date, held: bool) -> None:
    (task,) = world.inbox(liaison)
    with world.workshop.writing() as work:
        mine = select(Holding.id).where(Holding.post_id == liaison.post_id)
        organisation.end_holding(SYSTEM, work, work.session.scalars(mine).one(), last)
    world.clock.move_to(MIDNIGHT)
    with world.workshop.reading() as work:
        office = queries.inbox(world.actor(world.authority, "office"), work, chosen="rescue", zone="Asia/Shanghai")
        (seat,) = holders.seats_with_holders(work, task.id)
        assert bool(seat.holders) is held
        assert [row.id for row in office.rows] == ([] if held else [task.id])
        choices = holders.seat_choices(work, task, [])
        assert (liaison.name in [name for *_, name in choices]) is held


def test_a_task_that_was_closed_as_its_page_was_made_offers_no_way_back(world: World, liaison: Actor) -> None:
    (task,) = world.inbox(liaison)
    world.do(liaison, task.id, summary="做法")
    with world.workshop.reading() as work:
        assert operations.return_choices(work, task) == []
