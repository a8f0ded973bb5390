"""Deadlines that fire: once each, late when they must, never held up by one that fails."""

import threading
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from server.actor import Actor
from server.audit.models import AuditRow
from server.audit.queries import check_chains
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign
from server.deadlines import jobs, operations
from server.deadlines.models import Timer
from server.errors import Conflict
from server.i18n import Message
from server.processes import incidents
from server.processes.models import FanOut, FanOutItem, Incident, ProcessInstance
from tests.world import World

PARAMETERS = {"grace": "10", "share": "25", "day": "2026-04-01", "place": "礼堂", "scale": "small"}
PUBLISHED = datetime(2026, 4, 10, 15, 59, 59, tzinfo=UTC)
CLOSED = datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)


@pytest.fixture
def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


def season(world: World) -> Campaign:
    return world.open_campaign(scheme="seasons", parameters=PARAMETERS)


def titles(world: World, unit: int) -> list[str]:
    return [task.title for task in world.inbox(world.actor(world.units[unit], "liaison"))]


def submit(world: World, *units: int) -> None:
    for unit in units:
        liaison = world.actor(world.units[unit], "liaison")
        world.do(liaison, world.inbox(liaison)[0].id, summary="做法")


def fire(world: World) -> None:
    with world.workshop.writing() as work:
        jobs.fire(work, {})
    world.drain()


def fired(world: World) -> list[dict[str, str]]:
    with world.workshop.reading() as work:
        rows = work.session.scalars(select(AuditRow.details).where(AuditRow.verb == "deadline:fired")).all()
    return [{"deadline": row["deadline"], "due_at": row["due_at"]} for row in rows]


def test_a_catch_event_fires_when_its_day_is_over_and_not_a_second_before(world: World) -> None:
    season(world)
    submit(world, 0)
    world.clock.move_to(datetime(2026, 4, 10, 15, 59, 58, tzinfo=UTC))
    fire(world)
    assert titles(world, 0) == []
    world.later(seconds=1)
    assert titles(world, 0) == ["确认"]


def test_a_catch_event_fires_exactly_once(any_world: World) -> None:
    world = any_world
    season(world)
    submit(world, 0, 1)
    world.clock.move_to(PUBLISHED)
    for _ in range(3):
        fire(world)
    assert len(fired(world)) == 2
    with world.workshop.reading() as work:
        assert check_chains(work) == []


def test_two_sweeps_at_once_fire_once(any_world: World) -> None:
    world = any_world
    season(world)
    submit(world, 0, 1, 2)
    world.clock.move_to(PUBLISHED)
    start, failures = threading.Barrier(2), []

    def sweep() -> None:
        try:
            start.wait()
            with world.workshop.writing() as work:
                jobs.fire(work, {})
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    fire(world)
    assert len(fired(world)) == 3
    assert [titles(world, unit) for unit in range(3)] == [["确认"]] * 3


@pytest.mark.postgres
@pytest.mark.parametrize("any_world", ["postgresql"], indirect=True)
def test_the_sweep_passes_over_an_instance_that_somebody_works_on(any_world: World) -> None:
    world = any_world
    season(world)
    submit(world, 0, 1)
    world.clock.move_to(PUBLISHED)
    with world.workshop.writing() as working:
        busy = working.session.scalars(select(Timer.instance_id).where(Timer.kind == "catch")).first()
        one = select(ProcessInstance.id).where(ProcessInstance.id == busy).with_for_update()
        working.session.execute(one).one()
        fire(world)
        assert len(fired(world)) == 1
    fire(world)
    assert len(fired(world)) == 2


def test_what_fell_due_while_the_machine_stood_still_fires_once_with_its_true_time(world: World) -> None:
    season(world)
    submit(world, 0)
    world.clock.move_to(PUBLISHED)
    world.later(days=7)
    world.later(days=1)
    assert fired(world) == [{"deadline": "publish", "due_at": PUBLISHED.isoformat()}]
    assert titles(world, 0) == ["确认"]


def test_a_place_left_before_its_day_never_fires(world: World, office: Actor) -> None:
    campaign = season(world)
    submit(world, 0)
    with world.workshop.reading() as work:
        first = work.session.scalars(select(FanOutItem.subject_id).where(FanOutItem.unit_id == world.units[0].id)).one()
    assert first is not None
    with world.workshop.writing() as work:
        campaigns.withdraw(office, work, campaign.id, first, "机构撤并")
    world.clock.move_to(PUBLISHED)
    fire(world)
    assert fired(world) == []


def poison(world: World, unit: int) -> UUID:
    """Let the facts of one unit's instance fail when it goes on; returns the instance's id."""
    with world.workshop.writing() as work:
        where = ProcessInstance.unit_id == world.units[unit].id
        instance_id = work.session.scalars(select(ProcessInstance.id).where(where)).one()
        work.session.execute(update(ProcessInstance).where(where).values(unit_id=None))
    return instance_id


def test_a_poisoned_timer_is_postponed_and_the_others_fire(any_world: World) -> None:
    world = any_world
    season(world)
    submit(world, 0, 1, 2)
    instance_id = poison(world, 1)
    world.clock.move_to(PUBLISHED)
    fire(world)
    assert [titles(world, unit) for unit in (0, 2)] == [["确认"], ["确认"]]
    with world.workshop.reading() as work:
        timer = work.session.scalars(select(Timer).where(Timer.instance_id == instance_id)).one()
        assert timer.fired_at is None
        assert timer.next_try_at == datetime(2026, 4, 10, 16, 59, 59, tzinfo=UTC)
        incident = work.session.scalars(select(Incident)).one()
        assert (incident.kind, incident.instance_id, incident.attempts) == ("step", instance_id, 1)
        assert "unit.kind" in incident.cause
        assert "Traceback" not in incident.cause


def test_a_postponed_timer_is_tried_every_hour_and_its_incident_counts(world: World) -> None:
    season(world)
    submit(world, 0)
    poison(world, 0)
    world.clock.move_to(PUBLISHED)
    fire(world)
    fire(world)
    world.later(hours=1)
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Incident.attempts)).one() == 2


def test_an_administrator_has_a_mended_timer_fired_at_once(world: World, office: Actor) -> None:
    season(world)
    submit(world, 0)
    instance_id = poison(world, 0)
    world.clock.move_to(PUBLISHED)
    fire(world)
    with world.workshop.writing() as work:
        work.session.execute(
            update(ProcessInstance).where(ProcessInstance.id == instance_id).values(unit_id=world.units[0].id)
        )
        incidents.retry(office, work, work.session.scalars(select(Incident.id)).one())
    world.drain()
    assert titles(world, 0) == ["确认"]


def test_a_refused_step_of_one_timer_holds_up_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    season(world)
    submit(world, 0, 1)
    world.clock.move_to(PUBLISHED)
    real, seen = jobs.processes.fire_deadline, []

    def broken(work, running, task_id, details):  # type: ignore[no-untyped-def]
        seen.append(task_id)
        if len(seen) == 1:
            raise Conflict(Message("process-not-running"))
        return real(work, running, task_id, details)

    monkeypatch.setattr(jobs.processes, "fire_deadline", broken)
    fire(world)
    assert len(fired(world)) == 1
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Incident.cause)).one() == "这个流程已经结束。"


def test_many_due_timers_are_fired_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", 2)
    season(world)
    submit(world, 0, 1, 2)
    world.clock.move_to(PUBLISHED)
    with world.workshop.writing() as work:
        assert jobs.fire(work, {}) == {}
    with world.workshop.writing() as work:
        assert jobs.fire(work, {}) is None
    assert len(fired(world)) == 3


# --- a barrier that opens on a day ------------------------------------------------------------------------------------


def gate_is_open(world: World) -> bool:
    return [task.title for task in world.inbox(world.actor(world.authority, "leader"))] == ["审定"]


def states(world: World) -> list[str]:
    with world.workshop.reading() as work:
        return list(work.session.scalars(select(FanOutItem.state).order_by(FanOutItem.item_key)))


def test_the_way_opens_on_its_day_though_not_all_have_finished(any_world: World) -> None:
    world = any_world
    season(world)
    submit(world, 0)
    world.clock.move_to(datetime(2026, 6, 30, 15, 59, 58, tzinfo=UTC))
    fire(world)
    assert not gate_is_open(world)
    world.later(seconds=1)
    assert gate_is_open(world)
    with world.workshop.reading() as work:
        fan_out = work.session.scalars(select(FanOut)).one()
        assert (fan_out.state, fan_out.closed_because) == ("closed", "deadline")


def test_the_way_opens_before_its_day_once_all_have_finished(world: World) -> None:
    campaign, office = season(world), world.actor(world.authority, "office")
    with world.workshop.reading() as work:
        everybody = work.session.scalars(select(FanOutItem.subject_id)).all()
    for participant in everybody:
        assert participant is not None
        with world.workshop.writing() as work:
            campaigns.withdraw(office, work, campaign.id, participant, "不参加")
    world.drain()
    assert gate_is_open(world)
    world.clock.move_to(CLOSED)
    fire(world)
    assert fired(world) == []


def test_children_that_continue_may_be_finished_late(world: World) -> None:
    season(world)
    world.clock.move_to(CLOSED)
    fire(world)
    assert gate_is_open(world)
    assert states(world) == ["running"] * 3
    liaison = world.actor(world.units[0], "liaison")
    assert world.do(liaison, world.inbox(liaison)[0].id, summary="晚交的").late


def test_children_are_cancelled_where_the_diagram_says_so(world: World) -> None:
    season(world)
    with world.workshop.writing() as work:
        work.session.execute(update(FanOut).values(open_children="cancel"))
    world.clock.move_to(CLOSED)
    fire(world)
    assert gate_is_open(world)
    assert states(world) == ["withdrawn"] * 3
    assert titles(world, 0) == []
    with world.workshop.reading() as work:
        running = select(func.count()).where(ProcessInstance.item_key.is_not(None), ProcessInstance.state == "running")
        assert work.session.scalar(running) == 0
        assert check_chains(work) == []


def test_a_barrier_whose_children_are_still_being_started_opens_later(world: World) -> None:
    season(world)
    with world.workshop.writing() as work:
        work.session.execute(update(FanOut).values(state="filling"))
    world.clock.move_to(CLOSED)
    fire(world)
    assert not gate_is_open(world)
    with world.workshop.writing() as work:
        work.session.execute(update(FanOut).values(state="open"))
    world.later(hours=1)
    assert gate_is_open(world)


def test_the_day_of_a_barrier_can_be_moved(world: World, office: Actor) -> None:
    campaign = season(world)
    later = datetime(2026, 7, 31, 15, 59, 59, tzinfo=UTC)
    with world.workshop.writing() as work:
        campaigns.move_deadline(office, work, campaign.id, "close", later, "顺延一个月")
    world.clock.move_to(CLOSED)
    fire(world)
    assert not gate_is_open(world)
    world.clock.move_to(later)
    fire(world)
    assert gate_is_open(world)


def test_a_timer_without_a_day_waits_until_one_is_set(world: World) -> None:
    campaign = season(world)
    with world.workshop.writing() as work:
        work.session.execute(update(Timer).values(due_at=None, next_try_at=None))
    world.clock.move_to(CLOSED)
    fire(world)
    assert not gate_is_open(world)
    with world.workshop.writing() as work:
        operations.move(world.actor(world.authority, "office"), work, campaign.id, "close", CLOSED)
    fire(world)
    assert gate_is_open(world)
