"""Entries made on somebody's behalf, put before the one concerned: after login, or by a signed link without one."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import Select, func, select

from server.actor import Actor, ActorKind
from server.audit.verbs import Verb
from server.config import Settings
from server.db.work import Work
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.i18n import Message
from server.organisation.models import Unit
from server.tasks import matters, operations
from server.tasks.deciders import LEADERS
from server.tasks.matters import Matter
from server.tasks.models import Confirmation, Decision, Origin, Seat, Task
from server.tasks.operations import ON_BEHALF

LINK_FOR = timedelta(days=30)
ENTRIES_AT_MOST = 50
NOTE_AT_MOST = 500
DISPUTE = "tasks.dispute"
SALT = "greengate.confirmation"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry on somebody's behalf, with what was said of it."""

    decision: Decision
    task: Task
    unit_name: str
    confirmed: Confirmation | None


def entries(actor: Actor, work: Work) -> tuple[Entry, ...]:
    """What others entered for the actor's seats and nobody has confirmed, oldest first; at most `ENTRIES_AT_MOST`."""
    wanted = _unconfirmed(actor).order_by(Decision.decided_at, Task.matter).limit(ENTRIES_AT_MOST)
    return tuple(Entry(*row) for row in work.session.execute(wanted))


def entries_count(actor: Actor, work: Work) -> int:
    """How many there are."""
    return work.session.scalar(select(func.count()).select_from(_unconfirmed(actor).subquery())) or 0


def _unconfirmed(actor: Actor) -> Select[Decision, Task, str, Confirmation]:
    return _ENTRIES.where(
        Decision.source != "self",
        Decision.taken_back_at.is_(None),
        Confirmation.decision_id.is_(None),
        Seat.key.in_(sorted(actor.seat_keys)),
        Decision.person_id.is_distinct_from(actor.person_id),
    )


def entry(work: Work, decision_id: UUID) -> Entry:
    """One entry; raises NotFound when it was not made on somebody's behalf."""
    row = work.session.execute(_ENTRIES.where(Decision.id == decision_id, Decision.source != "self")).one_or_none()
    if row is None:
        raise NotFound(Message("error-not-found"))
    return Entry(*row)


_ENTRIES = (
    select(Decision, Task, func.coalesce(Unit.name, ""), Confirmation)
    .join(Task, Task.id == Decision.task_id)
    .join(Seat, Seat.id == Decision.seat_id)
    .outerjoin(Unit, Unit.id == Task.unit_id)
    .outerjoin(Confirmation, Confirmation.decision_id == Decision.id)
)


def confirm(actor: Actor, work: Work, decision_id: UUID, *, agreed: bool, note: str = "") -> None:
    """Say whether what was entered in one's name is right; an objection becomes a task of whoever may enter for others.

    actor: sits on the seat for which it was entered, or came by its signed link. Raises NotFound for others, Conflict
    when it was said already or the entry was taken back, Invalid for an objection without words.
    """
    found = work.session.get(Decision, decision_id)
    if found is None or found.source == "self":
        raise NotFound(Message("error-not-found"))
    desk = operations.take(work, found.task_id)
    seat = next(each for each in desk.seats if each.id == found.seat_id)
    if actor.kind is not ActorKind.LINK and (seat.key not in actor.seat_keys or actor.person_id == found.person_id):
        raise NotFound(Message("error-not-found"))
    note = note.strip()[:NOTE_AT_MOST]
    if not agreed and not note:
        raise Invalid(Message("task-objection-needed"), {"note": [Message("task-objection-needed")]})
    if found.taken_back_at is not None or work.session.get(Confirmation, decision_id) is not None:
        raise Conflict(Message("task-confirmed-already"))
    by_link = actor.kind is ActorKind.LINK
    said = {"agreed": agreed, "note": note, "name": actor.name, "person_id": actor.person_id, "by_link": by_link}
    work.session.add(Confirmation(decision_id=decision_id, campaign_id=found.campaign_id, said_at=work.now, **said))
    work.session.flush()
    verb = Verb.DECISION_CONFIRMED if agreed else Verb.DECISION_DISPUTED
    details = {"task": str(desk.task.id), "decision": str(decision_id), "note": note, "link": by_link}
    operations.tell(actor, work, desk, verb, details)
    work.session.flush()
    if not agreed:
        _dispute(actor, work, desk.task, decision_id)


def _dispute(actor: Actor, work: Work, task: Task, decision_id: UUID) -> None:
    if task.unit_id is None:
        return
    seats = matters.seats_with(work, ON_BEHALF, task.unit_id)
    matters.open_matter(
        actor,
        work,
        Matter(Origin.REQUEST, DISPUTE, task.matter, task.unit_id, seats, task.campaign_id, subject_id=decision_id),
    )


def link_token(actor: Actor, work: Work, decision_id: UUID) -> str:
    """The signed part of a link by which whoever was entered for may confirm; for who may enter for them.

    Raises NotFound for others, NotAllowed at a gate: a link never opens one.
    """
    found = entry(work, decision_id)
    if not operations.over(actor, work, found.task, ON_BEHALF):
        raise NotFound(Message("error-not-found"))
    if found.task.kind in LEADERS:
        raise NotAllowed(Message("task-gate-link"))
    until = int((work.now + LINK_FOR).timestamp())
    return str(_signer(work).dumps([decision_id.hex, until]))


def entry_of_link(work: Work, token: str) -> tuple[Entry, Actor]:
    """The entry behind a signed link, and who comes by it; raises NotFound for a link that is forged or too old."""
    try:
        text, until = _signer(work).loads(token)
        if work.now.timestamp() > until:
            raise BadData("too old")
        found = entry(work, UUID(hex=text))
    except (BadData, ValueError, TypeError, AttributeError, NotFound) as error:
        raise NotFound(Message("task-link-over")) from error
    if found.task.kind in LEADERS:
        raise NotFound(Message("task-link-over"))
    name = found.decision.behalf_name or ""
    return found, Actor(ActorKind.LINK, name, account_key=f"link:{found.decision.id.hex}")


def _signer(work: Work) -> URLSafeSerializer:
    return URLSafeSerializer(work.part(Settings).secret_key, salt=SALT)
