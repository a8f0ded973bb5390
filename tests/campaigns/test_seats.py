"""Who sits on a task when it opens: named by the diagram, found in the organisation, or nobody at all."""

from uuid import uuid4

import pytest
from sqlalchemy import select, update

from server.actor import Actor
from server.audit.models import AuditRow
from server.errors import NotAllowed
from server.organisation.models import Post
from server.tasks import operations, queries
from server.tasks.models import Seat, Task, TaskState
from tests.world import World


@pytest.fixture
def liaison(world: World) -> Actor:
    return world.actor(world.units[0], "liaison")


@pytest.fixture
def head(world: World) -> Actor:
    return world.actor(world.units[0], "head")


def written(world: World, liaison: Actor) -> None:
    """The first step of a standalone process is done by the unit's liaison."""
    world.start("seated", "一件", world.units[0], scheme="seasons")
    (task,) = world.inbox(liaison)
    world.do(liaison, task.id, summary="稿")


def open_now(world: World) -> Task:
    with world.workshop.reading() as work:
        task = work.session.scalars(select(Task).where(Task.state == TaskState.OPEN)).one()
        work.session.expunge_all()
        return task


def seats(world: World, task: Task) -> list[tuple[str, int]]:
    with world.workshop.reading() as work:
        rows = work.session.execute(
            select(Seat.key, Seat.weight).where(Seat.task_id == task.id).order_by(Seat.position)
        ).all()
    return [(key, weight) for key, weight in rows]


def vote(world: World, actor: Actor, verdict: str) -> operations.Completed:
    return world.do(actor, open_now(world).id, verdict=verdict, reason="意见")


def test_named_posts_and_persons_sit_in_order_with_their_weight(world: World, liaison: Actor, head: Actor) -> None:
    written(world, liaison)
    members = [f"post:{world.posts[world.authority.id, key]}" for key in ("member", "member2")]
    initiator = f"person:{world.people[world.authority.id, 'office'][0]}"
    assert seats(world, open_now(world)) == [
        (f"post:{head.post_id}", 3),
        *[(key, 1) for key in members],
        (initiator, 1),
    ]


def test_a_weighty_vote_decides_and_a_light_one_does_not(world: World, liaison: Actor, head: Actor) -> None:
    written(world, liaison)
    assert vote(world, world.actor(world.authority, "member"), "approve").verdict is None
    assert vote(world, head, "approve").verdict == "approve"


def test_most_of_the_weight_against_sends_back(world: World, liaison: Actor, head: Actor) -> None:
    written(world, liaison)
    assert vote(world, head, "return").verdict is None
    assert vote(world, world.actor(world.authority, "member"), "return").verdict == "return"


def test_a_step_for_which_nobody_is_named_is_passed_over_and_the_trail_says_so(
    world: World, liaison: Actor, head: Actor
) -> None:
    written(world, liaison)
    vote(world, head, "approve")
    turned = open_now(world)
    assert turned.element_id == "Turn"
    with world.workshop.reading() as work:
        details = work.session.scalars(select(AuditRow.details)).all()
    assert [row["skipped"] for row in details if "skipped" in row] == [["Look"]]
    assert ["Look", "completed"] in [line for row in details for line in row.get("passed", [])]
    assert seats(world, turned) == [(f"post:{world.posts[world.authority.id, 'leader']}", 1)]


def test_whoever_did_an_earlier_step_gets_a_later_one(world: World, liaison: Actor, head: Actor) -> None:
    written(world, liaison)
    vote(world, world.actor(world.authority, "member"), "approve")
    vote(world, head, "approve")
    world.do(world.actor(world.authority, "leader"), open_now(world).id, summary="已办")
    thanks = open_now(world)
    assert thanks.element_id == "Thank"
    assert seats(world, thanks) == [(f"person:{liaison.person_id}", 1)]


def test_nobody_decides_on_what_they_did_themselves(world: World, liaison: Actor, head: Actor) -> None:
    both = Actor(
        kind=liaison.kind,
        name=liaison.name,
        person_id=liaison.person_id,
        unit_id=liaison.unit_id,
        seat_keys=liaison.seat_keys | head.seat_keys,
        grants=liaison.grants,
    )
    written(world, liaison)
    with pytest.raises(NotAllowed), world.workshop.writing() as work:
        operations.complete(both, work, open_now(world).id, {"verdict": "approve", "reason": ""}, uuid4().hex)
    assert open_now(world).element_id == "Vote"


def test_in_sequence_a_task_waits_only_for_whose_turn_it_is(world: World, liaison: Actor, head: Actor) -> None:
    written(world, liaison)
    with world.workshop.writing() as work:
        work.session.execute(update(Task).where(Task.element_id == "Vote").values(policy="sequence", policy_at=None))
    member = world.actor(world.authority, "member")
    assert [waiting(world, each) for each in (head, member)] == [1, 0]
    vote(world, head, "approve")
    assert [waiting(world, each) for each in (head, member)] == [0, 1]


def waiting(world: World, actor: Actor) -> int:
    with world.workshop.reading() as work:
        return queries.waiting_count(actor, work)


def test_a_post_that_is_set_up_later_sits_on_what_opens_after_it(world: World, liaison: Actor) -> None:
    world.start("seated", "一件", world.units[0], scheme="seasons")
    with world.workshop.writing() as work:
        work.session.execute(update(Post).where(Post.kind == "head").values(kind="deputy"))
    (task,) = world.inbox(liaison)
    world.do(liaison, task.id, summary="稿")
    assert "post:" + str(world.posts[world.units[0].id, "head"]) not in dict(seats(world, open_now(world)))
