"""Pages of a campaign over HTTP: the board for who oversees it, dates for all, for one unit and for one task."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.campaigns.models import Campaign, Participant
from server.deadlines.models import ScheduleEntry
from server.organisation.models import Unit
from server.tasks.models import Task
from tests.web.conftest import _cheap_hashes, site
from tests.web.site import Site, words

__all__ = ["_cheap_hashes", "site"]


@pytest.fixture
def campaign(site: Site) -> Campaign:
    """A campaign of the first two units."""
    return site.world.open_campaign(site.world.units[:2])


@pytest.fixture
def office(site: Site) -> FlaskClient:
    return site.visitor(site.world.authority, "office")


def participant(site: Site, unit: int = 0) -> UUID:
    with site.world.workshop.reading() as work:
        where = Participant.unit_id == site.world.units[unit].id
        return work.session.scalars(select(Participant.id).where(where)).one()


def task(site: Site, unit: int = 0) -> UUID:
    return site.world.inbox(site.world.actor(site.world.units[unit], "liaison"))[0].id


def due(site: Site, unit: int = 0) -> datetime | None:
    with site.world.workshop.reading() as work:
        return work.session.get_one(Task, task(site, unit)).due_at


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_who_oversees_sees_the_board_and_a_participant_only_that_it_takes_part(
    site: Site, campaign: Campaign, office: FlaskClient
) -> None:
    address = f"/campaigns/{campaign.id}"
    assert "示例单位02" in words(office.get(address))
    seen = words(site.visitor(site.world.units[0], "liaison").get(address))
    assert "本单位参加了这项活动" in seen
    assert "示例单位02" not in seen


def test_a_unit_that_takes_no_part_finds_neither_list_entry_nor_page(site: Site, campaign: Campaign) -> None:
    outside = site.visitor(site.world.units[2], "liaison")
    assert campaign.title not in words(outside.get("/campaigns"))
    for address in (f"/campaigns/{campaign.id}", f"/tasks/{task(site)}"):
        assert outside.get(address).status_code == 404


def test_the_board_is_searched(site: Site, campaign: Campaign, office: FlaskClient) -> None:
    found = words(office.get(f"/campaigns/{campaign.id}?q=02"))
    assert "示例单位02" in found
    assert "没有符合条件的单位" in words(office.get(f"/campaigns/{campaign.id}?q=%25"))


def test_pages_are_drawn_in_english_too(site: Site, campaign: Campaign) -> None:
    client = site.visitor(site.world.authority, "office", "en")
    for address in (f"/campaigns/{campaign.id}", f"/campaigns/{campaign.id}/participants/{participant(site)}"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert 'lang="en"' in answer.get_data(as_text=True)


# --- changes ----------------------------------------------------------------------------------------------------------


def test_units_join_and_leave_with_a_reason(site: Site, campaign: Campaign, office: FlaskClient) -> None:
    address = f"/campaigns/{campaign.id}/participants"
    assert site.post(office, address, unit="nonsense").status_code == 422
    assert site.post(office, address, unit=str(site.world.units[2].id)).status_code == 303
    site.world.drain()
    assert "报送材料" in words(site.visitor(site.world.units[2], "liaison").get("/inbox"))
    leaving = f"{address}/{participant(site, 2)}/withdraw"
    assert site.post(office, leaving, reason=" ").status_code == 422
    assert site.post(office, leaving, reason="机构撤并").status_code == 303
    assert site.post(office, leaving, reason="机构撤并").status_code == 409
    assert "机构撤并" in words(office.get(f"{address}/{participant(site, 2)}"))


@pytest.mark.parametrize("action", ["withdraw", "reopen", "deadline"])
def test_a_participant_changes_nothing_itself(site: Site, campaign: Campaign, action: str) -> None:
    liaison = site.visitor(site.world.units[0], "liaison")
    address = f"/campaigns/{campaign.id}/participants/{participant(site)}/{action}"
    fields = {"reason": "自行决定", "key": "submit", "day": "2026-12-31"}
    assert site.post(liaison, address, **fields).status_code in (403, 404)
    assert due(site) == datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)


# --- dates ------------------------------------------------------------------------------------------------------------


def test_a_date_is_moved_to_the_end_of_the_day_where_the_authority_is(
    site: Site, campaign: Campaign, office: FlaskClient
) -> None:
    with site.world.workshop.writing() as work:
        work.session.get_one(Unit, site.world.authority.id).zone = "Asia/Urumqi"
        for entry in work.session.scalars(select(ScheduleEntry)):
            entry.zone = "Asia/Urumqi"
    address = f"/campaigns/{campaign.id}/deadlines/submit"
    seen = due(site)
    assert seen is not None
    why = {"reason": "顺延", "basis": "市政府通知", "seen": seen.isoformat()}
    assert site.post(office, address, day="2026-07-15", **why).status_code == 303
    assert due(site) == datetime(2026, 7, 15, 17, 59, 59, tzinfo=UTC)
    assert "2026年7月15日" in words(office.get(f"/campaigns/{campaign.id}"))


def test_one_unit_gets_a_date_of_its_own(site: Site, campaign: Campaign, office: FlaskClient) -> None:
    page = f"/campaigns/{campaign.id}/participants/{participant(site)}"
    assert "单独调整日期" in words(office.get(page))
    fields = {"key": "submit", "day": "2026-07-15", "reason": "搬迁"}
    assert site.post(office, f"{page}/deadline", **fields).headers["Location"] == page
    assert "2026年7月15日" in words(office.get(page))
    assert due(site) == datetime(2026, 7, 15, 15, 59, 59, tzinfo=UTC)
    assert due(site, 1) == datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"day": "2026-02-30"}, 422),
        ({"day": ""}, 422),
        ({"day": "9999-12-31"}, 422),
        ({"reason": " "}, 422),
        ({"key": "nothing"}, 404),
        ({"key": ""}, 404),
    ],
)
def test_a_date_of_its_own_is_refused_by_field(
    site: Site, campaign: Campaign, office: FlaskClient, wrong: dict[str, str], status: int
) -> None:
    page = f"/campaigns/{campaign.id}/participants/{participant(site)}"
    fields = {"key": "submit", "day": "2026-07-15", "reason": "搬迁"} | wrong
    assert site.post(office, f"{page}/deadline", **fields).status_code == status
    assert due(site) == datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)


def test_one_task_gets_more_time_from_who_manages_the_campaign(
    site: Site, campaign: Campaign, office: FlaskClient
) -> None:
    page = f"/tasks/{task(site)}"
    assert "延长时限" in words(office.get(page))
    assert site.post(office, f"{page}/extend", day="2026-07-15", reason="节假日").headers["Location"] == page
    assert "2026年7月15日前" in words(office.get(page))
    assert due(site) == datetime(2026, 7, 15, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [{"day": "2026-06-30"}, {"day": "2026-02-30"}, {"day": ""}, {"day": "2999-01-01"}, {"reason": ""}],
)
def test_more_time_is_refused_in_words(
    site: Site, campaign: Campaign, office: FlaskClient, wrong: dict[str, str]
) -> None:
    fields = {"day": "2026-07-15", "reason": "节假日"} | wrong
    assert site.post(office, f"/tasks/{task(site)}/extend", **fields).status_code == 422
    assert due(site) == datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)


def test_nobody_is_offered_more_time_for_a_task_of_their_own(site: Site, campaign: Campaign) -> None:
    liaison = site.visitor(site.world.units[0], "liaison")
    assert "延长时限" not in words(liaison.get(f"/tasks/{task(site)}"))
    fields = {"day": "2026-07-15", "reason": "想延长"}
    assert site.post(liaison, f"/tasks/{task(site)}/extend", **fields).status_code == 404
