"""What is handed in after a deadline is taken and marked, refused, or waits for more time: as the scheme says."""

from datetime import timedelta

import pytest

from server.actor import SYSTEM, OnBehalf, Source
from server.errors import Conflict
from server.schemes import operations as schemes
from server.schemes.package import read_folder
from server.tasks import dates, operations
from server.tasks.models import Task, TaskState
from tests.world import PACKAGES, World

RULE = b'rule = { kind = "yearly", month = 6, day = 30 }'


def late_task(world: World, late: str, **after: float) -> Task:
    """The first task of a unit under a scheme with this policy, so long after it was due."""
    package = read_folder(PACKAGES / "rounds")
    package.files["scheme.toml"] = package.files["scheme.toml"].replace(RULE, RULE + f'\nlate = "{late}"'.encode())
    with world.workshop.writing() as work:
        world.versions["rounds"] = schemes.install(SYSTEM, work, package).id
    world.open_campaign(world.units[:1])
    (task,) = world.inbox(world.actor(world.units[0], "liaison"))
    assert task.due_at is not None
    world.clock.advance(task.due_at + timedelta(**after) - world.clock.now())
    return task


def hand_in(world: World, task: Task) -> operations.Completed:
    return world.do(world.actor(world.units[0], "liaison"), task.id, summary="已完成")


def state(world: World, task: Task) -> TaskState:
    with world.workshop.reading() as work:
        return TaskState(work.session.get_one(Task, task.id).state)


@pytest.mark.parametrize("late", ["accept", "refuse", "ask"])
def test_in_time_everything_is_taken(world: World, late: str) -> None:
    assert not hand_in(world, late_task(world, late, hours=-1)).late


def test_late_is_taken_and_marked_where_the_scheme_accepts_it(world: World) -> None:
    assert hand_in(world, late_task(world, "accept", days=5)).late


@pytest.mark.parametrize(("late", "said"), [("refuse", "task-too-late"), ("ask", "task-too-late-ask")])
def test_late_is_refused_where_the_scheme_refuses_it_and_nothing_is_lost(world: World, late: str, said: str) -> None:
    task = late_task(world, late, days=5)
    with world.workshop.writing() as work:
        operations.save_draft(SYSTEM, work, task.id, {"summary": "已完成"})
    with pytest.raises(Conflict) as refused:
        hand_in(world, task)
    assert refused.value.message.key == said
    assert state(world, task) is TaskState.OPEN


def test_what_came_late_may_be_entered_by_the_office(world: World) -> None:
    task = late_task(world, "refuse", days=5)
    office = operations.on_behalf(world.actor(world.authority, "office"), OnBehalf("联络员", Source.PAPER))
    assert world.do(office, task.id, summary="已完成").late


def test_more_time_opens_the_way_again(world: World) -> None:
    task = late_task(world, "ask", days=5)
    assert task.due_at is not None
    with world.workshop.writing() as work:
        office = world.actor(world.authority, "office")
        dates.extend(office, work, task.id, task.due_at + timedelta(days=10), "材料在审计局")
    assert not hand_in(world, task).late


def test_on_days_off_it_is_not_too_late(world: World) -> None:
    """The thirtieth of June 2029 is a Saturday."""
    task = late_task(world, "refuse", hours=2)
    friday = task.due_at
    assert friday is not None
    with world.workshop.writing() as work:
        row = work.session.get_one(Task, task.id)
        row.due_at = friday.replace(year=2029)
    world.clock.advance(timedelta(days=3 * 365 + 1))
    assert hand_in(world, task).late
