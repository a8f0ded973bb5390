"""A colleague acts on somebody's post for a while: so long, so marked, and taken back at any time."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor
from server.errors import Conflict, Invalid, NotFound
from server.identity import accounts, delegations, queries
from server.identity.models import Account
from server.organisation import operations as organisation
from server.organisation.models import DEFAULT_ZONE, Holding
from server.organisation.rules import today
from server.tasks.models import Decision
from server.verify import verify
from tests.web.site import CHEAP
from tests.world import World

DAY = date(2026, 3, 2)
"""The day on which the world stands."""


@pytest.fixture(autouse=True)
def _accounts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.identity.passwords._hasher", CHEAP)
    with world.workshop.writing() as work:
        for number, (person_id, _) in enumerate(world.people.values()):
            accounts.create_account(SYSTEM, work, person_id, f"user{number}", password="Gufeng-Shan-2026")


def actor(world: World, kind: str, unit: int = 0) -> Actor:
    """Whoever holds a post, as the database knows them now."""
    person_id = world.people[world.units[unit].id, kind][0]
    with world.workshop.reading() as work:
        account_id = work.session.scalars(select(Account.id).where(Account.person_id == person_id)).one()
        found = queries.load_actor(work.session, account_id, None, today(work.now, DEFAULT_ZONE))
    assert found is not None
    return found


def give(world: World, until: date = DAY, start: date = DAY, to: str = "head", unit: int = 0) -> UUID:
    """The liaison of the first unit lets somebody act."""
    post_id = world.posts[world.units[0].id, "liaison"]
    with world.workshop.writing() as work:
        person_id = world.people[world.units[unit].id, to][0]
        return delegations.delegate(actor(world, "liaison"), work, post_id, person_id, start, until).id


def sits(world: World) -> bool:
    """Whether the head sits on what is the liaison's today."""
    return f"post:{world.posts[world.units[0].id, 'liaison']}" in actor(world, "head").seat_keys


def test_from_the_first_day_to_the_last_and_no_longer(world: World) -> None:
    give(world, DAY + timedelta(days=2), DAY + timedelta(days=1))
    seen = []
    for _ in range(4):
        seen.append(sits(world))
        world.clock.advance(timedelta(days=1))
    assert seen == [False, True, True, False]
    assert f"post:{world.posts[world.units[0].id, 'liaison']}" in actor(world, "liaison").seat_keys


def test_what_is_decided_so_is_signed_as_acting(world: World) -> None:
    world.open_campaign(world.units[:1])
    give(world)
    (task,) = world.inbox(actor(world, "liaison"))
    world.do(actor(world, "head"), task.id, summary="已完成")
    with world.workshop.reading() as work:
        signed = select(Decision.name, Decision.post_title).where(Decision.task_id == task.id)
        assert work.session.execute(signed).one() == (world.people[world.units[0].id, "head"][1], "liaison（代）")
    assert verify(world.application) == []


def test_it_is_taken_back_at_once_and_only_by_whom_it_is(world: World) -> None:
    holding_id = give(world, DAY + timedelta(days=9))
    world.clock.advance(timedelta(days=1))
    with world.workshop.writing() as work, pytest.raises(NotFound):
        delegations.end(actor(world, "head"), work, holding_id)
    with world.workshop.writing() as work:
        delegations.end(actor(world, "liaison"), work, holding_id)
    assert not sits(world)
    with world.workshop.writing() as work, pytest.raises(Conflict):
        delegations.end(actor(world, "liaison"), work, holding_id)


@pytest.mark.parametrize(
    ("start", "until", "field"),
    [
        (DAY - timedelta(days=1), DAY, "from"),
        (DAY + timedelta(days=1), DAY, "until"),
        (DAY, DAY + timedelta(days=181), "until"),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(world: World, start: date, until: date, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        give(world, until, start)
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize(("to", "unit"), [("liaison", 0), ("head", 1)])
def test_only_a_colleague_may_act(world: World, to: str, unit: int) -> None:
    with pytest.raises(Invalid) as refused:
        give(world, to=to, unit=unit)
    assert set(refused.value.fields) == {"person"}


def test_who_acts_lets_nobody_else_act(world: World) -> None:
    give(world, DAY + timedelta(days=9))
    post_id = world.posts[world.units[0].id, "liaison"]
    person_id = world.people[world.units[0].id, "liaison"][0]
    with world.workshop.writing() as work, pytest.raises(NotFound):
        delegations.delegate(actor(world, "head"), work, post_id, person_id, DAY, DAY)


def test_nobody_acts_twice_at_once(world: World) -> None:
    give(world, DAY + timedelta(days=9))
    with pytest.raises(Conflict):
        give(world, DAY + timedelta(days=3))


def test_who_has_left_the_post_is_acted_for_no_longer(world: World) -> None:
    give(world, DAY + timedelta(days=30))
    office = world.actor(world.authority, "office")
    with world.workshop.writing() as work:
        post_id, person_id = world.posts[world.units[0].id, "liaison"], world.people[world.units[0].id, "liaison"][0]
        wanted = select(Holding.id).where(Holding.post_id == post_id, Holding.person_id == person_id)
        organisation.end_holding(office, work, work.session.scalars(wanted).one(), DAY)
    world.clock.advance(timedelta(days=1))
    assert not sits(world)


def test_what_one_may_not_do_a_colleague_may_not_do_for_one(world: World) -> None:
    """Whoever acts for somebody counts as them where the diagram asks for other eyes."""
    give(world)
    with world.workshop.reading() as work:
        acting, post_id = actor(world, "head"), world.posts[world.units[0].id, "liaison"]
        liaison = world.people[world.units[0].id, "liaison"][0]
        assert delegations.delegators(work.session, acting, [post_id], work.now) == {liaison}
        assert delegations.delegators(work.session, actor(world, "liaison"), [post_id], work.now) == set()
