"""Reminders by a deadline's own ladder, and daily in a sprint window; nothing goes above a unit's head by itself."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from server.actor import Actor
from server.campaigns import operations as campaigns
from server.campaigns import tightening
from server.campaigns.models import Participant
from server.deadlines.models import CalendarPeriod, ScheduleEntry
from server.deadlines.operations import end_of_day
from server.deadlines.sprints import window_for
from server.notifications.models import Notification
from server.schemes.ladder import Ladder
from server.supervision.jobs import DRAFT_JOB
from server.supervision.models import OrderState, SupervisionOrder
from server.tasks import dates, reminding
from server.tasks.jobs import REMIND
from server.tasks.lights import light_of
from server.tasks.models import Task
from server.tasks.rules import Light
from server.tasks.sprint import sprints_of
from tests.world import World

ZONE = "Asia/Shanghai"
DUE = date(2026, 6, 30)
SPRINT = {"key": "visit", "title": "核查组到访", "days": 14, "yellow": 8}


@pytest.fixture
def office(world: World) -> Actor:
    world.give_accounts()
    return world.actor(world.authority, "office")


@pytest.fixture
def task(world: World, office: Actor) -> Task:
    """The first task of the first unit, due on Tuesday 30 June."""
    world.open_campaign(world.units[:2])
    remind(world)
    return world.inbox(world.actor(world.units[0], "liaison"))[0]


def entered(world: World, **said: object) -> None:
    with world.workshop.writing() as work:
        work.session.execute(update(ScheduleEntry).values(**said))


def at(world: World, month: int, day: int, hour: int = 10) -> None:
    """Let time pass until an hour of Shanghai."""
    world.clock.move_to(datetime(2026, month, day, hour - 8, tzinfo=UTC))


def remind(world: World) -> None:
    with world.workshop.writing() as work:
        work.jobs.enqueue(work.session, REMIND, "tick", {})
    world.drain()


def told(world: World, kind: str = "liaison", unit: int = 0) -> list[str]:
    with world.workshop.reading() as work:
        person_id = world.people[world.units[unit].id if unit >= 0 else world.authority.id, kind][0]
        mine = select(Notification.message).where(Notification.person_id == person_id)
        found = work.session.scalars(mine.order_by(Notification.made_at, Notification.message)).all()
        return [each.removeprefix("tasks-told-") for each in found]


# --- the ladder -------------------------------------------------------------------------------------------------------


def test_each_day_before_is_reminded_of_once(world: World, task: Task) -> None:
    entered(world, ladder=Ladder((7, 3, 1), 2, 4).stored())
    seen = []
    for day in (16, 18, 19, 22, 23, 24, 25, 26, 27, 28, 29):
        at(world, 6, day)
        before = len(told(world))
        remind(world)
        remind(world)
        seen += [day] * (len(told(world)) - before)
    assert seen == [18, 25, 29]
    assert set(told(world)[1:]) == {"soon"}


def test_what_was_missed_is_one_reminder(world: World, task: Task) -> None:
    entered(world, ladder=Ladder((7, 3, 1), 2, 4).stored())
    at(world, 6, 29)
    remind(world)
    remind(world)
    assert told(world) == ["opened-dated", "soon"]


def test_the_head_is_told_when_the_ladder_says(world: World, task: Task) -> None:
    entered(world, ladder=Ladder((3,), 1, 2).stored())
    at(world, 7, 1)
    remind(world)
    assert told(world, "head") == ["head"]
    assert told(world, "office", -1) == told(world, "leader", -1) == []


def test_a_ladder_of_one_campaign_leaves_others_alone(world: World, office: Actor, task: Task) -> None:
    with world.workshop.writing() as work:
        other = world.opening(world.units[2:3])
        campaigns.open_campaign(office, work, type(other)(**{**_fields(other), "title": "另一轮"}), "other")
    world.drain()
    entry = select(ScheduleEntry.id).where(ScheduleEntry.campaign_id == task.campaign_id)
    with world.workshop.writing() as work:
        stored = Ladder((10,), 3, 3).stored()
        work.session.execute(update(ScheduleEntry).where(ScheduleEntry.id.in_(entry)).values(ladder=stored))
    remind(world)
    at(world, 6, 17)
    remind(world)
    assert told(world) == ["opened-dated", "soon"]
    assert told(world, unit=2) == ["opened-dated"]


def _fields(opening: object) -> dict[str, object]:
    return {name: getattr(opening, name) for name in opening.__dataclass_fields__}  # type: ignore[attr-defined]


def test_a_moved_date_begins_the_days_again(world: World, office: Actor, task: Task) -> None:
    entered(world, ladder=Ladder((7, 1), 3, 3).stored())
    at(world, 6, 29)
    remind(world)
    assert task.campaign_id is not None
    with world.workshop.writing() as work:
        dates.move_deadline(office, work, task.campaign_id, "submit", end_of_day(date(2026, 7, 31), ZONE))
    for day in (22, 30):
        at(world, 7, day)
        remind(world)
    assert told(world) == ["opened-dated", "soon", "soon", "soon"]


def test_who_was_reminded_is_not_looked_at_again(world: World, task: Task) -> None:
    """Between two days of the ladder no task is read: the question is answered by the database."""
    entered(world, ladder=Ladder((7, 3, 1), 2, 4).stored())
    at(world, 6, 19)
    remind(world)
    with world.workshop.reading() as work:
        now = reminding.now_of(work)
        wanted = select(Task.id).where(Task.state == "open", reminding.candidates(work, now))
        assert work.session.scalars(wanted).all() == []


def test_the_system_drafts_by_the_ladder_and_sends_nothing_upwards(world: World, office: Actor, task: Task) -> None:
    entered(world, ladder=Ladder((3,), 1, 1, ("head",)).stored())
    for day in (1, 2, 3, 20, 31):
        at(world, 7, day)
        remind(world)
        with world.workshop.writing() as work:
            work.jobs.enqueue(work.session, DRAFT_JOB, "tick", {})
        world.drain()
        with world.workshop.reading() as work:
            orders = work.session.scalars(select(SupervisionOrder)).all()
            assert len(orders) == (0 if day == 1 else 2)
            assert {(each.state, each.number, each.by_system) for each in orders} <= {(OrderState.DRAFT, None, True)}
    units = {world.units[0].id, world.units[1].id}
    with world.workshop.reading() as work:
        inside = {who for (unit, _), (who, _) in world.people.items() if unit in units}
        assert set(work.session.scalars(select(Notification.person_id))) <= inside


# --- sprint windows ---------------------------------------------------------------------------------------------------


def days_told(world: World, days: Iterator[date]) -> list[date]:
    found = []
    for day in days:
        at(world, day.month, day.day)
        before = told(world)
        remind(world)
        remind(world)
        after = told(world)
        assert len(after) - len(before) <= 1
        found += [day] * (len(after) - len(before))
    return found


def span(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def test_in_the_window_every_working_day_has_its_reminder_over_a_holiday(world: World, task: Task) -> None:
    """14 days before 30 June is the 16th; the 19th is the Dragon Boat Festival."""
    entered(world, sprint=SPRINT)
    found = days_told(world, span(date(2026, 6, 12), DUE))
    assert [each.day for each in found] == [16, 17, 18, 22, 23, 24, 25, 26, 29, 30]
    assert set(told(world)[1:]) == {"sprint", "soon", "today"}


def test_a_window_reaches_over_the_end_of_a_month(world: World, office: Actor, task: Task) -> None:
    entered(world, sprint=SPRINT)
    assert task.campaign_id is not None
    with world.workshop.writing() as work:
        dates.move_deadline(office, work, task.campaign_id, "submit", end_of_day(date(2026, 7, 8), ZONE))
    found = days_told(world, span(date(2026, 6, 22), date(2026, 7, 8)))
    assert found[0] == date(2026, 6, 24)
    assert {each.month for each in found} == {6, 7}
    assert all(each.weekday() < 5 for each in found)


def test_a_date_that_moves_ends_its_window_early(world: World, office: Actor, task: Task) -> None:
    entered(world, sprint=SPRINT)
    days_told(world, span(date(2026, 6, 16), date(2026, 6, 18)))
    assert task.campaign_id is not None
    with world.workshop.writing() as work:
        dates.move_deadline(office, work, task.campaign_id, "submit", end_of_day(date(2026, 8, 31), ZONE))
        assert window_for(work, task.campaign_id, task.unit_id) is None
    assert days_told(world, span(date(2026, 6, 22), date(2026, 6, 26))) == []
    assert days_told(world, span(date(2026, 8, 14), date(2026, 8, 18))) == [date(2026, 8, 17), date(2026, 8, 18)]


def test_a_unit_with_a_date_of_its_own_has_a_window_of_its_own(world: World, office: Actor, task: Task) -> None:
    entered(world, sprint=SPRINT)
    assert task.campaign_id is not None
    with world.workshop.writing() as work:
        unit_id = world.units[0].id
        participant = work.session.scalars(select(Participant.id).where(Participant.unit_id == unit_id)).one()
        later = end_of_day(date(2026, 7, 31), ZONE)
        campaigns.override_deadline(office, work, task.campaign_id, participant, "submit", later, "搬迁")
    at(world, 6, 17)
    remind(world)
    assert told(world) == ["opened-dated"]
    assert told(world, unit=1) == ["opened-dated", "sprint"]
    at(world, 7, 20)
    remind(world)
    assert told(world)[-1] == "sprint"


def test_on_days_off_of_the_unit_nobody_is_reminded(world: World, task: Task) -> None:
    entered(world, sprint=SPRINT)
    with world.workshop.writing() as work:
        off = {"from_on": date(2026, 6, 16), "until_on": date(2026, 6, 24), "works": False, "name": "停工"}
        row = CalendarPeriod(id=work.ids.new(), unit_kind="organ", added_by="x", added_at=work.now, **off)
        work.session.add(row)
    found = days_told(world, span(date(2026, 6, 16), date(2026, 6, 26)))
    assert found == [date(2026, 6, 25), date(2026, 6, 26)]


def test_lights_turn_yellow_earlier_in_the_window_alone(world: World, task: Task) -> None:
    entered(world, sprint=SPRINT)
    for day, light in ((15, Light.GREEN), (16, Light.GREEN), (17, Light.YELLOW)):
        at(world, 6, day)
        with world.workshop.reading() as work:
            of = (task.campaign_id, task.unit_id)
            assert light_of(work, task.due_at, "organ", ZONE, of) is light
            assert light_of(work, task.due_at, "organ", ZONE) is Light.GREEN


def test_the_banner_is_for_the_units_own_people_and_goes_with_the_work(world: World, office: Actor, task: Task) -> None:
    entered(world, sprint=SPRINT)
    liaison, other = world.actor(world.units[0], "liaison"), world.actor(world.units[2], "liaison")

    def shown(actor: Actor, unit: int = 0) -> list[tuple[int, int]]:
        with world.workshop.reading() as work:
            found = sprints_of(actor, work, world.units[unit].id)
            return [(each.days, each.count) for each in found]

    at(world, 6, 15)
    assert shown(liaison) == []
    at(world, 6, 16)
    assert shown(liaison) == shown(office) == [(14, 1)]
    assert shown(other) == shown(other, 2) == []
    at(world, 6, 30)
    assert shown(liaison) == [(0, 1)]
    world.do(liaison, task.id, summary="已完成")
    assert shown(liaison) == []


def test_a_tightened_ladder_reminds_from_then_on(world: World, office: Actor, task: Task) -> None:
    assert task.campaign_id is not None
    at(world, 6, 17)
    remind(world)
    assert told(world) == ["opened-dated"]
    typed = {"remind_before": "10、3", "head_after": "1", "order_after": "2"}
    with world.workshop.writing() as work:
        tightening.tighten(office, work, task.campaign_id, "submit", typed, "上级要求")
    remind(world)
    assert told(world) == ["opened-dated", "soon"]


def test_many_lights_cost_no_more_statements_than_one(world: World, office: Actor, task: Task) -> None:
    """Windows and ladders are read once in a unit of work, whatever the number of tasks."""
    entered(world, sprint=SPRINT, ladder=Ladder((7, 3), 2, 4).stored())
    at(world, 6, 16)
    counts = []
    with world.workshop.reading() as work:

        def count(*_: object) -> None:
            counts.append(1)

        event.listen(world.workshop.engine, "before_cursor_execute", count)
        try:
            for _ in range(50):
                light_of(work, task.due_at, "organ", ZONE, (task.campaign_id, task.unit_id))
        finally:
            event.remove(world.workshop.engine, "before_cursor_execute", count)
    assert len(counts) <= 6
