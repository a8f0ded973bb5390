"""Opening a campaign, and who takes part in it. Nothing here commits."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from server.actor import Actor, require
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.campaigns import processes as campaign_processes
from server.campaigns.models import Campaign, CampaignState, Participant, ParticipantState
from server.campaigns.rules import Opening, Trouble, check_basics, check_dates, parameters_of
from server.db.work import Work
from server.deadlines import operations as deadlines
from server.errors import Conflict, Invalid, NotFound
from server.i18n import Message
from server.organisation.models import Post, Unit
from server.processes import operations as processes
from server.processes.models import FanOut, FanOutItem, FanOutState
from server.schemes import queries as schemes
from server.schemes import schedule_rules
from server.schemes.definition import SchemeDefinition
from server.schemes.schedule_rules import Amount, DaysAfter, ParameterRef, Relative, Rule
from server.tasks import operations as tasks

OPEN_JOB = "campaigns.open"
MANAGE = "campaign.manage"


def propose_dates(
    work: Work, scheme_version_id: UUID, year: int, zone: str, parameters: Mapping[str, Any]
) -> dict[str, datetime | None]:
    """The dates that the scheme's rules propose for a year; None for those that wait for an event."""
    rules = schemes.scheme_of(work, scheme_version_id).rules
    return schedule_rules.propose_all(rules, year, ZoneInfo(zone), parameters, {})


def waiting_keys(work: Work, scheme_version_id: UUID) -> tuple[str, ...]:
    """Deadlines that have no date before something happens: days after an event, and whatever follows those."""
    rules = schemes.scheme_of(work, scheme_version_id).rules
    waits: list[str] = []
    for key in schedule_rules.order(rules):
        rule = rules[key]
        if isinstance(rule, schedule_rules.DaysAfter) or schedule_rules.follows(rule) in waits:
            waits.append(key)
    return tuple(waits)


def troubles(work: Work, opening: Opening) -> list[Trouble]:
    """Everything that stands in the way of opening, at once; those that do not block are advice."""
    scheme = schemes.scheme_of(work, opening.scheme_version_id)
    authority = _unit(work, opening.unit_id)
    zone = ZoneInfo(authority.zone)
    found = check_basics(opening)
    _, parameter_troubles = parameters_of(scheme.parameters, opening.parameters)
    found += parameter_troubles
    starts_at = datetime.combine(opening.starts_on, time.min, zone)
    order = [(earlier, later) for earlier, later in (("plan", "self_assessment"), ("self_assessment", "verification"))]
    found += check_dates(opening.dates, waiting_keys(work, opening.scheme_version_id), order, starts_at)
    found += _people_troubles(work, opening)
    return found


def _people_troubles(work: Work, opening: Opening) -> list[Trouble]:
    """Participants without anybody in a post: advice, because the office can act for them."""
    from_posts = select(Post.unit_id).where(Post.unit_id.in_(opening.participants))
    staffed = set(work.session.scalars(from_posts).all())
    bare = [unit_id for unit_id in opening.participants if unit_id not in staffed]
    names = work.session.scalars(select(Unit.name).where(Unit.id.in_(bare)).order_by(Unit.code)).all()
    return [
        Trouble("participants", Message("campaign-unit-without-posts", {"name": name}), blocking=False)
        for name in names
    ]


def open_campaign(actor: Actor, work: Work, opening: Opening, opening_key: str) -> Campaign:
    """Create a campaign with its participants and schedule; its processes start in the background.

    opening_key: the same key asked for again gives the same campaign. Raises NotAllowed, Invalid with all troubles.
    """
    authority = _unit(work, opening.unit_id)
    require(actor, MANAGE, authority.path)
    known = work.session.scalars(
        select(Campaign).where(
            Campaign.unit_id == opening.unit_id,
            Campaign.scheme_version_id == opening.scheme_version_id,
            Campaign.year == opening.year,
            Campaign.opening_key == opening_key,
        )
    ).one_or_none()
    if known is not None:
        return known
    blocking = [trouble for trouble in troubles(work, opening) if trouble.blocking]
    if blocking:
        fields: dict[str, list[Message]] = {}
        for trouble in blocking:
            fields.setdefault(trouble.field, []).append(trouble.text)
        raise Invalid(Message("error-invalid"), fields)
    units = _participant_units(work, authority, opening.participants)
    scheme = schemes.scheme_of(work, opening.scheme_version_id)
    parameters, _ = parameters_of(scheme.parameters, opening.parameters)
    campaign = Campaign(
        id=work.ids.new(),
        scheme_version_id=opening.scheme_version_id,
        unit_id=authority.id,
        title=opening.title.strip(),
        year=opening.year,
        starts_on=opening.starts_on,
        state=CampaignState.OPENING,
        parameters=parameters,
        opening_key=opening_key,
        opened_by=actor.name,
        opened_at=work.now,
    )
    work.session.add(campaign)
    work.session.flush()
    for number, unit in enumerate(units, start=1):
        work.session.add(_participant(work, campaign, unit, number))
    _write_schedule(work, campaign, authority.zone, scheme, opening, parameters)
    audit.record(
        actor,
        work,
        Stream(StreamKind.CAMPAIGN, str(campaign.id)),
        Verb.CAMPAIGN_OPENED,
        {"campaign": str(campaign.id), "title": campaign.title},
        {"year": campaign.year, "participants": len(units), "parameters": parameters},
    )
    work.session.flush()
    work.jobs.enqueue(work.session, OPEN_JOB, str(campaign.id), {"campaign": str(campaign.id)})
    return campaign


def _unit(work: Work, unit_id: UUID) -> Unit:
    unit = work.session.get(Unit, unit_id)
    if unit is None:
        raise NotFound(Message("error-not-found"))
    return unit


def _participant_units(work: Work, authority: Unit, unit_ids: Sequence[UUID]) -> list[Unit]:
    """The units in the order given; refuses those that do not exist or lie outside the authority's subtree."""
    found = {unit.id: unit for unit in work.session.scalars(select(Unit).where(Unit.id.in_(unit_ids)))}
    root = authority.path if authority.parent_id is None else authority.path.rsplit("/", 2)[0] + "/"
    outside = [unit_id for unit_id in unit_ids if unit_id not in found or not found[unit_id].path.startswith(root)]
    if outside:
        wrong = Message("campaign-participants-outside", {"count": len(outside)})
        raise Invalid(wrong, {"participants": [wrong]})
    return [found[unit_id] for unit_id in unit_ids]


def _participant(work: Work, campaign: Campaign, unit: Unit, number: int) -> Participant:
    return Participant(
        id=work.ids.new(),
        campaign_id=campaign.id,
        unit_id=unit.id,
        number=number,
        state=ParticipantState.ACTIVE,
        joined_at=work.now,
    )


def _write_schedule(
    work: Work, campaign: Campaign, zone: str, scheme: SchemeDefinition, opening: Opening, parameters: Mapping[str, Any]
) -> None:
    for deadline in scheme.deadlines:
        rule = _waiting_rule(deadline.key, scheme.rules, parameters)
        due_at = opening.dates.get(deadline.key)
        deadlines.set_schedule(work, campaign.id, deadline.key, due_at, zone, rule, str(deadline.source))


def _waiting_rule(key: str, rules: Mapping[str, Rule], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a rule for a date that waits: the event that it counts from, and how far. Empty for others."""
    rule = rules[key]
    if isinstance(rule, DaysAfter):
        return {
            "event": rule.event,
            "days": _amount(rule.days, parameters),
            "months": _amount(rule.months, parameters),
        }
    if isinstance(rule, Relative) and (before := _waiting_rule(rule.to, rules, parameters)):
        return before | {"days": before["days"] + _amount(rule.days, parameters)}
    return {}


def _amount(amount: Amount, parameters: Mapping[str, Any]) -> int:
    return int(parameters[amount.key]) if isinstance(amount, ParameterRef) else amount


def join(actor: Actor, work: Work, campaign_id: UUID, unit_id: UUID) -> Participant:
    """A unit joins while the campaign runs."""
    campaign, authority = _for_manager(actor, work, campaign_id)
    unit = _participant_units(work, authority, [unit_id])[0]
    if work.session.scalar(
        select(Participant.id).where(Participant.campaign_id == campaign_id, Participant.unit_id == unit_id)
    ):
        raise Conflict(Message("campaign-already-in", {"name": unit.name}))
    fan_out = _participants_fan_out(work, campaign)
    last = work.session.scalar(select(func.max(Participant.number)).where(Participant.campaign_id == campaign_id)) or 0
    participant = _participant(work, campaign, unit, last + 1)
    work.session.add(participant)
    work.session.flush()
    processes.join(actor, work, fan_out, campaign_processes.item_of(campaign, participant, unit.name))
    return participant


def withdraw(actor: Actor, work: Work, campaign_id: UUID, participant_id: UUID, reason: str) -> None:
    """A unit leaves; its tasks are cancelled, and barriers and shares no longer count it."""
    campaign, _ = _for_manager(actor, work, campaign_id)
    _need(reason)
    participant = _participant_of(work, campaign, participant_id)
    if participant.state != ParticipantState.ACTIVE:
        raise Conflict(Message("campaign-not-active"))
    fan_out, item_key = _place(work, campaign, participant_id)
    participant.state, participant.reason = ParticipantState.WITHDRAWN, reason.strip()
    work.session.flush()
    processes.withdraw(actor, work, fan_out, item_key, reason.strip())


def reopen(actor: Actor, work: Work, campaign_id: UUID, participant_id: UUID, reason: str) -> None:
    """A new attempt for a participant whose process has ended; at once, or when the gate sends the campaign back."""
    campaign, _ = _for_manager(actor, work, campaign_id)
    _need(reason)
    _participant_of(work, campaign, participant_id)
    fan_out, item_key = _place(work, campaign, participant_id)
    processes.do_again(actor, work, fan_out, item_key, reason.strip())


def move_deadline(actor: Actor, work: Work, campaign_id: UUID, key: str, due_at: datetime, reason: str) -> None:
    """Move a date of a running campaign; open tasks and timers follow, no instance is touched."""
    _for_manager(actor, work, campaign_id)
    _need(reason)
    before = deadlines.due_of(work, campaign_id, key)
    if before is None:
        raise NotFound(Message("error-not-found"))
    tasks.move_deadline(actor, work, campaign_id, key, due_at)
    audit.record(
        actor,
        work,
        Stream(StreamKind.CAMPAIGN, str(campaign_id)),
        Verb.DEADLINE_MOVED,
        {"campaign": str(campaign_id), "deadline": key},
        {"from": before.isoformat(), "to": due_at.isoformat()},
    )


def _need(reason: str) -> None:
    if not reason.strip():
        raise Invalid(Message("task-reason-needed"), {"reason": [Message("task-reason-needed")]})


def _for_manager(actor: Actor, work: Work, campaign_id: UUID) -> tuple[Campaign, Unit]:
    campaign = work.session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound(Message("error-not-found"))
    authority = _unit(work, campaign.unit_id)
    if not actor.may("campaign.view", authority.path) and not actor.may(MANAGE, authority.path):
        raise NotFound(Message("error-not-found"))
    require(actor, MANAGE, authority.path)
    return campaign, authority


def _participant_of(work: Work, campaign: Campaign, participant_id: UUID) -> Participant:
    participant = work.session.get(Participant, participant_id)
    if participant is None or participant.campaign_id != campaign.id:
        raise NotFound(Message("error-not-found"))
    return participant


def _participants_fan_out(work: Work, campaign: Campaign) -> FanOut:
    """The newest fan-out over participants of the campaign's root instance, locked."""
    found = work.session.scalar(
        select(FanOut.id)
        .where(FanOut.instance_id == campaign.root_instance_id, FanOut.collection == "participants")
        .order_by(FanOut.state.in_((FanOutState.FILLING, FanOutState.OPEN)).desc(), FanOut.opened_at.desc())
        .limit(1)
    )
    if found is None:
        raise Conflict(Message("campaign-not-running"))
    return processes.fan_out_for(work, found)


def _place(work: Work, campaign: Campaign, participant_id: UUID) -> tuple[FanOut, str]:
    row = work.session.execute(
        select(FanOutItem.fan_out_id, FanOutItem.item_key)
        .join(FanOut, FanOut.id == FanOutItem.fan_out_id)
        .where(FanOut.instance_id == campaign.root_instance_id, FanOutItem.subject_id == participant_id)
        .order_by(FanOutItem.attempt.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise Conflict(Message("campaign-not-running"))
    return processes.fan_out_for(work, row.fan_out_id), row.item_key
