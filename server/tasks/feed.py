"""What somebody owes, as a calendar that other programs subscribe to (RFC 5545), by a signed address."""

import hashlib
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from itsdangerous import BadData, URLSafeSerializer

from server.actor import Actor
from server.config import Settings
from server.db.work import Work
from server.errors import NotFound
from server.i18n import Message, text
from server.identity import queries as identities
from server.identity.models import Account, AccountState
from server.organisation.models import DEFAULT_ZONE
from server.organisation.rules import today
from server.schemes import queries as schemes
from server.tasks import queries
from server.tasks.rules import Light

SALT = "greengate.feed"
AT_MOST = 500
AGAIN_AFTER = timedelta(hours=4)
"""How often programs are asked to look again."""


def feed_token(actor: Actor, work: Work) -> str:
    """The signed part of the address of the actor's feed; void with a new password. Raises NotFound without one."""
    account = work.session.get(Account, actor.account_id) if actor.account_id is not None else None
    if account is None:
        raise NotFound(Message("error-not-found"))
    return str(_signer(work).dumps([account.id.hex, _of_password(account)]))


def actor_of_feed(work: Work, token: str) -> Actor:
    """Whose feed it is, with the posts of today; raises NotFound for a forged or void address."""
    try:
        account_id, of_password = _signer(work).loads(token)
        account = work.session.get(Account, UUID(hex=account_id))
    except (BadData, ValueError, TypeError, AttributeError) as error:
        raise NotFound(Message("task-link-over")) from error
    if account is None or account.state == AccountState.DISABLED or _of_password(account) != of_password:
        raise NotFound(Message("task-link-over"))
    actor = identities.load_actor(work.session, account.id, None, today(work.now, DEFAULT_ZONE))
    if actor is None:
        raise NotFound(Message("task-link-over"))
    return actor


def feed(actor: Actor, work: Work, language: str, address: str) -> bytes:
    """The open tasks of the actor's seats on the days they are due. address: of this installation, for links."""
    calendar = Calendar()
    calendar.add("prodid", "-//Greengate//Greengate//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", text("tasks-feed-name", language))
    calendar.add("refresh-interval", AGAIN_AFTER, parameters={"value": "DURATION"})
    for row in queries.dated(actor, work, AT_MOST):
        title = schemes.word(work, row.scheme_version_id, row.element_id, row.title, language)
        if row.light is Light.RED:
            title = text("tasks-feed-overdue", language, title=title)
        event = Event()
        event.add("uid", f"{row.id}@greengate")
        event.add("dtstamp", work.now)
        if row.due_at is not None:
            event.add("dtstart", row.due_at.astimezone(ZoneInfo(DEFAULT_ZONE)).date())
        event.add("summary", title)
        event.add("description", row.matter)
        event.add("url", f"{address}/tasks/{row.id}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _of_password(account: Account) -> str:
    changed = account.password_changed_at.isoformat() if account.password_changed_at is not None else ""
    return hashlib.sha256(f"{changed} {account.password_hash}".encode()).hexdigest()[:16]


def _signer(work: Work) -> URLSafeSerializer:
    return URLSafeSerializer(work.part(Settings).secret_key, salt=SALT)
