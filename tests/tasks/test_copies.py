"""Copies show one task to people who have nothing to do with it, and say who has read it."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor
from server.audit.models import AuditRow
from server.errors import Conflict, Invalid, NotFound
from server.identity import accounts
from server.notifications.models import Notification
from server.tasks import copies, operations, queries
from server.tasks.models import Copy
from server.verify import verify
from tests.tasks.test_seats import complete, open_task
from tests.world import World


@pytest.fixture
def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


@pytest.fixture
def liaison(world: World) -> Actor:
    return world.actor(world.units[0], "liaison")


@pytest.fixture
def other(world: World) -> Actor:
    """Somebody of another unit."""
    return world.actor(world.units[1], "liaison")


def send(world: World, actor: Actor, task_id: UUID, *keys: str, note: str = "") -> int:
    with world.workshop.writing() as work:
        return copies.send(actor, work, task_id, keys, note)


def sees(world: World, actor: Actor, task_id: UUID) -> bool:
    with world.workshop.reading() as work:
        page = queries.task_page(work, task_id)
        return page is not None and queries.may_see(actor, page)


def received(world: World, actor: Actor) -> list[tuple[str, bool]]:
    with world.workshop.reading() as work:
        return [(row.note, row.is_read) for row in copies.received(actor, work).rows]


def test_a_copy_shows_the_task_and_is_told(world: World, liaison: Actor, other: Actor) -> None:
    with world.workshop.writing() as work:
        accounts.create_account(SYSTEM, work, other.person_id or uuid4(), "other", password="Gufeng-Shan-2026")
    task_id = open_task(world)
    assert not sees(world, other, task_id)
    assert send(world, liaison, task_id, f"post:{other.post_id}", note="供参考") == 1
    assert sees(world, other, task_id)
    assert received(world, other) == [("供参考", False)]
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Notification.message)).all() == ["tasks-told-copied-noted"]
        row = work.session.scalars(select(AuditRow).where(AuditRow.verb == "task:copied")).one()
        assert row.details["to"] == [f"post:{other.post_id}"]
    assert verify(world.application) == []


def test_the_first_to_read_it_is_named(world: World, liaison: Actor, other: Actor) -> None:
    task_id = open_task(world)
    send(world, liaison, task_id, f"person:{other.person_id}")
    with world.workshop.reading() as work:
        copy_id = work.session.scalars(select(Copy.id)).one()
        assert copies.unread_count(other, work) == 1
    with world.workshop.writing() as work:
        with pytest.raises(NotFound):
            copies.mark_read(liaison, work, copy_id)
        assert copies.mark_read(other, work, copy_id) == task_id
    world.later(hours=1)
    with world.workshop.writing() as work:
        copies.mark_read(other, work, copy_id)
        row = work.session.get_one(Copy, copy_id)
        assert row.read_by == other.name
        assert row.read_at is not None
        assert row.read_at < work.now
        assert copies.unread_count(other, work) == 0
    assert received(world, other) == [("", True)]


def test_it_shows_nothing_else_and_lets_nobody_act(world: World, liaison: Actor, other: Actor, office: Actor) -> None:
    task_id = open_task(world)
    with world.workshop.writing() as work:
        operations.save_draft(liaison, work, task_id, {"summary": "还没写完"})
    send(world, liaison, task_id, f"post:{other.post_id}")
    with pytest.raises(NotFound):
        complete(world, other, task_id, summary="代劳")
    with world.workshop.reading() as work:
        page = queries.task_page(work, task_id)
        assert page is not None
        assert (queries.shown_to(other, page).values, queries.shown_to(liaison, page).values) == (
            {},
            {"summary": "还没写完"},
        )
    complete(world, liaison, task_id, summary="做法")
    review = world.inbox(office)[0].id
    assert not sees(world, other, review)
    send(world, office, review, f"person:{other.person_id}")
    with world.workshop.reading() as work:
        page = queries.task_page(work, review)
        assert page is not None
        assert len(page.trail) == 1
        assert queries.shown_to(other, page).trail == ()
    assert world.inbox(other) == []


def test_a_task_that_is_done_is_copied_too(world: World, liaison: Actor, other: Actor) -> None:
    task_id = open_task(world)
    complete(world, liaison, task_id, summary="做法")
    send(world, liaison, task_id, f"post:{other.post_id}")
    with world.workshop.reading() as work:
        page = queries.task_page(work, task_id)
        assert page is not None
        assert queries.shown_to(other, page).values == {"summary": "做法"}


def test_refusals(world: World, liaison: Actor, other: Actor, office: Actor) -> None:
    task_id = open_task(world)
    to = f"post:{other.post_id}"
    with pytest.raises(NotFound):
        send(world, other, task_id, to)
    for nobody in ([], ["post:nonsense"], [f"post:{uuid4()}"], [f"person:{uuid4()}"], ["rescue"], [to.upper()]):
        with pytest.raises(Invalid):
            send(world, liaison, task_id, *nobody)
    send(world, office, task_id, to)
    with pytest.raises(Conflict):
        send(world, liaison, task_id, to)


def test_who_only_has_a_copy_does_not_pass_it_on(world: World, liaison: Actor, other: Actor) -> None:
    task_id = open_task(world)
    send(world, liaison, task_id, f"post:{other.post_id}")
    with pytest.raises(NotFound):
        send(world, other, task_id, f"post:{world.actor(world.units[2], 'liaison').post_id}")


def test_the_page_offers_people_near_the_task_and_not_oneself(world: World, liaison: Actor) -> None:
    task_id = open_task(world)
    with world.workshop.reading() as work:
        page = queries.task_page(work, task_id)
        assert page is not None
        names = {each.name for each in copies.receivers(liaison, work, page.task)}
    assert f"{world.units[0].name}head" in names
    assert liaison.name not in names


def test_administrators_are_shown_no_business(world: World, liaison: Actor, office: Actor) -> None:
    world.post(world.authority, "system_administrator")
    administrator = world.actor(world.authority, "system_administrator")
    task_id = open_task(world)
    for key in (f"post:{administrator.post_id}", f"person:{administrator.person_id}"):
        with pytest.raises(Invalid):
            send(world, liaison, task_id, key)
    with world.workshop.reading() as work:
        page = queries.task_page(work, task_id)
        assert page is not None
        assert administrator.name not in {each.name for each in copies.receivers(office, work, page.task)}
