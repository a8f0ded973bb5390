"""People are told by the ways that they choose among those set up; groups are told counts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from server.actor import SYSTEM, Actor, ActorKind, Grant
from server.audit.models import AuditRow
from server.channels import Channels
from server.config import Settings
from server.errors import Invalid, NotFound
from server.identity import accounts
from server.identity.models import Account
from server.notifications import addresses, choices, operations, providers, queries
from server.notifications.addresses import Entry, Way
from server.notifications.models import Delivery, GroupMessage, PersonAddress
from server.notifications.operations import Said
from server.notifications.rules import AGAIN_AFTER, Choice, Digest, Line, address_of, masked_address, text_words
from server.rehearsal.run import stage_of
from server.tasks import group_counts
from tests.notifications.conftest import send
from tests.notifications.post_office import PostOffice
from tests.notifications.provider import Provider, provider
from tests.notifications.test_operations import KEEPER, tell
from tests.world import World

MOBILE = "13800138000"
ROBOT = {"kind": "dingtalk", "name": "办公室群", "token": "robottoken"}
MANAGER = Actor(ActorKind.ACCOUNT, "安全员", grants=(Grant("account.manage", "/"),))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setattr(providers, "_KEYS", providers.Keys())
    with provider() as found:
        yield found


@pytest.fixture
def city(mailing: World, desk: Provider) -> World:
    """The world with mail and all channels; nobody has entered anything yet."""
    use(mailing, desk.channels(robot=[ROBOT]))
    return mailing


def use(world: World, channels: Channels) -> None:
    parts = world.workshop.parts
    parts._parts[Settings] = replace(parts.get(Settings), channels=channels)


def liaison(world: World) -> Actor:
    """The liaison of the first unit, with an account."""
    actor = world.actor(world.units[0], "liaison")
    with world.workshop.writing() as work:
        found = work.session.scalar(select(Account.id).where(Account.person_id == actor.person_id))
        if found is None:
            assert actor.person_id is not None
            accounts.create_account(SYSTEM, work, actor.person_id, "liaison", password="Gufeng-Shan-2026")
            work.session.flush()
            found = work.session.scalar(select(Account.id).where(Account.person_id == actor.person_id))
    return replace(actor, account_id=found)


def enter(world: World, **entries: Entry) -> None:
    with world.workshop.writing() as work:
        addresses.enter_own(liaison(world), work, entries)


def ways(world: World) -> dict[str, Way]:
    with world.workshop.reading() as work:
        return {way.channel: way for way in addresses.own_ways(liaison(world), work)}


def states(world: World) -> list[tuple[str, str, int]]:
    with world.workshop.reading() as work:
        rows = work.session.scalars(select(Delivery).order_by(Delivery.channel))
        return [(row.channel, row.state, row.attempts) for row in rows]


def test_each_way_that_was_chosen_carries_the_matter_and_its_address_once(
    city: World, desk: Provider, office: PostOffice
) -> None:
    enter(city, wecom=Entry("ZhangSan", True), sms=Entry("+86 138-0013-8000", True), feishu=Entry("ou01", False))
    assert [tell(city), tell(city)] == [1, 0]
    assert desk.asked == []
    send(city)
    send(city)
    assert len(office.received) == 1
    by_wecom, by_text = sorted(desk.messages(), key=lambda asked: asked.host)
    assert by_wecom.said["touser"] == "ZhangSan"
    assert "自评" in by_wecom.said["text"]["content"]
    assert by_wecom.said["text"]["content"].endswith("https://greengate.example.cn/tasks/1")
    assert by_text.said["mobile"] == MOBILE
    assert by_text.said["content"].endswith("https://greengate.example.cn/tasks/1")
    assert states(city) == [("mail", "sent", 1), ("sms", "sent", 1), ("wecom", "sent", 1)]


def test_several_matters_are_one_message(city: World, desk: Provider) -> None:
    enter(city, sms=Entry(MOBILE, True), dingtalk=Entry("user01", True))
    for number in range(7):
        tell(city, str(number))
    send(city)
    by_ding, by_text = sorted(desk.messages(), key=lambda asked: asked.host)
    words = by_ding.said["msg"]["text"]["content"]
    assert "7" in words
    assert words.count("/tasks/1") == 5
    assert words.endswith("https://greengate.example.cn/notifications")
    assert by_text.said["content"].count("https://") == 1
    assert by_text.said["content"].endswith("https://greengate.example.cn/notifications")


def test_no_more_is_taken_at_once_than_a_silent_provider_lets_us_do(
    city: World, desk: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "PIECES_AT_ONCE", 1)
    enter(city, sms=Entry(MOBILE, True), wecom=Entry("ZhangSan", True))
    tell(city)
    with city.workshop.writing() as work:
        assert len(operations.claim_due(work)) == 1
    assert sorted(state for _, state, _ in states(city)) == ["sending", "waiting", "waiting"]
    send(city)
    assert sorted(state for _, state, _ in states(city)) == ["sending", "sent", "sent"]


def test_what_is_rolled_back_is_told_to_nobody(city: World, desk: Provider) -> None:
    enter(city, sms=Entry(MOBILE, True))
    with city.workshop.writing() as work:
        person_id = city.people[city.units[0].id, "liaison"][0]
        assert operations.tell(work, [person_id], Said("tasks-told-today", "one", "/", {"task": "自评"})) == 1
        work.session.rollback()
    send(city)
    assert desk.asked == []


def test_hours_and_summaries_hold_for_every_way(city: World, desk: Provider) -> None:
    enter(city, sms=Entry(MOBILE, True))
    with city.workshop.writing() as work:
        choices.choose(liaison(city), work, Choice(by_mail=False, digest=Digest.DAILY, hour=19), "zh-CN")
    tell(city)
    send(city)
    assert desk.asked == []
    city.clock.advance(timedelta(hours=24))
    for _ in range(24):
        send(city)
        city.clock.advance(timedelta(hours=1))
    assert len(desk.asked) == 1
    assert states(city) == [("sms", "sent", 1)]


@pytest.mark.parametrize("undo", [Entry("", False), Entry("", False, forget=True)])
def test_who_turns_a_way_off_or_takes_the_address_back_is_not_told_by_it_any_more(
    city: World, desk: Provider, undo: Entry
) -> None:
    enter(city, sms=Entry(MOBILE, True))
    tell(city)
    enter(city, sms=undo)
    send(city)
    assert desk.asked == []
    assert ("sms", "dropped", 0) in states(city)
    assert bool(ways(city)["sms"].address) != undo.forget


def test_what_waits_goes_to_where_its_reader_is_to_be_reached_now(city: World, desk: Provider) -> None:
    enter(city, sms=Entry(MOBILE, True))
    tell(city)
    enter(city, sms=Entry("13900139000", True))
    send(city)
    assert len(desk.asked) == 1
    assert "13900139000" in str(desk.asked[0])
    assert MOBILE not in str(desk.asked[0])


def test_a_way_that_is_not_set_up_any_more_waits_and_is_offered_to_nobody(city: World, desk: Provider) -> None:
    enter(city, sms=Entry(MOBILE, True))
    tell(city)
    channels = desk.channels()
    use(city, replace(channels, gateway=None))
    send(city)
    assert desk.asked == []
    assert "sms" not in ways(city)
    use(city, channels)
    send(city)
    assert len(desk.asked) == 1


def test_what_fails_is_tried_again_given_up_shown_masked_and_sent_again(city: World, desk: Provider) -> None:
    enter(city, sms=Entry(MOBILE, True))
    desk.answers["/send"] = (200, '{"code": 7, "message": "no credit for 13800138000"}')
    tell(city)
    send(city)
    assert ("sms", "waiting", 1) in states(city)
    for _ in AGAIN_AFTER:
        city.clock.advance(timedelta(days=2))
        send(city)
    with city.workshop.reading() as work:
        (row,) = queries.undelivered(work).rows
    assert (row.channel, row.address, row.attempts) == ("sms", "138****8000", len(AGAIN_AFTER) + 1)
    assert row.error == "HTTP 200: code 7"
    assert MOBILE not in row.error
    enter(city, sms=Entry("13900139000", True))
    del desk.answers["/send"]
    with city.workshop.writing() as work:
        operations.send_again(KEEPER, work, row.id)
    send(city)
    assert desk.asked[-1].said["mobile"] == "13900139000"
    assert ("sms", "sent", 1) in states(city)


def test_addresses_are_masked_where_shown_and_in_no_record(city: World) -> None:
    enter(city, sms=Entry(MOBILE, True), wecom=Entry("ZhangSanFeng", True))
    assert ways(city)["sms"] == Way("sms", "138****8000", True)
    assert ways(city)["wecom"] == Way("wecom", "Z****ng", True)
    assert ways(city)["feishu"] == Way("feishu")
    with city.workshop.reading() as work:
        recorded = [f"{row.verb} {row.details} {row.subject}" for row in work.session.scalars(select(AuditRow))]
    entered = [row for row in recorded if "address:entered" in row]
    assert len(entered) == 1
    assert not any(MOBILE in row or "ZhangSanFeng" in row for row in recorded)


def test_an_empty_field_keeps_what_is_known_and_the_same_again_records_nothing(city: World) -> None:
    enter(city, sms=Entry(MOBILE, True))
    enter(city, sms=Entry("", True))
    assert ways(city)["sms"].address == "138****8000"
    with city.workshop.reading() as work:
        assert work.session.scalar(select(func.count()).where(AuditRow.verb == "address:entered")) == 1


@pytest.mark.parametrize(
    ("channel", "entry"),
    [
        ("sms", Entry("12800138000", True)),
        ("sms", Entry("13800138000,13900139000", True)),
        ("sms", Entry("1380013800０", True)),
        ("sms", Entry("https://169.254.169.254/", True)),
        ("sms", Entry("", True)),
        ("wecom", Entry("@all", True)),
        ("wecom", Entry("a|b", True)),
        ("dingtalk", Entry("a,b", True)),
        ("dingtalk", Entry("file:///etc/passwd", True)),
        ("feishu", Entry("a\nb", True)),
        ("feishu", Entry("x" * 65, False)),
        ("feishu", Entry("张三", False)),
    ],
)
def test_what_is_no_address_of_one_person_is_refused_by_field(city: World, channel: str, entry: Entry) -> None:
    with pytest.raises(Invalid) as refusal:
        enter(city, **{channel: entry})
    assert set(refusal.value.fields) == {channel}
    assert ways(city)[channel] == Way(channel)


def test_a_kind_that_is_unknown_or_not_set_up_is_not_kept(city: World, desk: Provider) -> None:
    use(city, replace(desk.channels(), gateway=None))
    enter(city, telegram=Entry("user", True), mail=Entry("a@example.cn", True), sms=Entry(MOBILE, True))
    with city.workshop.reading() as work:
        assert work.session.scalars(select(PersonAddress)).all() == []


def test_who_manages_accounts_enters_for_others_and_nobody_else_does(city: World) -> None:
    person_id = city.people[city.units[0].id, "liaison"][0]
    manager = replace(MANAGER, grants=(Grant("account.manage", city.root_path),))
    with city.workshop.writing() as work:
        addresses.enter_for(manager, work, person_id, {"dingtalk": Entry("user01", True)})
        assert addresses.person(manager, work, person_id).ways[0] == Way("dingtalk", "u****01", True)
    for other in (KEEPER, city.actor(city.units[1], "liaison"), city.actor(city.authority, "office")):
        with city.workshop.writing() as work, pytest.raises(NotFound):
            addresses.enter_for(other, work, person_id, {"dingtalk": Entry("mine", True)})
    with city.workshop.writing() as work, pytest.raises(NotFound):
        addresses.enter_own(SYSTEM, work, {"dingtalk": Entry("mine", True)})


def look(world: World) -> None:
    with world.workshop.writing() as work:
        work.jobs.enqueue(work.session, "tasks.tell_groups", "tick", {})
    world.drain()
    send(world)


def robots(world: World) -> list[tuple[str, int]]:
    with world.workshop.reading() as work:
        rows = work.session.scalars(select(GroupMessage).order_by(GroupMessage.day))
        return [(row.state, row.attempts) for row in rows]


def test_a_group_hears_counts_once_a_day_and_no_name(city: World, desk: Provider) -> None:
    city.open_campaign()
    until(city, 10)
    for _ in range(3):
        look(city)
    (asked,) = [each for each in desk.asked if each.path == "/robot/send"]
    words = asked.said["text"]["content"]
    assert "待办" in words
    assert words.endswith("https://greengate.example.cn/inbox")
    names = [unit.name for unit in city.units] + [name for _, name in city.people.values()]
    assert not any(name in words for name in names)
    assert robots(city) == [("sent", 1)]
    city.clock.advance(timedelta(days=1))
    look(city)
    assert len([each for each in desk.asked if each.path == "/robot/send"]) == 2


def until(world: World, hour: int) -> None:
    """Let time pass until it is so late in Shanghai."""
    while (world.clock.now().hour + 8) % 24 != hour:
        world.clock.advance(timedelta(hours=1))


def test_a_group_is_told_nothing_of_nothing_nor_at_night(city: World, desk: Provider) -> None:
    until(city, 10)
    look(city)
    assert (desk.asked, robots(city)) == ([], [("dropped", 0)])
    city.open_campaign()
    until(city, 23)
    look(city)
    assert desk.asked == []


def test_a_robot_that_cannot_speak_tries_again_on_that_day_alone_and_is_shown(city: World, desk: Provider) -> None:
    city.open_campaign()
    until(city, 10)
    desk.answers["/robot/send"] = (200, '{"errcode": 310000, "errmsg": "keywords not in content"}')
    for _ in range(10):
        look(city)
        city.clock.advance(timedelta(hours=1))
    with city.workshop.reading() as work:
        (row,) = queries.silent_groups(work)
    assert row.robot == "办公室群"
    assert robots(city) == [("failed", 5)]
    assert row.error == "HTTP 200: errcode 310000"
    assert "robottoken" not in row.error


def test_on_a_stage_nobody_outside_is_told_anything(city: World, desk: Provider, office: PostOffice) -> None:
    """The demo is played in an installation whose ways out may be set up."""
    enter(city, sms=Entry(MOBILE, True))
    stage = stage_of(city.application, city.clock, city.queue)
    with stage.workshop.writing() as work:
        person_id = city.people[city.units[0].id, "liaison"][0]
        assert operations.tell(work, [person_id], Said("tasks-told-today", "one", "/", {"task": "自评"})) == 1
        group_counts.announce(work)
        assert operations.claim_due(work) == ()
    assert states(city) == []
    assert robots(city) == []


@pytest.mark.parametrize(
    ("channel", "typed", "kept"),
    [
        ("sms", "138 0013 8000", MOBILE), ("sms", "8613800138000", MOBILE), ("sms", "+86-138-0013-8000", MOBILE),
        ("sms", "138001380001", ""), ("sms", "١٣٨٠٠١٣٨٠٠٠", ""), ("wecom", "zhang.san@a-b_c", "zhang.san@a-b_c"),
        ("wecom", "@all", ""), ("feishu", "a b", ""), ("feishu", "a\n", ""), ("dingtalk", "0123-4", "0123-4"),
    ],
)  # fmt: skip
def test_addresses(channel: str, typed: str, kept: str) -> None:
    assert address_of(channel, typed) == kept


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [("mail", "a@example.cn", "a@example.cn"), ("sms", MOBILE, "138****8000"), ("wecom", "abcde", "a****de"),
     ("wecom", "abcd", "****"), ("wecom", "", "****")],
)  # fmt: skip
def test_masks(channel: str, address: str, shown: str) -> None:
    assert masked_address(channel, address) == shown


def test_a_text_message_stays_short() -> None:
    words: Any = text_words([Line("很长" * 100, "https://g.cn/tasks/1")], "zh-CN", "https://g.cn/notifications")
    assert len(words) <= 60 + len(" https://g.cn/tasks/1")
    assert words.endswith("… https://g.cn/tasks/1")
    assert text_words([Line("短", "")], "zh-CN", "") == "【创建通】短"
