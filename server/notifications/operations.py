"""Telling people, and the outbox that is written with it. Nothing here commits."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, or_, select, update

from server.actor import Actor
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.verbs import Verb
from server.channels import Channels
from server.config import MailServer, Settings
from server.db.rows import insert_now
from server.db.work import Work, rows_changed
from server.errors import NotFound
from server.i18n import DEFAULT_LANGUAGE, LANGUAGES, Message
from server.identity.models import Account, AccountState
from server.notifications import addresses, groups
from server.notifications.choices import choice_of
from server.notifications.models import Delivery, DeliveryState, Notification, NotificationChoice, PersonAddress
from server.notifications.rules import (
    LOST_AFTER,
    MAIL,
    SMS,
    Choice,
    Line,
    chat_words,
    due_at,
    mail_body,
    mail_subject,
    may_go_at,
    next_attempt,
    text_words,
    told_words,
)
from server.organisation.models import DEFAULT_ZONE, Person

SYSTEM_MANAGE = "system.manage"
OVERVIEW = "/notifications"
CLAIMED_AT_ONCE = 200
PIECES_AT_ONCE = 40
"""So many that even a provider who answers none is done with before they count as lost."""
ERROR_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Said:
    """What people are told. message: key of its words; matter: what it is about, told once to each.

    values: for the words; a `day` is an ISO date, written in the reader's way. path: the page of ours it leads to.
    about_id: the task it is about, with which it is settled. urgent: not to wait for a daily mail, where so chosen.
    """

    message: str
    matter: str
    path: str
    values: Mapping[str, str | int]
    campaign_id: UUID | None = None
    about_id: UUID | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one address, about all that waited for it. deliveries: id to attempts so far.

    choice: its reader's.
    """

    server: MailServer
    to: str
    name: str
    subject: str
    body: str
    message_id: str
    deliveries: Mapping[UUID, int]
    choice: Choice = field(default_factory=Choice)


@dataclass(frozen=True, slots=True)
class Passed:
    """A message to one person by another way than mail; otherwise as a letter."""

    channels: Channels = field(repr=False)
    channel: str
    to: str
    words: str
    deliveries: Mapping[UUID, int]
    choice: Choice


Piece = Letter | Passed | groups.Announced


def tell(work: Work, people: Collection[UUID], said: Said) -> int:
    """Tell people something in the product, and by mail and other ways where they have an address and we the means.

    Who was told the same before, or can be reached in no way, is left out. Returns how many were told.
    """
    known = set(
        work.session.scalars(
            select(Notification.person_id).where(
                Notification.person_id.in_(people),
                Notification.message == said.message,
                Notification.matter == said.matter,
            )
        )
    )
    reachable = work.session.execute(
        select(Person.id, Person.email, Account.id, NotificationChoice)
        .outerjoin(Account, and_(Account.person_id == Person.id, Account.state != AccountState.DISABLED))
        .outerjoin(NotificationChoice, NotificationChoice.person_id == Person.id)
        .where(Person.id.in_([each for each in people if each not in known]))
        .order_by(Person.name, Person.id)
    ).all()
    mails = work.part(Settings).mail is not None
    others = addresses.wanted_by(work, [row[0] for row in reachable])
    told, deliveries = [], []
    for row in reachable:
        person_id, has_account, choice = row[0], row[2] is not None, choice_of(row[3])
        address = _address(row[1]) if mails and choice.by_mail else ""
        ways = [*([(MAIL, address)] if address else []), *others.get(person_id, ())]
        if not has_account and not ways:
            continue
        notification = Notification(
            id=work.ids.new(),
            campaign_id=said.campaign_id,
            person_id=person_id,
            message=said.message,
            matter=said.matter,
            values=dict(said.values),
            path=said.path,
            about_id=said.about_id,
            made_at=work.now,
        )
        told.append(notification)
        due = due_at(work.now, ZoneInfo(DEFAULT_ZONE), choice, urgent=said.urgent)
        deliveries += [_delivery(work, notification, channel, to, due) for channel, to in ways]
    insert_now(work.session, told)
    insert_now(work.session, deliveries)
    return len(told)


def _address(email: str | None) -> str:
    return email.strip() if email else ""


def _delivery(work: Work, of: Notification, channel: str, address: str, due: datetime) -> Delivery:
    return Delivery(
        id=work.ids.new(),
        campaign_id=of.campaign_id,
        notification_id=of.id,
        person_id=of.person_id,
        channel=channel,
        address=address,
        state=DeliveryState.WAITING,
        due_at=due,
    )


def mark_read(actor: Actor, work: Work, notification_id: UUID | None = None) -> str:
    """Mark one of the actor's own notifications as read, or all; returns the path that the one leads to.

    Raises NotFound for somebody else's.
    """
    mine = Notification.person_id == actor.person_id
    path = ""
    if notification_id is not None:
        mine = and_(mine, Notification.id == notification_id)
        found = work.session.scalar(select(Notification.path).where(mine))
        if found is None:
            raise NotFound(Message("error-not-found"))
        path = found
    work.session.execute(update(Notification).where(mine, Notification.read_at.is_(None)).values(read_at=work.now))
    return path


def settle(work: Work, about: Select[UUID]) -> int:
    """Mark as read what is about things that are settled, so that nobody is bothered with it any more."""
    unread = Notification.read_at.is_(None), Notification.about_id.in_(about)
    done = work.session.execute(
        update(Notification).where(*unread).values(read_at=work.now).execution_options(synchronize_session=False)
    )
    return rows_changed(done)


def claim_due(work: Work) -> tuple[Piece, ...]:
    """Take what may be sent now, one letter for each address, with all that waits for it; and what robots may say.

    What its reader has seen in the meantime, or does not wish by this way any more, is not sent; what comes in their
    quiet hours waits for their end. An address of which not all was looked at is left for the next look: one mail, not
    two. What waits for a way that is not set up any more goes on waiting.
    """
    settings = work.part(Settings)
    ways = [*([MAIL] if settings.mail else []), *settings.channels.personal]
    if not ways:
        return groups.claim(work)
    due = or_(Delivery.state == DeliveryState.WAITING, Delivery.state == DeliveryState.SENDING)
    other = and_(PersonAddress.person_id == Delivery.person_id, PersonAddress.channel == Delivery.channel)
    rows = work.session.execute(
        select(
            *(Delivery, Notification, Person.name, Account.language, NotificationChoice, PersonAddress.wanted),
            *(Person.email, PersonAddress.address),
        )
        .join(Notification, Notification.id == Delivery.notification_id)
        .join(Person, Person.id == Delivery.person_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .outerjoin(NotificationChoice, NotificationChoice.person_id == Person.id)
        .outerjoin(PersonAddress, other)
        .where(due, Delivery.due_at <= work.now, Delivery.channel.in_(ways))
        .order_by(Delivery.due_at, Delivery.address, Notification.made_at, Notification.matter, Notification.message)
        .limit(CLAIMED_AT_ONCE)
        .with_for_update(of=Delivery, skip_locked=True)
    ).all()
    waiting: dict[tuple[str, str], list[Any]] = {}
    for row in _whole_addresses(rows):
        # What waited for a while goes to where its reader is to be reached now.
        row[0].address = (row[6] if row[0].channel == MAIL else row[7]) or row[0].address
        choice, to = choice_of(row[4]), (row[0].channel, row[0].address)
        if to not in waiting and len(waiting) == PIECES_AT_ONCE:
            continue
        wished = choice.by_mail if row[0].channel == MAIL else bool(row[5])
        if row[1].read_at is not None or not wished:
            row[0].state = DeliveryState.DROPPED
            continue
        row[0].due_at = may_go_at(work.now, ZoneInfo(DEFAULT_ZONE), choice)
        if row[0].due_at > work.now:
            row[0].state = DeliveryState.WAITING
            continue
        row[0].state, row[0].due_at = DeliveryState.SENDING, work.now + LOST_AFTER
        waiting.setdefault(to, []).append(row)
    work.session.flush()
    people = tuple(_piece(settings, channel, address, rows) for (channel, address), rows in waiting.items())
    return (*people, *groups.claim(work))


def _whole_addresses(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows without those of the last address when there may be more of it than were looked at."""
    if len(rows) < CLAIMED_AT_ONCE:
        return rows
    last = rows[-1][0].address
    return [row for row in rows if row[0].address != last] or rows


def _one_a_matter(told: Iterable[Notification]) -> list[Notification]:
    """The latest of each task, in the order they were told; what a person said themselves is never left out."""
    found: dict[object, Notification] = {}
    for each in told:
        key = each.id if each.about_id is None or each.values.get("name") else each.about_id
        found.pop(key, None)
        found[key] = each
    return list(found.values())


def _piece(settings: Settings, channel: str, address: str, rows: Sequence[Any]) -> Letter | Passed:
    name, language = rows[0][2], rows[0][3] if rows[0][3] in LANGUAGES else DEFAULT_LANGUAGE
    told = _one_a_matter(sorted((row[1] for row in rows), key=lambda each: each.made_at))
    lines = [Line(told_words(each.message, each.values, language), _link(settings, each.path)) for each in told]
    attempts = {row[0].id: row[0].attempts for row in rows}
    if channel == MAIL and settings.mail is not None:
        return Letter(
            server=settings.mail,
            to=address,
            name=name,
            subject=mail_subject(lines, language),
            body=mail_body(name, lines, language),
            message_id=f"<{rows[0][0].id.hex}.{rows[0][0].attempts}@{settings.mail.sender.rpartition('@')[2]}>",
            deliveries=attempts,
            choice=choice_of(rows[0][4]),
        )
    short = text_words if channel == SMS else chat_words
    words = short(lines, language, _link(settings, OVERVIEW))
    return Passed(settings.channels, channel, address, words, attempts, choice_of(rows[0][4]))


def _link(settings: Settings, path: str) -> str:
    return f"{settings.address}{path}" if settings.address else ""


def record_sent(work: Work, letter: Piece, error: str) -> None:
    """Write down what came of a letter. error: what the other side said, or how it could not be reached; else empty."""
    if isinstance(letter, groups.Announced):
        groups.record(work, letter, error)
        return
    for delivery_id, attempts in letter.deliveries.items():
        mine = and_(Delivery.id == delivery_id, Delivery.state == DeliveryState.SENDING, Delivery.attempts == attempts)
        work.session.execute(
            update(Delivery).where(mine).values(**_came_of_it(work, letter.choice, attempts + 1, error))
        )


def _came_of_it(work: Work, choice: Choice, attempts: int, error: str) -> dict[str, Any]:
    said = {"attempts": attempts, "error": error[:ERROR_AT_MOST]}
    if not error:
        return said | {"state": DeliveryState.SENT, "sent_at": work.now}
    again = next_attempt(work.now, attempts)
    if again is None:
        return said | {"state": DeliveryState.FAILED}
    return said | {"state": DeliveryState.WAITING, "due_at": may_go_at(again, ZoneInfo(DEFAULT_ZONE), choice)}


def _address_now(work: Work, of: Delivery) -> str | None:
    if of.channel == MAIL:
        return work.session.scalar(select(Person.email).where(Person.id == of.person_id))
    mine = PersonAddress.person_id == of.person_id, PersonAddress.channel == of.channel
    return work.session.scalar(select(PersonAddress.address).where(*mine))


def send_again(actor: Actor, work: Work, delivery_id: UUID) -> None:
    """Try anew what was given up, to the address that the person has now; for who keeps the system running."""
    found = work.session.get(Delivery, delivery_id) if actor.may_anywhere(SYSTEM_MANAGE) else None
    if found is None:
        raise NotFound(Message("error-not-found"))
    address = _address_now(work, found) or found.address
    given_up = and_(Delivery.id == delivery_id, Delivery.state == DeliveryState.FAILED)
    fresh = {"state": DeliveryState.WAITING, "attempts": 0, "due_at": work.now, "address": address}
    if rows_changed(work.session.execute(update(Delivery).where(given_up).values(**fresh))) == 1:
        stream = audit.Stream(StreamKind.LOGIN, "deliveries")
        audit.record(
            actor, work, stream, Verb.DELIVERY_REPEATED, {"delivery": str(delivery_id), "channel": found.channel}
        )
