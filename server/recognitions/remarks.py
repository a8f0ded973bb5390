"""A leader's remark on a campaign or a gate: judged, written, and opened as tasks of the units that it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from server.actor import Actor, ActorKind, Source
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import Stream, masked
from server.audit.verbs import Verb
from server.campaigns import queries as campaigns
from server.campaigns.models import Campaign, CampaignState, Participant, ParticipantState
from server.campaigns.queries import CampaignDetail
from server.db.rows import update_now
from server.db.work import Work
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.i18n import Message
from server.identity.permissions import Permission
from server.organisation.models import DEFAULT_ZONE, Unit
from server.organisation.rules import today
from server.recognitions.models import Remark, RemarkPart, RemarkState
from server.schemes.schedule_rules import end_of_day
from server.supervision.operations import seats_of_unit
from server.tasks import matters
from server.tasks.deciders import require_no_secretary
from server.tasks.models import Origin, Task, TaskState
from server.tasks.operations import actor_key
from server.tasks.rules import POST

DECIDE = Permission.GATE_DECIDE
ON_BEHALF = Permission.TASK_ON_BEHALF
HANDLE = "recognitions.remark"
LOOK = "recognitions.look"
WORDS_AT_MOST = 2000
NAME_AT_MOST = 100
NOTE_AT_MOST = 500
UNITS_AT_MOST = 200
YEARS_AHEAD = 3
MATTER_AT_MOST = 120
SOURCES = (Source.MEETING, Source.PAPER)
WRITABLE = (CampaignState.RUNNING, CampaignState.ENDED)


@dataclass(frozen=True, slots=True)
class Typed:
    """A remark as it was typed. units: ids, in order; days: of single units, where they have one of their own."""

    words: str = ""
    by: str = ""
    units: tuple[str, ...] = ()
    everybody: bool = False
    days: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    source: str = ""
    note: str = ""


def writes(actor: Actor, detail: CampaignDetail) -> str:
    """How somebody may write remarks on a campaign: `self`, `behalf`, or not at all."""
    if detail.campaign.state not in WRITABLE or actor.kind is not ActorKind.ACCOUNT:
        return ""
    if actor.may(DECIDE, detail.unit_path):
        return "self"
    return "behalf" if actor.may(ON_BEHALF, detail.unit_path) else ""


def units_of(work: Work, detail: CampaignDetail, *, lock: bool = False) -> list[tuple[UUID, str]]:
    """Who may be named: the office first, then the units that take part, in their order.

    lock: nobody takes one of them out before this is committed.
    """
    office = (detail.campaign.unit_id, detail.unit_name)
    taking_part = (
        select(Unit.id, Unit.name)
        .join(Participant, Participant.unit_id == Unit.id)
        .where(Participant.campaign_id == detail.campaign.id, Participant.state == ParticipantState.ACTIVE)
        .order_by(Participant.number)
    )
    rows = work.session.execute(taking_part.with_for_update(read=True, of=Participant) if lock else taking_part).all()
    return [office, *[(unit_id, name) for unit_id, name in rows if unit_id != office[0]]]


def require_writer(actor: Actor, work: Work, campaign_id: UUID) -> tuple[CampaignDetail, str]:
    """Raises NotFound for strangers, NotAllowed for who decides no gate there, and for every secretary."""
    detail = campaigns.campaign(work, campaign_id)
    if detail is None or not campaigns.may_see(actor, work, detail):
        raise NotFound(Message("error-not-found"))
    if not (actor.may(DECIDE, detail.unit_path) or actor.may(ON_BEHALF, detail.unit_path)):
        raise NotAllowed(Message("error-not-allowed"))
    require_no_secretary(actor, work)
    how = writes(actor, detail)
    if not how:
        raise Conflict(Message("recognitions-remark-closed"))
    return detail, how


def write(actor: Actor, work: Work, campaign_id: UUID, gate_id: UUID | None, typed: Typed, key: str) -> UUID:
    """Write a remark and open the task of each unit that it names; the same request again writes nothing more.

    Raises NotFound, NotAllowed, Conflict for a campaign that was called off, Invalid with what is wrong by field.
    """
    detail, how = require_writer(actor, work, campaign_id)
    if gate_id is not None:
        gate_of(work, campaign_id, gate_id)
    zone = _zone(work, campaign_id)
    known = units_of(work, detail, lock=True)
    named = [pair for pair in known if str(pair[0]) in typed.units or (typed.everybody and pair != known[0])]
    wrong = faults(typed, {str(unit_id): name for unit_id, name in known}, named, how, today(work.now, zone.key))
    if wrong:
        raise Invalid(next(iter(wrong.values()))[0], wrong)
    remark_id, new = _insert(actor, work, campaign_id, gate_id, typed, how, key)
    remark = work.session.get_one(Remark, remark_id)
    if not new and remark.words != typed.words:
        # The first answer was lost and the words were mended: what was sent stands, and the writer has to know it.
        raise Conflict(Message("recognitions-remark-sent"))
    if not new:
        return remark_id
    for position, (unit_id, name) in enumerate(named, start=1):
        day = typed.days.get(str(unit_id)) or typed.by
        part = RemarkPart(
            id=work.ids.new(),
            campaign_id=campaign_id,
            remark_id=remark_id,
            position=position,
            unit_id=unit_id,
            unit_name=name,
            due_at=end_of_day(date.fromisoformat(day), zone),
            state=RemarkState.ASKED,
            attempt=1,
        )
        work.session.add(part)
        work.session.flush()
        hand_to_unit(actor, work, remark, part)
    said = {"units": len(named), "gate": str(gate_id or ""), "by": remark.name, "source": remark.source}
    subject = {"campaign": str(campaign_id), "remark": str(remark_id)}
    audit.record(
        actor, work, Stream(StreamKind.CAMPAIGN, str(campaign_id), campaign_id), Verb.REMARK_WRITTEN, subject, said
    )
    return remark_id


def gate_of(work: Work, campaign_id: UUID, gate_id: UUID) -> Task:
    """The gate of a campaign that a remark is about; raises NotFound for anything else."""
    gate = work.session.get(Task, gate_id)
    if gate is None or gate.kind != "gate" or gate.campaign_id != campaign_id:
        raise NotFound(Message("error-not-found"))
    return gate


def _insert(
    actor: Actor, work: Work, campaign_id: UUID, gate_id: UUID | None, typed: Typed, how: str, key: str
) -> tuple[UUID, bool]:
    """The remark's id, and whether it is new: of two requests with one key the second waits, and finds the first."""
    own = how == "self"
    insert = insert_postgresql if work.session.get_bind().dialect.name == "postgresql" else insert_sqlite
    values = {
        "id": work.ids.new(),
        "campaign_id": campaign_id,
        "task_id": gate_id,
        "words": typed.words,
        "person_id": actor.person_id if own else None,
        "post_id": actor.post_id if own else None,
        "name": actor.name if own else typed.name,
        "post_title": actor.post_title if own else "",
        "entered_by": "" if own else actor.name,
        "source": "self" if own else typed.source,
        "note": "" if own else typed.note,
        "actor_key": actor_key(actor),
        "idempotency_key": key[:80],
        "written_at": work.now,
    }
    unique = ["campaign_id", "actor_key", "idempotency_key"]
    work.session.execute(insert(Remark).values(**values).on_conflict_do_nothing(index_elements=unique))
    same = [getattr(Remark, name) == values[name] for name in unique]
    found = work.session.scalars(select(Remark.id).where(*same)).one()
    return found, found == values["id"]


def faults(
    typed: Typed, known: Mapping[str, str], named: Sequence[tuple[UUID, str]], how: str, now: date
) -> dict[str, list[Message]]:
    """What is wrong with a remark, by field. known: ids and names of those who may be named."""
    wrong: dict[str, list[Message]] = {}
    if not typed.words:
        wrong["words"] = [Message("recognitions-remark-words-missing")]
    elif len(typed.words) > WORDS_AT_MOST:
        wrong["words"] = [Message("recognitions-too-long", {"limit": WORDS_AT_MOST})]
    if any(each not in known for each in typed.units):
        wrong["units"] = [Message("recognitions-remark-unit-unknown")]
    elif not named:
        wrong["units"] = [Message("recognitions-remark-units-missing")]
    elif len(named) > UNITS_AT_MOST:
        wrong["units"] = [Message("recognitions-remark-units-many", {"limit": UNITS_AT_MOST})]
    if typed.by and (fault := day_fault(typed.by, now)) is not None:
        wrong["by"] = [fault]
    for unit_id, name in named:
        own = typed.days.get(str(unit_id), "")
        if not (own or typed.by):
            wrong.setdefault("by", [Message("recognitions-remark-by-missing", {"unit": name})])
        elif own and (fault := day_fault(own, now)) is not None:
            wrong[f"by.{unit_id}"] = [fault]
    return wrong if how == "self" else wrong | _behalf_faults(typed)


def _behalf_faults(typed: Typed) -> dict[str, list[Message]]:
    wrong: dict[str, list[Message]] = {}
    if not typed.name:
        wrong["behalf_name"] = [Message("recognitions-remark-name-missing")]
    elif len(typed.name) > NAME_AT_MOST:
        wrong["behalf_name"] = [Message("recognitions-too-long", {"limit": NAME_AT_MOST})]
    if typed.source not in SOURCES:
        wrong["behalf_source"] = [Message("recognitions-remark-source")]
    if len(typed.note) > NOTE_AT_MOST:
        wrong["behalf_note"] = [Message("recognitions-too-long", {"limit": NOTE_AT_MOST})]
    return wrong


def day_fault(words: str, now: date) -> Message | None:
    """What is wrong with the day until which something is asked."""
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return Message("recognitions-remark-by-wrong")
    if day < now:
        return Message("recognitions-remark-by-past")
    return Message("recognitions-remark-by-far") if day.year > now.year + YEARS_AHEAD else None


def hand_to_unit(actor: Actor, work: Work, remark: Remark, part: RemarkPart) -> None:
    """Open the unit's task of handling a remark: of its own posts only; at the authority, of the office's."""
    campaign = work.session.get_one(Campaign, part.campaign_id)
    office = (
        matters.seats_with(work, Permission.CAMPAIGN_MANAGE, part.unit_id) if part.unit_id == campaign.unit_id else ()
    )
    _open(actor, work, remark, part, HANDLE, part.unit_id, office or seats_of_unit(work, part.unit_id), part.due_at)


def hand_back(actor: Actor, work: Work, remark: Remark, part: RemarkPart) -> None:
    """The answer goes to the post that asked, else to those who decide gates there."""
    unit_id = work.session.scalar(select(Campaign.unit_id).where(Campaign.id == part.campaign_id))
    if unit_id is None:
        raise Conflict(Message("task-closed"))
    asked = (f"{POST}{remark.post_id}",) if remark.post_id is not None else ()
    _open(actor, work, remark, part, LOOK, unit_id, asked or matters.seats_with(work, DECIDE, unit_id), None)


def _open(
    actor: Actor,
    work: Work,
    remark: Remark,
    part: RemarkPart,
    kind: str,
    unit_id: UUID,
    seats: Sequence[str],
    due_at: datetime | None,
) -> None:
    # A task's matter stands in lists, mails and the audit: numbers of persons are for the remark's own page.
    first = str(masked(" ".join(remark.words.split())))
    about = first if len(first) <= MATTER_AT_MOST else f"{first[: MATTER_AT_MOST - 1]}…"
    matter = about if kind == HANDLE else f"{part.unit_name} · {about}"
    task = matters.open_matter(
        actor,
        work,
        matters.Matter(
            origin=Origin.REQUEST,
            kind=kind,
            matter=matter[:300],
            unit_id=unit_id,
            seats=seats,
            campaign_id=part.campaign_id,
            subject_id=part.id,
            due_at=due_at,
        ),
    )
    update_now(work.session, part, task_id=task.id, state=_WITH[kind])


_WITH = {HANDLE: RemarkState.ASKED, LOOK: RemarkState.ANSWERED}


def unit_left(actor: Actor, work: Work, campaign_id: UUID, unit_id: UUID) -> None:
    """A unit that was taken out owes no answer any more; what it has answered already is still looked at."""
    asked = (
        select(Task)
        .where(Task.campaign_id == campaign_id, Task.unit_id == unit_id, Task.kind == HANDLE)
        .where(Task.state == TaskState.OPEN)
        .order_by(Task.opened_at, Task.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for task in work.session.scalars(asked).all():
        part = work.session.get_one(RemarkPart, task.subject_id)
        update_now(work.session, part, state=RemarkState.DROPPED)
        matters.close(work, task, TaskState.CANCELLED)
        matters.record_alone(actor, work, task, Verb.TASK_CANCELLED, {"task": str(task.id), "kind": task.kind})


def _zone(work: Work, campaign_id: UUID) -> ZoneInfo:
    zone = work.session.scalar(
        select(Unit.zone).join(Campaign, Campaign.unit_id == Unit.id).where(Campaign.id == campaign_id)
    )
    return ZoneInfo(zone or DEFAULT_ZONE)


def is_active(work: Work, part: RemarkPart) -> bool:
    """Whether a unit can still be asked: it takes part, or is the office itself."""
    state = work.session.scalar(
        select(Participant.state).where(
            Participant.campaign_id == part.campaign_id, Participant.unit_id == part.unit_id
        )
    )
    return state in (None, ParticipantState.ACTIVE)


def ask_again(actor: Actor, work: Work, part: RemarkPart, words: str, day: str) -> None:
    """Open the unit's next attempt; the caller holds the lock of the task that is looked at."""
    remark = work.session.get_one(Remark, part.remark_id)
    due_at = end_of_day(date.fromisoformat(day), _zone(work, part.campaign_id))
    update_now(work.session, part, attempt=part.attempt + 1, due_at=due_at)
    hand_to_unit(actor, work, remark, part)
    _settled(actor, work, part, Verb.REMARK_ASKED_AGAIN, {"words": words, "until_on": day})


def close_part(actor: Actor, work: Work, part: RemarkPart, words: str) -> None:
    update_now(work.session, part, state=RemarkState.CLOSED)
    _settled(actor, work, part, Verb.REMARK_CLOSED, {"words": words})


def _settled(actor: Actor, work: Work, part: RemarkPart, verb: Verb, said: Mapping[str, str]) -> None:
    stream = Stream(StreamKind.CAMPAIGN, str(part.campaign_id), part.campaign_id)
    subject = {"campaign": str(part.campaign_id), "remark": str(part.remark_id), "unit": str(part.unit_id)}
    audit.record(actor, work, stream, verb, subject, {"attempt": part.attempt, **said})


def zone_of(work: Work, campaign_id: UUID) -> str:
    """The zone in which a remark's days end."""
    return _zone(work, campaign_id).key
