"""Opening a campaign, and who takes part in it. Nothing here commits."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
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
from server.campaigns.registry import CampaignParts
from server.campaigns.rules import YEAR_FIRST, YEAR_LAST, Opening, Trouble, check_basics, check_dates, parameters_of
from server.db.work import Work
from server.deadlines import operations as deadlines
from server.deadlines.models import ScheduleEntry
from server.deadlines.queries import calendar_of
from server.deadlines.rules import next_worked
from server.errors import Conflict, Invalid, NotFound
from server.i18n import Message
from server.organisation.models import Post, Unit
from server.processes import operations as processes
from server.processes.models import FanOut, FanOutItem, FanOutState
from server.schemes import ladder, schedule_rules
from server.schemes import queries as schemes
from server.schemes.definition import Deadline, SchemeDefinition
from server.schemes.schedule_rules import Amount, Days, DaysAfter, ParameterRef, Relative, Rule
from server.tasks import dates as tasks

OPEN_JOB = "campaigns.open"
MANAGE = "campaign.manage"
OPENED = "campaign.opened"


def propose_dates(
    work: Work, scheme_version_id: UUID, year: int, zone: str, parameters: Mapping[str, Any]
) -> dict[str, datetime | None]:
    """The dates that the scheme's rules propose for a year; None for those that wait for an event."""
    rules = schemes.scheme_of(work, scheme_version_id).rules
    days = Days(ZoneInfo(zone), parameters, calendar_of(work).works)
    return schedule_rules.propose_all(rules, year, days, {OPENED: work.now})


def waiting_keys(work: Work, scheme_version_id: UUID) -> tuple[str, ...]:
    """Deadlines that have no date before something happens: days after an event, and whatever follows those."""
    rules = schemes.scheme_of(work, scheme_version_id).rules
    waits: list[str] = []
    for key in schedule_rules.order(rules):
        rule = rules[key]
        if (isinstance(rule, DaysAfter) and rule.event != OPENED) or schedule_rules.follows(rule) in waits:
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
    keys = [deadline.key for deadline in scheme.deadlines]
    found += check_dates(keys, opening.dates, waiting_keys(work, opening.scheme_version_id), order, starts_at)
    found += _bound_troubles(work, opening, scheme, zone)
    if scheme.root is None:
        found.append(Trouble("version", Message("campaign-no-root")))
    elif _title_taken(work, opening.title.strip()):
        found.append(Trouble("title", Message("campaign-title-taken", {"title": opening.title.strip()})))
    found += _unit_troubles(work, authority, opening.participants)
    found += _people_troubles(work, opening)
    return found + _rest_troubles(work, opening, zone)


def _bound_troubles(work: Work, opening: Opening, scheme: SchemeDefinition, zone: ZoneInfo) -> list[Trouble]:
    """Dates later than the notice has fixed for all."""
    if not YEAR_FIRST <= opening.year <= YEAR_LAST or not any(each.bound for each in scheme.deadlines):
        return []
    parameters, _ = parameters_of(scheme.parameters, opening.parameters)
    proposed = propose_dates(work, opening.scheme_version_id, opening.year, zone.key, parameters)
    found = []
    for deadline in scheme.deadlines:
        latest, due_at = proposed.get(deadline.key), opening.dates.get(deadline.key)
        if deadline.bound and latest is not None and due_at is not None and due_at > latest:
            words = deadlines.notice_says(latest.astimezone(zone).date(), str(deadline.source))
            found.append(Trouble(f"date.{deadline.key}", words))
    return found


def _rest_troubles(work: Work, opening: Opening, zone: ZoneInfo) -> list[Trouble]:
    """Dates on which nobody works, and years whose holidays are not known yet: advice, no more."""
    calendar = calendar_of(work)
    days = {key: due.astimezone(zone).date() for key, due in sorted(opening.dates.items()) if due is not None}
    found = [
        Trouble(
            f"date.{key}",
            Message("campaign-date-rests", {"key": key, "day": day, "next": next_worked(calendar.works, day)}),
            blocking=False,
        )
        for key, day in days.items()
        if not calendar.works(day)
    ]
    for year in sorted({day.year for day in days.values()}):
        if not calendar.is_known(year):
            found.append(Trouble("year", Message("campaign-calendar-unknown", {"year": str(year)}), blocking=False))
    return found


def _title_taken(work: Work, title: str) -> bool:
    """Campaigns that run at the same time are told apart by their titles: tasks and processes bear them."""
    live = Campaign.state.in_((CampaignState.OPENING, CampaignState.RUNNING))
    return work.session.scalar(select(Campaign.id).where(Campaign.title == title, live).limit(1)) is not None


def _unit_troubles(work: Work, authority: Unit, unit_ids: Sequence[UUID]) -> list[Trouble]:
    """Units that do not exist or lie outside the authority's subtree, and units that are closed."""
    found = _units(work, unit_ids)
    outside = {unit_id for unit_id in unit_ids if unit_id not in found or not _within(authority, found[unit_id])}
    troubles = []
    if outside:
        troubles.append(Trouble("participants", Message("campaign-participants-outside", {"count": len(outside)})))
    today = work.now.astimezone(ZoneInfo(authority.zone)).date()
    closed = [unit for unit_id, unit in found.items() if unit_id not in outside and _is_closed(unit, today)]
    return troubles + [
        Trouble("participants", Message("campaign-participant-closed", {"name": unit.name}))
        for unit in sorted(closed, key=lambda unit: unit.code)
    ]


def _is_closed(unit: Unit, today: date) -> bool:
    return unit.closed_on is not None and unit.closed_on <= today


def _units(work: Work, unit_ids: Sequence[UUID]) -> dict[UUID, Unit]:
    return {unit.id: unit for unit in work.session.scalars(select(Unit).where(Unit.id.in_(unit_ids)))}


def _within(authority: Unit, unit: Unit) -> bool:
    """Beside or below the authority; below it where the authority is the tree's root."""
    root = authority.path if authority.parent_id is None else authority.path.rsplit("/", 2)[0] + "/"
    return unit.path.startswith(root)


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
    # Openings of one authority follow each other, so that of two with the same key the second finds the first.
    work.session.execute(select(Unit.id).where(Unit.id == authority.id).with_for_update(key_share=True)).one()
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
    units = _units(work, opening.participants)
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
    for number, unit_id in enumerate(opening.participants, start=1):
        work.session.add(_participant(work, campaign, units[unit_id], number))
    _write_schedule(work, campaign, authority.zone, scheme, opening, parameters)
    audit.record(
        actor,
        work,
        Stream(StreamKind.CAMPAIGN, str(campaign.id), campaign.id),
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
    proposed = propose_dates(work, campaign.scheme_version_id, campaign.year, zone, parameters)
    for deadline in scheme.deadlines:
        rule = _waiting_rule(deadline.key, scheme.rules, parameters)
        due_at = opening.dates.get(deadline.key)
        terms = _terms(scheme, deadline, parameters, proposed.get(deadline.key))
        deadlines.set_schedule(work, campaign.id, deadline.key, due_at, zone, rule, str(deadline.source), terms)


def _terms(
    scheme: SchemeDefinition, deadline: Deadline, parameters: Mapping[str, Any], proposed: datetime | None
) -> deadlines.Terms:
    said = ladder.ladder_of(scheme, deadline.key, parameters)
    sprint = next((each for each in scheme.sprints if each.deadline == deadline.key), None)
    return deadlines.Terms(
        latest_at=proposed if deadline.bound else None,
        ladder=said.stored() if said != ladder.USUAL else None,
        sprint=sprint.stored() if sprint is not None else None,
    )


def _waiting_rule(key: str, rules: Mapping[str, Rule], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a rule for a date that waits: the event that it counts from, and how far. Empty for others."""
    rule = rules[key]
    if isinstance(rule, DaysAfter):
        step = [_amount(rule.days, parameters), _amount(rule.months, parameters), rule.working]
        return {"event": rule.event, "steps": [step]}
    if isinstance(rule, Relative) and (before := _waiting_rule(rule.to, rules, parameters)):
        return before | {"steps": [*before["steps"], [_amount(rule.days, parameters), 0, rule.working]]}
    return {}


def _amount(amount: Amount, parameters: Mapping[str, Any]) -> int:
    return int(parameters[amount.key]) if isinstance(amount, ParameterRef) else amount


def join(actor: Actor, work: Work, campaign_id: UUID, unit_id: UUID) -> Participant:
    """A unit joins while the campaign runs."""
    campaign, authority = for_manager(actor, work, campaign_id)
    wrong = [trouble.text for trouble in _unit_troubles(work, authority, [unit_id])]
    if wrong:
        raise Invalid(wrong[0], {"participants": wrong})
    unit = _unit(work, unit_id)
    fan_out = _participants_fan_out(work, campaign)
    if work.session.scalar(
        select(Participant.id).where(Participant.campaign_id == campaign_id, Participant.unit_id == unit_id)
    ):
        raise Conflict(Message("campaign-already-in", {"name": unit.name}))
    last = work.session.scalar(select(func.max(Participant.number)).where(Participant.campaign_id == campaign_id)) or 0
    participant = _participant(work, campaign, unit, last + 1)
    work.session.add(participant)
    work.session.flush()
    processes.join(actor, work, fan_out, campaign_processes.item_of(campaign, participant, unit.name))
    return participant


def withdraw(actor: Actor, work: Work, campaign_id: UUID, participant_id: UUID, reason: str) -> None:
    """A unit leaves; its tasks are cancelled, and barriers and shares no longer count it."""
    campaign, _ = for_manager(actor, work, campaign_id)
    need(reason)
    participant = _participant_of(work, campaign, participant_id)
    if participant.state != ParticipantState.ACTIVE:
        raise Conflict(Message("campaign-not-active"))
    fan_out, item_key = _place(work, campaign, participant_id)
    participant.state, participant.reason = ParticipantState.WITHDRAWN, reason.strip()
    work.session.flush()
    processes.withdraw(actor, work, fan_out, item_key, reason.strip())
    for hears in work.part(CampaignParts).left:
        hears(actor, work, campaign_id, participant.unit_id)


def reopen(actor: Actor, work: Work, campaign_id: UUID, participant_id: UUID, reason: str) -> None:
    """A new attempt for a participant whose process has ended, or that had left and comes back.

    It starts at once, or when the gate sends the campaign back.
    """
    campaign, _ = for_manager(actor, work, campaign_id)
    need(reason)
    participant = _participant_of(work, campaign, participant_id)
    if participant.state == ParticipantState.WITHDRAWN:
        participant.state, participant.reason = ParticipantState.ACTIVE, ""
    fan_out, item_key = _place(work, campaign, participant_id)
    processes.do_again(actor, work, fan_out, item_key, reason.strip())


def move_deadline(
    actor: Actor, work: Work, campaign_id: UUID, key: str, due_at: datetime, reason: str, basis: str = ""
) -> None:
    """Move a date of a running campaign; open tasks and timers follow, no instance is touched.

    basis: by whose authority, such as a notice or a meeting.
    """
    campaign, _ = for_manager(actor, work, campaign_id)
    need(reason)
    need_sensible(campaign, due_at)
    before = deadlines.due_of(work, campaign_id, key)
    if before is None:
        raise NotFound(Message("error-not-found"))
    tasks.move_deadline(actor, work, campaign_id, key, due_at)
    audit.record(
        actor,
        work,
        Stream(StreamKind.CAMPAIGN, str(campaign_id), campaign_id),
        Verb.DEADLINE_MOVED,
        {"campaign": str(campaign_id), "deadline": key},
        {"from": before.isoformat(), "to": due_at.isoformat(), "reason": reason.strip(), "basis": basis},
    )


def lock_schedule(work: Work, campaign_id: UUID) -> None:
    """Let those who move dates of a campaign follow each other: each sees what came before, and none deadlock."""
    entries = select(ScheduleEntry.key).where(ScheduleEntry.campaign_id == campaign_id)
    work.session.execute(entries.order_by(ScheduleEntry.key).with_for_update())


def need_sensible(campaign: Campaign, due_at: datetime) -> None:
    """A date within the campaign's time. It may have passed already: then the tasks are overdue."""
    if due_at.date() < campaign.starts_on or due_at.year > YEAR_LAST:
        wrong = Message("campaign-date-outside", {"last": str(YEAR_LAST)})
        raise Invalid(wrong, {"day": [wrong]})


def override_deadline(
    actor: Actor, work: Work, campaign_id: UUID, participant_id: UUID, key: str, due_at: datetime, reason: str
) -> None:
    """Give one participant a date of its own; its open tasks and timers follow, no instance is touched."""
    campaign, _ = for_manager(actor, work, campaign_id)
    need(reason)
    need_sensible(campaign, due_at)
    participant = _participant_of(work, campaign, participant_id)
    lock_schedule(work, campaign_id)
    if not deadlines.has_key(work, campaign_id, key):
        raise NotFound(Message("error-not-found"))
    tasks.override_deadline(actor, work, campaign_id, participant.unit_id, key, due_at, reason.strip())
    audit.record(
        actor,
        work,
        Stream(StreamKind.CAMPAIGN, str(campaign_id), campaign_id),
        Verb.DEADLINE_MOVED,
        {"campaign": str(campaign_id), "deadline": key, "participant": str(participant_id)},
        {"to": due_at.isoformat(), "reason": reason.strip()},
    )


def need(reason: str) -> None:
    if not reason.strip():
        raise Invalid(Message("task-reason-needed"), {"reason": [Message("task-reason-needed")]})


def for_manager(actor: Actor, work: Work, campaign_id: UUID) -> tuple[Campaign, Unit]:
    campaign = work.session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound(Message("error-not-found"))
    authority = _unit(work, campaign.unit_id)
    if not actor.may("campaign.view", authority.path) and not actor.may(MANAGE, authority.path):
        raise NotFound(Message("error-not-found"))
    require(actor, MANAGE, authority.path)
    if campaign.state in (CampaignState.ENDED, CampaignState.CANCELLED):
        raise Conflict(Message("campaign-not-running"))
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
        .order_by(
            FanOut.state.in_((FanOutState.FILLING, FanOutState.OPEN)).desc(),
            FanOut.opened_at.desc(),
            FanOutItem.attempt.desc(),
        )
        .limit(1)
    ).one_or_none()
    if row is None:
        raise Conflict(Message("campaign-not-running"))
    return processes.fan_out_for(work, row.fan_out_id), row.item_key
