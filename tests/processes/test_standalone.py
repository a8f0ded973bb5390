"""Any published process starts by itself for one business key, and goes its way by tasks."""

import pytest

from server.errors import Conflict, NotFound
from server.processes.models import ProcessInstance
from server.processes.operations import Birth, start
from server.processes.queries import definition_id, instance
from server.tasks import operations as tasks
from tests.world import World


class Stop(Exception):
    """Raised by a test in the middle of a unit of work."""


def test_a_process_runs_to_its_end_with_one_rejection(any_world: World) -> None:
    world = any_world
    unit = world.units[0]
    liaison, office = world.actor(unit, "liaison"), world.actor(world.authority, "office")
    instance_id = world.start("approval", "第一件", unit)

    (submit,) = world.inbox(liaison)
    world.do(liaison, submit.id, summary="做法")
    (review,) = world.inbox(office)
    assert world.do(office, review.id, verdict="return", reason="不全").verdict == "return"

    (again,) = world.inbox(liaison)
    assert (again.element_id, again.attempt, again.returned_reason) == ("Submit", 2, "不全")
    world.do(liaison, again.id, summary="做法二")
    (review,) = world.inbox(office)
    world.do(office, review.id, verdict="approve")

    with world.workshop.reading() as work:
        row = instance(work, instance_id)
    assert row is not None
    assert (row.state, row.outcome) == ("ended", "Done")
    assert world.inbox(liaison) == world.inbox(office) == []


def test_a_second_instance_for_the_same_key_is_refused(world: World) -> None:
    world.start("approval", "同一件", world.units[0])
    with pytest.raises(Conflict):
        world.start("approval", "同一件", world.units[1])


def test_an_ended_instance_makes_room_for_its_key(world: World) -> None:
    unit, office = world.units[0], world.actor(world.authority, "office")
    world.start("approval", "同一件", unit)
    world.do(world.actor(unit, "liaison"), world.inbox(world.actor(unit, "liaison"))[0].id, summary="一")
    world.do(office, world.inbox(office)[0].id, verdict="approve")
    assert world.start("approval", "同一件", unit)


def test_a_definition_that_does_not_exist_is_not_found(world: World) -> None:
    with world.workshop.writing() as work, pytest.raises(NotFound):
        start(world.actor(world.authority, "office"), work, work.ids.new(), Birth("无"))


def test_a_step_writes_state_and_projection_or_neither(world: World) -> None:
    liaison = world.actor(world.units[0], "liaison")
    instance_id = world.start("approval", "一件", world.units[0])
    (submit,) = world.inbox(liaison)

    with world.workshop.reading() as work:
        before = work.session.get_one(ProcessInstance, instance_id).revision

    def stopped() -> None:
        with world.workshop.writing() as work:
            tasks.complete(liaison, work, submit.id, {"summary": "做法"}, "key")
            raise Stop

    with pytest.raises(Stop):
        stopped()

    with world.workshop.reading() as work:
        assert work.session.get_one(ProcessInstance, instance_id).revision == before
    assert [task.id for task in world.inbox(liaison)] == [submit.id]


def test_process_keys_are_those_of_the_version(world: World) -> None:
    with world.workshop.reading() as work:
        assert definition_id(work, world.versions["rounds"], "approval") is not None
        assert definition_id(work, world.versions["rounds"], "nothing") is None
