"""What moves when a date is moved: told before anything does, then done for all that was chosen in one operation."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, distinct, func, or_, select

from server.actor import Actor
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.campaigns import operations
from server.campaigns.models import Campaign
from server.db.work import Work
from server.deadlines import operations as deadlines
from server.deadlines.models import DeadlineOverride, ScheduleEntry, Timer
from server.deadlines.queries import calendar_of
from server.errors import Conflict, Invalid, NotFound
from server.i18n import Message
from server.organisation.models import Unit
from server.schemes import queries as schemes
from server.schemes.definition import Late
from server.schemes.schedule_rules import Days, follows, propose
from server.tasks.lights import light_of
from server.tasks.models import Task, TaskState
from server.tasks.rules import Light

STRICTNESS = (Late.ACCEPT, Late.ASK, Late.REFUSE)
"""From the mildest to the strictest; a campaign may only go on to the right."""
UNITS_SHOWN = 20
BASIS_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Follower:
    """A deadline that the scheme counts from the one that is moved. due_at: as it stands; proposed: by the rule."""

    key: str
    title: str
    due_at: datetime
    proposed: datetime


@dataclass(frozen=True, slots=True)
class Moving:
    """What would follow. kept_units, kept_tasks: with a date of their own, which stays. lights: of the tasks that
    move, how many show which light before and after. units: names of the first of those concerned."""

    key: str
    before: datetime
    after: datetime
    zone: str
    timers: int
    at_once: int
    tasks: int
    unit_count: int
    units: tuple[str, ...]
    kept_units: int
    kept_tasks: int
    lights: tuple[tuple[Light, int, int], ...]
    followers: tuple[Follower, ...]


def look(actor: Actor, work: Work, campaign_id: UUID, key: str, due_at: datetime) -> Moving:
    """What moving a date would do; writes nothing. Raises what `operations.move_deadline` would."""
    campaign, _ = operations.for_manager(actor, work, campaign_id)
    operations.need_sensible(campaign, due_at)
    deadlines.require_within(work, campaign_id, key, due_at)
    entry = _entry(work, campaign_id, key)
    if entry.due_at is None:
        raise NotFound(Message("error-not-found"))
    own = deadlines.units_with_own_date(campaign_id, key)
    more_time = deadlines.tasks_with_own_date(campaign_id)
    open_ones = (Task.campaign_id == campaign_id, Task.deadline_key == key, Task.state == TaskState.OPEN)
    moves = (*open_ones, or_(Task.unit_id.is_(None), Task.unit_id.not_in(own)), Task.id.not_in(more_time))
    tasks, units = work.session.execute(
        select(func.count(Task.id), func.count(distinct(Task.unit_id))).where(*moves)
    ).one()
    kept = work.session.scalar(select(func.count(Task.id)).where(*open_ones)) or 0
    armed = (Timer.campaign_id == campaign_id, Timer.key == key, Timer.fired_at.is_(None), Timer.cancelled_at.is_(None))
    timers = work.session.scalar(
        select(func.count(Timer.id)).where(*armed, or_(Timer.unit_id.is_(None), Timer.unit_id.not_in(own)))
    )
    names = work.session.scalars(
        select(Unit.name).where(Unit.id.in_(select(Task.unit_id).where(*moves))).order_by(Unit.code).limit(UNITS_SHOWN)
    )
    kept_units = select(func.count()).where(DeadlineOverride.campaign_id == campaign_id, DeadlineOverride.key == key)
    return Moving(
        key=key,
        before=entry.due_at,
        after=due_at,
        zone=entry.zone,
        timers=timers or 0,
        at_once=(timers or 0) if due_at <= work.now else 0,
        tasks=tasks,
        unit_count=units,
        units=tuple(names),
        kept_units=work.session.scalar(kept_units) or 0,
        kept_tasks=kept - tasks,
        lights=_lights(work, campaign_id, moves, due_at),
        followers=_followers(work, campaign, entry, due_at),
    )


def _lights(
    work: Work, campaign_id: UUID, moves: Sequence[ColumnElement[bool]], due_at: datetime
) -> tuple[tuple[Light, int, int], ...]:
    """By kind of unit, zone and date, so that thousands of tasks cost one statement."""
    rows = work.session.execute(
        select(Unit.kind, Unit.zone, Task.due_at, func.count())
        .outerjoin(Unit, Unit.id == Task.unit_id)
        .where(*moves)
        .group_by(Unit.kind, Unit.zone, Task.due_at)
    )
    before: Counter[Light] = Counter()
    after: Counter[Light] = Counter()
    for kind, zone, was, count in rows:
        before[light_of(work, was, kind, zone, (campaign_id, None))] += count
        after[light_of(work, due_at, kind, zone, (campaign_id, None))] += count
    return tuple((each, before[each], after[each]) for each in (Light.RED, Light.YELLOW, Light.GREEN))


def _followers(work: Work, campaign: Campaign, moved: ScheduleEntry, due_at: datetime) -> tuple[Follower, ...]:
    """Deadlines that count from this one, and from those in turn, where the rule would give another day."""
    scheme = schemes.scheme_of(work, campaign.scheme_version_id)
    entries = {row.key: row for row in work.session.scalars(_entries(campaign.id))}
    zone = ZoneInfo(moved.zone)
    days = Days(zone, campaign.parameters, calendar_of(work).works)
    known: dict[str, datetime] = {moved.key: due_at}
    found: list[Follower] = []
    waiting = [each for each in scheme.deadlines if follows(each.rule) is not None]
    while ready := [each for each in waiting if follows(each.rule) in known and each.key not in known]:
        for each in ready:
            proposed, entry = propose(each.rule, campaign.year, days, known), entries.get(each.key)
            if proposed is None or entry is None or entry.due_at is None:
                known[each.key] = due_at
                continue
            known[each.key] = proposed
            if proposed != entry.due_at:
                found.append(Follower(each.key, each.title, entry.due_at, proposed))
        waiting = [each for each in waiting if each.key not in known]
    return tuple(found)


def move(
    actor: Actor,
    work: Work,
    campaign_id: UUID,
    key: str,
    due_at: datetime,
    why: Mapping[str, str],
    *,
    seen: datetime,
    along: Sequence[str] = (),
) -> None:
    """Move a date, and those of its followers that were chosen, to what the rule proposes.

    why: `reason`, and `basis`, by whose authority; Invalid without either. seen: the date as it was shown; Conflict
    when it is another now.
    """
    need_why(why)
    reason, basis = why.get("reason", ""), why.get("basis", "").strip()[:BASIS_AT_MOST]
    operations.lock_schedule(work, campaign_id)
    found = look(actor, work, campaign_id, key, due_at)
    if seen != found.before:
        raise Conflict(Message("campaigns-date-changed"))
    chosen = {each.key: each for each in found.followers if each.key in along}
    if len(chosen) < len(set(along)):
        raise Conflict(Message("campaigns-date-changed"))
    operations.move_deadline(actor, work, campaign_id, key, due_at, reason, basis)
    for each in chosen.values():
        operations.move_deadline(actor, work, campaign_id, each.key, each.proposed, reason, basis)


def need_why(why: Mapping[str, str]) -> None:
    """Raises Invalid for what is not said of why and by whose authority."""
    missing = {
        name: [Message(f"campaigns-{name}-needed")] for name in ("reason", "basis") if not why.get(name, "").strip()
    }
    if missing:
        raise Invalid(next(iter(missing.values()))[0], missing)


def tighten(actor: Actor, work: Work, campaign_id: UUID, key: str, late: Late, reason: str) -> None:
    """Be stricter with what is late than the scheme is, or as strict again; never milder. Raises Invalid for that."""
    campaign, _ = operations.for_manager(actor, work, campaign_id)
    operations.need(reason)
    entry = _entry(work, campaign_id, key)
    scheme = schemes.scheme_of(work, campaign.scheme_version_id)
    said = next((each.late for each in scheme.deadlines if each.key == key), Late.ACCEPT)
    now = Late(entry.late) if entry.late else said
    if STRICTNESS.index(late) < STRICTNESS.index(said):
        wrong = Message("campaigns-late-looser")
        raise Invalid(wrong, {"late": [wrong]})
    if late is now:
        return
    entry.late = late if late is not said else None
    audit.record(
        actor,
        work,
        Stream(StreamKind.CAMPAIGN, str(campaign_id), campaign_id),
        Verb.DEADLINE_TIGHTENED,
        {"campaign": str(campaign_id), "deadline": key},
        {"from": now.value, "to": late.value, "reason": reason.strip()},
    )
    work.session.flush()


def stricter(said: Late) -> tuple[Late, ...]:
    """What a campaign may choose where the scheme says so."""
    return STRICTNESS[STRICTNESS.index(said) :]


def _entry(work: Work, campaign_id: UUID, key: str) -> ScheduleEntry:
    entry = work.session.scalars(_entries(campaign_id).where(ScheduleEntry.key == key)).one_or_none()
    if entry is None:
        raise NotFound(Message("error-not-found"))
    return entry


def _entries(campaign_id: UUID) -> Select[ScheduleEntry]:
    return select(ScheduleEntry).where(ScheduleEntry.campaign_id == campaign_id)
