"""A campaign tells people earlier than its scheme, never later; no date goes beyond what the notice has fixed."""

from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from server.actor import SYSTEM
from server.audit.models import AuditRow
from server.campaigns import moving, tightening
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign, Participant
from server.deadlines.models import ScheduleEntry
from server.deadlines.operations import end_of_day
from server.errors import Invalid, NotAllowed, NotFound
from server.schemes import operations as schemes
from server.schemes.ladder import Ladder
from server.schemes.package import read_folder
from server.tasks import dates
from tests.web.site import CHEAP, make_site, words
from tests.world import PACKAGES, World

ZONE = "Asia/Shanghai"
TIGHTER = {"remind_before": "7，3、1", "head_after": "1", "order_after": "2"}


@pytest.fixture
def campaign(world: World) -> Campaign:
    return world.open_campaign(world.units[:1])


def tighten(
    world: World, campaign: Campaign, typed: dict[str, str], reason: str = "上级要求", key: str = "submit"
) -> None:
    with world.workshop.writing() as work:
        tightening.tighten(world.actor(world.authority, "office"), work, campaign.id, key, typed, reason)


def now(world: World, campaign: Campaign) -> Ladder:
    with world.workshop.reading() as work:
        return tightening.ladders(work, campaign)["submit"].now


def test_it_is_tightened_with_a_reason_and_recorded(world: World, campaign: Campaign) -> None:
    tighten(world, campaign, TIGHTER)
    tighten(world, campaign, TIGHTER)
    assert now(world, campaign) == Ladder((7, 3, 1), 1, 2)
    with world.workshop.reading() as work:
        (row,) = work.session.scalars(select(AuditRow).where(AuditRow.verb == "ladder:tightened"))
        assert (row.details["reason"], row.details["from"]["head"], row.details["to"]["head"]) == ("上级要求", 3, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"remind_before": "2"}, "remind_before"),
        ({"head_after": "4"}, "head_after"),
        ({"order_after": "4"}, "order_after"),
        ({"head_after": "3", "order_after": "2"}, "head_after"),
        ({"remind_before": "", "head_after": " ", "order_after": ""}, "remind_before"),
        ({"remind_before": "七"}, "remind_before"),
        ({"remind_before": "3.5"}, "remind_before"),
        ({"remind_before": "0"}, "remind_before"),
        ({"remind_before": "9" * 50}, "remind_before"),
        ({"head_after": "-1"}, "head_after"),
        ({"head_after": "1 2"}, "head_after"),
        ({"order_after": "<b>"}, "order_after"),
        ({"order_after": "³"}, "order_after"),
    ],
)
def test_what_is_looser_or_no_number_is_refused_at_its_field(
    world: World, campaign: Campaign, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        tighten(world, campaign, TIGHTER | changes)
    assert field in refused.value.fields
    assert now(world, campaign) == Ladder()


def test_it_may_go_back_to_the_schemes_own_and_no_further(world: World, campaign: Campaign) -> None:
    tighten(world, campaign, TIGHTER)
    tighten(world, campaign, {"remind_before": "3", "head_after": "3", "order_after": "3"})
    assert now(world, campaign) == Ladder()


def test_what_is_left_empty_stays(world: World, campaign: Campaign) -> None:
    tighten(world, campaign, {"head_after": "1"})
    tighten(world, campaign, {"remind_before": "5 3"})
    assert now(world, campaign) == Ladder((5, 3), 1, 3)


def test_who_may_not_and_what_is_not_there(world: World, campaign: Campaign) -> None:
    with pytest.raises(Invalid):
        tighten(world, campaign, TIGHTER, reason=" ")
    with pytest.raises(NotFound):
        tighten(world, campaign, TIGHTER, key="never")
    for unit, kind in ((world.units[0], "liaison"), (world.authority, "leader")):
        with pytest.raises((NotFound, NotAllowed)), world.workshop.writing() as work:
            tightening.tighten(world.actor(unit, kind), work, campaign.id, "submit", TIGHTER, "自行决定")
    assert now(world, campaign) == Ladder()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_on_the_page_what_was_typed_comes_back(
    world: World, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr("server.identity.passwords._hasher", CHEAP)
    site = make_site(world)
    office, page = site.visitor(world.authority, "office", language), f"/campaigns/{campaign.id}"
    address = f"{page}/ladder"
    looser = {"key": "submit", **TIGHTER, "head_after": "9", "reason": "放宽<一点>", "_back": page}
    assert site.post(office, address, **looser).status_code == 303
    shown = office.get(page).get_data(as_text=True)
    assert 'value="9"' in shown
    assert "放宽&lt;一点&gt;" in shown
    assert now(world, campaign) == Ladder()
    assert site.post(office, address, key="submit", **TIGHTER, reason="上级要求").status_code == 303
    assert {"zh-CN": "已收紧", "en": "Tightened"}[language] in words(office.get(page))
    assert site.post(office, address, **TIGHTER, reason="上级要求").status_code == 422
    liaison = site.visitor(world.units[0], "liaison", language)
    assert site.post(liaison, address, key="submit", **TIGHTER, reason="自行决定").status_code in (403, 404)


# --- dates that the notice has fixed ----------------------------------------------------------------------------------


def bind(world: World, day: date = date(2026, 6, 30)) -> datetime:
    latest = end_of_day(day, ZONE)
    with world.workshop.writing() as work:
        work.session.execute(update(ScheduleEntry).values(latest_at=latest, source="notice:63"))
    return latest


def test_a_fixed_date_may_come_earlier_and_never_later(world: World, campaign: Campaign) -> None:
    latest, office = bind(world), world.actor(world.authority, "office")
    later, earlier = end_of_day(date(2026, 7, 1), ZONE), end_of_day(date(2026, 6, 20), ZONE)
    why = {"reason": "汛期", "basis": "市政府通知"}
    with world.workshop.writing() as work:
        with pytest.raises(Invalid) as refused:
            moving.look(office, work, campaign.id, "submit", later)
        with pytest.raises(Invalid):
            moving.move(office, work, campaign.id, "submit", later, why, seen=latest)
        with pytest.raises(Invalid):
            campaigns.move_deadline(office, work, campaign.id, "submit", later, "汛期")
        participant = work.session.scalars(select(Participant.id)).one()
        with pytest.raises(Invalid):
            campaigns.override_deadline(office, work, campaign.id, participant, "submit", later, "搬迁")
    assert (refused.value.message.key, refused.value.message.args["line"]) == ("deadlines-bound-line", "63")
    with world.workshop.writing() as work:
        moving.move(office, work, campaign.id, "submit", earlier, why, seen=latest)
    with world.workshop.writing() as work:
        moving.move(office, work, campaign.id, "submit", latest, why, seen=earlier)


def test_nor_does_a_single_task_get_more_time(world: World, campaign: Campaign) -> None:
    bind(world)
    liaison, office = world.actor(world.units[0], "liaison"), world.actor(world.authority, "office")
    task = world.inbox(liaison)[0]
    for day in (date(2026, 7, 1), date(2027, 1, 5)):
        with world.workshop.writing() as work, pytest.raises(Invalid):
            dates.extend(office, work, task.id, end_of_day(day, ZONE), "材料未到")
        with world.workshop.writing() as work, pytest.raises(Invalid):
            dates.ask_for_time(liaison, work, task.id, end_of_day(day, ZONE), "材料未到")


def test_no_campaign_opens_beyond_the_notice(world: World) -> None:
    """The scheme with its date marked as fixed by the notice, line 63."""
    read = read_folder(PACKAGES / "rounds")
    rule = 'rule = { kind = "yearly", month = 6, day = 30 }\nsource = "default"'
    fixed = 'rule = { kind = "yearly", month = 6, day = 30 }\nbound = true\nsource = "notice"\nline = 63'
    text = read.files["scheme.toml"].decode()
    assert rule in text
    read.files["scheme.toml"] = text.replace(rule, fixed).encode()
    with world.workshop.writing() as work:
        world.versions["rounds"] = schemes.install(SYSTEM, work, read).id
    opening = world.opening(world.units[:1])
    late = replace(opening, dates={"submit": end_of_day(date(2026, 7, 1), ZONE)})
    office = world.actor(world.authority, "office")
    with world.workshop.writing() as work, pytest.raises(Invalid) as refused:
        campaigns.open_campaign(office, work, late, uuid4().hex)
    assert [each.key for each in refused.value.fields["date.submit"]] == ["deadlines-bound-line"]
    early = replace(opening, dates={"submit": end_of_day(date(2026, 6, 1), ZONE)})
    with world.workshop.writing() as work:
        campaigns.open_campaign(office, work, early, uuid4().hex)
        entry = work.session.scalars(select(ScheduleEntry)).one()
        assert entry.latest_at == end_of_day(date(2026, 6, 30), ZONE)
