"""Who sits on an open task is changed by name, with a reason, by those who may, and leaves a trace."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from server.actor import Actor
from server.audit.models import AuditRow
from server.db.work import Work
from server.errors import Conflict, GreengateError, Invalid, NotAllowed, NotFound
from server.tasks import seats
from server.tasks.models import Seat, SeatState
from server.verify import verify
from tests.tasks.test_seats import complete, judged, open_task, rows
from tests.world import World


@pytest.fixture
def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


@pytest.fixture
def liaison(world: World) -> Actor:
    return world.actor(world.units[0], "liaison")


@pytest.fixture
def head(world: World) -> Actor:
    return world.actor(world.units[0], "head")


def change(world: World, what: Callable[..., None], actor: Actor, *given: object) -> None:
    with world.workshop.writing() as work:
        what(actor, work, *given)
    world.drain()


def seat_of(world: World, task_id: UUID, actor: Actor) -> UUID:
    with world.workshop.reading() as work:
        return work.session.scalars(select(Seat.id).where(Seat.task_id == task_id, Seat.key.in_(actor.seat_keys))).one()


def told(world: World, verb: str) -> list[tuple[str, str]]:
    with world.workshop.reading() as work:
        details = work.session.scalars(select(AuditRow.details).where(AuditRow.verb == verb)).all()
    return [(str(each["seat"]), str(each["reason"])) for each in details]


def test_a_seat_is_handed_on_and_its_new_holder_acts(world: World, liaison: Actor, head: Actor) -> None:
    task_id = open_task(world)
    change(world, seats.hand_on, liaison, task_id, seat_of(world, task_id, liaison), head.post_id, "出差")
    assert world.inbox(liaison) == []
    with pytest.raises(NotAllowed) as told_liaison:
        complete(world, liaison, task_id, summary="做法")
    assert told_liaison.value.message.key == "task-seat-gone"
    assert complete(world, head, task_id, summary="做法").verdict == "done"
    assert told(world, "seat:removed") == [(f"post:{liaison.post_id}", "出差")]
    assert told(world, "seat:added") == [(f"post:{head.post_id}", "出差")]
    assert verify(world.application) == []


def test_a_seat_that_was_handed_on_is_handed_back(world: World, liaison: Actor, head: Actor) -> None:
    task_id = open_task(world)
    change(world, seats.hand_on, liaison, task_id, seat_of(world, task_id, liaison), head.post_id, "出差")
    change(world, seats.hand_on, head, task_id, seat_of(world, task_id, head), liaison.post_id, "已回")
    assert world.inbox(head) == []
    assert complete(world, liaison, task_id, summary="做法").verdict == "done"
    assert verify(world.application) == []


def test_whoever_sits_there_may_call_in_somebody_else(world: World) -> None:
    task_id, first, second = judged(world)
    leader = world.actor(world.authority, "leader")
    change(world, seats.add, first, task_id, leader.post_id, "请领导把关")
    assert complete(world, first, task_id, verdict="approve").verdict is None
    assert complete(world, second, task_id, verdict="approve").verdict is None
    assert complete(world, leader, task_id, verdict="approve").verdict == "approve"
    assert verify(world.application) == []


def test_who_operates_processes_takes_a_seat_away_and_the_votes_given_stay(world: World, office: Actor) -> None:
    task_id, first, second = judged(world)
    leader = world.actor(world.authority, "leader")
    change(world, seats.add, office, task_id, leader.post_id, "补充委员")
    complete(world, first, task_id, verdict="approve")
    change(world, seats.remove, office, task_id, seat_of(world, task_id, leader), "不再担任委员")
    assert world.inbox(leader) == []
    assert complete(world, second, task_id, verdict="approve").verdict == "approve"
    assert verify(world.application) == []


def test_no_seat_is_taken_away_without_which_the_task_would_be_decided(world: World, office: Actor) -> None:
    task_id, first, second = judged(world)
    complete(world, first, task_id, verdict="approve")
    with pytest.raises(Conflict):
        change(world, seats.remove, office, task_id, seat_of(world, task_id, second), "离任")
    assert [task.id for task in world.inbox(second)] == [task_id]


def test_the_last_seat_stays(world: World, office: Actor, liaison: Actor) -> None:
    task_id = open_task(world)
    with pytest.raises(Conflict):
        change(world, seats.remove, office, task_id, seat_of(world, task_id, liaison), "离任")
    assert [task.id for task in world.inbox(liaison)] == [task_id]


Refusal = Callable[[World, Actor, Actor, Work, UUID], None]


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (lambda w, one, other, work, t: seats.add(one, work, t, other.post_id, "  "), Invalid),
        (lambda w, one, other, work, t: seats.add(one, work, t, uuid4(), "因"), Invalid),
        (lambda w, one, other, work, t: seats.add(one, work, t, one.post_id, "因"), Conflict),
        (lambda w, one, other, work, t: seats.add(other, work, t, other.post_id, "因"), NotFound),
        (
            lambda w, one, other, work, t: seats.add(w.actor(w.units[1], "liaison"), work, t, other.post_id, "因"),
            NotFound,
        ),
        (lambda w, one, other, work, t: seats.hand_on(one, work, t, uuid4(), other.post_id, "因"), Invalid),
        (lambda w, one, other, work, t: seats.add(one, work, uuid4(), other.post_id, "因"), NotFound),
        (
            lambda w, one, other, work, t: seats.add(
                w.actor(w.authority, "office"), work, t, w.posts[w.authority.id, "office"], "因"
            ),
            NotAllowed,
        ),
    ],
)
def test_what_may_not_be_is_refused_and_changes_nothing(
    world: World, liaison: Actor, head: Actor, refusal: Refusal, error: type[GreengateError]
) -> None:
    task_id = open_task(world)
    with pytest.raises(error), world.workshop.writing() as work:
        refusal(world, liaison, head, work, task_id)
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Seat.key).where(Seat.task_id == task_id)).all() == [
            f"post:{liaison.post_id}"
        ]


def test_a_closed_task_keeps_its_seats(world: World, office: Actor, liaison: Actor, head: Actor) -> None:
    task_id = open_task(world)
    complete(world, liaison, task_id, summary="做法")
    with pytest.raises(Conflict):
        change(world, seats.add, office, task_id, head.post_id, "因")


def test_nobody_but_who_decides_there_changes_who_decides_at_a_gate(world: World, office: Actor) -> None:
    world.start("solemn", "一件", world.units[0], "seasons")
    world.do(office, world.inbox(office)[0].id, summary="准备")
    leader = world.actor(world.authority, "leader")
    (gate,) = world.inbox(leader)
    member = world.posts[world.authority.id, "member"]
    seat = seat_of(world, gate.id, leader)
    for refused in (
        lambda work: seats.add(office, work, gate.id, member, "因"),
        lambda work: seats.hand_on(office, work, gate.id, seat, member, "因"),
        lambda work: seats.remove(office, work, gate.id, seat, "因"),
    ):
        with pytest.raises(NotAllowed), world.workshop.writing() as work:
            refused(work)
    change(world, seats.hand_on, leader, gate.id, seat, member, "外出开会")
    assert [task.id for task in world.inbox(world.actor(world.authority, "member"))] == [gate.id]


def test_of_two_who_change_at_once_the_second_sees_what_the_first_did(
    world: World, liaison: Actor, head: Actor
) -> None:
    task_id = open_task(world)
    seat = seat_of(world, task_id, liaison)
    change(world, seats.hand_on, liaison, task_id, seat, head.post_id, "出差")
    with pytest.raises(NotAllowed):
        change(world, seats.hand_on, liaison, task_id, seat, head.post_id, "出差")
    with world.workshop.reading() as work:
        states = work.session.execute(select(Seat.state).where(Seat.task_id == task_id)).scalars().all()
    assert sorted(states) == [SeatState.OPEN, SeatState.REMOVED]
    assert len(rows(world)) == 1
