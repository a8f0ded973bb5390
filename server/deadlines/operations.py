"""What sets, moves and fires deadlines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from server.actor import Actor
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.db.work import Work, rows_changed
from server.deadlines.models import CalendarPeriod, DeadlineExtension, DeadlineOverride, ScheduleEntry, Timer
from server.deadlines.queries import calendar_of, forget_calendar, unit_kinds
from server.deadlines.rules import Period
from server.deadlines.sprints import forget_windows
from server.engine.contract import Element, ElementKind, Step
from server.errors import Invalid, NotAllowed, NotFound
from server.i18n import Message
from server.organisation.models import Unit
from server.processes.models import ProcessInstance
from server.processes.registry import Running
from server.schemes import queries as schemes
from server.schemes.definition import ProcessOf
from server.schemes.schedule_rules import Days, count

BARRIER = "barrier"
CATCH = "catch"
RETRY_AFTER = timedelta(hours=1)
ORGANISATION = "organisation.manage"
PERIOD_AT_MOST = 366
"""Days of one period."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What else a scheme says of a deadline; see `ScheduleEntry`."""

    latest_at: datetime | None = None
    ladder: Mapping[str, Any] | None = None
    sprint: Mapping[str, Any] | None = None


def set_schedule(
    work: Work,
    campaign_id: UUID,
    key: str,
    due_at: datetime | None,
    zone: str,
    rule: Mapping[str, object],
    source: str,
    terms: Terms = Terms(),
) -> None:
    """Enter one deadline of a campaign as it opens."""
    work.session.add(
        ScheduleEntry(
            id=work.ids.new(),
            campaign_id=campaign_id,
            key=key,
            due_at=due_at,
            zone=zone,
            rule=dict(rule),
            source=source,
            latest_at=terms.latest_at,
            ladder=dict(terms.ladder) if terms.ladder is not None else None,
            sprint=dict(terms.sprint) if terms.sprint is not None else None,
        )
    )


def require_within(work: Work, campaign_id: UUID | None, key: str | None, due_at: datetime) -> None:
    """Raises Invalid for a date later than the notice has fixed for all."""
    wrong = beyond_notice(work, campaign_id, key, due_at)
    if wrong is not None:
        raise Invalid(wrong, {"day": [wrong], "due_at": [wrong]})


def beyond_notice(work: Work, campaign_id: UUID | None, key: str | None, due_at: datetime) -> Message | None:
    """What is wrong with a date that lies later than the notice has fixed for all; None where it has fixed none."""
    if campaign_id is None or key is None:
        return None
    wanted = select(ScheduleEntry).where(ScheduleEntry.campaign_id == campaign_id, ScheduleEntry.key == key)
    entry = work.session.scalars(wanted).one_or_none()
    if entry is None or entry.latest_at is None or due_at <= entry.latest_at:
        return None
    return notice_says(entry.latest_at.astimezone(ZoneInfo(entry.zone)).date(), entry.source)


def notice_says(latest: date, source: str) -> Message:
    """The words for a date that the notice has fixed; source as stored: `notice:63`."""
    line = source.partition(":")[2]
    return Message("deadlines-bound-line" if line else "deadlines-bound", {"day": latest.isoformat(), "line": line})


def end_of_day(day: date, zone: str) -> datetime:
    """The last second of a day in a zone: what a notice means by “5月15日前”."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZoneInfo(zone))


Events = Mapping[str, datetime]
"""Names of events that a schedule may count from (`finding.opened`) to their instants."""


def due_for(
    work: Work, campaign_id: UUID | None, unit_id: UUID | None, key: str, events: datetime | Events
) -> datetime | None:
    """When something is due: the participant's own date, else the campaign's, else so many days after an event.

    events: the instants of events, or one instant where it is clear which event is meant. Returns None outside a
    campaign, where no date is set, and while the event has not happened. Days after an event end with that day in the
    entry's zone.
    """
    if campaign_id is None:
        return None
    row = work.session.execute(
        select(ScheduleEntry, DeadlineOverride.due_at.label("own"))
        .outerjoin(
            DeadlineOverride,
            (DeadlineOverride.campaign_id == ScheduleEntry.campaign_id)
            & (DeadlineOverride.key == ScheduleEntry.key)
            & (DeadlineOverride.unit_id == unit_id),
        )
        .where(ScheduleEntry.campaign_id == campaign_id, ScheduleEntry.key == key)
    ).one_or_none()
    if row is None:
        return None
    entry, override = row[0], row[1]
    date_set: datetime | None = override if override is not None else entry.due_at
    if date_set is not None:
        return date_set
    if "event" not in entry.rule:
        return None
    happened = events if isinstance(events, datetime) else events.get(entry.rule["event"])
    if happened is None:
        return None
    kind = work.session.scalar(select(Unit.kind).where(Unit.id == unit_id)) if unit_id is not None else None
    days = Days(ZoneInfo(entry.zone), {}, calendar_of(work).of_kind(kind or ""))
    return count(happened, entry.rule["steps"], days)


def events_of(work: Work, running: Running) -> Events:
    """The events that an instance's waiting deadlines may count from.

    A finding's process starts as the finding is opened; elsewhere findings are being opened now. What else there is
    happens as the task opens. (`campaign.opened` has its date from the opening itself.)
    """
    scheme = schemes.scheme_of(work, running.scheme_version_id)
    process = next((each for each in scheme.processes if each.key == running.instance.process_key), None)
    mends = process is not None and process.of is ProcessOf.FINDING
    opened = running.instance.started_at if mends else work.now
    return {"finding.opened": opened, "finding.mended": work.now, "task.opened": work.now}


def project(actor: Actor, work: Work, running: Running, step: Step) -> None:
    """Keep timers equal to the catch events and barriers that wait for a deadline."""
    elements = running.definition.elements
    if not any(_timer_kind(elements[line.element_id]) for line in step.passed):
        return
    armed = {place.task_id: place for place in step.waiting if _timer_kind(elements[place.element_id])}
    rows = work.session.scalars(
        select(Timer).where(
            Timer.instance_id == running.instance.id, Timer.fired_at.is_(None), Timer.cancelled_at.is_(None)
        )
    ).all()
    for row in rows:
        if row.id not in armed:
            row.cancelled_at = work.now
    known = {row.id for row in rows}
    for task_id, place in armed.items():
        if task_id not in known:
            element = elements[place.element_id]
            arm(work, running, _timer_kind(element), task_id, element.id, element.deadline or "")


def due_of(work: Work, campaign_id: UUID, key: str) -> datetime | None:
    """The campaign's own date of a deadline; None when it has none."""
    return work.session.scalar(
        select(ScheduleEntry.due_at).where(ScheduleEntry.campaign_id == campaign_id, ScheduleEntry.key == key)
    )


def has_key(work: Work, campaign_id: UUID, key: str) -> bool:
    """Whether a campaign has a deadline of this name, dated or not."""
    where = (ScheduleEntry.campaign_id == campaign_id, ScheduleEntry.key == key)
    return work.session.scalar(select(ScheduleEntry.id).where(*where)) is not None


def _timer_kind(element: Element) -> str:
    """What kind of timer an element needs: for a catch event, for a barrier that opens at a deadline, or none."""
    if element.kind is ElementKind.DEADLINE:
        return CATCH
    return BARRIER if element.kind is ElementKind.CHILDREN and element.opens == "deadline" else ""


def arm(work: Work, running: Running, kind: str, timer_id: UUID, element_id: str, key: str) -> None:
    """Note that something waits for a deadline. A deadline without a date waits until it is set."""
    instance = running.instance
    due_at = due_for(work, instance.campaign_id, instance.unit_id, key, events_of(work, running))
    work.session.add(
        Timer(
            id=timer_id,
            kind=kind,
            instance_id=instance.id,
            campaign_id=instance.campaign_id,
            unit_id=instance.unit_id,
            element_id=element_id,
            key=key,
            due_at=due_at,
            next_try_at=due_at,
        )
    )


def claim_due(work: Work, at_most: int) -> list[Timer]:
    """Timers that are due and that this transaction has claimed, with their instances locked.

    Another worker's claim is passed over, and so is an instance that somebody works on at this moment: the sweep comes
    again, and whoever holds an instance may be waiting for its timers. The due test binds the injected clock, never the
    database's.
    """
    due = work.session.scalars(
        select(Timer)
        .join(ProcessInstance, ProcessInstance.id == Timer.instance_id)
        .where(Timer.fired_at.is_(None), Timer.cancelled_at.is_(None), Timer.next_try_at <= work.now)
        .order_by(Timer.next_try_at, Timer.id)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    ).all()
    claimed = []
    for timer in due:
        changed = work.session.execute(
            update(Timer)
            .where(Timer.id == timer.id, Timer.fired_at.is_(None))
            .values(fired_at=work.now, attempts=Timer.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        if rows_changed(changed) == 1:
            work.session.refresh(timer)
            claimed.append(timer)
    return claimed


def postpone(work: Work, timer: Timer) -> None:
    """Put a timer that failed back, an hour ahead, so that it never blocks the others."""
    timer.fired_at = None
    timer.next_try_at = work.now + RETRY_AFTER
    work.session.flush()


def try_now(work: Work, timer_id: UUID) -> None:
    """Let the sweep look at a postponed timer at once; one that is not due yet stays as it is."""
    work.session.execute(
        update(Timer)
        .where(Timer.id == timer_id, Timer.fired_at.is_(None), Timer.due_at <= work.now)
        .values(next_try_at=work.now)
        .execution_options(synchronize_session=False)
    )


def units_with_own_date(campaign_id: UUID, key: str) -> Select[UUID]:
    """The units whose own date stands over the campaign's, as a subquery."""
    return select(DeadlineOverride.unit_id).where(
        DeadlineOverride.campaign_id == campaign_id, DeadlineOverride.key == key
    )


def move(actor: Actor, work: Work, campaign_id: UUID, key: str, due_at: datetime) -> None:
    """Move a deadline of a campaign: timers and tasks follow in SQL, no instance is touched.

    Participants with a date of their own keep it. Raises Invalid for a date later than the notice has fixed.
    """
    require_within(work, campaign_id, key, due_at)
    work.session.execute(
        update(ScheduleEntry)
        .where(ScheduleEntry.campaign_id == campaign_id, ScheduleEntry.key == key)
        .values(due_at=due_at)
    )
    forget_windows(work)
    own = units_with_own_date(campaign_id, key)
    _move_timers(work, campaign_id, key, due_at, or_(Timer.unit_id.is_(None), Timer.unit_id.not_in(own)))


def override(
    actor: Actor, work: Work, campaign_id: UUID, unit_id: UUID, key: str, due_at: datetime, reason: str
) -> None:
    """Give one participant a date of its own; its timers follow. The tasks package moves its open tasks.

    A second one takes the place of the first. Raises Invalid for a date later than the notice has fixed.
    """
    require_within(work, campaign_id, key, due_at)
    insert = insert_postgresql if work.session.get_bind().dialect.name == "postgresql" else insert_sqlite
    said = {"due_at": due_at, "reason": reason}
    work.session.execute(
        insert(DeadlineOverride)
        .values(id=work.ids.new(), campaign_id=campaign_id, unit_id=unit_id, key=key, **said)
        .on_conflict_do_update(index_elements=["campaign_id", "unit_id", "key"], set_=said)
    )
    forget_windows(work)
    _move_timers(work, campaign_id, key, due_at, Timer.unit_id == unit_id)


def _move_timers(work: Work, campaign_id: UUID, key: str, due_at: datetime, whose: ColumnElement[bool]) -> None:
    work.session.execute(
        update(Timer)
        .where(Timer.campaign_id == campaign_id, Timer.key == key)
        .where(Timer.fired_at.is_(None), Timer.cancelled_at.is_(None), whose)
        .values(due_at=due_at, next_try_at=due_at)
        .execution_options(synchronize_session=False)
    )


def tasks_with_own_date(campaign_id: UUID) -> Select[UUID]:
    """The tasks that were given more time, as a subquery; moving other dates leaves them alone."""
    return select(DeadlineExtension.task_id).where(DeadlineExtension.campaign_id == campaign_id)


def extend(actor: Actor, work: Work, campaign_id: UUID | None, task_id: UUID, due_at: datetime, reason: str) -> None:
    """Record more time for one task; the tasks package moves the task's own date."""
    work.session.add(
        DeadlineExtension(
            id=work.ids.new(),
            campaign_id=campaign_id,
            task_id=task_id,
            due_at=due_at,
            reason=reason,
            granted_by=actor.name,
            granted_at=work.now,
        )
    )


def add_period(actor: Actor, work: Work, wanted: Period) -> UUID:
    """Enter days that are worked or not; for who keeps the organisation, the whole of it. Raises Invalid."""
    root = _root(actor, work)
    errors: dict[str, list[Message]] = {}
    if not wanted.name.strip():
        errors["name"] = [Message("deadlines-name-needed")]
    if wanted.until_on < wanted.from_on:
        errors["until_on"] = [Message("deadlines-until-before-from")]
    elif (wanted.until_on - wanted.from_on).days >= PERIOD_AT_MOST:
        errors["until_on"] = [Message("deadlines-period-long", {"limit": PERIOD_AT_MOST})]
    if wanted.unit_kind and wanted.unit_kind not in unit_kinds(work):
        errors["unit_kind"] = [Message("deadlines-kind-unknown")]
    if errors:
        raise Invalid(Message("error-invalid"), errors)
    row = CalendarPeriod(
        id=work.ids.new(),
        unit_kind=wanted.unit_kind,
        from_on=wanted.from_on,
        until_on=wanted.until_on,
        works=wanted.works,
        name=wanted.name.strip(),
        added_by=actor.name,
        added_at=work.now,
    )
    work.session.add(row)
    _tell(actor, work, root, row, "added")
    return row.id


def remove_period(actor: Actor, work: Work, period_id: UUID) -> None:
    """Take back a period that was entered. Raises NotFound."""
    root = _root(actor, work)
    row = work.session.get(CalendarPeriod, period_id, with_for_update=True)
    if row is None:
        raise NotFound(Message("error-not-found"))
    _tell(actor, work, root, row, "removed")
    work.session.delete(row)
    work.session.flush()
    forget_calendar(work)


def _root(actor: Actor, work: Work) -> Unit:
    """The root of the tree, for who keeps all of it: a calendar holds for everybody."""
    root = work.session.scalars(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.code)).first()
    if root is None or not actor.may(ORGANISATION, root.path):
        raise NotAllowed(Message("error-not-allowed"))
    return root


def _tell(actor: Actor, work: Work, root: Unit, row: CalendarPeriod, change: str) -> None:
    details = {
        "change": change,
        "name": row.name,
        "from_on": row.from_on,
        "until_on": row.until_on,
        "works": row.works,
        "unit_kind": row.unit_kind,
    }
    subject = {"period": row.id}
    audit.record(actor, work, Stream(StreamKind.UNIT, str(root.id)), Verb.CALENDAR_CHANGED, subject, details)
    work.session.flush()
    forget_calendar(work)
