"""An order is numbered and sealed when it is sent, received, replied to, asked again, closed or withdrawn."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server.actor import Actor, Source
from server.audit.models import AuditRow
from server.campaigns.models import Campaign, CampaignState
from server.errors import Conflict, GreengateError, Invalid, NotAllowed, NotFound
from server.evidence import operations as evidence
from server.organisation.models import Post, Unit
from server.supervision import drafts, operations, queries
from server.supervision.models import OrderState, SupervisionItem, SupervisionOrder, SupervisionRound
from server.tasks import queries as task_queries
from server.tasks.models import Decision, Seat, Task
from server.tasks.operations import NotComplete
from server.verify import verify
from tests.supervision.conftest import Desk, make_desk
from tests.world import World


@pytest.fixture
def head(desk: Desk) -> Actor:
    return desk.world.actor(desk.world.units[0], "head")


def do(desk: Desk, what: str, order_id: UUID, *words: object, actor: Actor | None = None) -> None:
    """close, withdraw, discard or ask_again, as one request."""
    with desk.world.workshop.writing() as work:
        getattr(operations, what)(actor or desk.office, work, order_id, *words)


def state(desk: Desk, order_id: UUID) -> str:
    return desk.page(order_id).order.state


def test_sending_numbers_seals_and_puts_it_before_head_and_liaison(desk: Desk, head: Actor) -> None:
    order = desk.sent()
    assert (order.year, order.number, order.state) == (2026, 1, "sent")
    assert (order.unit_name, order.authority_name) == ("示例单位01", "示例市主管局")
    assert (order.sent_by_name, order.sent_by_post) == (desk.office.name, "office")
    task = desk.reply_task(head)
    assert (task.kind, task.title, task.unit_id) == ("supervision.reply", "回复督办通知", order.unit_id)
    assert task.matter == "督办〔2026〕1号 2026年评比"
    assert task.due_at is not None
    assert task.due_at.isoformat() == "2026-07-13T15:59:59+00:00"
    with desk.world.workshop.reading() as work:
        keys = work.session.scalars(select(Seat.key).where(Seat.task_id == task.id).order_by(Seat.position)).all()
    unit = desk.world.units[0]
    assert keys == [f"post:{desk.world.posts[unit.id, kind]}" for kind in ("head", "liaison")]
    assert desk.world.inbox(desk.world.actor(desk.world.units[1], "head")) == []
    assert verify(desk.world.application) == []


def test_numbers_of_a_year_have_no_gaps_whatever_becomes_of_them(desk: Desk) -> None:
    first = desk.sent()
    do(desk, "withdraw", first.id, "发错了")
    assert desk.sent(desk.world.units[1]).number == 2
    assert [each.number for each in desk.orders()] == [1, 2]


def test_each_year_begins_at_one(desk: Desk) -> None:
    desk.tick()
    one, other = desk.orders()
    desk.send(one.id)
    desk.world.clock.advance(timedelta(days=250))
    sent = desk.send(other.id, reply_on=date(2027, 3, 22))
    assert (sent.year, sent.number) == (2027, 1)


def test_two_who_send_at_once_get_two_numbers(any_world: World) -> None:
    desk = make_desk(any_world)
    desk.tick()
    wordings = [(each.id, desk.wording(each.id)) for each in desk.orders()]

    def send(order_id: UUID, wording: object) -> int | None:
        with desk.world.workshop.writing() as work:
            return operations.send(desk.office, work, order_id, wording).number  # type: ignore[arg-type]

    with ThreadPoolExecutor(2) as pool:
        numbers = list(pool.map(lambda each: send(*each), wordings))
    assert sorted(numbers) == [1, 2]  # type: ignore[type-var]


def test_one_draft_is_sent_once(any_world: World) -> None:
    desk = make_desk(any_world)
    desk.tick()
    first = desk.orders()[0]
    wording = desk.wording(first.id)

    def send(_: int) -> str:
        try:
            with desk.world.workshop.writing() as work:
                operations.send(desk.office, work, first.id, wording)
        except Conflict:
            return "late"
        return "sent"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, range(2))) == ["late", "sent"]
    with desk.world.workshop.reading() as work:
        assert len(work.session.scalars(select(SupervisionRound)).all()) == 1


def test_it_leaves_as_the_person_worded_it_and_is_not_changed_afterwards(desk: Desk) -> None:
    desk.tick()
    first = desk.orders()[0]
    sent = desk.send(first.id, title="新标题", demand="速办", reply_on=date(2026, 7, 20))
    assert (sent.title, sent.demand, sent.reply_on) == ("新标题", "速办", date(2026, 7, 20))
    assert sent.edited_by == desk.office.name
    for what in (operations.edit, operations.send):
        with pytest.raises(Conflict), desk.world.workshop.writing() as work:
            what(desk.office, work, first.id, desk.wording(first.id, title="改了"))
    with pytest.raises(Conflict):
        do(desk, "discard", first.id, "不要了")
    assert desk.page(first.id).order.title == "新标题"


def test_what_was_done_meanwhile_is_not_in_it(desk: Desk) -> None:
    desk.tick()
    first = desk.orders()[0]
    with desk.world.workshop.writing() as work:
        operations.edit(desk.office, work, first.id, desk.wording(first.id, title="已审"))
    liaison = desk.world.actor(desk.world.units[0], "liaison")
    desk.world.do(liaison, desk.world.inbox(liaison)[0].id, summary="做法")
    assert desk.page(first.id).all_done
    with pytest.raises(Conflict):
        desk.send(first.id)
    assert desk.page(first.id).order.number is None


def test_an_order_without_tasks_says_its_cause_in_words(desk: Desk) -> None:
    liaison = desk.world.actor(desk.world.units[0], "liaison")
    desk.world.do(liaison, desk.world.inbox(liaison)[0].id, summary="做法")
    with desk.world.workshop.writing() as work:
        mine = drafts.write(desk.office, work, desk.campaign.id, desk.world.units[0].id).id
    with pytest.raises(Invalid) as refused:
        desk.send(mine)
    assert set(refused.value.fields) == {"cause", "demand"}
    assert desk.send(mine, cause="材料多次退回", demand="请说明").number == 1


def test_receipt_and_reply_by_the_unit_and_both_are_recorded(desk: Desk, head: Actor) -> None:
    order = desk.sent()
    unit = desk.world.units[0]
    desk.receive(head, order.id)
    assert state(desk, order.id) == "received"
    desk.receive(head, order.id)
    with desk.world.workshop.writing() as work:
        liaison = desk.world.actor(unit, "liaison")
        proof = evidence.add(liaison, work, unit.id, desk.campaign.id, io.BytesIO("一".encode()), "说明.txt").id
    desk.reply(liaison, "已于今日报送", evidence=[str(proof)])
    page = desk.page(order.id)
    (row,) = page.rounds
    assert (page.order.state, row.round.reply, [each.name for each in row.files]) == (
        "replied",
        "已于今日报送",
        ["说明.txt"],
    )
    assert (row.round.received_by, row.round.replied_by, row.round.replied_source) == (head.name, liaison.name, "self")
    with desk.world.workshop.reading() as work:
        seen = work.session.scalars(select(Decision.seen_hash).where(Decision.task_id == row.round.task_id)).one()
        verbs = work.session.scalars(select(AuditRow.verb).where(AuditRow.verb.startswith("supervision:"))).all()
    assert seen == order.seal
    assert verbs.count("supervision:received") == 1
    assert {"supervision:drafted", "supervision:sent", "supervision:replied"} <= set(verbs)
    assert verify(desk.world.application) == []


def test_who_replies_has_received(desk: Desk, head: Actor) -> None:
    order = desk.sent()
    desk.reply(head)
    (row,) = desk.page(order.id).rounds
    assert row.round.received_at == row.round.replied_at is not None


def test_the_office_enters_what_the_unit_said(desk: Desk) -> None:
    order = desk.sent()
    with pytest.raises(NotAllowed):
        desk.receive(desk.office, order.id)
    desk.receive(desk.behalf(), order.id)
    paper = desk.behalf(Source.PAPER)
    desk.world.do(paper, reply_id(desk, order.id), reply="书面回复", on_paper="综合科")
    (row,) = desk.page(order.id).rounds
    assert (row.round.received_source, row.round.received_for) == ("phone", "示例单位01联络员")
    assert (row.round.replied_source, row.round.replied_by, row.round.on_paper) == ("paper", desk.office.name, "综合科")
    assert verify(desk.world.application) == []


def reply_id(desk: Desk, order_id: UUID) -> UUID:
    found = desk.page(order_id).order.task_id
    assert found is not None
    return found


def test_a_unit_where_nobody_sits_lands_with_who_rescues_and_with_nobody_above(desk: Desk) -> None:
    unit = desk.world.units[0]
    desk.tick()
    with desk.world.workshop.writing() as work:
        work.session.execute(update(Post).where(Post.unit_id == unit.id).values(unit_id=desk.world.authority.id))
    order = desk.send(desk.orders()[0].id)
    with desk.world.workshop.reading() as work:
        assert work.session.scalars(select(Seat.key).where(Seat.task_id == reply_id(desk, order.id))).all() == [
            "rescue"
        ]
        office = task_queries.inbox(desk.office, work, zone="Asia/Shanghai")
    assert reply_id(desk, order.id) in {row.id for row in office.rows}
    desk.receive(desk.behalf(), order.id)


def test_a_reply_needs_words_and_files_of_the_unit(desk: Desk, head: Actor) -> None:
    order = desk.sent()
    task = reply_id(desk, order.id)
    other = desk.world.units[1]
    with desk.world.workshop.writing() as work:
        liaison = desk.world.actor(other, "liaison")
        theirs = evidence.add(liaison, work, other.id, None, io.BytesIO("二".encode()), "别人的.txt").id
    for values, fields in (
        ({"reply": " "}, set()),
        ({"reply": 5}, set()),
        ({"reply": "长" * 4001}, {"reply"}),
        ({"reply": "有", "on_paper": "长" * 501}, {"on_paper"}),
        ({"reply": "有", "evidence": [str(theirs)]}, {"evidence"}),
        ({"reply": "有", "evidence": ["nonsense"]}, {"evidence"}),
        ({"reply": "有", "evidence": [str(uuid4()) for _ in range(51)]}, {"evidence"}),
    ):
        with pytest.raises(NotComplete) as refused:
            desk.world.do(head, task, **values)  # type: ignore[arg-type]
        assert set(refused.value.checked.errors) == fields
    assert state(desk, order.id) == "sent"


def test_asking_again_is_a_next_round_and_both_are_kept(desk: Desk, head: Actor) -> None:
    order = desk.sent()
    desk.reply(head, "正在办")
    do(desk, "ask_again", order.id, "说明何时办结", date(2026, 7, 20))
    second = desk.reply_task(head)
    assert second.due_at is not None
    assert second.due_at.isoformat().startswith("2026-07-20")
    assert state(desk, order.id) == "sent"
    desk.receive(head, order.id)
    desk.reply(head, "下周办结")
    rounds = desk.page(order.id).rounds
    assert [(row.round.number, row.round.asked, row.round.reply) for row in rounds] == [
        (1, "", "正在办"),
        (2, "说明何时办结", "下周办结"),
    ]
    do(desk, "close", order.id, "同意")
    done = desk.page(order.id).order
    assert (done.state, done.ending, done.ended_by, done.round) == ("closed", "同意", desk.office.name, 2)
    assert verify(desk.world.application) == []


def test_withdrawing_cancels_what_is_asked_and_keeps_the_number(desk: Desk, head: Actor) -> None:
    order = desk.sent()
    task = desk.reply_task(head)
    do(desk, "withdraw", order.id, "单位已合并")
    assert desk.world.inbox(head) == []
    with desk.world.workshop.reading() as work:
        assert work.session.get_one(Task, task.id).state == "cancelled"
    with pytest.raises(Conflict):
        desk.world.do(head, task.id, reply="晚了")
    with pytest.raises(Conflict):
        desk.receive(head, order.id)
    again = desk.page(order.id).order
    assert (again.state, again.number, again.ending) == ("withdrawn", 1, "单位已合并")
    assert verify(desk.world.application) == []


def test_what_is_settled_may_be_closed_without_a_reply(desk: Desk, head: Actor) -> None:
    order = desk.sent()
    liaison = desk.world.actor(desk.world.units[0], "liaison")
    (owed,) = [task for task in desk.world.inbox(liaison) if task.origin == "process"]
    desk.world.do(liaison, owed.id, summary="做法")
    assert desk.page(order.id).all_done
    assert state(desk, order.id) == "sent"
    do(desk, "close", order.id, "已办结，不再要求回复")
    assert desk.world.inbox(head) == []
    assert verify(desk.world.application) == []


@pytest.mark.parametrize("what", ["close", "withdraw", "discard"])
@pytest.mark.parametrize("words", ["", "  ", "长" * 501])
def test_ending_needs_words(desk: Desk, what: str, words: str) -> None:
    if what == "discard":
        desk.tick()
    order_id = desk.orders()[0].id if what == "discard" else desk.sent().id
    before = state(desk, order_id)
    with pytest.raises(Invalid):
        do(desk, what, order_id, words)
    assert state(desk, order_id) == before


def test_nothing_follows_that_does_not_fit(desk: Desk, head: Actor) -> None:
    desk.tick()
    draft, other = desk.orders()
    for what, words in (("close", ("好",)), ("withdraw", ("错",)), ("ask_again", ("再说", date(2026, 7, 20)))):
        with pytest.raises(Conflict):
            do(desk, what, draft.id, *words)
    with pytest.raises(Conflict):
        desk.receive(desk.office, draft.id)
    desk.send(draft.id)
    with pytest.raises(Conflict):
        do(desk, "ask_again", draft.id, "再说", date(2026, 7, 20))
    desk.reply(head)
    for day in (date(2026, 7, 1), date(2026, 7, 11), date(2029, 1, 1)):
        with pytest.raises(Invalid):
            do(desk, "ask_again", draft.id, "再说", day)
    do(desk, "close", draft.id, "好")
    for what in ("close", "withdraw"):
        with pytest.raises(Conflict):
            do(desk, what, draft.id, "再来")
    with desk.world.workshop.writing() as work:
        work.session.execute(update(Campaign).values(state=CampaignState.ENDED))
    with pytest.raises(Conflict):
        desk.send(other.id)


def test_drafts_are_nobodys_business_but_the_authoritys(desk: Desk, head: Actor) -> None:
    desk.tick()
    draft = desk.orders()[0]
    with pytest.raises(NotFound):
        desk.page(draft.id, head)
    assert listed(desk, head) == []
    viewer = replace(
        desk.office, grants=tuple(each for each in desk.office.grants if each.permission != queries.MANAGE)
    )
    with pytest.raises(NotFound):
        desk.page(draft.id, viewer)
    wording = desk.wording(draft.id)
    for actor in (head, viewer):
        with pytest.raises(NotFound), desk.world.workshop.writing() as work:
            operations.send(actor, work, draft.id, wording)
    desk.send(draft.id)
    assert [row.number for row in listed(desk, head)] == [1]
    assert [row.number for row in listed(desk, viewer)] == [1]
    for what, words in (("close", "好"), ("withdraw", "错")):
        for actor in (head, viewer):
            with pytest.raises(NotAllowed):
                do(desk, what, draft.id, words, actor=actor)
    stranger = desk.world.actor(desk.world.units[1], "head")
    assert listed(desk, stranger) == []
    for what, words in (("close", "好"), ("withdraw", "错")):
        with pytest.raises(NotFound):
            do(desk, what, draft.id, words, actor=stranger)
    with pytest.raises(NotFound):
        desk.receive(stranger, draft.id)


def listed(desk: Desk, actor: Actor, chosen: str = "all") -> list[queries.OrderRow]:
    with desk.world.workshop.reading() as work:
        found = queries.orders(actor, work, chosen=chosen)
        assert found.total == len(found.rows)
        return list(found.rows)


def test_the_list_says_what_is_to_be_done_and_counts_it(desk: Desk, head: Actor) -> None:
    desk.sent()
    with desk.world.workshop.reading() as work:
        found = queries.orders(desk.office, work)
        assert found.counts == {"all": 2, "to_send": 1, "waiting": 1, "to_close": 0, "ended": 0}
        assert queries.waiting_count(desk.office, work) == 1
        assert queries.waiting_count(head, work) == 0
        assert queries.orders(desk.office, work, campaign_id=uuid4()).rows == ()
    desk.reply(head)
    assert [row.state for row in listed(desk, desk.office)] == ["replied", "draft"]
    assert [row.state for row in listed(desk, desk.office, "to_close")] == ["replied"]


def test_a_changed_wording_or_a_missing_number_is_found(desk: Desk) -> None:
    first, second = desk.sent(), desk.sent(desk.world.units[1])
    with desk.world.workshop.writing() as work:
        work.session.execute(update(SupervisionItem).where(SupervisionItem.order_id == first.id).values(days_late=40))
        work.session.execute(update(SupervisionOrder).where(SupervisionOrder.id == second.id).values(number=7))
    areas = [(each.area, each.message.key) for each in verify(desk.world.application)]
    assert set(areas) == {("supervision", "verify-order-seal-broken"), ("supervision", "verify-order-numbers")}


def test_the_database_itself_refuses_a_number_twice(desk: Desk) -> None:
    desk.sent()
    second = desk.sent(desk.world.units[1])
    with pytest.raises(IntegrityError), desk.world.workshop.writing() as work:
        work.session.execute(update(SupervisionOrder).where(SupervisionOrder.id == second.id).values(number=1))


@pytest.mark.parametrize("words", ["13812345678 请回电", "<script>alert(1)</script>", "‮反向"])
def test_what_was_typed_is_kept_and_numbers_are_masked_in_the_record(desk: Desk, words: str) -> None:
    desk.tick()
    first = desk.orders()[0]
    assert desk.send(first.id, title=words).title == words
    with desk.world.workshop.reading() as work:
        rows = work.session.scalars(select(AuditRow.details).where(AuditRow.verb == "supervision:sent")).all()
    assert "13812345678" not in str(rows)


def test_nobody_is_asked_where_there_is_no_such_order(desk: Desk) -> None:
    for what, words in (("close", ("好",)), ("withdraw", ("错",)), ("discard", ("不",))):
        with pytest.raises(GreengateError):
            do(desk, what, uuid4(), *words)
    with pytest.raises(NotFound):
        desk.receive(desk.office, uuid4())


def test_what_the_unit_is_called_later_changes_nothing(desk: Desk) -> None:
    order = desk.sent()
    with desk.world.workshop.writing() as work:
        work.session.execute(update(Unit).where(Unit.id == order.unit_id).values(name="改了名的单位"))
    assert desk.page(order.id).unit_name == "示例单位01"
    assert verify(desk.world.application) == []
    assert order.state == OrderState.SENT
