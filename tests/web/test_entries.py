"""The pages on which entries made on somebody's behalf are confirmed."""

from sqlalchemy import select

from server.actor import OnBehalf, Source
from server.tasks import operations
from server.tasks.models import Confirmation, Decision
from tests.web.site import Site, words


def entered(site: Site) -> str:
    """The office enters a first task for a liaison; returns the id of the decision."""
    world = site.world
    world.start("approval", "一件", world.units[0])
    (task,) = world.inbox(world.actor(world.units[0], "liaison"))
    office = world.actor(world.authority, "office")
    world.do(operations.on_behalf(office, OnBehalf("张三", Source.PHONE, "三次电话")), task.id, summary="电话里的做法")
    with world.workshop.reading() as work:
        return str(work.session.scalars(select(Decision.id)).one())


def test_the_inbox_leads_to_what_is_to_be_confirmed(site: Site) -> None:
    decision = entered(site)
    liaison = site.visitor(site.world.units[0], "liaison")
    assert "有 1 项内容由别人代您录入" in words(liaison.get("/inbox"))
    page = words(liaison.get("/entries"))
    assert "代 张三 录入，依据：电话" in page
    assert "三次电话" in page
    refused = site.post(liaison, f"/entries/{decision}", answer="dispute", note="", _back="/entries")
    assert "请写明哪里不对" in words(liaison.get(refused.headers["Location"].split("#")[0]))
    assert site.post(liaison, f"/entries/{decision}", answer="agree").status_code == 303
    assert "没有需要核对的代录内容" in words(liaison.get("/entries"))
    assert "代您录入" not in words(liaison.get("/inbox"))


def test_a_link_shows_what_was_entered_and_takes_an_answer_without_login(site: Site) -> None:
    decision = entered(site)
    office = site.visitor(site.world.authority, "office")
    shown = office.get(f"/entries/{decision}/link").text
    address = shown.split('data-copy="')[1].split('"')[0]
    path = "/said/" + address.rsplit("/said/", 1)[1]
    stranger = site.app.test_client()
    page = words(stranger.get(path))
    assert "电话里的做法" in page
    assert "属实，确认" in page
    assert stranger.get(path + "x").status_code == 404
    assert site.post(stranger, path, answer="dispute", note="不是这样", _back=path).status_code == 303
    assert "张三 已于" in words(stranger.get(path))
    assert site.post(stranger, path, answer="agree").status_code == 409
    with site.world.workshop.reading() as work:
        assert work.session.scalars(select(Confirmation.by_link)).all() == [True]
    assert "处理代录异议" in words(office.get("/inbox")) or "处理代录异议" in words(office.get("/inbox?show=rescue"))
    assert site.visitor(site.world.units[0], "liaison").get(f"/entries/{decision}/link").status_code == 404
