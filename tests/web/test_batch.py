"""The page on which several tasks of one step are decided at once."""

import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from tests.web.site import Site, words


@pytest.fixture
def reviews(site: Site) -> list[UUID]:
    world = site.world
    for number, unit in enumerate(world.units[:2]):
        world.start("approval", f"第{number}件", unit)
        sender = world.actor(unit, "liaison")
        world.do(sender, world.inbox(sender)[0].id, summary=f"做法{number}")
    return [task.id for task in world.inbox(world.actor(world.authority, "office"))]


@pytest.fixture
def office(site: Site) -> FlaskClient:
    return site.visitor(site.world.authority, "office")


def form(office: FlaskClient, page: str) -> dict[str, str]:
    """The hidden fields of the page."""
    return dict(re.findall(r'name="(_key|shown_[^"]+)" value="([^"]+)"', office.get(page).text))


def test_several_are_ticked_and_decided(site: Site, office: FlaskClient, reviews: list[UUID]) -> None:
    page = f"/tasks/{reviews[0]}/batch"
    assert page in office.get(f"/tasks/{reviews[0]}").text
    shown = office.get(page)
    assert "做法0" in words(shown)
    assert "做法1" in words(shown)
    answer = site.post(office, page, task=[str(each) for each in reviews], verdict="approve", **form(office, page))
    assert answer.status_code == 303
    assert "已办理 2 件" in words(office.get("/inbox"))
    assert "没有等您办理的事项" in words(office.get(page))


def test_what_cannot_be_done_is_named_and_the_rest_goes_through(
    site: Site, office: FlaskClient, reviews: list[UUID]
) -> None:
    world, page = site.world, f"/tasks/{reviews[0]}/batch"
    hidden = form(office, page)
    world.do(world.actor(world.authority, "office"), reviews[0], verdict="approve")
    fields = {"task": [str(each) for each in reviews], "verdict": "approve", "reason": "同意备案"}
    answer = site.post(office, page, **fields, **hidden)
    assert answer.status_code == 409
    assert "已办理 1 件；以下 1 件没有办理" in words(answer)
    assert world.inbox(world.actor(world.authority, "office")) == []


def test_nothing_ticked_keeps_what_was_typed(site: Site, office: FlaskClient, reviews: list[UUID]) -> None:
    page = f"/tasks/{reviews[0]}/batch"
    answer = site.post(office, page, verdict="approve", reason="写了很久的意见", **form(office, page))
    assert answer.status_code == 422
    assert "请至少勾选一件" in words(answer)
    assert "写了很久的意见" in answer.text
    assert site.post(office, page, task="nonsense").status_code == 404


def test_a_step_that_does_not_allow_it_has_no_such_page(site: Site, reviews: list[UUID]) -> None:
    world = site.world
    world.start("approval", "又一件", world.units[0])
    liaison = site.visitor(world.units[0], "liaison")
    task_id = world.inbox(world.actor(world.units[0], "liaison"))[0].id
    assert liaison.get(f"/tasks/{task_id}/batch").status_code == 404
    assert site.visitor(world.units[1], "liaison").get(f"/tasks/{task_id}/batch").status_code == 404
