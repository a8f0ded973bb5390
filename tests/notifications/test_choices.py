"""How people wish to be written to: at once, once a day, only the urgent at once, in their own hours, or not at all."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor
from server.errors import Invalid, NotAllowed, NotFound
from server.identity import accounts
from server.identity.models import Account
from server.notifications import choices, operations
from server.notifications.models import Delivery, NotificationChoice
from server.notifications.operations import Said
from server.notifications.rules import AGAIN_AFTER, Choice, Digest, choice_faults, due_at, may_go_at
from tests.notifications.conftest import send
from tests.notifications.post_office import PostOffice
from tests.world import World

SHANGHAI, URUMQI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Asia/Urumqi"), ZoneInfo("Europe/Berlin")
DAILY = Choice(digest=Digest.DAILY, hour=9)
URGENT = Choice(digest=Digest.URGENT, hour=17)


def at(words: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("choice", "urgent", "now", "then"),
    [
        (Choice(), False, "2026-03-02 10:00", "2026-03-02 10:00"),
        (DAILY, False, "2026-03-02 08:59", "2026-03-02 09:00"),
        (DAILY, False, "2026-03-02 09:00", "2026-03-02 09:00"),
        (DAILY, False, "2026-03-02 09:01", "2026-03-03 09:00"),
        (DAILY, True, "2026-03-02 10:00", "2026-03-03 09:00"),
        (DAILY, False, "2026-12-31 23:59", "2027-01-01 09:00"),
        (DAILY, False, "2026-03-02 00:10", "2026-03-02 09:00"),
        (URGENT, True, "2026-03-02 10:00", "2026-03-02 10:00"),
        (URGENT, False, "2026-03-02 10:00", "2026-03-02 17:00"),
        (URGENT, True, "2026-03-02 22:00", "2026-03-03 08:00"),
        (URGENT, True, "2026-03-03 02:00", "2026-03-03 08:00"),
        (Choice(first_hour=10, last_hour=16, hour=10), False, "2026-03-02 16:00", "2026-03-03 10:00"),
        (Choice(first_hour=10, last_hour=16, hour=10), False, "2026-03-03 00:30", "2026-03-03 10:00"),
        (Choice(first_hour=10, last_hour=16, hour=10), False, "2026-03-02 15:59", "2026-03-02 15:59"),
    ],
)
def test_the_hour_of_a_mail(choice: Choice, urgent: bool, now: str, then: str) -> None:
    assert due_at(at(now), SHANGHAI, choice, urgent=urgent) == at(then)


def test_hours_are_those_of_the_place() -> None:
    now = at("2026-03-02 09:30")
    assert may_go_at(now, SHANGHAI) == now
    assert may_go_at(now, URUMQI) == at("2026-03-02 08:00", URUMQI)
    assert due_at(at("2026-03-28 12:00", BERLIN), BERLIN, DAILY, urgent=False) == at("2026-03-29 09:00", BERLIN)


@pytest.mark.parametrize(
    ("choice", "fields"),
    [
        (Choice(), set()),
        (Choice(digest="hourly"), {"digest"}),
        (Choice(first_hour=7), {"first_hour"}),
        (Choice(last_hour=21), {"last_hour"}),
        (Choice(first_hour=-1, last_hour=99), {"first_hour", "last_hour"}),
        (Choice(first_hour=12, last_hour=12), {"last_hour"}),
        (Choice(first_hour=10, hour=9), {"hour"}),
        (Choice(last_hour=15, hour=15), {"hour"}),
        (Choice(hour=-1), {"hour"}),
    ],
)
def test_what_is_no_choice(choice: Choice, fields: set[str]) -> None:
    assert set(choice_faults(choice)) == fields


def reader(world: World) -> Actor:
    """The liaison of the first unit, with an account."""
    actor = world.actor(world.units[0], "liaison")
    with world.workshop.writing() as work:
        assert actor.person_id is not None
        if work.session.scalar(select(Account.id).where(Account.person_id == actor.person_id)) is None:
            accounts.create_account(SYSTEM, work, actor.person_id, "liaison", password="Gufeng-Shan-2026")
        account_id = work.session.scalars(select(Account.id).where(Account.person_id == actor.person_id)).one()
    return Actor(actor.kind, actor.name, person_id=actor.person_id, account_id=account_id)


def choose(world: World, choice: Choice, language: str = "zh-CN") -> None:
    actor = reader(world)
    with world.workshop.writing() as work:
        choices.choose(actor, work, choice, language)


def tell(world: World, matter: str, *, urgent: bool = False, message: str = "tasks-told-today", **said: object) -> None:
    with world.workshop.writing() as work:
        person_id = world.people[world.units[0].id, "liaison"][0]
        values = {"task": matter, **({"name": said["name"]} if "name" in said else {})}
        about_id = said.get("about_id")
        operations.tell(
            work,
            [person_id],
            Said(message, matter, "/tasks/1", values, urgent=urgent, about_id=about_id),  # type: ignore[arg-type]
        )


def till(world: World, hour: int) -> None:
    """Advance the clock to the next time that it is so late."""
    local = world.clock.now().astimezone(SHANGHAI)
    then = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    world.clock.advance((then if then > local else then + timedelta(days=1)) - local)


def bodies(office: PostOffice) -> Sequence[str]:
    return [str(letter.get_content()) for letter in office.received]


def test_one_mail_a_day_has_all_that_waits_and_nothing_twice(mailing: World, office: PostOffice) -> None:
    choose(mailing, DAILY)
    till(mailing, 10)
    for matter in ("甲", "乙"):
        tell(mailing, matter, urgent=True)
        mailing.clock.advance(timedelta(hours=2))
        send(mailing)
    assert office.received == []
    till(mailing, 9)
    send(mailing)
    (body,) = bodies(office)
    assert ("甲" in body, "乙" in body) == (True, True)
    till(mailing, 9)
    send(mailing)
    assert len(office.received) == 1


def test_the_urgent_goes_at_once_and_the_rest_waits(mailing: World, office: PostOffice) -> None:
    choose(mailing, URGENT)
    till(mailing, 10)
    tell(mailing, "不急")
    tell(mailing, "很急", urgent=True)
    send(mailing)
    (body,) = bodies(office)
    assert ("不急" in body, "很急" in body) == (False, True)
    till(mailing, 17)
    send(mailing)
    assert "不急" in bodies(office)[1]
    assert "很急" not in bodies(office)[1]


def test_a_matter_has_one_line_and_what_a_person_said_another(mailing: World, office: PostOffice) -> None:
    choose(mailing, DAILY)
    till(mailing, 10)
    task_id = mailing.units[0].id
    tell(mailing, "甲", message="tasks-told-opened-undated", about_id=task_id)
    tell(mailing, "甲", message="tasks-told-urged-undated", about_id=task_id, name="王主任")
    mailing.clock.advance(timedelta(hours=1))
    tell(mailing, "甲", message="tasks-told-today", about_id=task_id)
    till(mailing, 9)
    send(mailing)
    (body,) = bodies(office)
    assert ("新待办" in body, "王主任" in body, "今日到期" in body or "今天到期" in body) == (False, True, True)
    with mailing.workshop.reading() as work:
        assert set(work.session.scalars(select(Delivery.state))) == {"sent"}


def test_who_wants_no_mails_gets_none_not_even_those_that_wait(mailing: World, office: PostOffice) -> None:
    choose(mailing, DAILY)
    till(mailing, 10)
    tell(mailing, "甲")
    choose(mailing, Choice(by_mail=False))
    tell(mailing, "乙")
    till(mailing, 9)
    send(mailing)
    assert office.received == []
    with mailing.workshop.reading() as work:
        assert list(work.session.scalars(select(Delivery.state))) == ["dropped"]


def test_what_the_worker_finds_late_waits_for_the_morning(mailing: World, office: PostOffice) -> None:
    choose(mailing, Choice(first_hour=9, last_hour=18))
    till(mailing, 17)
    tell(mailing, "甲")
    till(mailing, 18)
    send(mailing)
    assert office.received == []
    till(mailing, 9)
    send(mailing)
    assert len(office.received) == 1


def test_another_attempt_keeps_to_ones_own_hours(mailing: World, office: PostOffice) -> None:
    choose(mailing, Choice(first_hour=9, last_hour=18))
    till(mailing, 17)
    mailing.clock.advance(timedelta(hours=1) - AGAIN_AFTER[0] / 2)
    tell(mailing, "甲")
    with mailing.workshop.writing() as work:
        (letter,) = operations.claim_due(work)
    with mailing.workshop.writing() as work:
        operations.record_sent(work, letter, "451")
    with mailing.workshop.reading() as work:
        due = work.session.scalars(select(Delivery.due_at)).one()
    assert (due.astimezone(SHANGHAI).hour, due.astimezone(SHANGHAI).minute) == (9, 0)


def test_no_daily_mail_is_cut_in_two(mailing: World, office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.notifications.operations.CLAIMED_AT_ONCE", 3)
    with mailing.workshop.writing() as work:
        for number, kind in enumerate(("liaison", "head")):
            person_id = mailing.people[mailing.units[0].id, kind][0]
            work.session.get_one(choices.Person, person_id).email = f"p{number}@example.cn"
    till(mailing, 10)
    with mailing.workshop.writing() as work:
        people = [mailing.people[mailing.units[0].id, kind][0] for kind in ("liaison", "head")]
        for matter in ("甲", "乙"):
            operations.tell(work, people, Said("tasks-told-today", matter, "/", {"task": matter}))
    send(mailing)
    send(mailing)
    assert sorted(letter["To"].split("<")[-1] for letter in office.received) == ["p0@example.cn>", "p1@example.cn>"]


def test_mails_are_written_in_the_language_chosen(mailing: World, office: PostOffice) -> None:
    choose(mailing, Choice(), "en")
    till(mailing, 10)
    tell(mailing, "甲")
    send(mailing)
    assert "Due today" in bodies(office)[0]


def test_a_refused_choice_changes_nothing(mailing: World) -> None:
    actor = reader(mailing)
    for choice, language in ((Choice(digest="x"), "zh-CN"), (Choice(), "xx"), (Choice(first_hour=3), "zh-CN")):
        with pytest.raises(Invalid), mailing.workshop.writing() as work:
            choices.choose(actor, work, choice, language)
    with mailing.workshop.reading() as work:
        assert work.session.scalars(select(NotificationChoice)).all() == []
        assert choices.settled(actor, work).choice == Choice()


def test_only_a_person_with_an_account_chooses(mailing: World) -> None:
    with mailing.workshop.writing() as work:
        with pytest.raises(NotAllowed):
            choices.choose(SYSTEM, work, Choice(), "zh-CN")
        with pytest.raises(NotFound):
            choices.settled(SYSTEM, work)
