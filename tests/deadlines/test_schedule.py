"""When something is due: the schedule, over it a participant's own date, over that more time for one task."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, update

from server.actor import Actor
from server.audit.models import AuditRow
from server.audit.queries import check_chains
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign, Participant
from server.db.work import Work
from server.deadlines import operations as deadlines
from server.deadlines.models import ScheduleEntry, Timer
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.processes.models import ProcessInstance
from server.tasks import dates
from server.tasks.models import Task
from tests.deadlines.test_firing import PARAMETERS, fire, season, submit, titles
from tests.world import World


def at(month: int, day: int) -> datetime:
    """The end of a day of 2026 in China."""
    return datetime(2026, month, day, 15, 59, 59, tzinfo=UTC)


def due(world: World, unit: int = 0) -> datetime | None:
    """When the only open task of a unit is due."""
    (task,) = world.inbox(world.actor(world.units[unit], "liaison"))
    return task.due_at


def task_of(world: World, unit: int = 0) -> UUID:
    return world.inbox(world.actor(world.units[unit], "liaison"))[0].id


def participant_of(world: World, unit: int = 0) -> UUID:
    with world.workshop.reading() as work:
        where = Participant.unit_id == world.units[unit].id
        return work.session.scalars(select(Participant.id).where(where)).one()


def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


def move(world: World, campaign: Campaign, key: str, due_at: datetime, reason: str = "上级调整") -> None:
    with world.workshop.writing() as work:
        campaigns.move_deadline(office(world), work, campaign.id, key, due_at, reason)


def override(world: World, campaign: Campaign, unit: int, due_at: datetime, key: str = "submit") -> None:
    with world.workshop.writing() as work:
        campaigns.override_deadline(
            office(world), work, campaign.id, participant_of(world, unit), key, due_at, "搬迁，予以顺延"
        )


def extend(world: World, actor: Actor, task_id: UUID, due_at: datetime, reason: str = "节假日") -> None:
    with world.workshop.writing() as work:
        dates.extend(actor, work, task_id, due_at, reason)


def revisions(world: World) -> list[int]:
    with world.workshop.reading() as work:
        return list(work.session.scalars(select(ProcessInstance.revision).order_by(ProcessInstance.id)))


# --- days -------------------------------------------------------------------------------------------------------------


def test_before_the_15th_means_the_last_second_of_the_15th_in_the_units_zone(world: World) -> None:
    season(world)
    assert due(world) == datetime(2026, 3, 15, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Shanghai", datetime(2026, 3, 15, 15, 59, 59, tzinfo=UTC)),
        ("Asia/Urumqi", datetime(2026, 3, 15, 17, 59, 59, tzinfo=UTC)),
        ("UTC", datetime(2026, 3, 15, 23, 59, 59, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 16, 3, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_day_ends_where_the_unit_is(zone: str, expected: datetime) -> None:
    assert deadlines.end_of_day(date(2026, 3, 15), zone) == expected


def test_a_task_of_a_process_that_stands_alone_has_no_date(world: World) -> None:
    world.start("approval", "一件", world.units[0])
    assert due(world) is None


# --- schedule, override, extension ------------------------------------------------------------------------------------


def test_moving_a_date_moves_the_open_tasks_of_all(any_world: World) -> None:
    world = any_world
    campaign = season(world)
    move(world, campaign, "submit", at(3, 31))
    assert [due(world, unit) for unit in range(3)] == [at(3, 31)] * 3


def test_moving_a_date_touches_no_instance(any_world: World) -> None:
    world = any_world
    campaign = season(world)
    before = revisions(world)
    move(world, campaign, "submit", at(3, 31))
    override(world, campaign, 0, at(4, 1))
    assert revisions(world) == before


def test_moving_a_date_moves_the_timers_that_wait_for_it(world: World) -> None:
    campaign = season(world)
    submit(world, 0)
    move(world, campaign, "publish", at(3, 20))
    world.clock.move_to(at(3, 20))
    fire(world)
    assert titles(world, 0) == ["确认"]


def test_a_date_moved_before_today_makes_tasks_overdue_and_timers_fire(world: World) -> None:
    campaign = season(world)
    submit(world, 0)
    world.clock.move_to(at(3, 20))
    move(world, campaign, "publish", at(3, 10))
    fire(world)
    assert titles(world, 0) == ["确认"]


def test_a_moved_date_holds_for_tasks_that_open_later(world: World) -> None:
    campaign = season(world)
    move(world, campaign, "submit", at(3, 31))
    with world.workshop.writing() as work:
        campaigns.join(office(world), work, campaign.id, world.authority.id)
    world.drain()
    with world.workshop.reading() as work:
        found = work.session.scalars(select(Task.due_at).where(Task.unit_id == world.authority.id)).all()
    assert found == [at(3, 31)]


def test_a_participants_own_date_stands_over_the_campaigns(any_world: World) -> None:
    world = any_world
    campaign = season(world)
    override(world, campaign, 1, at(4, 1))
    assert [due(world, unit) for unit in range(3)] == [at(3, 15), at(4, 1), at(3, 15)]


def test_a_participants_own_date_stays_when_the_campaigns_moves(world: World) -> None:
    campaign = season(world)
    override(world, campaign, 1, at(4, 1))
    move(world, campaign, "submit", at(3, 31))
    assert [due(world, unit) for unit in range(3)] == [at(3, 31), at(4, 1), at(3, 31)]


def test_a_participants_own_date_holds_for_tasks_that_open_later(world: World) -> None:
    campaign = season(world)
    override(world, campaign, 0, at(4, 20), "publish")
    submit(world, 0, 1)
    world.clock.move_to(at(4, 10))
    fire(world)
    assert (titles(world, 0), titles(world, 1)) == ([], ["确认"])
    world.clock.move_to(at(4, 20))
    fire(world)
    assert titles(world, 0) == ["确认"]


def test_a_participants_own_date_moves_the_timers_that_are_armed(world: World) -> None:
    campaign = season(world)
    submit(world, 0)
    override(world, campaign, 0, at(3, 20), "publish")
    world.clock.move_to(at(3, 20))
    fire(world)
    assert titles(world, 0) == ["确认"]


def test_a_second_own_date_takes_the_place_of_the_first(any_world: World) -> None:
    world = any_world
    campaign = season(world)
    override(world, campaign, 0, at(4, 1))
    override(world, campaign, 0, at(4, 5))
    assert due(world) == at(4, 5)


def test_more_time_for_a_task_stands_over_everything(world: World) -> None:
    campaign = season(world)
    extend(world, office(world), task_of(world), at(5, 1))
    override(world, campaign, 0, at(4, 1))
    move(world, campaign, "submit", at(3, 31))
    assert [due(world, unit) for unit in range(2)] == [at(5, 1), at(3, 31)]


def test_more_time_is_recorded_with_its_reason_in_a_whole_chain(any_world: World) -> None:
    world = any_world
    season(world)
    extend(world, office(world), task_of(world), at(5, 1), "节假日")
    with world.workshop.reading() as work:
        details = work.session.scalars(select(AuditRow.details).where(AuditRow.verb == "deadline:extended")).one()
        assert (details["reason"], details["from"], details["to"]) == (
            "节假日",
            at(3, 15).isoformat(),
            at(5, 1).isoformat(),
        )
        assert check_chains(work) == []


def test_who_hands_in_within_the_time_given_is_not_late(world: World) -> None:
    season(world)
    extend(world, office(world), task_of(world), at(5, 1))
    world.clock.move_to(at(4, 30))
    liaison = world.actor(world.units[0], "liaison")
    assert not world.do(liaison, task_of(world), summary="做法").late


@pytest.mark.parametrize("due_at", [at(3, 15), at(3, 14), datetime(2026, 3, 1, tzinfo=UTC)])
def test_less_or_the_same_time_is_no_extension(world: World, due_at: datetime) -> None:
    season(world)
    with pytest.raises(Invalid):
        extend(world, office(world), task_of(world), due_at)


def test_more_time_needs_a_reason(world: World) -> None:
    season(world)
    with pytest.raises(Invalid):
        extend(world, office(world), task_of(world), at(5, 1), "  ")


def test_nobody_gives_themselves_more_time(world: World) -> None:
    season(world)
    for actor in (world.actor(world.units[0], "liaison"), world.actor(world.authority, "verifier")):
        with pytest.raises(NotFound):
            extend(world, actor, task_of(world), at(5, 1))


def test_a_closed_task_gets_no_more_time(world: World) -> None:
    season(world)
    task_id = task_of(world)
    submit(world, 0)
    with pytest.raises(Conflict):
        extend(world, office(world), task_id, at(5, 1))


def test_a_task_without_a_date_gets_no_more_time(world: World) -> None:
    world.start("approval", "一件", world.units[0])
    with pytest.raises(Invalid):
        extend(world, office(world), task_of(world), at(5, 1))


def test_moving_a_date_is_refused_without_reason_right_or_such_a_date(world: World) -> None:
    campaign = season(world)

    def tried(actor: Actor, key: str, reason: str, work: Work) -> None:
        campaigns.move_deadline(actor, work, campaign.id, key, at(4, 1), reason)

    for actor, key, reason, error in (
        (office(world), "submit", " ", Invalid),
        (office(world), "nothing", "调整", NotFound),
        (world.actor(world.authority, "verifier"), "submit", "调整", NotFound),
        (world.actor(world.units[0], "liaison"), "submit", "调整", NotFound),
    ):
        with world.workshop.writing() as work, pytest.raises(error):
            tried(actor, key, reason, work)


def test_an_own_date_is_refused_without_reason_right_or_such_a_participant(world: World) -> None:
    campaign, first = season(world), participant_of(world)
    for actor, participant, key, reason, error in (
        (office(world), first, "submit", "", Invalid),
        (office(world), first, "nothing", "顺延", NotFound),
        (office(world), campaign.id, "submit", "顺延", NotFound),
        (world.actor(world.units[0], "liaison"), first, "submit", "顺延", (NotFound, NotAllowed)),
    ):
        with world.workshop.writing() as work, pytest.raises(error):
            campaigns.override_deadline(actor, work, campaign.id, participant, key, at(4, 1), reason)


# --- dates that wait for an event -------------------------------------------------------------------------------------


def confirming(world: World) -> None:
    """Bring the first unit to the task that is due some days after it opens."""
    submit(world, 0)
    world.clock.move_to(at(4, 10))
    fire(world)


def test_days_after_an_event_are_counted_when_it_happens(world: World) -> None:
    """Ten days, asked for at opening, after the day on which the task opens; the day itself is not counted."""
    season(world)
    with world.workshop.reading() as work:
        entry = select(ScheduleEntry.due_at).where(ScheduleEntry.key == "confirm")
        assert work.session.scalars(entry).one() is None
    confirming(world)
    assert due(world) == at(4, 20)


def test_the_days_are_those_given_at_opening(world: World) -> None:
    world.open_campaign(scheme="seasons", parameters=PARAMETERS | {"grace": "3"})
    confirming(world)
    assert due(world) == at(4, 13)


def test_a_date_relative_to_a_waiting_one_waits_with_it(world: World) -> None:
    """Five days after a deadline that is ten days after the event."""
    season(world)
    confirming(world)
    liaison = world.actor(world.units[0], "liaison")
    world.do(liaison, task_of(world), summary="确认")
    assert titles(world, 0) == ["回访"]
    assert due(world) == at(4, 25)


def test_a_waiting_date_may_be_set_for_one_participant(world: World) -> None:
    campaign = season(world)
    override(world, campaign, 0, at(5, 5), "confirm")
    confirming(world)
    assert due(world) == at(5, 5)


def test_a_waiting_date_of_the_campaign_cannot_be_moved_before_it_is_known(world: World) -> None:
    campaign = season(world)
    with pytest.raises(NotFound):
        move(world, campaign, "confirm", at(5, 5))


def test_an_event_late_in_the_evening_counts_by_the_day_where_the_unit_is(world: World) -> None:
    """23:59 in China is still that day, 00:30 the next, though both are the same day in UTC."""
    season(world)
    submit(world, 0, 1)
    half_past = datetime(2026, 4, 10, 16, 30, tzinfo=UTC)
    with world.workshop.writing() as work:
        second = select(ProcessInstance.id).where(ProcessInstance.unit_id == world.units[1].id).scalar_subquery()
        later = update(Timer).where(Timer.instance_id == second).values(due_at=half_past, next_try_at=half_past)
        work.session.execute(later)
    world.clock.move_to(at(4, 10))
    fire(world)
    world.clock.move_to(half_past)
    fire(world)
    assert (due(world, 0), due(world, 1)) == (at(4, 20), at(4, 21))
