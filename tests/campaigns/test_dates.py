"""Dates that a running campaign may be moved to, as an operation and on its page."""

import pytest
from flask.testing import FlaskClient

from server.deadlines import operations as deadlines
from tests.assessments.conftest import gaoping, opened
from tests.assessments.site import site
from tests.assessments.support import Gaoping

__all__ = ["gaoping", "opened"]
OFFICE = {"X-Who": "office"}
WHY = {"reason": "顺延", "basis": "市政府通知"}


@pytest.fixture
def pages(gaoping: Gaoping) -> FlaskClient:
    return site(gaoping, {"office": gaoping.office}).test_client()


@pytest.mark.parametrize("day", ["0001-01-01", "2020-01-01", "2101-01-01", "9999-12-31", "2026-13-45", "", "今天"])
def test_no_campaign_is_moved_to_a_date_that_nobody_can_keep(gaoping: Gaoping, pages: FlaskClient, day: str) -> None:
    with gaoping.world.workshop.reading() as work:
        before = deadlines.due_of(work, gaoping.campaign.id, "plan")
    address = f"/campaigns/{gaoping.campaign.id}/deadlines/plan"
    answer = pages.post(address, data={"day": day, **WHY}, headers=OFFICE)
    assert answer.status_code == 422
    with gaoping.world.workshop.reading() as work:
        assert deadlines.due_of(work, gaoping.campaign.id, "plan") == before


def test_a_date_may_be_moved_to_today(gaoping: Gaoping, pages: FlaskClient) -> None:
    today = gaoping.world.clock.now().date().isoformat()
    address = f"/campaigns/{gaoping.campaign.id}/deadlines/plan"
    with gaoping.world.workshop.reading() as work:
        seen = deadlines.due_of(work, gaoping.campaign.id, "plan")
    assert seen is not None
    fields = {"day": today, "seen": seen.isoformat(), **WHY}
    assert pages.post(address, data=fields, headers=OFFICE).status_code == 303


def test_a_task_leads_to_its_campaign(gaoping: Gaoping, pages: FlaskClient) -> None:
    unit = gaoping.units[0]
    plan = gaoping.task(gaoping.liaison(unit), "Plan")
    page = pages.get(f"/tasks/{plan.id}", headers=OFFICE).text
    assert f'href="/campaigns/{gaoping.campaign.id}"' in page
