"""Clocks and places: zones, hours that are put forward and back, leap years, unpublished years, a clock set back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from server.campaigns import operations as campaigns
from server.deadlines import jobs
from server.deadlines.models import ScheduleEntry, Timer
from server.deadlines.rules import Calendar, lights, worked_ago
from server.notifications.models import Notification
from server.organisation.models import Unit
from server.ports import Clock, VirtualClock
from server.schemes.schedule_rules import (
    Days,
    DaysAfter,
    Fixed,
    MonthEnd,
    Relative,
    Yearly,
    after_working_days,
    count,
    end_of_day,
    propose,
)
from server.tasks.jobs import REMIND
from server.tasks.models import Task
from server.tasks.rules import Light, light
from server.verify import verify
from tests.deadlines.test_firing import PARAMETERS, PUBLISHED, fire, fired, season, submit, titles
from tests.world import World

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
WORKS = Calendar().works


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        (date(2026, 3, 28), BERLIN, datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC)),
        (date(2026, 3, 29), BERLIN, datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)),
        (date(2026, 10, 24), BERLIN, datetime(2026, 10, 24, 21, 59, 59, tzinfo=UTC)),
        (date(2026, 10, 25), BERLIN, datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)),
        (date(2026, 10, 25), SHANGHAI, datetime(2026, 10, 25, 15, 59, 59, tzinfo=UTC)),
        (date(2026, 10, 25), KATHMANDU, datetime(2026, 10, 25, 18, 14, 59, tzinfo=UTC)),
        (date(2026, 12, 31), ZoneInfo("Pacific/Auckland"), datetime(2026, 12, 31, 10, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_day_ends_in_its_own_zone_whatever_the_server_says(day: date, zone: ZoneInfo, instant: datetime) -> None:
    assert end_of_day(day, zone) == instant


def test_days_of_23_and_of_25_hours_are_one_day_each() -> None:
    ends = [end_of_day(date(2026, month, day), BERLIN) for month, day in ((3, 28), (3, 29), (10, 24), (10, 25))]
    assert (ends[1] - ends[0], ends[3] - ends[2]) == (timedelta(hours=23), timedelta(hours=25))
    days = Days(BERLIN, {})
    for start, until in ((date(2026, 3, 27), date(2026, 3, 30)), (date(2026, 10, 23), date(2026, 10, 26))):
        noon = datetime(start.year, start.month, start.day, 12, tzinfo=BERLIN)
        assert propose(DaysAfter("task.opened", 3), 2026, days, {"task.opened": noon}) == end_of_day(until, BERLIN)


def test_an_hour_that_comes_twice_belongs_to_its_day_both_times() -> None:
    """Half past two on the night the clocks go back, before and after."""
    days = Days(BERLIN, {})
    for fold in (0, 1):
        opened = datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=BERLIN).astimezone(UTC)
        due = propose(DaysAfter("task.opened", 1), 2026, days, {"task.opened": opened})
        assert due == datetime(2026, 10, 26, 22, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(("year", "last"), [(2024, 29), (2025, 28), (2026, 28), (2028, 29), (2029, 28), (2100, 28)])
def test_the_end_of_february_goes_from_leap_year_to_other_years_and_back(year: int, last: int) -> None:
    for rule in (Yearly(2, 29), MonthEnd(2), Fixed(date(2024, 2, 29), follow_year=True)):
        assert propose(rule, year, Days(SHANGHAI, {}), {}) == end_of_day(date(year, 2, last), SHANGHAI)


def test_months_from_the_29th_of_february_and_from_ends_of_months() -> None:
    days = Days(SHANGHAI, {})
    for start, months, until in (
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 8, 31), 1, date(2026, 9, 30)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ):
        assert count(end_of_day(start, SHANGHAI), [[0, months, False]], days) == end_of_day(until, SHANGHAI)


def test_a_weekend_worked_instead_counts_as_the_working_day_that_it_is() -> None:
    """Saturday 14 February 2026 is worked for the New Year's days that follow it."""
    assert after_working_days(WORKS, date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert after_working_days(WORKS, date(2026, 2, 14), 1) == date(2026, 2, 24)
    assert after_working_days(WORKS, date(2026, 2, 24), -1) == date(2026, 2, 14)
    rule = Relative("self", -2, working=True)
    anchors = {"self": end_of_day(date(2026, 10, 12), SHANGHAI)}
    assert propose(rule, 2026, Days(SHANGHAI, {}, WORKS), anchors) == end_of_day(date(2026, 10, 9), SHANGHAI)
    due, saturday = end_of_day(date(2026, 2, 13), SHANGHAI), datetime(2026, 2, 14, 1, 0, tzinfo=UTC)
    assert light(due, lights(Calendar(), saturday, SHANGHAI)) is Light.RED


def test_into_a_year_that_is_not_published_weekends_alone_are_free() -> None:
    unknown = next(year for year in range(2026, 2100) if not Calendar().is_known(year))
    friday = next(
        day for day in (date(unknown, 5, 1) + timedelta(days=each) for each in range(7)) if day.weekday() == 4
    )
    assert after_working_days(WORKS, friday, 1) == friday + timedelta(days=3)
    last = date(unknown - 1, 12, 31)
    assert after_working_days(WORKS, last, 1).year == unknown
    now = end_of_day(last, SHANGHAI)
    assert lights(Calendar(), now, SHANGHAI).yellow_until > now
    assert worked_ago(Calendar(), end_of_day(date(unknown, 1, 10), SHANGHAI), SHANGHAI, "", 10) < now


# --- an authority abroad ----------------------------------------------------------------------------------------------


@pytest.fixture
def abroad(world: World) -> World:
    """The same authority, in Berlin, with a campaign whose dates are those of its place."""
    with world.workshop.writing() as work:
        work.session.execute(update(Unit).where(Unit.id == world.authority.id).values(zone="Europe/Berlin"))
    opening = world.opening(scheme="seasons", parameters=PARAMETERS)
    with world.workshop.writing() as work:
        dates = campaigns.propose_dates(work, opening.scheme_version_id, 2026, "Europe/Berlin", {})
        campaigns.open_campaign(world.actor(world.authority, "office"), work, replace(opening, dates=dates), "abroad")
    world.drain()
    return world


def test_a_campaign_abroad_ends_its_days_there(abroad: World) -> None:
    """10 April ends in Berlin at 22 o'clock of a server in UTC, six hours after Shanghai's."""
    submit(abroad, 0)
    abroad.clock.move_to(PUBLISHED)
    fire(abroad)
    assert fired(abroad) == []
    abroad.clock.move_to(datetime(2026, 4, 10, 21, 59, 58, tzinfo=UTC))
    fire(abroad)
    assert titles(abroad, 0) == []
    abroad.later(seconds=1)
    assert titles(abroad, 0) == ["确认"]
    with abroad.workshop.reading() as work:
        assert set(work.session.scalars(select(ScheduleEntry.zone))) == {"Europe/Berlin"}
        (due,) = work.session.scalars(select(Task.due_at).where(Task.element_id == "Confirm"))
    assert due == datetime(2026, 4, 20, 21, 59, 59, tzinfo=UTC)


def test_days_after_an_event_pass_over_the_night_when_the_clocks_go_back(abroad: World) -> None:
    submit(abroad, 0)
    abroad.clock.move_to(datetime(2026, 10, 20, 8, 0, tzinfo=UTC))
    fire(abroad)
    with abroad.workshop.reading() as work:
        (due,) = work.session.scalars(select(Task.due_at).where(Task.element_id == "Confirm"))
    assert due == datetime(2026, 10, 30, 22, 59, 59, tzinfo=UTC)


# --- a clock that is set back -----------------------------------------------------------------------------------------


class SetBack(VirtualClock):
    """A clock that somebody has set wrong and then right again."""

    def set(self, instant: datetime) -> None:
        self._now = instant


def with_clock(world: World, clock: Clock) -> World:
    workshop = replace(world.workshop, clock=clock)
    return replace(world, application=replace(world.application, workshop=workshop), clock=clock)


def test_a_clock_that_is_set_back_does_nothing_a_second_time(world: World) -> None:
    season(world)
    submit(world, 0, 1)
    clock = SetBack(world.clock.now())
    world = with_clock(world, clock)
    clock.set(PUBLISHED + timedelta(days=2))
    for instant in (clock.now(), PUBLISHED - timedelta(hours=1), PUBLISHED + timedelta(minutes=1)):
        clock.set(instant)
        with world.workshop.writing() as work:
            work.jobs.enqueue(work.session, REMIND, "tick", {})
        fire(world)
    assert len(fired(world)) == 2
    assert [titles(world, unit) for unit in (0, 1)] == [["确认"], ["确认"]]
    clock.set(PUBLISHED - timedelta(hours=1))
    liaison = world.actor(world.units[0], "liaison")
    world.do(liaison, world.inbox(liaison)[0].id, summary="做法")
    with world.workshop.reading() as work:
        keys = work.session.execute(select(Notification.person_id, Notification.message, Notification.about_id)).all()
        assert len(keys) == len(set(keys))
        assert jobs.operations.claim_due(work, 10) == []
        assert work.session.scalars(select(Timer.id).where(Timer.fired_at > PUBLISHED + timedelta(days=3))).all() == []
    assert verify(world.application) == []
