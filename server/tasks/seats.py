"""Changing who sits on an open task: each change has a reason, is audited, and happens under the instance's lock."""

from uuid import UUID

from sqlalchemy import select

from server.actor import Actor
from server.audit.verbs import Verb
from server.db.work import Work
from server.errors import Conflict, Invalid, NotAllowed
from server.i18n import Message
from server.organisation.models import Post
from server.organisation.rules import PostKind
from server.tasks import claims, operations
from server.tasks.deciders import LEADERS, require_decider
from server.tasks.models import Seat, SeatState
from server.tasks.operations import Desk
from server.tasks.rules import POST, outcome

SEATS_AT_MOST = 50


def add(actor: Actor, work: Work, task_id: UUID, post_id: UUID, reason: str) -> None:
    """One more seat at the end; for who sits there already, and (but for gates) for who operates processes.

    Raises NotFound, NotAllowed, Invalid without a reason or post, Conflict when the task is closed or the post there.
    """
    desk = _desk(actor, work, task_id, reason)
    seat = _new_seat(actor, work, desk, post_id, 1 + max(each.position for each in desk.seats))
    _tell(actor, work, desk, Verb.SEAT_ADDED, seat, reason)


def hand_on(actor: Actor, work: Work, task_id: UUID, seat_id: UUID, post_id: UUID, reason: str) -> None:
    """Another post in the place of an open seat; for its holder, and (but for gates) for who operates processes."""
    desk = _desk(actor, work, task_id, reason)
    old = _open_seat(desk, seat_id)
    if old.key not in actor.seat_keys and not _operates(actor, work, desk):
        raise NotAllowed(Message("error-not-allowed"))
    seat = _new_seat(actor, work, desk, post_id, old.position, old.weight)
    old.state = SeatState.REMOVED
    _tell(actor, work, desk, Verb.SEAT_REMOVED, old, reason)
    _tell(actor, work, desk, Verb.SEAT_ADDED, seat, reason)


def remove(actor: Actor, work: Work, task_id: UUID, seat_id: UUID, reason: str) -> None:
    """Take an open seat away; for who operates processes.

    Never of a gate, never the last one, nor one without which the task would be decided. A vote that was given stays.
    """
    desk = _desk(actor, work, task_id, reason)
    seat = _open_seat(desk, seat_id)
    if not _operates(actor, work, desk):
        raise NotAllowed(Message("error-not-allowed"))
    seat.state = SeatState.REMOVED
    if not any(each.state == SeatState.OPEN for each in desk.seats):
        raise Conflict(Message("task-seat-last"))
    if outcome(desk.task.rule, operations.votes(desk)) is not None:
        raise Conflict(Message("task-seat-decides"))
    _tell(actor, work, desk, Verb.SEAT_REMOVED, seat, reason)


def _desk(actor: Actor, work: Work, task_id: UUID, reason: str) -> Desk:
    """The task under its lock, for somebody who may change something about its seats."""
    desk = operations.take(work, task_id)
    holds = any(seat.key in actor.seat_keys and seat.state == SeatState.OPEN for seat in desk.seats)
    oversees = operations.over(actor, work, desk.task, operations.OPERATE)
    if not holds and not oversees:
        operations.require_seat(actor, desk)
    if not holds and oversees and not _operates(actor, work, desk):
        raise NotAllowed(Message("task-seat-gate"))
    operations.need(reason)
    operations.require_open(desk)
    require_decider(actor, work, desk.task)
    if not holds and not oversees:
        raise NotAllowed(Message("task-seat-spent"))
    return desk


def _operates(actor: Actor, work: Work, desk: Desk) -> bool:
    """Whoever operates processes may not choose who decides at a gate: only who sits there may."""
    return desk.task.kind != "gate" and operations.over(actor, work, desk.task, operations.OPERATE)


def _open_seat(desk: Desk, seat_id: UUID) -> Seat:
    seat = next((each for each in desk.seats if each.id == seat_id and each.state == SeatState.OPEN), None)
    if seat is None:
        raise Invalid(Message("task-seat-missing"), {"seat": [Message("task-seat-missing")]})
    return seat


def _new_seat(actor: Actor, work: Work, desk: Desk, post_id: UUID, position: int, weight: int = 1) -> Seat:
    key = f"{POST}{post_id}"
    kind = work.session.scalar(select(Post.kind).where(Post.id == post_id))
    if kind is None:
        raise Invalid(Message("task-seat-post"), {"post": [Message("task-seat-post")]})
    if kind == PostKind.SECRETARY and desk.task.kind in LEADERS:
        raise Invalid(Message("task-gate-secretary"), {"post": [Message("task-gate-secretary")]})
    earlier = next((seat for seat in desk.seats if seat.key == key), None)
    if earlier is not None and earlier.state != SeatState.REMOVED:
        raise Conflict(Message("task-seat-there"))
    if key in actor.seat_keys:
        raise NotAllowed(Message("task-seat-oneself"))
    if len(desk.seats) >= SEATS_AT_MOST:
        raise Conflict(Message("task-seat-many", {"limit": SEATS_AT_MOST}))
    if earlier is not None:
        # It was handed on or taken away before, and comes back.
        earlier.state, earlier.position, earlier.weight = SeatState.OPEN, position, weight
        earlier.added_by = actor.name
        return earlier
    seat = Seat(
        id=work.ids.new(),
        task_id=desk.task.id,
        campaign_id=desk.task.campaign_id,
        key=key,
        post_id=post_id,
        position=position,
        weight=weight,
        added_by=actor.name,
        state=SeatState.OPEN,
    )
    work.session.add(seat)
    desk.seats.append(seat)
    return seat


def _tell(actor: Actor, work: Work, desk: Desk, verb: Verb, seat: Seat, reason: str) -> None:
    details = {"task": str(desk.task.id), "element": desk.task.element_id or "", "seat": seat.key}
    operations.tell(actor, work, desk, verb, details | {"reason": reason.strip()})
    work.session.flush()
    claims.settle(work, desk)
