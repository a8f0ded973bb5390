"""The pages of notifications: read, followed, and, for who keeps the system running, what did not arrive."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from server.organisation.rules import PostKind
from server.tasks.jobs import REMIND
from tests.web.site import Site, words
from tests.web.test_matrix import administrator, told
from tests.world import World


@pytest.fixture
def liaison(site: Site, world: World) -> FlaskClient:
    """Of a unit whose first task has just opened."""
    client = site.visitor(world.units[0], "liaison")
    world.open_campaign(world.units[:1])
    with world.workshop.writing() as work:
        work.jobs.enqueue(work.session, REMIND, "tick", {})
    world.drain()
    return client


def test_what_one_was_told_is_counted_listed_and_leads_to_the_task(
    site: Site, world: World, liaison: FlaskClient
) -> None:
    page = liaison.get("/notifications").get_data(as_text=True)
    (task,) = world.inbox(world.actor(world.units[0], "liaison"))
    assert "新待办" in page
    assert 'class="cnt">1<' in page
    action = page.split('<li class="new"><form method="post" action="')[1].split('"')[0]
    answer = site.post(liaison, action)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/tasks/{task.id}")
    after = liaison.get("/notifications").get_data(as_text=True)
    assert 'class="new"' not in after
    assert "新待办" in after


def test_all_are_marked_as_read_at_once(site: Site, liaison: FlaskClient) -> None:
    site.post(liaison, "/notifications/read")
    page = liaison.get("/notifications").get_data(as_text=True)
    assert 'class="new"' not in page
    assert "全部标为已读" not in page


def test_english_readers_read_english(site: Site, world: World, liaison: FlaskClient) -> None:
    client = site.visitor(world.units[0], "liaison", "en")
    assert "New task" in words(client.get("/notifications"))


def test_who_was_told_nothing_reads_so(site: Site, world: World) -> None:
    client = site.visitor(world.units[1], "liaison")
    assert "没有通知" in words(client.get("/notifications"))


def test_those_who_manage_urge_from_the_tasks_page_and_hear_what_came_of_it(
    site: Site, world: World, liaison: FlaskClient
) -> None:
    office = site.visitor(world.authority, "office")
    (task,) = world.inbox(world.actor(world.units[0], "liaison"))
    page = f"/tasks/{task.id}"
    site.post(office, f"{page}/urge", note="请于周五前报送", _back=page)
    shown = words(office.get(page))
    assert "已催办，通知了 1 人" in shown
    assert "已催办 1 次" in shown
    assert "请于周五前报送" in words(liaison.get("/notifications"))
    assert "4 小时内不再重复催办" in words(
        office.post(f"{page}/urge", data=_form(site, office, page), follow_redirects=True)
    )


def _form(site: Site, client: FlaskClient, page: str) -> dict[str, str]:
    return {"csrf_token": site.token(client), "_back": page, "note": ""}


def test_all_overdue_tasks_are_urged_from_the_campaigns_page(site: Site, world: World, liaison: FlaskClient) -> None:
    (task,) = world.inbox(world.actor(world.units[0], "liaison"))
    assert task.due_at is not None
    page = f"/campaigns/{task.campaign_id}"
    before = site.visitor(world.authority, "office")
    assert "一键催办" not in words(before.get(page))
    world.clock.advance(task.due_at - world.clock.now() + timedelta(days=5))
    office = site.visitor(world.authority, "office")
    assert "一键催办逾期事项（1 项）" in words(office.get(page))
    site.post(office, f"{page}/urge")
    assert "已催办 1 项" in words(office.get(page))


def test_what_did_not_arrive_is_shown_without_what_it_was_about(site: Site, world: World) -> None:
    site.login(world.units[0], "liaison")
    from_told = told(world, world.people[world.units[0].id, "liaison"][0])
    keeper = _keeper(site)
    shown = words(keeper.get("/notifications/undelivered"))
    assert "liaison@example.cn" in shown
    assert "一件" not in shown
    answer = site.post(keeper, f"/notifications/undelivered/{from_told[1]}")
    assert answer.status_code == 303
    assert "没有未送达的邮件" in words(keeper.get("/notifications/undelivered"))


def _keeper(site: Site) -> FlaskClient:
    return administrator(site, PostKind.SYSTEM_ADMINISTRATOR)


FORM = {"by_mail": "1", "digest": "daily", "hour": "10", "first_hour": "9", "last_hour": "18", "language": "en"}


def test_one_says_how_one_wishes_to_be_written_to(site: Site, world: World) -> None:
    client = site.visitor(world.units[0], "liaison")
    assert "/notifications/settings" in client.get("/notifications").get_data(as_text=True)
    assert "/notifications/settings" in client.get("/me").get_data(as_text=True)
    answer = site.post(client, "/notifications/settings", **FORM)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/notifications/settings")
    page = client.get("/notifications/settings").get_data(as_text=True)
    assert "已保存通知设置" in page
    assert 'value="daily" checked' in page
    assert '<option value="18" selected>' in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("digest", "hourly", "请选择一种邮件方式"),
        ("digest", "", "请选择一种邮件方式"),
        ("first_hour", "7", "请选择 8 点至 20 点之间的时间"),
        ("last_hour", "24", "请选择 8 点至 20 点之间的时间"),
        ("last_hour", "9", "最晚发送时间应晚于最早发送时间"),
        ("hour", "18", "汇总时间应在最早与最晚发送时间之间"),
        ("hour", "١٠", "汇总时间应在最早与最晚发送时间之间"),
        ("language", "xx", "有内容需要修改"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_beside_its_field(
    site: Site, world: World, field: str, value: str, said: str
) -> None:
    client = site.visitor(world.units[0], "liaison")
    answer = site.post(
        client, "/notifications/settings", **(FORM | {"_back": "/notifications/settings", "by_mail": "", field: value})
    )
    assert answer.headers["Location"] == "/notifications/settings#refused"
    again = client.get("/notifications/settings")
    assert said in words(again)
    assert '<option value="9" selected>' in again.get_data(as_text=True) or field == "first_hour"
