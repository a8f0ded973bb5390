"""The pages of asking for more time and of answering it."""

from datetime import timedelta

from sqlalchemy import select

from server.actor import SYSTEM
from server.identity import grants
from server.organisation.models import Unit
from server.tasks.models import Task
from tests.web.site import Site, words


def test_more_time_is_asked_for_on_the_tasks_page_and_answered_on_its_own(site: Site) -> None:
    world = site.world
    with world.workshop.writing() as work:
        root = work.session.get_one(Unit, world.authority.id).parent_id
        grants.seed_grants(SYSTEM, work, authority_id=world.authority.id, over_id=root)
    world.open_campaign(world.units[:1])
    (task,) = world.inbox(world.actor(world.units[0], "liaison"))
    assert task.due_at is not None
    liaison, office = site.visitor(world.units[0], "liaison"), site.visitor(world.authority, "office")
    page = f"/tasks/{task.id}"
    day = (task.due_at + timedelta(days=9)).date().isoformat()
    assert "申请延期" in words(liaison.get(page))
    refused = site.post(liaison, f"{page}/time", day="2020-01-01", reason="忙", _back=page)
    assert "延长后的时限应晚于原来的时限" in words(liaison.get(refused.headers["Location"].split("#")[0]))
    assert site.post(liaison, f"{page}/time", day=day, reason="材料在审计局").status_code == 303
    assert "等待审批。理由：材料在审计局" in words(liaison.get(page))
    with world.workshop.reading() as work:
        request = f"/tasks/{work.session.scalars(select(Task.id).where(Task.origin == 'request')).one()}"
    assert "审批延期申请" in words(office.get("/inbox"))
    shown = words(office.get(request))
    assert "材料在审计局" in shown
    assert "同意延期" in shown
    wrong = site.post(office, request, verdict="reject", opinion="", day=day)
    assert wrong.status_code == 422
    assert "请写明原因" in words(wrong)
    assert site.post(office, request, verdict="approve", opinion="", day=day).status_code == 303
    assert "延期已批准" in words(liaison.get(page))
    assert "Decide on a request for more time" in words(site.visitor(world.authority, "office", "en").get(request))
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Task.due_at).where(Task.id == task.id)).one() == task.due_at + timedelta(9)
