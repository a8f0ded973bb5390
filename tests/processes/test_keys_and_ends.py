"""Business keys of roots and children, two starts at once, and instances that are ended before their time."""

import threading
from uuid import UUID

import pytest
from sqlalchemy import select

from server.audit.queries import check_chains
from server.audit.verbs import Verb
from server.campaigns.models import Campaign
from server.deadlines.models import Timer
from server.errors import Conflict
from server.processes import commands, operations
from server.processes.models import FanOut, FanOutItem, ProcessInstance
from server.tasks.models import Task
from tests.world import World

PARAMETERS = {"grace": "10", "share": "25", "day": "2026-04-01", "place": "礼堂", "scale": "small"}


def instances(world: World) -> list[ProcessInstance]:
    """The root first, then its children in their order."""
    with world.workshop.reading() as work:
        found = list(
            work.session.scalars(
                select(ProcessInstance).order_by(ProcessInstance.item_key.is_not(None), ProcessInstance.item_key)
            )
        )
        work.session.expunge_all()
    return found


def cancel(world: World, instance_id: UUID) -> None:
    with world.workshop.writing() as work:
        running = commands.lock_by_id(work, instance_id)
        office = world.actor(world.authority, "office")
        operations.cancel(office, work, running, Verb.INSTANCE_CANCELLED, "撤销活动")
    world.drain()


def test_children_bear_the_campaigns_title_and_their_units_name(world: World) -> None:
    world.open_campaign()
    root, *children = instances(world)
    assert root.business_key == "2026年评比"
    assert [child.business_key for child in children] == [f"2026年评比 · 示例单位0{n}" for n in (1, 2, 3)]


def test_children_know_their_root_their_owner_and_whose_matter_they_are(world: World) -> None:
    campaign = world.open_campaign()
    root, *children = instances(world)
    assert root.root_id == root.id
    assert {child.root_id for child in children} == {root.id}
    assert {child.owner_unit_id for child in children} == {world.authority.id}
    assert [child.unit_id for child in children] == [unit.id for unit in world.units]
    assert {child.campaign_id for child in [root, *children]} == {campaign.id}


def test_an_instance_that_stands_alone_is_its_own_root(world: World) -> None:
    instance_id = world.start("approval", "一件", world.units[0])
    (alone,) = instances(world)
    assert (alone.root_id, alone.campaign_id, alone.parent_fan_out_id) == (instance_id, None, None)
    assert alone.owner_unit_id == world.authority.id


def test_of_two_starts_for_one_key_at_once_one_is_refused_in_words(any_world: World) -> None:
    world, start, results = any_world, threading.Barrier(2), []

    def attempt() -> None:
        start.wait()
        try:
            results.append(world.start("approval", "同一件", world.units[0]))
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            results.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (refused,) = [each for each in results if not isinstance(each, UUID)]
    assert isinstance(refused, Conflict), results
    assert refused.message.key == "process-already-running"
    assert len(instances(world)) == 1


def test_a_cancelled_instance_keeps_no_open_task(world: World) -> None:
    instance_id = world.start("approval", "一件", world.units[0])
    cancel(world, instance_id)
    (alone,) = instances(world)
    assert (alone.state, alone.ended_at) == ("cancelled", world.clock.now())
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Task.state)).all() == ["cancelled"]


def test_a_cancelled_root_takes_its_children_and_its_timers_along(any_world: World) -> None:
    world = any_world
    world.open_campaign(scheme="seasons", parameters=PARAMETERS)
    liaison = world.actor(world.units[0], "liaison")
    world.do(liaison, world.inbox(liaison)[0].id, summary="做法")
    cancel(world, instances(world)[0].id)
    assert {each.state for each in instances(world)} == {"cancelled"}
    with world.workshop.reading() as work:
        assert set(work.session.scalars(select(Task.state))) == {"done", "cancelled"}
        assert work.session.scalars(select(FanOut.state)).one() == "cancelled"
        assert set(work.session.scalars(select(FanOutItem.state))) == {"withdrawn"}
        assert None not in work.session.scalars(select(Timer.cancelled_at)).all()
        assert check_chains(work) == []


def test_a_campaign_whose_root_was_cancelled_is_cancelled(world: World) -> None:
    campaign = world.open_campaign()
    cancel(world, instances(world)[0].id)
    with world.workshop.reading() as work:
        assert work.session.get_one(Campaign, campaign.id).state == "cancelled"


def test_a_cancelled_child_counts_as_withdrawn_at_the_barrier(world: World) -> None:
    world.open_campaign([world.units[0]])
    cancel(world, instances(world)[1].id)
    assert [task.title for task in world.inbox(world.actor(world.authority, "leader"))] == ["审定"]
    with world.workshop.reading() as work:
        assert work.session.scalars(select(FanOutItem.state)).one() == "withdrawn"


def test_an_ended_instance_cannot_be_cancelled(world: World) -> None:
    instance_id = world.start("approval", "一件", world.units[0])
    cancel(world, instance_id)
    with pytest.raises(Conflict):
        cancel(world, instance_id)


def test_a_cancelled_instance_makes_room_for_its_key(world: World) -> None:
    cancel(world, world.start("approval", "同一件", world.units[0]))
    assert world.start("approval", "同一件", world.units[0])
