"""What moving a date would do is told before; a campaign is stricter than its scheme, never milder."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.audit.models import AuditRow
from server.campaigns import moving
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign, Participant
from server.deadlines.models import ScheduleEntry
from server.deadlines.operations import end_of_day
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.schemes.definition import Late
from server.tasks import lateness
from server.tasks.models import Task
from server.tasks.rules import Light
from tests.assessments.conftest import gaoping, opened
from tests.assessments.support import Gaoping
from tests.web.site import CHEAP, make_site, words
from tests.world import World

__all__ = ["gaoping", "opened"]
LATER = end_of_day(date(2026, 7, 15), "Asia/Shanghai")
WHY = {"reason": "汛期", "basis": "市政府第5次常务会议"}


@pytest.fixture
def campaign(world: World) -> Campaign:
    return world.open_campaign()


def look(world: World, campaign: Campaign, due_at: datetime = LATER) -> moving.Moving:
    with world.workshop.reading() as work:
        return moving.look(world.actor(world.authority, "office"), work, campaign.id, "submit", due_at)


def dues(world: World) -> set[datetime | None]:
    with world.workshop.reading() as work:
        return set(work.session.scalars(select(Task.due_at).where(Task.deadline_key == "submit")))


def test_what_would_move_is_counted_and_nothing_moves(world: World, campaign: Campaign) -> None:
    before = dues(world)
    with world.workshop.writing() as work:
        participant = work.session.scalars(select(Participant.id).where(Participant.number == 1)).one()
        office = world.actor(world.authority, "office")
        campaigns.override_deadline(office, work, campaign.id, participant, "submit", LATER, "搬迁")
    found = look(world, campaign, world.clock.now() - timedelta(hours=1))
    assert (found.tasks, found.unit_count, found.kept_units, found.kept_tasks) == (2, 2, 1, 1)
    assert found.units == ("示例单位02", "示例单位03")
    assert {light: (was, now) for light, was, now in found.lights} == {
        Light.RED: (0, 2),
        Light.YELLOW: (0, 0),
        Light.GREEN: (2, 0),
    }
    assert before <= dues(world)


def test_it_moves_as_was_shown_with_authority_and_reason(world: World, campaign: Campaign) -> None:
    office = world.actor(world.authority, "office")
    seen = look(world, campaign).before
    with world.workshop.writing() as work:
        moving.move(office, work, campaign.id, "submit", LATER, WHY, seen=seen)
    assert dues(world) == {LATER.astimezone(UTC)}
    with world.workshop.reading() as work:
        (details,) = work.session.scalars(select(AuditRow.details).where(AuditRow.verb == "deadline:moved"))
        assert (details["reason"], details["basis"]) == ("汛期", "市政府第5次常务会议")
    with pytest.raises(Conflict), world.workshop.writing() as work:
        moving.move(office, work, campaign.id, "submit", LATER + timedelta(days=1), WHY, seen=seen)


def test_who_may_not_move_a_date_does_not_see_what_would_follow(world: World, campaign: Campaign) -> None:
    for unit, kind, error in ((0, "liaison", NotFound), (None, "leader", NotFound)):
        actor = world.actor(world.authority if unit is None else world.units[unit], kind)
        with pytest.raises((error, NotAllowed)), world.workshop.reading() as work:
            moving.look(actor, work, campaign.id, "submit", LATER)
    with pytest.raises(NotFound), world.workshop.reading() as work:
        moving.look(world.actor(world.authority, "office"), work, campaign.id, "nothing", LATER)


def tighten(world: World, campaign: Campaign, late: Late, reason: str = "上级要求") -> None:
    with world.workshop.writing() as work:
        moving.tighten(world.actor(world.authority, "office"), work, campaign.id, "submit", late, reason)


def is_refused(world: World) -> str:
    liaison = world.actor(world.units[0], "liaison")
    (task,) = world.inbox(liaison)
    with world.workshop.reading() as work:
        found = lateness.too_late(liaison, work, work.session.get_one(Task, task.id), world.versions["rounds"])
    return found.key if found is not None else ""


def test_a_campaign_is_stricter_than_its_scheme_and_back_but_never_milder(world: World, campaign: Campaign) -> None:
    world.clock.advance(timedelta(days=150))
    assert is_refused(world) == ""
    tighten(world, campaign, Late.ASK)
    assert is_refused(world) == "task-too-late-ask"
    tighten(world, campaign, Late.REFUSE)
    assert is_refused(world) == "task-too-late"
    tighten(world, campaign, Late.ACCEPT)
    assert is_refused(world) == ""
    with pytest.raises(Invalid):
        tighten(world, campaign, Late.ASK, " ")
    assert [late for late in Late if late not in moving.stricter(Late.REFUSE)] == [Late.ACCEPT, Late.ASK]


def test_milder_than_the_scheme_is_refused(world: World, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "STRICTNESS", (Late.REFUSE, Late.ACCEPT, Late.ASK))
    with pytest.raises(Invalid):
        tighten(world, campaign, Late.REFUSE)


def test_dates_that_count_from_it_are_offered_and_move_only_when_chosen(gaoping: Gaoping) -> None:
    workshop, campaign, office = gaoping.world.workshop, gaoping.campaign, gaoping.office
    due_at = end_of_day(date(2026, 11, 15), "Asia/Shanghai")
    with workshop.reading() as work:
        found = moving.look(office, work, campaign.id, "self_assessment", due_at)
        followers = {each.key: each for each in found.followers}
        assert followers["completion"].proposed == end_of_day(date(2026, 10, 31), "Asia/Shanghai")
        before = {each.key: each.due_at for each in work.session.scalars(select(ScheduleEntry))}
    with pytest.raises(Conflict), workshop.writing() as work:
        moving.move(office, work, campaign.id, "self_assessment", due_at, WHY, seen=found.before, along=["nothing"])
    with workshop.writing() as work:
        moving.move(office, work, campaign.id, "self_assessment", due_at, WHY, seen=found.before, along=["completion"])
    with workshop.reading() as work:
        after = {each.key: each.due_at for each in work.session.scalars(select(ScheduleEntry))}
    changed = {key for key, due in after.items() if due != before[key]}
    assert changed == {"self_assessment", "completion"}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_page_shows_first_and_moves_after(
    world: World, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr("server.identity.passwords._hasher", CHEAP)
    site = make_site(world)
    office: FlaskClient = site.visitor(world.authority, "office", language)
    address = f"/campaigns/{campaign.id}/deadlines/submit"
    shown = site.post(office, address, day="2026-07-15", look="1", **WHY)
    assert shown.status_code == 200
    assert "市政府第5次常务会议" in words(shown)
    assert LATER.astimezone(UTC) not in dues(world)
    missing = site.post(office, address, day="2026-07-15", look="1", reason="汛期", basis="")
    assert missing.status_code == 422
    unseen = site.post(office, address, day="2026-07-15", **WHY)
    assert unseen.status_code == 200
    assert LATER.astimezone(UTC) not in dues(world)
    (seen,) = {each for each in dues(world) if each}
    for lacking in ({"reason": "汛期"}, {"basis": "通知"}, {**WHY, "basis": "  "}):
        direct = {"day": "2026-07-15", "seen": seen.isoformat(), **lacking}
        assert site.post(office, address, **direct).status_code == 422
    assert dues(world) == {seen}
    assert site.post(office, address, day="2026-07-15", seen=seen.isoformat(), **WHY).status_code == 303
    assert dues(world) == {LATER.astimezone(UTC)}
    assert site.post(office, f"{address}/late", late="ask", reason="上级要求").status_code == 303
    assert site.post(office, f"{address}/late", late="<b>", reason="上级要求").status_code == 422
    assert office.get(f"/campaigns/{campaign.id}").status_code == 200
