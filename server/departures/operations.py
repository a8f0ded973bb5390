"""Writing departures: planned at once for all that somebody holds, carried out after the last day, or called off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from server.actor import SYSTEM, Actor
from server.audit.verbs import Verb
from server.db.work import Work
from server.departures import queries
from server.departures.models import Departure, DeparturePost, DepartureState
from server.departures.queries import PERMISSION, Held, HeldRow
from server.departures.rules import cut, end_of, require_day
from server.errors import Conflict, Invalid, NotFound
from server.i18n import Message
from server.identity.closing import close_account_of
from server.organisation import operations as organisation
from server.organisation.models import DEFAULT_ZONE, Holding, Person, Post, Unit
from server.organisation.rules import today
from server.tasks import claims
from server.tasks import operations as tasks
from server.tasks.models import Seat, SeatState, Task, TaskState
from server.tasks.operations import Desk
from server.tasks.rules import RESCUE_SEAT

NOBODY = Message("departures-nobody")


@dataclass(frozen=True, slots=True)
class Plan:
    """successors: by holding, None for a post that stays vacant. tasks_to: for tasks that wait for the person alone."""

    last_day: date
    successors: Mapping[UUID, UUID | None]
    tasks_to: UUID | None = None


def check(actor: Actor, work: Work, person_id: UUID, plan: Plan) -> Held:
    """What would be handed over; raises what `plan_departure` would, and writes nothing."""
    held = queries.held(actor, work, person_id)
    if actor.person_id == person_id:
        raise Conflict(Message("departures-not-oneself"))
    require_day(plan.last_day, today(work.now, held.posts[0].zone))
    if set(plan.successors) != {row.holding_id for row in held.posts}:
        raise Conflict(Message("departures-changed"))
    faults: dict[str, list[Message]] = {}
    for row in held.posts:
        fault = _fault(work, person_id, plan, plan.successors[row.holding_id], row, attended=row.attended)
        if fault is not None:
            faults[f"post-{row.holding_id}"] = [fault]
    if held.own_tasks or plan.tasks_to is not None:
        fault = _fault(work, person_id, plan, plan.tasks_to, None, attended=held.rescued)
        if fault is not None:
            faults["tasks_to"] = [fault]
    if faults:
        raise Invalid(Message("error-invalid"), faults)
    return held


def _fault(
    work: Work, person_id: UUID, plan: Plan, successor_id: UUID | None, row: HeldRow | None, *, attended: bool
) -> Message | None:
    """Why somebody may not follow, or nobody. row: the post that is left; None for tasks of the person alone."""
    if successor_id is None:
        return None if attended else NOBODY
    successor = work.session.get(Person, successor_id)
    if successor is None or successor_id == person_id:
        return Message("departures-successor", {"name": successor.name if successor is not None else "–"})
    named = {"name": successor.name}
    leaving = queries.planned(work, successor_id)
    if leaving is not None and leaving.last_day <= plan.last_day:
        return Message("departures-successor-leaves", named)
    follows_on = plan.last_day + timedelta(days=1)
    if row is None:
        return None if queries.works(work, successor_id, follows_on) else Message("departures-successor-idle", named)
    follows_on = cut(row.from_on, row.until_on, plan.last_day).follows_on
    return queries.hindrance(work, successor, row, follows_on)


def plan_departure(actor: Actor, work: Work, person_id: UUID, plan: Plan) -> Departure:
    """End all that somebody holds with a day, and begin what their successors hold the day after.

    The same plan again is answered with what is there. Raises NotFound for a stranger, Conflict when another plan is
    there or what they hold has changed, Invalid for a day or a successor that cannot be, or a post nobody looks after.
    """
    if work.session.get(Person, person_id, with_for_update=True) is None:
        raise NotFound(Message("error-not-found"))
    known = queries.planned(work, person_id)
    if known is not None:
        require_reach(actor, work, known)
        if _same(work, known, plan):
            return known
        raise Conflict(Message("departures-planned-already", {"name": known.person_name}))
    held = check(actor, work, person_id, plan)
    first = held.posts[0]
    departure = Departure(
        id=work.ids.new(),
        person_id=person_id,
        person_name=held.name,
        unit_id=first.unit_id,
        last_day=plan.last_day,
        ends_at=end_of(plan.last_day, first.zone),
        tasks_to=plan.tasks_to,
        planned_by=actor.name,
        planned_at=work.now,
        state=DepartureState.PLANNED,
    )
    work.session.add(departure)
    work.session.flush()
    for row in held.posts:
        _hand_over(actor, work, departure, row, plan.successors[row.holding_id])
    _end_taken(actor, work, person_id, plan.last_day)
    work.session.flush()
    vacant = sum(each is None for each in plan.successors.values())
    _record(actor, work, departure, Verb.DEPARTURE_PLANNED, posts=len(held.posts), vacant=vacant)
    return departure


def _same(work: Work, known: Departure, plan: Plan) -> bool:
    rows = {row.holding_id: row.successor_id for row in queries.posts_of(work, known.id)}
    return (known.last_day, known.tasks_to, rows) == (plan.last_day, plan.tasks_to, dict(plan.successors))


def _hand_over(actor: Actor, work: Work, departure: Departure, row: HeldRow, successor_id: UUID | None) -> None:
    span = cut(row.from_on, row.until_on, departure.last_day)
    if span.last is None:
        _never_begins(actor, work, row.holding_id)
    elif row.until_on is None or span.last < row.until_on:
        organisation.end_holding(actor, work, row.holding_id, span.last)
    follows = None
    if successor_id is not None:
        follows = organisation.add_holding(actor, work, row.post_id, successor_id, from_on=span.follows_on).id
    work.session.add(
        DeparturePost(
            id=work.ids.new(),
            departure_id=departure.id,
            post_id=row.post_id,
            holding_id=row.holding_id,
            from_on=row.from_on,
            until_before=row.until_on,
            successor_id=successor_id,
            successor_holding_id=follows,
        )
    )


def _never_begins(actor: Actor, work: Work, holding_id: UUID) -> None:
    holding = work.session.get(Holding, holding_id)
    if holding is None:
        return
    post = work.session.get_one(Post, holding.post_id)
    unit = work.session.get_one(Unit, post.unit_id)
    subject = {"person": holding.person_id, "post": post.id, "unit": unit.id}
    work.session.delete(holding)
    work.session.flush()
    organisation.record(actor, work, unit, Verb.HOLDING_ENDED, subject, title=post.title, on=holding.from_on)


def _end_taken(actor: Actor, work: Work, person_id: UUID, last_day: date) -> None:
    """Nobody who has left acts for somebody else."""
    taken = select(Holding).where(Holding.person_id == person_id, Holding.delegated_by.is_not(None))
    later = taken.where(Holding.until_on > last_day).order_by(Holding.from_on, Holding.post_id)
    for holding in work.session.scalars(later).all():
        if holding.from_on > last_day:
            _never_begins(actor, work, holding.id)
            continue
        holding.until_on = last_day
        post = work.session.get_one(Post, holding.post_id)
        unit = work.session.get_one(Unit, post.unit_id)
        subject = {"person": person_id, "post": post.id, "unit": unit.id}
        organisation.record(actor, work, unit, Verb.HOLDING_ENDED, subject, title=post.title, on=last_day)


def call_off(actor: Actor, work: Work, departure_id: UUID) -> None:
    """The person stays: what was ended goes on, and successors do not begin.

    Delegations that ended with it are not restored. Raises Conflict when the last day is over, or when somebody has
    changed since what the plan had set.
    """
    departure = work.session.get(Departure, departure_id, with_for_update=True)
    if departure is None:
        raise NotFound(Message("error-not-found"))
    require_reach(actor, work, departure)
    if departure.state == DepartureState.CALLED_OFF:
        return
    if departure.state != DepartureState.PLANNED or departure.ends_at < work.now:
        raise Conflict(Message("departures-over", {"name": departure.person_name}))
    for row in queries.posts_of(work, departure.id):
        _restore(actor, work, departure, row)
    departure.state, departure.closed_at = DepartureState.CALLED_OFF, work.now
    work.session.flush()
    _record(actor, work, departure, Verb.DEPARTURE_CALLED_OFF)


def _restore(actor: Actor, work: Work, departure: Departure, row: DeparturePost) -> None:
    if row.successor_holding_id is not None:
        _never_begins(actor, work, row.successor_holding_id)
    holding, person_id = work.session.get(Holding, row.holding_id), departure.person_id
    planned = cut(row.from_on, row.until_before, departure.last_day).last
    if holding is not None and holding.until_on != planned:
        raise Conflict(Message("departures-changed"))
    if holding is not None:
        holding.until_on = row.until_before
        post = work.session.get_one(Post, row.post_id)
        unit = work.session.get_one(Unit, post.unit_id)
        subject = {"person": person_id, "post": post.id, "unit": unit.id}
        organisation.record(actor, work, unit, Verb.HOLDING_ADDED, subject, title=post.title, on=row.from_on)
        return
    organisation.add_holding(actor, work, row.post_id, person_id, from_on=row.from_on, until_on=row.until_before)


def carry_out(work: Work, batch: int) -> bool:
    """One batch of what is due after last days: the account, then the tasks. True while something may be left."""
    due = select(Departure).where(Departure.state == DepartureState.PLANNED, Departure.ends_at < work.now)
    departure = work.session.scalars(
        due.order_by(Departure.ends_at, Departure.person_name).limit(1).with_for_update(skip_locked=True)
    ).one_or_none()
    if departure is None:
        return False
    on = today(work.now, DEFAULT_ZONE)
    # Whoever has taken up another post meanwhile has moved and not left: the account goes on with them.
    if not departure.account_closed and not queries.works(work, departure.person_id, on):
        close_account_of(SYSTEM, work, departure.person_id)
        departure.account_closed = True
    moved = _hand_on_tasks(work, departure, batch)
    departure.tasks_moved += moved
    if moved < batch:
        departure.state, departure.closed_at = DepartureState.DONE, work.now
        work.session.flush()
        closed = int(departure.account_closed)
        _record(SYSTEM, work, departure, Verb.DEPARTURE_DONE, tasks=departure.tasks_moved, account_closed=closed)
    return True


def _hand_on_tasks(work: Work, departure: Departure, batch: int) -> int:
    """Put others on tasks that wait for the person alone; returns how many were looked at."""
    key = f"person:{departure.person_id}"
    waiting = (
        select(Seat.task_id)
        .join(Task, Task.id == Seat.task_id)
        .where(Seat.key == key, Seat.state == SeatState.OPEN, Task.state == TaskState.OPEN)
        .order_by(Task.instance_id, Seat.task_id)
        .limit(batch)
    )
    ids = work.session.scalars(waiting).all()
    for task_id in ids:
        _hand_on(work, departure, tasks.take(work, task_id), key)
    return len(ids)


def _hand_on(work: Work, departure: Departure, desk: Desk, key: str) -> None:
    old = next((seat for seat in desk.seats if seat.key == key and seat.state == SeatState.OPEN), None)
    if old is None:
        return
    sitting = {seat.key for seat in desk.seats if seat.state != SeatState.REMOVED}
    to = departure.tasks_to
    there = to is not None and queries.works(work, to, today(work.now, DEFAULT_ZONE))
    wanted = f"person:{to}" if there else RESCUE_SEAT
    # A seat never goes away alone: nobody's word may become the decision because somebody else has left.
    free = (each for each in (wanted, RESCUE_SEAT, f"{RESCUE_SEAT}:{work.ids.new()}") if each not in sitting)
    new = _sit(work, desk, old, next(free))
    old.state = SeatState.REMOVED
    details = {"task": str(desk.task.id), "element": desk.task.element_id or "", "departure": str(departure.id)}
    tasks.tell(SYSTEM, work, desk, Verb.SEAT_REMOVED, details | {"seat": old.key})
    tasks.tell(SYSTEM, work, desk, Verb.SEAT_ADDED, details | {"seat": new.key})
    work.session.flush()
    claims.settle(work, desk)


def _sit(work: Work, desk: Desk, old: Seat, key: str) -> Seat:
    earlier = next((seat for seat in desk.seats if seat.key == key), None)
    if earlier is not None:
        earlier.state, earlier.position, earlier.weight = SeatState.OPEN, old.position, old.weight
        return earlier
    seat = Seat(
        id=work.ids.new(),
        task_id=desk.task.id,
        campaign_id=desk.task.campaign_id,
        key=key,
        position=old.position,
        weight=old.weight,
        added_by=SYSTEM.name,
        state=SeatState.OPEN,
    )
    work.session.add(seat)
    desk.seats.append(seat)
    return seat


def require_reach(actor: Actor, work: Work, departure: Departure) -> None:
    """Whoever manages all the units of the posts that are left; to others it is not there."""
    paths = work.session.scalars(
        select(Unit.path)
        .join(Post, Post.unit_id == Unit.id)
        .join(DeparturePost, DeparturePost.post_id == Post.id)
        .where(DeparturePost.departure_id == departure.id)
    ).all()
    if not paths or not all(actor.may(PERMISSION, path) for path in paths):
        raise NotFound(Message("error-not-found"))


def _record(actor: Actor, work: Work, departure: Departure, verb: Verb, **details: int) -> None:
    unit = work.session.get_one(Unit, departure.unit_id)
    subject = {"departure": departure.id, "person": departure.person_id, "name": departure.person_name}
    organisation.record(actor, work, unit, verb, subject, last_day=departure.last_day, **details)
