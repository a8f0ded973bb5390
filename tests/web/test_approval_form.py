"""The printed approval form: what each step said in its last round that stands, and room for what is to come."""

from dataclasses import replace
from uuid import UUID

import pytest

from server.actor import OnBehalf, Source
from server.tasks import taking_back
from tests.web.site import Site, words


@pytest.fixture
def review(site: Site) -> UUID:
    """A paper that was sent back once and waits for the office again."""
    world = site.world
    world.start("approval", "一件", world.units[0])
    liaison, office = world.actor(world.units[0], "liaison"), world.actor(world.authority, "office")
    world.do(liaison, world.inbox(liaison)[0].id, summary="第一稿")
    world.do(office, world.inbox(office)[0].id, verdict="return", reason="数字不全")
    world.do(liaison, world.inbox(liaison)[0].id, summary="第二稿")
    return world.inbox(office)[0].id


def test_what_waits_has_room_to_sign(site: Site, review: UUID) -> None:
    office = site.visitor(site.world.authority, "office")
    shown = words(office.get(f"/tasks/{review}/approval-form"))
    assert "第二稿" in shown
    assert "第一稿" not in shown
    assert "数字不全" not in shown, "it was said about another draft"
    assert "签字： 年 月 日" in shown
    assert "（盖章）" in shown


def test_opinions_are_shown_or_left_out_and_the_verdict_stays(site: Site, review: UUID) -> None:
    world, page = site.world, f"/tasks/{review}/approval-form"
    world.do(world.actor(world.authority, "office"), review, verdict="approve", reason="数字已核对")
    office = site.visitor(world.authority, "office")
    shown = words(office.get(page))
    assert "数字已核对" in shown
    assert "数字不全" not in shown
    bare = words(office.get(f"{page}?opinions=without"))
    assert "数字已核对" not in bare
    assert "同意“审核材料”" in bare


def test_what_was_taken_back_is_not_on_it(site: Site) -> None:
    world = site.world
    world.start("approval", "一件", world.units[0])
    liaison = world.actor(world.units[0], "liaison")
    task_id = world.inbox(liaison)[0].id
    world.do(liaison, task_id, summary="做法")
    page = f"/tasks/{task_id}/approval-form"
    browser = site.visitor(world.units[0], "liaison")
    assert "办理人：" in words(browser.get(page))
    with world.workshop.writing() as work:
        again = taking_back.take_back(liaison, work, task_id)
    assert "报送“报送材料”" not in words(browser.get(f"/tasks/{again}/approval-form"))


def test_strangers_have_no_such_page(site: Site, review: UUID) -> None:
    stranger = site.visitor(site.world.units[1], "liaison")
    assert stranger.get(f"/tasks/{review}/approval-form").status_code == 404


def test_an_entry_says_who_entered_it_and_for_whom_it_counts(site: Site) -> None:
    world = site.world
    world.start("approval", "一件", world.units[0])
    office, task_id = world.actor(world.authority, "office"), world.inbox(world.actor(world.units[0], "liaison"))[0].id
    world.do(replace(office, on_behalf=OnBehalf(name="王主任", source=Source.PHONE)), task_id, summary="做法")
    shown = words(site.visitor(world.units[0], "liaison").get(f"/tasks/{task_id}/approval-form"))
    assert "代录：" in shown
    assert "意见人：王主任" in shown
    assert "办理人：" not in shown
