"""Of several who might do a task, one claims it; the others see that, and wait until it is released or lapses."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from server.actor import Actor
from server.errors import Conflict, NotAllowed, NotFound
from server.organisation.models import Holding, Person
from server.tasks import claims, operations, queries, seats
from server.tasks.models import Task
from server.verify import verify
from tests.tasks.test_seat_changes import change, seat_of
from tests.tasks.test_seats import behalf, complete, judged, open_task
from tests.world import World


@pytest.fixture
def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


@pytest.fixture
def liaison(world: World) -> Actor:
    return world.actor(world.units[0], "liaison")


@pytest.fixture
def colleague(world: World, liaison: Actor) -> Actor:
    """Somebody else on the same post."""
    person_id = uuid4()
    with world.workshop.writing() as work:
        work.session.add(Person(id=person_id, name="第二位"))
        work.session.flush()
        work.session.add(
            Holding(id=work.ids.new(), post_id=liaison.post_id, person_id=person_id, from_on=date(2026, 1, 1))
        )
    kept = world.people[world.units[0].id, "liaison"]
    world.people[world.units[0].id, "liaison"] = (person_id, "第二位")
    found = world.actor(world.units[0], "liaison")
    world.people[world.units[0].id, "liaison"] = kept
    return found


def claim(world: World, actor: Actor, task_id: UUID) -> None:
    with world.workshop.writing() as work:
        claims.claim(actor, work, task_id)


def release(world: World, actor: Actor, task_id: UUID) -> None:
    with world.workshop.writing() as work:
        claims.release(actor, work, task_id)


def claimed(world: World, actor: Actor) -> list[str]:
    with world.workshop.reading() as work:
        return [row.claimed_name for row in queries.inbox(actor, work, zone="Asia/Shanghai").rows]


def test_others_see_who_has_claimed_it_and_may_not_hand_it_in(world: World, liaison: Actor, colleague: Actor) -> None:
    task_id = open_task(world)
    claim(world, liaison, task_id)
    assert claimed(world, colleague) == [liaison.name]
    with pytest.raises(Conflict) as told:
        complete(world, colleague, task_id, summary="做法")
    assert (told.value.message.key, told.value.message.args["name"]) == ("task-claimed", liaison.name)
    with world.workshop.writing() as work, pytest.raises(Conflict):
        operations.save_draft(colleague, work, task_id, {"summary": "别的"})
    with pytest.raises(Conflict):
        claim(world, colleague, task_id)
    assert complete(world, liaison, task_id, summary="做法").verdict == "done"
    assert verify(world.application) == []


def test_nobody_enters_for_somebody_what_is_claimed(
    world: World, liaison: Actor, colleague: Actor, office: Actor
) -> None:
    task_id = open_task(world)
    claim(world, liaison, task_id)
    with pytest.raises(Conflict):
        complete(world, behalf(office), task_id, summary="做法")
    release(world, office, task_id)
    assert complete(world, behalf(office), task_id, summary="做法").verdict == "done"


def test_the_claimer_or_who_manages_releases_it(world: World, liaison: Actor, colleague: Actor, office: Actor) -> None:
    task_id = open_task(world)
    with pytest.raises(Conflict):
        release(world, liaison, task_id)
    claim(world, liaison, task_id)
    with pytest.raises(NotAllowed):
        release(world, colleague, task_id)
    with pytest.raises(NotFound):
        release(world, world.actor(world.units[1], "liaison"), task_id)
    release(world, liaison, task_id)
    claim(world, colleague, task_id)
    release(world, office, task_id)
    assert claimed(world, liaison) == [""]
    assert complete(world, liaison, task_id, summary="做法").verdict == "done"


def test_a_claim_lapses_with_the_next_working_day(world: World, liaison: Actor, colleague: Actor) -> None:
    task_id = open_task(world)
    claim(world, liaison, task_id)
    with world.workshop.reading() as work:
        # From Monday the 2nd to the end of Tuesday, in the unit's zone.
        assert work.session.get_one(Task, task_id).claimed_until == datetime(2026, 3, 3, 15, 59, 59, tzinfo=UTC)
    world.later(days=1)
    assert claimed(world, colleague) == [liaison.name]
    world.later(days=1)
    assert claimed(world, colleague) == [""]
    claim(world, colleague, task_id)
    assert claimed(world, liaison) == ["第二位"]


def test_days_off_do_not_count(world: World, liaison: Actor, colleague: Actor) -> None:
    task_id = open_task(world)
    world.later(days=4)
    claim(world, liaison, task_id)
    with world.workshop.reading() as work:
        assert work.session.get_one(Task, task_id).claimed_until == datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC)


def test_claiming_twice_changes_nothing(world: World, liaison: Actor, colleague: Actor) -> None:
    task_id = open_task(world)
    claim(world, liaison, task_id)
    world.later(hours=2)
    claim(world, liaison, task_id)
    with world.workshop.reading() as work:
        assert work.session.get_one(Task, task_id).claimed_at == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_what_is_one_persons_need_not_be_claimed(world: World, liaison: Actor) -> None:
    with pytest.raises(Conflict) as told:
        claim(world, liaison, open_task(world))
    assert told.value.message.key == "task-claim-needless"


def test_what_everybody_must_decide_cannot_be_claimed(world: World) -> None:
    task_id, first, _ = judged(world)
    with pytest.raises(Conflict) as told:
        claim(world, first, task_id)
    assert told.value.message.key == "task-claim-needless"


def test_strangers_claim_nothing(world: World, office: Actor, colleague: Actor) -> None:
    task_id = open_task(world)
    for stranger in (office, world.actor(world.units[1], "liaison")):
        with pytest.raises(NotFound):
            claim(world, stranger, task_id)


def test_who_hands_the_seat_on_claims_no_longer(world: World, liaison: Actor, colleague: Actor) -> None:
    task_id = open_task(world)
    claim(world, liaison, task_id)
    head = world.actor(world.units[0], "head")
    change(world, seats.hand_on, liaison, task_id, seat_of(world, task_id, liaison), head.post_id, "出差")
    assert claimed(world, head) == [""]
    assert complete(world, head, task_id, summary="做法").verdict == "done"


def test_a_seat_that_is_added_leaves_the_claim(world: World, liaison: Actor, colleague: Actor) -> None:
    task_id = open_task(world)
    claim(world, liaison, task_id)
    head = world.actor(world.units[0], "head")
    change(world, seats.add, liaison, task_id, head.post_id, "一同办理")
    assert claimed(world, head) == [liaison.name]
