"""Small forms on larger pages: refused, they come back on their page with what was typed and what is wrong."""

import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from server.campaigns.models import Campaign
from tests.web.site import Site, words

REFUSED = r'<form[^>]*>(?:(?!</form>).)*id="refused".*?</form>'
"""The form that was refused, whole."""


@pytest.fixture
def campaign(site: Site) -> Campaign:
    return site.world.open_campaign(scheme="rounds")


@pytest.fixture
def office(site: Site) -> FlaskClient:
    return site.visitor(site.world.authority, "office")


def test_a_date_that_nobody_can_keep_comes_back_with_the_reason(
    site: Site, office: FlaskClient, campaign: Campaign
) -> None:
    page = f"/campaigns/{campaign.id}"
    answer = site.post(office, f"{page}/deadlines/submit", day="2026-02-30", reason="因<会议>推迟", _back=page)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page}#refused")
    shown = office.get(page)
    assert shown.status_code == 200
    text = shown.get_data(as_text=True)
    form = re.search(REFUSED, text, re.DOTALL)
    assert form
    assert "因&lt;会议&gt;推迟" in form[0]
    assert 'value="2026-02-30"' in form[0]
    assert 'role="alert"' in form[0]
    assert 'id="refused"' not in office.get(page).get_data(as_text=True)


def test_a_reason_that_is_missing_is_asked_for_at_its_field(
    site: Site, office: FlaskClient, campaign: Campaign
) -> None:
    site.world.drain()
    task: UUID = site.world.inbox(site.world.actor(site.world.units[0], "liaison"))[0].id
    page = f"/tasks/{task}"
    answer = site.post(office, f"{page}/extend", day="2027-01-05", reason=" ", _back=page)
    assert answer.status_code == 303
    text = office.get(page).get_data(as_text=True)
    form = re.search(REFUSED, text, re.DOTALL)
    assert form
    assert 'value="2027-01-05"' in form[0]
    assert 'aria-invalid="true"' in form[0]


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_nobody_is_led_away(site: Site, office: FlaskClient, campaign: Campaign, back: str) -> None:
    answer = site.post(office, f"/campaigns/{campaign.id}/deadlines/submit", day="x", reason="推迟", _back=back)
    assert answer.status_code == 422
    assert "elsewhere" not in answer.get_data(as_text=True)


def test_what_is_too_long_for_a_cookie_gets_the_page_of_the_error(
    site: Site, office: FlaskClient, campaign: Campaign
) -> None:
    page = f"/campaigns/{campaign.id}"
    answer = site.post(office, f"{page}/deadlines/submit", day="x", reason="长" * 5000, _back=page)
    assert answer.status_code == 422


def test_who_may_not_is_told_so_on_a_page_of_its_own(site: Site, campaign: Campaign) -> None:
    page = f"/campaigns/{campaign.id}"
    liaison = site.visitor(site.world.units[0], "liaison")
    answer = site.post(liaison, f"{page}/deadlines/submit", day="2026-07-05", reason="推迟", _back=page)
    assert answer.status_code in (403, 404)
    assert words(answer)


def test_a_task_is_handed_on_from_its_page(site: Site, campaign: Campaign) -> None:
    unit = site.world.units[0]
    liaison, head = site.visitor(unit, "liaison"), site.visitor(unit, "head")
    task: UUID = site.world.inbox(site.world.actor(unit, "liaison"))[0].id
    page = f"/tasks/{task}"
    text = liaison.get(page).get_data(as_text=True)
    form = re.search(r'<form[^>]*action="/tasks/[^"]*/seats".*?</form>', text, re.DOTALL)
    assert form
    assert 'value="remove"' not in form[0]
    seat = re.search(r'name="seat".*?<option value="([0-9a-f-]{36})"', form[0], re.DOTALL)
    post = str(site.world.posts[unit.id, "head"])
    assert seat
    assert f'value="{post}"' in form[0]
    fields = {"change": "hand_on", "seat": seat[1], "post": post, "_back": page}
    refused = site.post(liaison, f"{page}/seats", **fields, reason="")
    assert refused.headers["Location"] == f"{page}#refused"
    assert 'role="alert"' in liaison.get(page).get_data(as_text=True)
    assert site.post(liaison, f"{page}/seats", **fields, reason="出差").status_code == 303
    assert "报送材料" in words(head.get("/inbox"))
    assert f'action="{page}/seats"' not in liaison.get(page).get_data(as_text=True)
