"""One child an item; the way opens exactly once; items join, leave, fail, and are done again."""

import threading
from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import select

from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign, Participant
from server.db.jobs import InlineJobQueue
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.processes import incidents, jobs, operations
from server.processes.models import FanOut, FanOutItem, FanOutState, Incident, ItemState, ProcessInstance
from server.tasks import operations as tasks
from tests.world import World


def finish(world: World, *units: int) -> None:
    """Let some units submit and the office approve all that waits."""
    office = world.actor(world.authority, "office")
    for index in units:
        liaison = world.actor(world.units[index], "liaison")
        world.do(liaison, world.inbox(liaison)[0].id, summary="做法")
    for task in world.inbox(office):
        world.do(office, task.id, verdict="approve")


def leader_tasks(world: World) -> list[str]:
    return [task.title for task in world.inbox(world.actor(world.authority, "leader"))]


def items(world: World) -> list[tuple[str, str, int]]:
    with world.workshop.reading() as work:
        rows = work.session.execute(
            select(FanOutItem.item_key, FanOutItem.state, FanOutItem.attempt)
            .join(FanOut, FanOut.id == FanOutItem.fan_out_id)
            .order_by(FanOutItem.attempt, FanOutItem.item_key)
        ).all()
    return [(key, state, attempt) for key, state, attempt in rows]


def fan_out(world: World) -> FanOut:
    with world.workshop.reading() as work:
        row = work.session.scalars(select(FanOut).order_by(FanOut.opened_at.desc())).first()
        work.session.expunge_all()
    assert row is not None
    return row


def participants(world: World, campaign: Campaign) -> list[UUID]:
    with world.workshop.reading() as work:
        return list(
            work.session.scalars(
                select(Participant.id).where(Participant.campaign_id == campaign.id).order_by(Participant.number)
            )
        )


def test_every_participant_gets_a_child_and_the_gate_waits_for_all(any_world: World) -> None:
    world = any_world
    world.open_campaign()
    assert Counter(state for _, state, _ in items(world)) == {ItemState.RUNNING: 3}
    finish(world, 0, 1)
    assert leader_tasks(world) == []
    finish(world, 2)
    assert leader_tasks(world) == ["审定"]


def test_an_empty_collection_opens_at_once(world: World) -> None:
    campaign = world.open_campaign([world.units[0]])
    (only,) = participants(world, campaign)
    with world.workshop.writing() as work:
        campaigns.withdraw(world.actor(world.authority, "office"), work, campaign.id, only, "机构撤并")
    world.drain()
    assert leader_tasks(world) == ["审定"]


def test_filling_asked_for_twice_starts_each_child_once(world: World) -> None:
    world.open_campaign()
    for _ in range(2):
        with world.workshop.writing() as work:
            work.jobs.enqueue(work.session, "processes.fill", "again", {"fan_out": str(fan_out(world).id)})
        world.drain()
    with world.workshop.reading() as work:
        children = work.session.scalars(select(ProcessInstance).where(ProcessInstance.item_key.is_not(None))).all()
    assert len(children) == 3


def test_the_barrier_opens_once_when_the_last_two_end_at_the_same_time(any_world: World) -> None:
    world = any_world
    world.open_campaign()
    finish(world, 0)
    office = world.actor(world.authority, "office")
    for index in (1, 2):
        liaison = world.actor(world.units[index], "liaison")
        world.do(liaison, world.inbox(liaison)[0].id, summary="做法")
    last_two = [task.id for task in world.inbox(office)]
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def approve(task_id: UUID, key: str) -> None:
        try:
            barrier.wait()
            with world.workshop.writing() as work:
                tasks.complete(office, work, task_id, {"verdict": "approve"}, key)
            with world.workshop.writing() as work:
                jobs.barriers(work, {})
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=approve, args=(task_id, f"k{n}")) for n, task_id in enumerate(last_two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.drain()
    assert failures == []
    assert leader_tasks(world) == ["审定"]
    assert fan_out(world).state == FanOutState.CLOSED


def test_a_unit_that_joins_late_is_waited_for(world: World) -> None:
    campaign = world.open_campaign(world.units[:2])
    office = world.actor(world.authority, "office")
    with world.workshop.writing() as work:
        campaigns.join(office, work, campaign.id, world.units[2].id)
    world.drain()
    finish(world, 0, 1)
    assert leader_tasks(world) == []
    finish(world, 2)
    assert leader_tasks(world) == ["审定"]


def test_joining_twice_or_after_the_end_is_refused(world: World) -> None:
    campaign = world.open_campaign(world.units[:2])
    office = world.actor(world.authority, "office")
    with world.workshop.writing() as work, pytest.raises(Conflict):
        campaigns.join(office, work, campaign.id, world.units[0].id)
    finish(world, 0, 1)
    with world.workshop.writing() as work, pytest.raises(Conflict):
        campaigns.join(office, work, campaign.id, world.units[2].id)


def test_a_withdrawn_unit_is_not_waited_for_and_keeps_no_task(world: World) -> None:
    campaign = world.open_campaign()
    office = world.actor(world.authority, "office")
    gone = participants(world, campaign)[2]
    finish(world, 0, 1)
    with world.workshop.writing() as work:
        campaigns.withdraw(office, work, campaign.id, gone, "机构撤并")
    world.drain()
    assert world.inbox(world.actor(world.units[2], "liaison")) == []
    assert leader_tasks(world) == ["审定"]
    with world.workshop.writing() as work, pytest.raises(Conflict):
        campaigns.withdraw(office, work, campaign.id, gone, "再退一次")


def test_a_withdrawn_unit_may_come_back_and_is_waited_for_again(world: World) -> None:
    campaign = world.open_campaign()
    office = world.actor(world.authority, "office")
    back = participants(world, campaign)[2]
    with world.workshop.writing() as work:
        campaigns.withdraw(office, work, campaign.id, back, "点错了")
    with world.workshop.writing() as work:
        campaigns.reopen(office, work, campaign.id, back, "恢复参加")
    world.drain()
    finish(world, 0, 1)
    assert leader_tasks(world) == []
    finish(world, 2)
    assert leader_tasks(world) == ["审定"]


def test_withdrawing_needs_a_reason_and_the_right(world: World) -> None:
    campaign = world.open_campaign()
    office, liaison = world.actor(world.authority, "office"), world.actor(world.units[0], "liaison")
    first = participants(world, campaign)[0]
    with world.workshop.writing() as work, pytest.raises(Invalid):
        campaigns.withdraw(office, work, campaign.id, first, "  ")
    with world.workshop.writing() as work, pytest.raises((NotFound, NotAllowed)):
        campaigns.withdraw(liaison, work, campaign.id, first, "自己退出")


def test_a_gate_that_sends_back_reopens_only_those_asked_for(world: World) -> None:
    campaign = world.open_campaign()
    finish(world, 0, 1, 2)
    office, leader = world.actor(world.authority, "office"), world.actor(world.authority, "leader")
    with world.workshop.writing() as work:
        campaigns.reopen(office, work, campaign.id, participants(world, campaign)[1], "材料不实")
    world.do(leader, world.inbox(leader)[0].id, verdict="return", reason="一家不行")

    assert items(world)[3:] == [("p00002", ItemState.RUNNING, 2)]
    assert world.inbox(world.actor(world.units[0], "liaison")) == []
    finish(world, 1)
    world.do(leader, world.inbox(leader)[0].id, verdict="approve")
    with world.workshop.reading() as work:
        assert work.session.get_one(Campaign, campaign.id).state == "ended"


def test_an_ended_child_is_done_again_at_once_while_others_run(world: World) -> None:
    campaign = world.open_campaign()
    finish(world, 0)
    office = world.actor(world.authority, "office")
    first = participants(world, campaign)[0]
    with world.workshop.writing() as work:
        campaigns.reopen(office, work, campaign.id, first, "再来一次")
    world.drain()
    finish(world, 1, 2)
    assert leader_tasks(world) == []
    finish(world, 0)
    assert leader_tasks(world) == ["审定"]
    assert ("p00001", ItemState.DONE, 2) in items(world)


def test_a_running_child_cannot_be_done_again(world: World) -> None:
    campaign = world.open_campaign()
    office = world.actor(world.authority, "office")
    with world.workshop.writing() as work, pytest.raises(Conflict):
        campaigns.reopen(office, work, campaign.id, participants(world, campaign)[0], "太早")


def break_second_child(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second participant's child cannot be started."""
    real = operations.start

    def broken(actor, work, definition_id, birth, data=None):  # type: ignore[no-untyped-def]
        if birth.item_key == "p00002":
            raise Conflict(incidents.Message("process-not-running"))
        return real(actor, work, definition_id, birth, data)

    monkeypatch.setattr(jobs.operations, "start", broken)


def test_a_failed_child_blocks_until_it_is_retried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        break_second_child(world, broken)
        world.open_campaign()
    finish(world, 0, 2)
    assert leader_tasks(world) == []
    assert ("p00002", ItemState.FAILED, 1) in items(world)

    with world.workshop.writing() as work:
        incident = work.session.scalars(select(Incident)).one()
        incidents.retry(world.actor(world.authority, "office"), work, incident.id)
    world.drain()
    finish(world, 1)
    assert leader_tasks(world) == ["审定"]


def test_a_failed_child_may_be_left_out_with_a_reason(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        break_second_child(world, broken)
        world.open_campaign()
    finish(world, 0, 2)
    office = world.actor(world.authority, "office")
    with world.workshop.writing() as work:
        incident = work.session.scalars(select(Incident)).one()
        incidents.leave_out(office, work, incident.id, "单位已撤销")
    world.drain()
    assert leader_tasks(world) == ["审定"]
    with world.workshop.writing() as work, pytest.raises(Conflict):
        incidents.leave_out(office, work, incident.id, "再说一次")


def test_jobs_survive_being_run_in_any_order(world: World) -> None:
    """The barrier looked at before, between and after; nothing opens too early."""
    assert isinstance(world.workshop.jobs, InlineJobQueue)
    world.open_campaign()
    for index in range(3):
        with world.workshop.writing() as work:
            jobs.barriers(work, {})
        assert leader_tasks(world) == []
        finish(world, index)
    assert leader_tasks(world) == ["审定"]
