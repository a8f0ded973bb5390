"""The pages of supervision, as the office, the unit and strangers see them, without scripts."""

import io

import pytest
from sqlalchemy import select

from server.supervision.jobs import DRAFT_JOB
from server.supervision.models import SupervisionOrder, SupervisionRound
from server.tasks.models import Task
from tests.supervision.conftest import LATE
from tests.web.site import Site, words

SENDING = {"action": "send", "title": "关于限期报送的通知", "cause": "下列事项逾期：", "demand": "请报送。"}
DAY = "2026-07-13"


@pytest.fixture
def drafted(site: Site) -> str:
    """The address of what the system has drafted for the first unit."""
    world = site.world
    world.open_campaign(world.units[:1])
    world.clock.move_to(LATE)
    with world.workshop.writing() as work:
        work.jobs.enqueue(work.session, DRAFT_JOB, "tick", {})
    world.drain()
    with world.workshop.reading() as work:
        return f"/supervision/{work.session.scalars(select(SupervisionOrder.id)).one()}"


def task_page(site: Site) -> str:
    with site.world.workshop.reading() as work:
        wanted = select(Task.id).where(Task.origin == "supervision", Task.state == "open")
        return f"/tasks/{work.session.scalars(wanted).one()}"


def test_a_draft_is_labelled_counted_and_waits_for_a_person(site: Site, drafted: str) -> None:
    office = site.visitor(site.world.authority, "office")
    listed = words(office.get("/supervision"))
    assert "示例单位01：关于限期办理“2026年评比”逾期事项的通知" in listed
    assert "系统拟稿" in listed
    assert "草稿，待发出" in listed
    shown = words(office.get(drafted))
    assert "系统不会自行发出" in shown
    assert "报送材料（时限：2026年6月30日，逾期 4 个工作日）" in shown
    assert "请于2026年7月13日前书面回复" in shown
    english = words(site.visitor(site.world.authority, "office", "en").get(drafted))
    assert "Drafted by the system" in english
    assert "4 working days late" in english
    head = site.visitor(site.world.units[0], "head")
    assert head.get(drafted).status_code == 404
    assert "没有督办通知" in words(head.get("/supervision"))
    assert "督办 1" in listed


def test_what_was_typed_is_shown_again_where_it_is_refused(site: Site, drafted: str) -> None:
    office = site.visitor(site.world.authority, "office")
    for changes, said in (
        ({"title": ""}, "标题：请填写这一项"),
        ({"reply_on": "2026-07-11"}, "这一天不上班，可改为 2026年7月13日"),
        ({"reply_on": "三天后"}, "“三天后”不是有效的日期"),
        ({"cause": "长" * 2001}, "最多 2,000 个字"),
    ):
        answer = site.post(office, drafted, **(SENDING | {"reply_on": DAY, "demand": "我写了很久"} | changes))
        assert answer.status_code == 422
        assert said in words(answer)
        assert "我写了很久" in answer.get_data(as_text=True)
    assert "草稿，待发出" in words(office.get(drafted))


def test_what_was_typed_is_not_lost_when_somebody_else_was_faster(site: Site, drafted: str) -> None:
    office = site.visitor(site.world.authority, "office")
    assert site.post(office, drafted, **SENDING, reply_on=DAY).status_code == 303
    late = site.post(office, drafted, **(SENDING | {"demand": "我写了很久"}), reply_on=DAY)
    assert late.status_code == 409
    assert "您的操作没有执行" in words(late)
    assert "我写了很久" in words(late)


def test_what_is_done_meanwhile_is_said_and_nothing_is_sent(site: Site, drafted: str) -> None:
    world = site.world
    office, liaison = site.visitor(world.authority, "office"), world.actor(world.units[0], "liaison")
    world.do(liaison, world.inbox(liaison)[0].id, summary="做法")
    answer = site.post(office, drafted, **(SENDING | {"demand": "我写了很久"}), reply_on=DAY)
    assert answer.status_code == 409
    assert "不必再发出" in words(answer)
    assert "我写了很久" in answer.get_data(as_text=True)
    assert "草稿，待发出" in words(office.get(drafted))


def test_a_draft_is_kept_and_discarded_with_a_reason(site: Site, drafted: str) -> None:
    office = site.visitor(site.world.authority, "office")
    kept = site.post(office, drafted, action="save", title="改过的标题", cause="", demand="", reply_on=DAY)
    assert kept.status_code == 303
    assert "改过的标题" in words(office.get(drafted))
    refused = site.post(office, f"{drafted}/discard", reason=" ", _back=drafted)
    assert "请填写这一项" in words(office.get(refused.headers["Location"].split("#")[0]))
    assert site.post(office, f"{drafted}/discard", reason="已电话催办").status_code == 303
    assert "没有发出。原因：已电话催办" in words(office.get(drafted))
    assert "已结束 1" in words(office.get("/supervision"))


def test_from_sending_to_closing_in_two_rounds(site: Site, drafted: str) -> None:
    world = site.world
    office, head = site.visitor(world.authority, "office"), site.visitor(world.units[0], "head")
    assert site.post(office, drafted, **SENDING, reply_on=DAY).status_code == 303
    sent = words(office.get(drafted))
    assert "督办〔2026〕1号" in sent
    assert "2026年7月6日" in sent
    page = task_page(site)
    assert "回复督办通知" in words(head.get("/inbox"))
    before = words(head.get(page))
    assert "请先签收" in before
    with world.workshop.reading() as work:
        assert work.session.scalars(select(SupervisionRound.received_at)).one() is None, "looking signs nothing"
    signed = site.post(head, f"{drafted}/receive", on_task="1", _back=drafted)
    assert signed.headers["Location"] == page
    assert "签收。" in words(head.get(page))
    empty = site.post(head, page, action="hand_in", reply=" ")
    assert empty.status_code == 422
    assert "请写明办理情况" in words(empty)
    handed = site.post(
        head, page, action="hand_in", reply="周五报送", evidence_new=(io.BytesIO("一".encode()), "说明.txt")
    )
    assert handed.status_code == 303
    back = words(office.get(drafted))
    assert "周五报送" in back
    assert "说明.txt" in back
    assert "已回复，待办结" in back
    rests = site.post(office, f"{drafted}/again", asked="请报送", reply_on="2026-07-12", _back=drafted)
    assert "可改为 2026年7月13日" in words(office.get(rests.headers["Location"].split("#")[0]))
    assert site.post(office, f"{drafted}/again", asked="请附佐证", reply_on="2026-07-20").status_code == 303
    second = task_page(site)
    assert second != page
    assert "再次要求：请附佐证" in words(head.get(second))
    assert site.post(head, second, action="hand_in", reply="已附").status_code == 303
    assert site.post(office, f"{drafted}/close", opinion="同意").status_code == 303
    done = words(head.get(drafted))
    assert "已办结。意见：同意" in done
    assert "第 2 次回复" in done
    assert "第 1 次回复" in done
    assert "系统拟稿" not in done, "how it was drafted is the office's own matter"


def test_the_office_signs_and_replies_for_the_unit(site: Site, drafted: str) -> None:
    office = site.visitor(site.world.authority, "office")
    site.post(office, drafted, **SENDING, reply_on=DAY)
    refused = site.post(office, f"{drafted}/receive", behalf_name="王主任", behalf_source="", _back=drafted)
    assert refused.headers["Location"] == f"{drafted}#refused"
    again = office.get(drafted)
    assert "请写明代谁录入" in words(again)
    assert 'value="王主任"' in again.get_data(as_text=True)
    silent = site.post(office, f"{drafted}/receive", _back=drafted)
    assert "代为录入" in words(office.get(silent.headers["Location"].split("#")[0]))
    assert site.post(office, f"{drafted}/receive", behalf_name="王主任", behalf_source="phone").status_code == 303
    assert "签收（代 王主任 录入，依据：电话）" in words(office.get(drafted))
    page = task_page(site)
    done = site.post(
        office, page, action="hand_in", reply="纸质回复", on_paper="档案柜", behalf_name="王主任", behalf_source="paper"
    )
    assert done.status_code == 303
    assert "回复（代 王主任 录入，依据：纸质材料）" in words(office.get(drafted))


def test_withdrawing_takes_the_task_away(site: Site, drafted: str) -> None:
    office, head = site.visitor(site.world.authority, "office"), site.visitor(site.world.units[0], "head")
    site.post(office, drafted, **SENDING, reply_on=DAY)
    page = task_page(site)
    assert site.post(office, f"{drafted}/withdraw", reason="单位合并").status_code == 303
    assert "已撤回，无需办理。原因：单位合并" in words(head.get(drafted))
    assert "已经取消" in words(head.get(page))
    assert site.post(head, f"{drafted}/receive").status_code == 409
    assert site.post(head, page, action="hand_in", reply="晚了").status_code == 409


def test_one_is_begun_by_hand_from_the_campaign(site: Site, drafted: str) -> None:
    world = site.world
    office = site.visitor(world.authority, "office")
    with world.workshop.reading() as work:
        campaign, unit = work.session.execute(select(SupervisionOrder.campaign_id, SupervisionOrder.unit_id)).one()
    assert f"/supervision/new?campaign={campaign}" in office.get(f"/campaigns/{campaign}").get_data(as_text=True)
    begin = words(office.get(f"/supervision/new?campaign={campaign}"))
    assert "示例单位01（逾期 1 项）" in begin
    chosen = office.get(f"/supervision/new?campaign={campaign}&unit={unit}").get_data(as_text=True)
    assert f'value="{unit}" selected' in chosen
    refused = site.post(office, "/supervision/new", campaign=str(campaign), _back="/supervision/new")
    assert "请选择参加这项创建活动的单位" in words(office.get(refused.headers["Location"].split("#")[0]))
    waiting = site.post(office, "/supervision/new", campaign=str(campaign), unit=str(unit))
    assert waiting.headers["Location"] == drafted
    assert (
        site.post(site.visitor(world.units[0], "head"), "/supervision/new", campaign=str(campaign)).status_code == 403
    )
    for nonsense in ("x", "019b0000-0000-7000-8000-000000000000"):
        assert office.get(f"/supervision/new?campaign={nonsense}").status_code == 200
        assert office.get(f"/supervision?campaign={nonsense}&show={nonsense}&page=99").status_code == 200


def test_who_oversees_reads_what_was_sent_and_changes_nothing(site: Site, drafted: str) -> None:
    world = site.world
    office, leader = site.visitor(world.authority, "office"), site.visitor(world.authority, "leader")
    assert leader.get(drafted).status_code == 404
    site.post(office, drafted, **SENDING, reply_on=DAY)
    assert "督办〔2026〕1号" in words(leader.get(drafted))
    assert "1号" in words(leader.get("/supervision"))
    assert "撤回这份通知" not in words(leader.get(drafted))
    assert site.post(leader, f"{drafted}/withdraw", reason="错").status_code == 403
    assert site.post(leader, f"{drafted}/receive").status_code == 404
    stranger = site.visitor(world.units[1], "head")
    assert stranger.get(drafted).status_code == 404
    assert stranger.get(task_page(site)).status_code == 404
