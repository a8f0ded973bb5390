"""What was handed in stays as it was handed in, whoever posts to its page afterwards."""

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from server.errors import Conflict
from server.tasks import operations, queries
from server.tasks.models import Draft, Task
from tests.assessments.site import site
from tests.assessments.support import Gaoping

HANDED_IN = "健全制度，推行绿色办公，开展宣传教育。"


@pytest.fixture
def plan(gaoping: Gaoping) -> Task:
    """The plan of the first unit, handed in and filed."""
    unit = gaoping.units[0]
    plan = gaoping.task(gaoping.liaison(unit), "Plan")
    gaoping.to_self_assessment(unit)
    return plan


@pytest.fixture
def pages(gaoping: Gaoping) -> FlaskClient:
    actors = {"liaison": gaoping.liaison(gaoping.units[0]), "office": gaoping.office, "verifier": gaoping.verifier}
    return site(gaoping, actors).test_client()


@pytest.mark.parametrize("who", ["liaison", "office", "verifier"])
@pytest.mark.parametrize("form", [{"action": "save"}, {"action": "hand_in"}, {"verdict": "approve"}, {"_add": "x"}])
def test_a_closed_task_takes_nothing_more(
    gaoping: Gaoping, pages: FlaskClient, plan: Task, who: str, form: dict[str, str]
) -> None:
    answer = pages.post(f"/tasks/{plan.id}", data={**form, "measures": "forged"}, headers={"X-Who": who})
    assert answer.status_code == (404 if who == "verifier" else 409)
    assert "forged" not in pages.get(f"/tasks/{plan.id}", headers={"X-Who": "liaison"}).text
    with gaoping.world.workshop.reading() as work:
        page = queries.task_page(work, plan.id)
        assert page is not None
        assert page.values["measures"] == HANDED_IN


@pytest.mark.parametrize("path", ["draft", "files"])
def test_nor_in_the_background(pages: FlaskClient, plan: Task, path: str) -> None:
    headers = {"X-Who": "liaison", "Accept": "application/json"}
    assert pages.post(f"/tasks/{plan.id}/{path}", data={"measures": "forged"}, headers=headers).status_code == 409


def test_no_draft_is_saved_over_what_was_handed_in(gaoping: Gaoping, plan: Task) -> None:
    with pytest.raises(Conflict), gaoping.world.workshop.writing() as work:
        operations.save_draft(gaoping.office, work, plan.id, {"measures": "forged"})


def test_a_draft_left_behind_is_not_shown_for_what_was_handed_in(gaoping: Gaoping, plan: Task) -> None:
    with gaoping.world.workshop.writing() as work:
        draft = work.session.get(Draft, plan.id)
        left = {"measures": "left behind"}
        if draft is None:
            work.session.add(
                Draft(
                    task_id=plan.id, campaign_id=plan.campaign_id, values=left, saved_at=work.now, saved_by="somebody"
                )
            )
        else:
            draft.values = left
    with gaoping.world.workshop.reading() as work:
        page = queries.task_page(work, plan.id)
        assert page is not None
        assert page.values["measures"] == HANDED_IN


def test_a_double_click_is_answered_as_the_first(gaoping: Gaoping, pages: FlaskClient) -> None:
    unit = gaoping.units[0]
    plan = gaoping.task(gaoping.liaison(unit), "Plan")
    form = {
        "action": "hand_in",
        "_key": "one-click",
        "plan_file": gaoping.upload(unit, "方案.txt"),
        "measures": HANDED_IN,
        "complete_by": "2026-09-30",
        "leader": "某某",
        "liaison": "某某",
        "liaison_phone": "0356-5222000",
    }
    first, second = (pages.post(f"/tasks/{plan.id}", data=form, headers={"X-Who": "liaison"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303), re.sub(r"<[^>]+>", " ", first.text)[-2000:]


def test_a_refused_file_is_named_without_what_cannot_be_seen(gaoping: Gaoping, pages: FlaskClient) -> None:
    plan = gaoping.task(gaoping.liaison(gaoping.units[0]), "Plan")
    form = {"action": "save", "plan_file_new": (BytesIO(b"MZ"), "../方案\u202efdp.exe")}
    answer = pages.post(
        f"/tasks/{plan.id}", data=form, headers={"X-Who": "liaison"}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert "方案fdp.exe" in answer.text
    assert "\u202e" not in answer.text
