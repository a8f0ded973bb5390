"""How people wish to be written to: what one chose, and choosing."""

from uuid import UUID

from sqlalchemy import select

from server.actor import Actor
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.verbs import Verb
from server.config import Settings
from server.db.work import Work
from server.errors import Invalid, NotFound
from server.i18n import DEFAULT_LANGUAGE, Message
from server.identity import operations as identity
from server.identity.models import Account
from server.notifications.models import NotificationChoice
from server.notifications.queries import Settled
from server.notifications.rules import Choice, choice_faults
from server.organisation.models import Person


def settled(actor: Actor, work: Work) -> Settled:
    """What the actor chose, and where their mails go; raises NotFound for who is no person."""
    found = work.session.execute(
        select(NotificationChoice, Person.email, Account.language)
        .select_from(Person)
        .join(Account, Account.person_id == Person.id)
        .outerjoin(NotificationChoice, NotificationChoice.person_id == Person.id)
        .where(Person.id == actor.person_id, Account.id == actor.account_id)
    ).one_or_none()
    if found is None:
        raise NotFound(Message("error-not-found"))
    return Settled(
        choice=choice_of(found[0]),
        email=(found[1] or "").strip(),
        language=found[2] or DEFAULT_LANGUAGE,
        has_mail=work.part(Settings).mail is not None,
    )


def choice_of(row: NotificationChoice | None) -> Choice:
    return Choice() if row is None else Choice(row.by_mail, row.digest, row.hour, row.first_hour, row.last_hour)


def choose(actor: Actor, work: Work, choice: Choice, language: str) -> None:
    """Note how the actor wishes to be written to from now on; what waits already stays where it is.

    Raises Invalid with what is wrong by field.
    """
    identity.choose_language(actor, work, language)
    faults = choice_faults(choice)
    if faults:
        raise Invalid(Message("error-invalid"), faults)
    if actor.person_id is None or actor.account_id is None:
        raise NotFound(Message("error-not-found"))
    _write(work, actor.person_id, choice)
    stream = audit.Stream(StreamKind.LOGIN, str(actor.account_id))
    audit.record(actor, work, stream, Verb.NOTIFICATIONS_CHOSEN, {"digest": choice.digest, "by_mail": choice.by_mail})


def _write(work: Work, person_id: UUID, choice: Choice) -> None:
    row = work.session.get(NotificationChoice, person_id)
    if row is None:
        row = NotificationChoice(person_id=person_id)
        work.session.add(row)
    row.by_mail, row.digest, row.hour = choice.by_mail, choice.digest, choice.hour
    row.first_hour, row.last_hour, row.changed_at = choice.first_hour, choice.last_hour, work.now
    work.session.flush()
