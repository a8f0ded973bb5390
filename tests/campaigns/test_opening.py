"""Opening a campaign: everything in the way is said at once; it opens once, and goes on where it was stopped."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from server.actor import Actor
from server.audit.queries import check_chains
from server.campaigns import jobs as campaign_jobs
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign, CampaignState, Participant
from server.campaigns.rules import Opening
from server.deadlines.models import ScheduleEntry
from server.errors import Invalid, NotAllowed
from server.organisation.models import Unit
from server.processes import jobs as process_jobs
from server.processes.models import FanOut, FanOutItem, ProcessInstance
from server.tasks.models import Task
from tests.world import World

GOOD = {"grace": "10", "share": "25", "day": "2026-04-01", "place": "礼堂", "scale": "small"}


def opening(world: World, **changes: Any) -> Opening:
    return replace(world.opening(scheme="seasons", parameters=GOOD), **changes)


def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


def open_(world: World, wanted: Opening, key: str = "", actor: Actor | None = None) -> UUID:
    with world.workshop.writing() as work:
        return campaigns.open_campaign(actor or office(world), work, wanted, key or uuid4().hex).id


def refused(world: World, wanted: Opening) -> set[str]:
    """The fields that are named as wrong."""
    with pytest.raises(Invalid) as error:
        open_(world, wanted)
    with world.workshop.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(Campaign)) == 0
    return set(error.value.fields)


def with_date(world: World, key: str, due_at: datetime | None) -> Mapping[str, datetime | None]:
    return dict(opening(world).dates) | {key: due_at}


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_said_at_once(still_world: World) -> None:
    parameters = {"grace": "viel", "share": "100", "open": "x"}
    wanted = opening(still_world, title=" ", year=1900, participants=(), dates={}, parameters=parameters)
    assert refused(still_world, wanted) == {
        "title",
        "year",
        "participants",
        "date.submit",
        "date.publish",
        "date.close",
        "parameter.grace",
        "parameter.share",
        "parameter.open",
        "parameter.day",
        "parameter.place",
        "parameter.scale",
    }


@pytest.mark.parametrize("title", ["", "   ", "长" * 201])
def test_a_campaign_needs_a_title_of_bearable_length(still_world: World, title: str) -> None:
    assert refused(still_world, opening(still_world, title=title)) == {"title"}


@pytest.mark.parametrize("year", [0, -2026, 1999, 2101, 99999])
def test_a_year_lies_in_this_century(still_world: World, year: int) -> None:
    assert refused(still_world, opening(still_world, year=year)) == {"year"}


def test_a_date_that_is_not_given_is_missing(still_world: World) -> None:
    assert refused(still_world, opening(still_world, dates=with_date(still_world, "submit", None))) == {"date.submit"}


def test_dates_that_follow_from_an_event_are_not_asked_for(world: World) -> None:
    wanted = opening(world)
    assert {key for key, due_at in wanted.dates.items() if due_at is None} == {"confirm", "follow"}
    open_(world, wanted)


def test_a_date_before_the_start_is_impossible(still_world: World) -> None:
    before = datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)
    assert refused(still_world, opening(still_world, dates=with_date(still_world, "submit", before))) == {"date.submit"}


def test_a_date_on_the_first_day_is_possible(world: World) -> None:
    first = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)
    assert open_(world, opening(world, dates=with_date(world, "submit", first)))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("grace", ""),
        ("grace", "0"),
        ("grace", "61"),
        ("grace", "2.5"),
        ("grace", "ten"),
        ("grace", "１０"),
        ("grace", "1e1"),
        ("share", "0.4"),
        ("share", "99.6"),
        ("share", "NaN"),
        ("share", "Infinity"),
        ("share", "12,5"),
        ("open", "perhaps"),
        ("day", "2026-02-30"),
        ("day", "tomorrow"),
        ("place", "   "),
        ("scale", "huge"),
    ],
)
def test_a_parameter_of_the_wrong_kind_or_range_is_named(still_world: World, key: str, value: str) -> None:
    assert refused(still_world, opening(still_world, parameters=GOOD | {key: value})) == {f"parameter.{key}"}


def test_parameters_are_kept_in_their_kinds_with_the_schemes_default(world: World) -> None:
    campaign_id = open_(world, opening(world))
    with world.workshop.reading() as work:
        kept = work.session.get_one(Campaign, campaign_id).parameters
    assert kept == {
        "grace": 10,
        "share": "25",
        "open": True,
        "day": "2026-04-01",
        "place": "礼堂",
        "scale": "small",
    }


def test_a_campaign_without_participants_is_refused(still_world: World) -> None:
    assert refused(still_world, opening(still_world, participants=())) == {"participants"}


def test_a_unit_chosen_twice_is_refused(still_world: World) -> None:
    twice = (still_world.units[0].id, still_world.units[1].id, still_world.units[0].id)
    assert refused(still_world, opening(still_world, participants=twice)) == {"participants"}


def elsewhere(world: World) -> UUID:
    """A unit of another tree."""
    with world.workshop.writing() as work:
        unit_id = work.ids.new()
        work.session.add(Unit(id=unit_id, kind="root", code="other", name="别处", path=f"/{unit_id.hex}/"))
    return unit_id


def test_units_that_do_not_exist_or_lie_elsewhere_are_refused_with_all_else(world: World) -> None:
    strange = (world.units[0].id, uuid4(), elsewhere(world))
    assert refused(world, opening(world, participants=strange, title="")) == {"participants", "title"}


def test_a_closed_unit_is_refused(world: World) -> None:
    with world.workshop.writing() as work:
        work.session.execute(update(Unit).where(Unit.id == world.units[1].id).values(closed_on=date(2026, 3, 1)))
    assert refused(world, opening(world)) == {"participants"}


def test_a_unit_that_will_close_may_still_take_part(world: World) -> None:
    with world.workshop.writing() as work:
        work.session.execute(update(Unit).where(Unit.id == world.units[1].id).values(closed_on=date(2026, 12, 31)))
    assert open_(world, opening(world))


def test_two_campaigns_that_run_at_the_same_time_have_different_titles(world: World) -> None:
    world.open_campaign()
    with pytest.raises(Invalid) as error:
        open_(world, opening(world))
    assert set(error.value.fields) == {"title"}
    assert open_(world, opening(world, title="另一轮评比"))


@pytest.mark.parametrize("kind", ["verifier", "leader"])
def test_who_does_not_manage_campaigns_opens_none(still_world: World, kind: str) -> None:
    with pytest.raises(NotAllowed):
        open_(still_world, opening(still_world), actor=still_world.actor(still_world.authority, kind))


def test_a_unit_opens_no_campaign_in_the_authoritys_name(still_world: World) -> None:
    with pytest.raises(NotAllowed):
        open_(still_world, opening(still_world), actor=still_world.actor(still_world.units[0], "head"))


def test_participants_without_anybody_on_a_post_are_advice_and_no_obstacle(world: World) -> None:
    with world.workshop.writing() as work:
        unit_id = work.ids.new()
        path = f"{world.root_path}{unit_id.hex}/"
        parent = world.units[0].parent_id
        work.session.add(Unit(id=unit_id, parent_id=parent, kind="organ", code="bare", name="空局", path=path))
    wanted = opening(world, participants=(world.units[0].id, unit_id))
    with world.workshop.reading() as work:
        (advice,) = [each for each in campaigns.troubles(work, wanted) if each.field == "participants"]
    assert not advice.blocking
    assert advice.text.args == {"name": "空局"}
    assert open_(world, wanted)


def test_a_date_on_a_day_off_and_a_year_without_published_holidays_are_advice(world: World) -> None:
    national_day = datetime(2026, 10, 1, 15, 59, 59, tzinfo=UTC)
    far = datetime(2031, 10, 8, 15, 59, 59, tzinfo=UTC)
    wanted = opening(world, dates=with_date(world, "close", national_day))
    later = opening(world, dates=with_date(world, "close", far))
    with world.workshop.reading() as work:
        (rests,) = [each for each in campaigns.troubles(work, wanted) if each.field == "date.close"]
        (unknown,) = [each for each in campaigns.troubles(work, later) if each.text.key == "campaign-calendar-unknown"]
    assert (rests.text.args["day"], rests.text.args["next"]) == (date(2026, 10, 1), date(2026, 10, 8))
    assert unknown.text.args == {"year": "2031"}
    assert not rests.blocking
    assert not unknown.blocking
    assert open_(world, wanted)


# --- once -------------------------------------------------------------------------------------------------------------


def counted(world: World, what: type[Any]) -> int:
    with world.workshop.reading() as work:
        return work.session.scalar(select(func.count()).select_from(what)) or 0


def test_the_same_key_gives_the_same_campaign(world: World) -> None:
    assert open_(world, opening(world), "same") == open_(world, opening(world), "same")
    world.drain()
    assert (counted(world, Campaign), counted(world, Participant)) == (1, 3)


def test_the_same_key_twice_at_once_opens_one_campaign(any_world: World) -> None:
    world = any_world
    wanted, start = opening(world), threading.Barrier(2)
    results: list[object] = []

    def attempt() -> None:
        start.wait()
        try:
            results.append(open_(world, wanted, "same"))
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            results.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.drain()
    assert len(set(results)) == 1, results
    assert isinstance(results[0], UUID)
    assert (counted(world, Campaign), counted(world, Participant)) == (1, 3)


def test_opening_writes_the_schedule_with_rules_that_still_wait(world: World) -> None:
    open_(world, opening(world))
    with world.workshop.reading() as work:
        entries = {row.key: row for row in work.session.scalars(select(ScheduleEntry))}
        assert entries["close"].due_at == datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)
        assert (entries["confirm"].due_at, entries["confirm"].rule["steps"]) == (None, [[10, 0, False]])
        assert (entries["follow"].due_at, entries["follow"].rule["steps"]) == (None, [[10, 0, False], [5, 0, False]])
        assert {row.zone for row in entries.values()} == {"Asia/Shanghai"}


# --- resumable --------------------------------------------------------------------------------------------------------


def open_quietly(world: World) -> UUID:
    """Open a campaign and let its jobs be lost."""
    campaign_id = open_(world, opening(world))
    world.queue._waiting.clear()
    return campaign_id


def test_nothing_has_started_before_the_background_has_worked(world: World) -> None:
    campaign_id = open_quietly(world)
    assert counted(world, ProcessInstance) == 0
    with world.workshop.reading() as work:
        assert work.session.get_one(Campaign, campaign_id).state == CampaignState.OPENING


def test_the_starting_job_run_twice_starts_one_root(any_world: World) -> None:
    world = any_world
    campaign_id = open_quietly(world)
    for _ in range(2):
        with world.workshop.writing() as work:
            campaign_jobs.start(work, {"campaign": str(campaign_id)})
    world.drain()
    with world.workshop.reading() as work:
        roots = select(func.count()).where(ProcessInstance.parent_fan_out_id.is_(None))
        assert work.session.scalar(roots) == 1
        assert work.session.get_one(Campaign, campaign_id).state == CampaignState.RUNNING
    assert counted(world, Task) == 3


class Killed(Exception):
    """Stands for the end of a process in the middle of a batch."""


def test_a_starting_job_that_is_killed_leaves_nothing_and_is_run_again(world: World) -> None:
    campaign_id = open_quietly(world)

    def killed() -> None:
        with world.workshop.writing() as work:
            campaign_jobs.start(work, {"campaign": str(campaign_id)})
            raise Killed

    with pytest.raises(Killed):
        killed()
    assert counted(world, ProcessInstance) == 0
    world.queue._waiting.clear()
    with world.workshop.writing() as work:
        campaign_jobs.start(work, {"campaign": str(campaign_id)})
    world.drain()
    assert counted(world, Task) == 3


def test_filling_that_stops_after_the_first_chunk_goes_on(any_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = any_world
    monkeypatch.setattr(process_jobs, "CHUNK", 2)
    campaign_id = open_quietly(world)
    with world.workshop.writing() as work:
        campaign_jobs.start(work, {"campaign": str(campaign_id)})
    with world.workshop.reading() as work:
        fan_out = {"fan_out": str(work.session.scalars(select(FanOut.id)).one())}
    world.queue._waiting.clear()
    with world.workshop.writing() as work:
        assert process_jobs.fill(work, fan_out) == fan_out
    world.queue._waiting.clear()
    assert counted(world, Task) == 2
    with world.workshop.writing() as work:
        assert process_jobs.fill(work, fan_out) is None
    world.drain()
    assert counted(world, Task) == 3
    with world.workshop.reading() as work:
        assert set(work.session.scalars(select(FanOutItem.state))) == {"running"}
        assert work.session.scalars(select(FanOut.state)).one() == "open"
        assert check_chains(work) == []
