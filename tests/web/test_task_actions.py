"""The pages of taking back, claiming and copying a task."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from server.actor import SYSTEM
from server.identity import accounts, grants
from server.identity import operations as identity
from server.organisation.models import Holding, Person, Unit
from server.tasks.models import Draft
from tests.web.site import PASSWORD, Site, words


@pytest.fixture
def task_id(site: Site) -> UUID:
    """A unit's paper that waits for its liaison; the office may what an office may."""
    world = site.world
    with world.workshop.writing() as work:
        root = work.session.get_one(Unit, world.authority.id).parent_id
        grants.seed_grants(SYSTEM, work, authority_id=world.authority.id, over_id=root)
    world.start("approval", "一件", world.units[0])
    return world.inbox(world.actor(world.units[0], "liaison"))[0].id


def test_what_was_handed_in_is_taken_back_by_a_page_that_asks_first(site: Site, task_id: UUID) -> None:
    world, page = site.world, f"/tasks/{task_id}"
    liaison, office = site.visitor(world.units[0], "liaison"), site.visitor(world.authority, "office")
    assert liaison.get(f"{page}/take-back").status_code == 404
    site.post(liaison, page, summary="做法", action="hand_in")
    assert "后续环节还没有人办理" in words(liaison.get(page))
    assert "撤回后，您填写的内容保留为草稿" in words(liaison.get(f"{page}/take-back"))
    assert "后续环节还没有人办理" not in words(office.get(page))
    assert office.get(f"{page}/take-back").status_code == 404
    answer = site.post(liaison, f"{page}/take-back")
    assert answer.status_code == 303
    again = answer.headers["Location"]
    shown = liaison.get(again)
    assert "已撤回“报送材料”" in words(shown)
    assert "做法" in shown.text
    assert "（已于" in words(liaison.get(again))


def test_when_it_is_too_late_the_page_says_who_has_acted(site: Site, task_id: UUID) -> None:
    world, page = site.world, f"/tasks/{task_id}"
    liaison = site.visitor(world.units[0], "liaison")
    site.post(liaison, page, summary="做法", action="hand_in")
    office = world.actor(world.authority, "office")
    world.do(office, world.inbox(office)[0].id, verdict="return", reason="不全")
    assert f"后续环节已被{office.name}办理，不能撤回。" in words(liaison.get(page))
    assert f"后续环节已被{office.name}办理，不能撤回。" in words(liaison.get(f"{page}/take-back"))
    refused = site.post(liaison, f"{page}/take-back")
    assert refused.status_code == 409
    assert "不能撤回" in words(refused)


def test_a_claim_keeps_the_others_out_and_loses_nothing_they_typed(site: Site, task_id: UUID) -> None:
    world, page = site.world, f"/tasks/{task_id}"
    second_id = second(site)
    liaison, other = site.visitor(world.units[0], "liaison"), site.app.test_client()
    with world.workshop.writing() as work:
        accounts.create_account(SYSTEM, work, second_id, "second", password=PASSWORD, must_change=False)
        secret = identity.log_in(work, "second", PASSWORD, "Firefox")
    assert secret is not None
    other.set_cookie("greengate", secret)
    assert "签收后由您办理" in words(liaison.get(page))
    assert site.post(liaison, f"{page}/claim").status_code == 303
    assert "已签收" in words(other.get("/inbox"))
    assert "由其办理" in words(other.get(page))
    refused = site.post(other, page, summary="我写的内容", action="hand_in")
    assert refused.status_code == 409
    assert "签收，由其办理" in words(refused)
    assert "我写的内容" in refused.text
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Draft)).all() == []
    assert site.post(other, f"{page}/release").status_code == 403
    assert site.post(site.visitor(world.authority, "office"), f"{page}/release").status_code == 303
    assert site.post(other, page, summary="我写的内容", action="hand_in").status_code == 303


def second(site: Site) -> UUID:
    """Somebody else on the liaison's post."""
    world = site.world
    with world.workshop.writing() as work:
        person = Person(id=work.ids.new(), name="第二位")
        work.session.add(person)
        work.session.flush()
        post_id = world.posts[world.units[0].id, "liaison"]
        work.session.add(Holding(id=work.ids.new(), post_id=post_id, person_id=person.id, from_on=date(2026, 1, 1)))
        return person.id


def test_a_copy_is_sent_read_and_marked(site: Site, task_id: UUID) -> None:
    world, page = site.world, f"/tasks/{task_id}"
    liaison, head = site.visitor(world.units[0], "liaison"), site.visitor(world.units[1], "head")
    assert head.get(page).status_code == 404
    wrong = site.post(liaison, f"{page}/copies", to_1="", note="请了解", _back=page)
    shown = liaison.get(wrong.headers["Location"].split("#")[0])
    assert "请选择抄送给谁" in words(shown)
    assert "请了解" in shown.text
    to = f"post:{world.posts[world.units[1].id, 'head']}"
    assert site.post(liaison, f"{page}/copies", to_1=to, note="请了解").status_code == 303
    assert "未阅" in words(liaison.get(page))
    assert "有 1 件抄送未阅" in words(head.get("/inbox"))
    listed = head.get("/copies")
    assert "请了解" in words(listed)
    address = listed.text.split('action="/copies/')[1].split('"')[0]
    assert site.post(liaison, f"/copies/{address}").status_code == 404
    read = site.post(head, f"/copies/{address}")
    assert read.headers["Location"] == page
    assert head.get(page).status_code == 200
    assert "已阅" in words(liaison.get(page))
    assert "没有收到抄送" in words(liaison.get("/copies"))
    assert site.post(head, page, summary="我来填", action="hand_in").status_code == 404
    assert "Copies sent to me" in words(site.visitor(world.units[2], "head", "en").get("/copies"))
