"""The page that opens a campaign: it offers units, proposes dates, and is not upset by odd years."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.campaigns.models import Campaign, Participant
from tests.assessments.conftest import gaoping, opened
from tests.assessments.site import site
from tests.assessments.support import Gaoping

__all__ = ["gaoping", "opened"]
OFFICE = {"X-Who": "office"}


@pytest.fixture
def pages(gaoping: Gaoping) -> FlaskClient:
    return site(gaoping, {"office": gaoping.office, "liaison": gaoping.liaison(gaoping.units[0])}).test_client()


def address(gaoping: Gaoping, year: str = "2027") -> str:
    return f"/campaigns/new?version={gaoping.world.versions['gaoping']}&year={year}"


def filled_in(gaoping: Gaoping, page: str, **changes: str) -> dict[str, object]:
    """What a browser would send of the page with one unit ticked."""
    inputs = re.findall(r'<input[^>]* name="([^"]+)"[^>]*? value="([^"]*)"', page)
    form: dict[str, object] = {name: value for name, value in inputs if name != "participants"}
    form |= {
        "version": str(gaoping.world.versions["gaoping"]),
        "title": "2027年节约型机关创建",
        "year": "2027",
        "starts_on": "2027-03-01",
        "parameter.rectification_days": "30",
        "parameter.not_applicable": "full",
        "participants": str(gaoping.units[0].id),
        "action": "open",
    }
    return form | changes


def test_a_campaign_is_opened_from_the_page(gaoping: Gaoping, pages: FlaskClient) -> None:
    page = pages.get(address(gaoping), headers=OFFICE).text
    for unit in gaoping.units:
        assert f'value="{unit.id}"' in page, "units are offered"
    answer = pages.post("/campaigns/new", data=filled_in(gaoping, page), headers=OFFICE)
    assert answer.status_code == 303, re.sub(r"<[^>]+>", " ", answer.text)
    gaoping.world.drain()
    with gaoping.world.workshop.reading() as work:
        campaign = work.session.scalars(select(Campaign).where(Campaign.year == 2027)).one()
        units = work.session.scalars(select(Participant.unit_id).where(Participant.campaign_id == campaign.id)).all()
        assert (campaign.title, list(units)) == ("2027年节约型机关创建", [gaoping.units[0].id])


def test_a_double_click_opens_one_campaign_and_shows_it_twice(gaoping: Gaoping, pages: FlaskClient) -> None:
    form = filled_in(gaoping, pages.get(address(gaoping), headers=OFFICE).text)
    first, second = (pages.post("/campaigns/new", data=form, headers=OFFICE) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location


@pytest.mark.parametrize("year", ["²²²²", "0000", "0001", "9999", "x", ""])
def test_an_odd_year_in_the_address_is_the_present_one(gaoping: Gaoping, pages: FlaskClient, year: str) -> None:
    page = pages.get(address(gaoping, year), headers=OFFICE)
    assert page.status_code == 200
    assert f'value="{gaoping.world.clock.now().year}"' in page.text


@pytest.mark.parametrize("year", ["²²²²", "0", "1999", "2101", "-1", ""])
def test_an_odd_year_in_the_form_is_refused_in_words(gaoping: Gaoping, pages: FlaskClient, year: str) -> None:
    page = pages.get(address(gaoping), headers=OFFICE).text
    answer = pages.post("/campaigns/new", data=filled_in(gaoping, page, year=year), headers=OFFICE)
    assert answer.status_code == 422
    assert "2000" in answer.text


def test_only_those_who_manage_campaigns_open_one(gaoping: Gaoping, pages: FlaskClient) -> None:
    assert pages.get(address(gaoping), headers={"X-Who": "liaison"}).status_code == 403
    assert pages.post("/campaigns/new", data={}, headers={"X-Who": "liaison"}).status_code == 403
