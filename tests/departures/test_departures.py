"""Somebody leaves: all they hold is handed over in one operation, once, and nothing is left without someone."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor, ActorKind, Grant
from server.audit.models import AuditRow
from server.departures import operations, queries
from server.departures.jobs import CARRY_OUT
from server.departures.models import Departure, DepartureState
from server.departures.operations import Plan
from server.errors import Conflict, Invalid, NotFound
from server.identity import accounts, delegations
from server.identity import operations as identity
from server.identity.models import Account, AccountState, ApiToken, LoginSession
from server.identity.permissions import Permission
from server.organisation import operations as organisation
from server.organisation.models import Holding, Person, Unit
from server.tasks import queries as tasks
from server.tasks.feed import actor_of_feed, feed_token
from server.tasks.models import Seat, SeatState, Task
from server.tasks.rules import RESCUE_SEAT
from server.verify import verify
from tests.web.site import CHEAP, PASSWORD
from tests.world import World

DAY = date(2026, 3, 2)
"""The day on which the world stands."""
LAST = DAY + timedelta(days=3)


@pytest.fixture(autouse=True)
def _rescued(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The office takes care of what nobody can do."""
    monkeypatch.setattr("server.identity.passwords._hasher", CHEAP)
    with world.workshop.writing() as work:
        root = work.session.get_one(Unit, world.authority.parent_id)
        identity.seed_grants(SYSTEM, work, authority_id=world.authority.id, over_id=root.id)


def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


def person(world: World, kind: str = "liaison", unit: int = 0) -> UUID:
    return world.people[world.units[unit].id, kind][0]


def a_plan(world: World, person_id: UUID, successor: UUID | None, last: date = LAST, to: UUID | None = None) -> Plan:
    with world.workshop.reading() as work:
        held = queries.held(office(world), work, person_id)
    return Plan(last, {row.holding_id: successor for row in held.posts}, to)


def leave(world: World, person_id: UUID, plan: Plan, actor: Actor | None = None) -> UUID:
    with world.workshop.writing() as work:
        return operations.plan_departure(actor or office(world), work, person_id, plan).id


def carry_out(world: World) -> None:
    with world.workshop.writing() as work:
        work.jobs.enqueue(work.session, CARRY_OUT, "tick", {})
    world.drain()


def holders(world: World, kind: str, on: date) -> list[UUID]:
    with world.workshop.reading() as work:
        rows = select(Holding).where(Holding.post_id == world.posts[world.units[0].id, kind])
        held = [row for row in work.session.scalars(rows) if row.from_on <= on and (row.until_on or on) >= on]
        return [row.person_id for row in held]


def account(world: World, person_id: UUID) -> Actor:
    with world.workshop.writing() as work:
        accounts.create_account(SYSTEM, work, person_id, "leaver", password=PASSWORD, must_change=False)
        account_id = work.session.scalars(select(Account.id).where(Account.person_id == person_id)).one()
        assert identity.log_in(work, "leaver", PASSWORD, "Firefox")
    liaison = world.actor(world.units[0], "liaison")
    actor = replace(liaison, kind=ActorKind.ACCOUNT, account_id=account_id, account_key=f"account:{account_id}")
    with world.workshop.writing() as work:
        accounts.create_token(actor, work, "导出", [Permission.UNIT_WORK])
    return actor


def test_the_successor_begins_the_day_after_and_the_leaver_acts_to_the_last_day(world: World) -> None:
    leaver, follows = person(world), person(world, "head")
    leave(world, leaver, a_plan(world, leaver, follows))
    assert [holders(world, "liaison", on) for on in (DAY, LAST, LAST + timedelta(days=1))] == [
        [leaver],
        [leaver],
        [follows],
    ]
    with world.workshop.reading() as work:
        verbs = [row.verb for row in work.session.scalars(select(AuditRow))]
        assert {"departure:planned", "holding:ended", "holding:added"} <= set(verbs)


def test_the_same_plan_again_is_answered_and_another_is_refused(world: World) -> None:
    leaver, follows = person(world), person(world, "head")
    plan = a_plan(world, leaver, follows)
    assert leave(world, leaver, plan) == leave(world, leaver, plan)
    assert holders(world, "liaison", LAST + timedelta(days=1)) == [follows]
    with pytest.raises(Conflict):
        leave(world, leaver, replace(plan, last_day=LAST + timedelta(days=1)))


def test_on_the_day_the_account_its_sessions_tokens_and_calendar_are_closed(world: World) -> None:
    leaver = person(world)
    actor = account(world, leaver)
    with world.workshop.reading() as work:
        address = feed_token(actor, work)
        assert actor_of_feed(work, address).person_id == leaver
        assert queries.held(office(world), work, leaver).tokens == 1
    leave(world, leaver, a_plan(world, leaver, person(world, "head")))
    carry_out(world)
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Account.state)).one() == AccountState.ACTIVE
    world.clock.advance(timedelta(days=4))
    carry_out(world)
    carry_out(world)
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Account.state)).one() == AccountState.DISABLED
        assert work.session.scalars(select(LoginSession.id)).all() == []
        assert work.session.scalars(select(ApiToken.revoked_at)).one() is not None
        with pytest.raises(NotFound):
            actor_of_feed(work, address)
        found = work.session.scalars(select(Departure)).one()
        assert (found.state, found.account_closed) == (DepartureState.DONE, True)
        verbs = [row.verb for row in work.session.scalars(select(AuditRow))]
        assert verbs.count("departure:done") == verbs.count("account:disabled") == 1


def own_task(world: World) -> UUID:
    """A task that waits for the liaison of the first unit as a person."""
    world.install("naming")
    world.start("named", "一件", world.units[0], scheme="naming")
    liaison = world.actor(world.units[0], "liaison")
    (task,) = world.inbox(liaison)
    second = world.units[1]
    world.do(liaison, task.id, note="请办理", unit=str(second.id), person=str(person(world, "head")))
    (task,) = world.inbox(world.actor(second, "head"))
    world.do(world.actor(second, "head"), task.id, summary="已办")
    (task,) = world.inbox(world.actor(world.units[0], "head"))
    return task.id


@pytest.mark.parametrize("named", [True, False])
def test_tasks_of_the_person_go_to_who_was_named_or_to_who_rescues(world: World, named: bool) -> None:
    task_id, leaver = own_task(world), person(world, "head")
    to = person(world, "head", 2) if named else None
    leave(world, leaver, a_plan(world, leaver, None, to=to))
    world.clock.advance(timedelta(days=5))
    carry_out(world)
    with world.workshop.reading() as work:
        rows = work.session.execute(select(Seat.key, Seat.state).where(Seat.task_id == task_id)).all()
        key = f"person:{to}" if to is not None else RESCUE_SEAT
        assert {tuple(row) for row in rows} == {(f"person:{leaver}", SeatState.REMOVED), (key, SeatState.OPEN)}
        assert work.session.scalars(select(Departure.tasks_moved)).one() == 1
        assert tasks.waiting_count(office(world), work) == (0 if named else 1)
    assert verify(world.application) == []


def test_a_handover_that_stops_half_way_is_taken_up_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    own_task(world)
    leaver = person(world, "head")
    leave(world, leaver, a_plan(world, leaver, None))
    world.clock.advance(timedelta(days=5))
    monkeypatch.setattr("server.departures.jobs.BATCH", 1)
    with world.workshop.writing() as work:
        assert operations.carry_out(work, 1)
    with world.workshop.reading() as work:
        found = work.session.scalars(select(Departure)).one()
        assert (found.state, found.tasks_moved) == (DepartureState.PLANNED, 1)
    carry_out(world)
    with world.workshop.reading() as work:
        found = work.session.scalars(select(Departure)).one()
        assert (found.state, found.tasks_moved) == (DepartureState.DONE, 1)


def test_a_post_nobody_could_take_care_of_is_not_left_vacant(world: World) -> None:
    leaver = world.people[world.authority.id, "office"][0]
    other = replace(office(world), person_id=person(world, "head", 2))
    with world.workshop.reading() as work:
        (row,) = queries.held(other, work, leaver).posts
        assert (row.rescuers, row.others) == ((), ())
    with pytest.raises(Invalid) as refused:
        leave(world, leaver, Plan(LAST, {row.holding_id: None}), other)
    assert list(refused.value.fields) == [f"post-{row.holding_id}"]
    leave(world, leaver, Plan(LAST, {row.holding_id: person(world, "head", 2)}), other)


def test_calling_off_restores_what_was_held(world: World) -> None:
    leaver, follows = person(world), person(world, "head")
    departure = leave(world, leaver, a_plan(world, leaver, follows))
    with world.workshop.writing() as work:
        operations.call_off(office(world), work, departure)
        operations.call_off(office(world), work, departure)
    later = LAST + timedelta(days=30)
    assert holders(world, "liaison", later) == [leaver]
    again = leave(world, leaver, a_plan(world, leaver, follows))
    world.clock.advance(timedelta(days=10))
    with pytest.raises(Conflict), world.workshop.writing() as work:
        operations.call_off(office(world), work, again)


def test_delegations_given_and_taken_end_with_the_last_day(world: World) -> None:
    liaison, head = world.actor(world.units[0], "liaison"), world.actor(world.units[0], "head")
    account(world, person(world))
    with world.workshop.writing() as work:
        accounts.create_account(SYSTEM, work, person(world, "head"), "head1", password=PASSWORD)
        far = DAY + timedelta(days=60)
        posts = world.posts
        unit_id = world.units[0].id
        delegations.delegate(liaison, work, posts[unit_id, "liaison"], head.person_id or unit_id, DAY, far)
        delegations.delegate(head, work, posts[unit_id, "head"], liaison.person_id or unit_id, DAY, far)
    with world.workshop.reading() as work:
        held = queries.held(office(world), work, person(world))
        assert {(row.given, row.title) for row in held.delegations} == {(True, "liaison"), (False, "head")}
    leave(world, person(world), a_plan(world, person(world), person(world, "head", 1)))
    after = LAST + timedelta(days=1)
    assert holders(world, "liaison", after) == [person(world, "head", 1)]
    assert holders(world, "head", after) == [person(world, "head")]
    with world.workshop.reading() as work:
        ended = work.session.scalars(select(AuditRow).where(AuditRow.verb == "holding:ended")).all()
        assert str(world.posts[unit_id, "head"]) in {row.subject["post"] for row in ended}, "also what was delegated"


@pytest.mark.parametrize("days", [-1, 400])
def test_a_day_that_is_over_or_far_away_is_refused(world: World, days: int) -> None:
    plan = a_plan(world, person(world), person(world, "head"), DAY + timedelta(days=days))
    with pytest.raises(Invalid) as refused:
        leave(world, person(world), plan)
    assert list(refused.value.fields) == ["last_day"]


def test_who_may_not_follow_and_who_may_not_do_it(world: World) -> None:
    leaver, head = person(world), person(world, "head")
    plan = a_plan(world, leaver, leaver)
    with pytest.raises(Invalid):
        leave(world, leaver, plan)
    with pytest.raises(Invalid):
        leave(world, leaver, a_plan(world, leaver, UUID(int=7)))
    with pytest.raises(Conflict):
        leave(world, leaver, Plan(LAST, {}))
    leave(world, head, a_plan(world, head, person(world, "head", 1), LAST - timedelta(days=1)))
    with pytest.raises(Invalid):
        leave(world, leaver, a_plan(world, leaver, head))
    with pytest.raises(Conflict):
        leave(world, office(world).person_id or leaver, a_plan(world, office(world).person_id or leaver, head))
    for stranger in (world.actor(world.units[1], "head"), world.actor(world.units[0], "head")):
        with pytest.raises(NotFound):
            leave(world, leaver, a_plan(world, leaver, None), stranger)


def test_who_manages_only_some_of_the_units_does_not_do_it_by_halves(world: World) -> None:
    leaver = person(world)
    second = world.units[1]
    with world.workshop.writing() as work:
        post_id = world.posts[second.id, "head"]
        work.session.add(Holding(id=work.ids.new(), post_id=post_id, person_id=leaver, from_on=DAY))
    narrow = replace(office(world), grants=(Grant("organisation.manage", world.units[0].path),))
    plan = a_plan(world, leaver, person(world, "head", 2))
    with pytest.raises(Conflict):
        leave(world, leaver, plan, narrow)
    departure = leave(world, leaver, plan)
    with pytest.raises(NotFound), world.workshop.writing() as work:
        operations.call_off(narrow, work, departure)


def test_a_joiner_sees_what_is_running_and_what_was_done_on_the_post(world: World) -> None:
    world.open_campaign(world.units[:1])
    liaison = world.actor(world.units[0], "liaison")
    (running,) = world.inbox(liaison)
    world.start("approval", "一件", world.units[0])
    past = next(task for task in world.inbox(liaison) if task.id != running.id)
    world.do(liaison, past.id, summary="已办")
    joiner = world.post(world.units[2], "deputy")
    leaver, follows = person(world), world.people[world.units[2].id, "deputy"][0]
    leave(world, leaver, a_plan(world, leaver, follows, DAY))
    world.clock.advance(timedelta(days=1))
    assert joiner
    on_post = f"post:{world.posts[world.units[0].id, 'liaison']}"
    new = replace(
        world.actor(world.units[2], "deputy"),
        seat_keys=frozenset({on_post, f"person:{follows}"}),
        unit_path=world.units[0].path,
        grants=(Grant("unit.work", world.units[0].path),),
    )
    assert [task.id for task in world.inbox(new)] == [running.id]
    with world.workshop.reading() as work:
        for task_id in (running.id, past.id):
            page = tasks.task_page(work, task_id)
            assert page is not None
            assert tasks.may_see(new, page)
        assert tasks.trail(work, work.session.get_one(Task, past.id))[0].name == liaison.name


def test_who_took_up_another_post_has_moved_and_keeps_the_account(world: World) -> None:
    leaver = person(world)
    account(world, leaver)
    leave(world, leaver, a_plan(world, leaver, person(world, "head")))
    with world.workshop.writing() as work:
        elsewhere = world.posts[world.units[1].id, "liaison"]
        organisation.add_holding(SYSTEM, work, elsewhere, leaver, from_on=LAST + timedelta(days=1))
    world.later(days=5)
    carry_out(world)
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Departure.state)).one() == DepartureState.DONE
        assert work.session.scalars(select(Account.state)).one() == AccountState.ACTIVE


def test_what_somebody_changed_since_is_not_undone_by_calling_off(world: World) -> None:
    leaver = person(world)
    departure = leave(world, leaver, a_plan(world, leaver, None))
    with world.workshop.writing() as work:
        held = work.session.scalars(select(Holding).where(Holding.person_id == leaver)).one()
        organisation.end_holding(office(world), work, held.id, DAY)
    with pytest.raises(Conflict), world.workshop.writing() as work:
        operations.call_off(office(world), work, departure)


def test_tasks_go_to_nobody_who_left_meanwhile_or_holds_no_post(world: World) -> None:
    leaver, other, task_id = person(world, "head"), person(world), own_task(world)
    with world.workshop.writing() as work:
        nobody = work.ids.new()
        work.session.add(Person(id=nobody, name="路人"))
    with pytest.raises(Invalid) as refused:
        leave(world, leaver, a_plan(world, leaver, None, to=nobody))
    assert set(refused.value.fields) == {"tasks_to"}
    leave(world, leaver, a_plan(world, leaver, None, to=other))
    leave(world, other, a_plan(world, other, None, last=DAY))
    world.later(days=5)
    carry_out(world)
    with world.workshop.reading() as work:
        seats = work.session.scalars(select(Seat).where(Seat.task_id == task_id, Seat.state == SeatState.OPEN)).all()
        assert [seat.key for seat in seats] == [RESCUE_SEAT]


def test_whoever_holds_the_post_already_or_is_a_secretary_of_leaders_does_not_follow(world: World) -> None:
    leaver = person(world)
    world.post(world.units[0], "member", "second")
    second = world.people[world.units[0].id, "second"][0]
    with world.workshop.writing() as work:
        organisation.add_holding(SYSTEM, work, world.posts[world.units[0].id, "liaison"], second, from_on=DAY)
    with pytest.raises(Invalid):
        leave(world, leaver, a_plan(world, leaver, second))
    head = person(world, "head")
    world.post(world.units[0], "secretary")
    with pytest.raises(Invalid) as refused:
        leave(world, head, a_plan(world, head, world.people[world.units[0].id, "secretary"][0]))
    assert [str(each.key) for each in next(iter(refused.value.fields.values()))] == ["departures-successor-secretary"]


def test_titles_of_tasks_are_for_those_who_may_see_them(world: World) -> None:
    own_task(world)
    leaver = person(world, "head")
    keeper = replace(office(world), grants=(Grant("organisation.manage", world.root_path),))
    with world.workshop.reading() as work:
        held = queries.held(keeper, work, leaver)
        assert (held.own_tasks, held.tasks) == (1, ())
        assert len(queries.held(office(world), work, leaver).tasks) == 1
