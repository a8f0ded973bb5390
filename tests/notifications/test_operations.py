"""People are told once; mail goes out by an outbox, is tried again, is given up, and can be sent again."""

from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor, ActorKind, Grant
from server.config import MailServer
from server.errors import NotFound
from server.identity import accounts
from server.notifications import mail, operations, queries
from server.notifications.models import Delivery, DeliveryState, Notification
from server.notifications.operations import Said
from server.notifications.rules import AGAIN_AFTER, LOST_AFTER
from tests.notifications.conftest import address, send, use_mail
from tests.notifications.post_office import PostOffice
from tests.world import World

TODAY = "tasks-told-today"
KEEPER = Actor(ActorKind.ACCOUNT, "管理员", grants=(Grant("system.manage", "/"),))


def tell(world: World, matter: str = "one", *, kinds: Sequence[str] = ("liaison",), title: str = "自评") -> int:
    people = [world.people[world.units[0].id, kind][0] for kind in kinds]
    with world.workshop.writing() as work:
        return operations.tell(work, people, Said(TODAY, matter, "/tasks/1", {"task": title}))


def deliveries(world: World) -> list[tuple[str, int]]:
    with world.workshop.reading() as work:
        rows = work.session.scalars(select(Delivery).order_by(Delivery.due_at, Delivery.address))
        return [(row.state, row.attempts) for row in rows]


def words(letter: EmailMessage) -> str:
    return str(letter.get_content())


def test_a_mail_goes_to_who_has_an_address_with_the_way_to_the_page(mailing: World, office: PostOffice) -> None:
    assert tell(mailing) == 1
    assert office.received == []
    send(mailing)
    (letter,) = office.received
    assert "liaison@example.cn" in letter["To"]
    assert letter["From"] == "campaign@example.cn"
    assert "自评" in letter["Subject"]
    assert "https://greengate.example.cn/tasks/1" in words(letter)
    assert letter["Auto-Submitted"] == "auto-generated"
    send(mailing)
    assert len(office.received) == 1
    assert deliveries(mailing) == [("sent", 1)]


def test_who_can_be_reached_in_no_way_is_not_told(mailing: World) -> None:
    assert tell(mailing, kinds=["head"]) == 0
    with mailing.workshop.writing() as work:
        person_id = mailing.people[mailing.units[0].id, "head"][0]
        accounts.create_account(SYSTEM, work, person_id, "head", password="Gufeng-Shan-2026")
    assert tell(mailing, kinds=["head"]) == 1
    assert deliveries(mailing) == []


def test_the_same_is_told_once_and_a_new_matter_again(mailing: World, office: PostOffice) -> None:
    assert [tell(mailing), tell(mailing), tell(mailing, "two")] == [1, 0, 1]
    send(mailing)
    (letter,) = office.received
    assert "2" in letter["Subject"]


def test_what_is_rolled_back_is_told_to_nobody(mailing: World, office: PostOffice) -> None:
    people = [mailing.people[mailing.units[0].id, "liaison"][0]]
    with mailing.workshop.writing() as work:
        assert operations.tell(work, people, Said(TODAY, "one", "/", {"task": "自评"})) == 1
        work.session.rollback()
    send(mailing)
    assert office.received == []


def test_nothing_is_sent_at_night_and_all_of_it_in_one_mail_in_the_morning(mailing: World, office: PostOffice) -> None:
    mailing.clock.advance(timedelta(hours=12))
    tell(mailing)
    send(mailing)
    tell(mailing, "two")
    assert office.received == []
    mailing.clock.advance(timedelta(hours=11))
    send(mailing)
    assert len(office.received) == 1


def test_what_was_read_in_the_meantime_is_not_sent(mailing: World, office: PostOffice) -> None:
    tell(mailing)
    with mailing.workshop.writing() as work:
        operations.mark_read(mailing.actor(mailing.units[0], "liaison"), work)
    send(mailing)
    assert office.received == []
    assert deliveries(mailing) == [("dropped", 0)]


def test_a_server_that_refuses_for_now_is_tried_later(mailing: World, office: PostOffice) -> None:
    office.refusing = True
    tell(mailing)
    send(mailing)
    assert deliveries(mailing) == [("waiting", 1)]
    office.refusing = False
    send(mailing)
    assert office.received == []
    mailing.clock.advance(AGAIN_AFTER[0])
    send(mailing)
    assert len(office.received) == 1
    assert deliveries(mailing) == [("sent", 2)]


def give_up(world: World) -> None:
    address(world, "nobody@example.cn")
    tell(world)
    for _ in range(len(AGAIN_AFTER) + 1):
        send(world)
        world.clock.advance(timedelta(days=2))


def test_what_nobody_takes_is_given_up_shown_and_sent_again_to_the_mended_address(
    mailing: World, office: PostOffice
) -> None:
    give_up(mailing)
    with mailing.workshop.reading() as work:
        (row,) = queries.undelivered(work).rows
    assert (row.address, row.attempts) == ("nobody@example.cn", len(AGAIN_AFTER) + 1)
    assert "no such person" in row.error
    address(mailing, "liaison@example.cn")
    with mailing.workshop.writing() as work:
        operations.send_again(KEEPER, work, row.id)
    send(mailing)
    assert len(office.received) == 1
    assert deliveries(mailing) == [("sent", 1)]


def test_only_who_keeps_the_system_running_sends_again(mailing: World) -> None:
    give_up(mailing)
    with mailing.workshop.reading() as work:
        (row,) = queries.undelivered(work).rows
    with mailing.workshop.writing() as work, pytest.raises(NotFound):
        operations.send_again(mailing.actor(mailing.authority, "office"), work, row.id)
    assert deliveries(mailing) == [("failed", len(AGAIN_AFTER) + 1)]


def test_what_a_dead_process_was_sending_is_sent_by_the_next_and_never_by_two_at_once(
    mailing: World, office: PostOffice
) -> None:
    tell(mailing)
    with mailing.workshop.writing() as work:
        (lost,) = operations.claim_due(work)
    send(mailing)
    assert office.received == []
    mailing.clock.advance(LOST_AFTER)
    send(mailing)
    assert len(office.received) == 1
    with mailing.workshop.writing() as work:
        operations.record_sent(work, lost, "late")
    assert deliveries(mailing) == [("sent", 1)]


def test_a_server_that_is_not_there_is_a_failed_attempt(mailing: World) -> None:
    use_mail(mailing, MailServer("127.0.0.1", 1, "none", "campaign@example.cn"))
    tell(mailing)
    send(mailing)
    assert deliveries(mailing) == [("waiting", 1)]


def test_without_a_server_nothing_waits_to_be_sent(mailing: World) -> None:
    use_mail(mailing, None)
    assert tell(mailing) == 0
    assert deliveries(mailing) == []


@pytest.mark.parametrize("to", ["a@example.cn\nBcc: all@example.cn", "a@example.cn\r\n\r\nwords", "所有人"])
def test_a_hostile_address_sends_nothing(mailing: World, office: PostOffice, to: str) -> None:
    address(mailing, to)
    tell(mailing)
    send(mailing)
    assert office.received == []
    assert deliveries(mailing) == [("waiting", 1)]


def test_a_password_goes_nowhere_without_encryption_being_offered(office: PostOffice) -> None:
    server = MailServer("127.0.0.1", office.port, "starttls", "campaign@example.cn", "user", "secret")
    letter = operations.Letter(server, "liaison@example.cn", "联络员", "一件", "一件", "<1@example.cn>", {})
    assert "STARTTLS" in mail.send(letter)
    assert office.received == []
    assert "secret" not in repr(server)


def test_notifications_of_others_are_not_there(mailing: World) -> None:
    tell(mailing)
    with mailing.workshop.reading() as work:
        notification_id = work.session.scalars(select(Notification.id)).one()
    with mailing.workshop.writing() as work, pytest.raises(NotFound):
        operations.mark_read(mailing.actor(mailing.units[1], "liaison"), work, notification_id)
    liaison = mailing.actor(mailing.units[0], "liaison")
    with mailing.workshop.writing() as work:
        assert queries.unread_count(liaison, work) == 1
        assert operations.mark_read(liaison, work, notification_id) == "/tasks/1"
        assert queries.unread_count(liaison, work) == 0
    assert DeliveryState.WAITING in {state for state, _ in deliveries(mailing)}
