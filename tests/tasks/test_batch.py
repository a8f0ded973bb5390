"""Several tasks of one step decided with one opinion: each by itself, the refused ones named."""

from uuid import UUID

import pytest
from sqlalchemy import select

from server.actor import Actor
from server.errors import Invalid, NotFound
from server.tasks import batch, claims, operations, queries
from server.tasks.models import Decision, Task, TaskState
from server.verify import verify
from tests.tasks.test_claims import liaison as liaison
from tests.tasks.test_seats import behalf
from tests.world import World

AGREED = {"verdict": "approve", "reason": "材料齐全"}


@pytest.fixture
def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


@pytest.fixture
def reviews(world: World, office: Actor) -> list[UUID]:
    """Three papers of three units that wait for the office."""
    for number, unit in enumerate(world.units[:3]):
        world.start("approval", f"第{number}件", unit)
        sender = world.actor(unit, "liaison")
        world.do(sender, world.inbox(sender)[0].id, summary="做法")
    return [task.id for task in world.inbox(office)]


def seen(world: World, ids: list[UUID]) -> dict[UUID, str]:
    with world.workshop.reading() as work:
        pages = {task_id: queries.task_page(work, task_id) for task_id in ids}
        return {task_id: batch.fingerprint(page) for task_id, page in pages.items() if page is not None}


def decide(world: World, actor: Actor, shown: dict[UUID, str], key: str = "k", **values: str) -> dict[UUID, str | None]:
    """What each was refused with, None for what went through."""
    with world.workshop.writing() as work:
        like = work.session.get_one(Task, next(iter(shown)))
        results = batch.decide(actor, work, like, shown, values or AGREED, key)
        found = {each.task_id: each.refused.key if each.refused is not None else None for each in results}
    world.drain()
    return found


def states(world: World, ids: list[UUID]) -> list[str]:
    with world.workshop.reading() as work:
        return [work.session.get_one(Task, task_id).state for task_id in ids]


def test_all_ticked_are_decided_with_the_same_words(world: World, office: Actor, reviews: list[UUID]) -> None:
    assert decide(world, office, seen(world, reviews)) == dict.fromkeys(reviews)
    assert states(world, reviews) == [TaskState.DONE] * 3
    with world.workshop.reading() as work:
        said = work.session.execute(
            select(Decision.verdict, Decision.opinion, Decision.name).where(Decision.task_id.in_(reviews))
        ).all()
    assert [tuple(each) for each in said] == [("approve", "材料齐全", office.name)] * 3
    assert verify(world.application) == []


def test_a_double_click_decides_nothing_twice(world: World, office: Actor, reviews: list[UUID]) -> None:
    shown = seen(world, reviews)
    assert decide(world, office, shown) == decide(world, office, shown)
    with world.workshop.reading() as work:
        assert len(work.session.scalars(select(Decision.id).where(Decision.task_id.in_(reviews))).all()) == 3


def test_what_was_done_or_changed_in_the_meantime_is_named(world: World, office: Actor, reviews: list[UUID]) -> None:
    shown = seen(world, reviews)
    world.do(office, reviews[0], verdict="approve")
    shown[reviews[1]] = "what was shown before"
    found = decide(world, office, shown)
    assert found == {reviews[0]: "task-done-by", reviews[1]: "tasks-batch-changed", reviews[2]: None}
    assert states(world, reviews) == [TaskState.DONE, TaskState.OPEN, TaskState.DONE]
    assert verify(world.application) == []


def test_what_was_sent_back_and_mended_since_is_another_task(
    world: World, office: Actor, liaison: Actor, reviews: list[UUID]
) -> None:
    shown = seen(world, reviews)
    world.do(office, reviews[0], verdict="return", reason="不全")
    world.do(liaison, world.inbox(liaison)[0].id, summary="另一做法")
    assert decide(world, office, shown)[reviews[0]] == "task-done-by"
    again = next(task.id for task in world.inbox(office) if task.id not in reviews)
    assert states(world, [again]) == [TaskState.OPEN]


def test_a_claim_and_a_begun_draft_are_respected(world: World, office: Actor, reviews: list[UUID]) -> None:
    shown = seen(world, reviews)
    with world.workshop.writing() as work:
        task = work.session.get_one(Task, reviews[0])
        task.claimed_by, task.claimed_name = world.people[world.units[0].id, "liaison"][0], "另一位"
        task.claimed_at, task.claimed_until = work.now, claims._until(work, task)
        operations.save_draft(office, work, reviews[1], {"verdict": "return", "reason": "尚缺"})
    found = decide(world, office, shown)
    assert found == {reviews[0]: "task-claimed", reviews[1]: "tasks-batch-begun", reviews[2]: None}


def test_what_needs_more_is_refused_one_by_one(world: World, office: Actor, reviews: list[UUID]) -> None:
    found = decide(world, office, seen(world, reviews), verdict="perhaps")
    assert None not in found.values()
    assert states(world, reviews) == [TaskState.OPEN] * 3


def test_strangers_learn_nothing(world: World, reviews: list[UUID]) -> None:
    stranger = world.actor(world.units[1], "liaison")
    shown = dict.fromkeys((reviews[0], reviews[2]), "")
    with world.workshop.writing() as work:
        like = work.session.get_one(Task, reviews[0])
        results = batch.decide(stranger, work, like, shown, AGREED, "k")
    assert [(each.matter, each.refused.key if each.refused else None) for each in results] == [
        ("", "error-not-found")
    ] * 2
    assert states(world, reviews) == [TaskState.OPEN] * 3


def test_none_too_many_and_tasks_of_another_step(
    world: World, office: Actor, liaison: Actor, reviews: list[UUID]
) -> None:
    world.start("approval", "又一件", world.units[0])
    other = world.inbox(liaison)[0].id
    with world.workshop.writing() as work:
        like = work.session.get_one(Task, reviews[0])
        for shown in ({}, {UUID(int=number): "" for number in range(batch.AT_MOST + 1)}):
            with pytest.raises(Invalid):
                batch.decide(office, work, like, shown, AGREED, "k")
        with pytest.raises(NotFound):
            batch.decide(liaison, work, work.session.get_one(Task, other), {other: ""}, AGREED, "k")
        with pytest.raises(NotFound):
            batch.decide(office, work, like, {other: "", reviews[0]: ""}, AGREED, "k")


def test_the_page_lists_only_the_own_open_tasks_of_the_step(
    world: World, office: Actor, liaison: Actor, reviews: list[UUID]
) -> None:
    world.do(office, reviews[0], verdict="approve")
    with world.workshop.reading() as work:
        like = work.session.get_one(Task, reviews[1])
        assert {row.id for row in queries.of_step(office, work, like, 50)} == set(reviews[1:])
        assert queries.of_step(liaison, work, like, 50) == ()


def test_nobody_decides_so_on_what_they_entered_themselves(world: World, office: Actor) -> None:
    world.install("seasons")
    world.start("seated", "会签一件", world.units[0], scheme="seasons")
    liaison = world.actor(world.units[0], "liaison")
    world.do(behalf(office), world.inbox(liaison)[0].id, summary="做法")
    vote = [task.id for task in world.inbox(office)]
    assert decide(world, office, seen(world, vote)) == dict.fromkeys(vote, "task-own-work")
    assert states(world, vote) == [TaskState.OPEN]
