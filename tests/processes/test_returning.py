"""The only door back: to an earlier task of the same instance, with a reason, by who operates processes."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from server.actor import Actor, Grant
from server.audit.models import AuditRow
from server.audit.queries import check_chains
from server.engine import returns
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.tasks import operations as tasks
from server.tasks import queries
from server.tasks.models import Task
from tests.world import World


def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


def liaison(world: World) -> Actor:
    return world.actor(world.units[0], "liaison")


def reviewing(world: World) -> UUID:
    """An approval that waits for the office; returns the id of the task."""
    world.start("approval", "一件", world.units[0])
    world.do(liaison(world), world.inbox(liaison(world))[0].id, summary="第一稿")
    return world.inbox(office(world))[0].id


def send_back(world: World, task_id: UUID, target: str, reason: str = "材料不全", actor: Actor | None = None) -> None:
    with world.workshop.writing() as work:
        tasks.return_to(actor or office(world), work, task_id, target, reason)
    world.drain()


def test_the_work_goes_back_to_an_earlier_task_with_the_reason(any_world: World) -> None:
    world = any_world
    send_back(world, reviewing(world), "Submit", "  材料不全 ")
    (again,) = world.inbox(liaison(world))
    assert (again.element_id, again.attempt, again.returned_reason) == ("Submit", 2, "材料不全")
    assert world.inbox(office(world)) == []


def test_what_was_handed_in_before_is_there_to_be_mended(world: World) -> None:
    send_back(world, reviewing(world), "Submit")
    with world.workshop.reading() as work:
        page = queries.task_page(work, world.inbox(liaison(world))[0].id)
    assert page is not None
    assert page.values == {"summary": "第一稿"}


def test_the_task_that_was_left_is_cancelled_and_not_done(world: World) -> None:
    task_id = reviewing(world)
    send_back(world, task_id, "Submit")
    with world.workshop.reading() as work:
        assert work.session.get_one(Task, task_id).state == "cancelled"


def test_after_a_return_the_way_goes_on_as_before(world: World) -> None:
    send_back(world, reviewing(world), "Submit")
    world.do(liaison(world), world.inbox(liaison(world))[0].id, summary="第二稿")
    (review,) = world.inbox(office(world))
    assert (review.element_id, review.attempt, review.returned_reason) == ("Review", 2, None)
    world.do(office(world), review.id, verdict="approve")
    assert world.inbox(office(world)) == []


def test_the_trail_says_returned_and_by_whom(any_world: World) -> None:
    world = any_world
    send_back(world, reviewing(world), "Submit", "材料不全")
    with world.workshop.reading() as work:
        row = work.session.scalars(select(AuditRow).where(AuditRow.verb == "instance:returned")).one()
        assert row.actor["name"] == "示例市主管局office"
        assert (row.details["target"], row.details["reason"]) == ("Submit", "材料不全")
        assert ["Review", "returned"] in row.details["passed"]
        assert check_chains(work) == []


@pytest.mark.parametrize("target", ["Review", "Begin", "Fine", "Done", "Nothing", ""])
def test_other_places_are_refused(world: World, target: str) -> None:
    task_id = reviewing(world)
    with pytest.raises(Conflict) as refused:
        send_back(world, task_id, target)
    assert refused.value.message.key == "process-return-refused"
    assert [task.id for task in world.inbox(office(world))] == [task_id]


def test_nothing_lies_before_the_first_task(world: World) -> None:
    world.start("approval", "一件", world.units[0])
    (first,) = world.inbox(liaison(world))
    with world.workshop.reading() as work:
        assert tasks.return_choices(work, first) == []
    with pytest.raises(Conflict):
        send_back(world, first.id, "Submit")


def test_the_page_offers_only_what_is_allowed(world: World) -> None:
    reviewing(world)
    with world.workshop.reading() as work:
        assert tasks.return_choices(work, world.inbox(office(world))[0]) == [("Submit", "报送材料")]


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_a_return_needs_a_reason(world: World, reason: str) -> None:
    task_id = reviewing(world)
    with pytest.raises(Invalid):
        send_back(world, task_id, "Submit", reason)


def test_who_does_not_operate_processes_sends_nothing_back(world: World) -> None:
    task_id = reviewing(world)
    stranger = world.actor(world.units[1], "head")
    for actor, refusal in (
        (liaison(world), NotAllowed),
        (world.actor(world.authority, "leader"), NotAllowed),
        (stranger, NotFound),
    ):
        with pytest.raises(refusal):
            send_back(world, task_id, "Submit", actor=actor)


def test_operating_reaches_only_the_own_subtree(world: World) -> None:
    task_id = reviewing(world)
    elsewhere = replace(office(world), grants=(Grant("process.operate", world.units[1].path),))
    with pytest.raises(NotAllowed):
        send_back(world, task_id, "Submit", actor=elsewhere)


def test_a_task_that_is_done_is_sent_back_no_more(world: World) -> None:
    task_id = reviewing(world)
    world.do(office(world), task_id, verdict="approve")
    with pytest.raises(Conflict):
        send_back(world, task_id, "Submit")


def test_a_task_that_does_not_exist_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        send_back(world, world.authority.id, "Submit")


def test_returns_come_to_an_end_with_a_message(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "MAX_RETURNS", 2)
    task_id = reviewing(world)
    for _ in range(2):
        send_back(world, task_id, "Submit")
        world.do(liaison(world), world.inbox(liaison(world))[0].id, summary="又一稿")
        task_id = world.inbox(office(world))[0].id
    with pytest.raises(Conflict) as refused:
        send_back(world, task_id, "Submit")
    assert refused.value.message.key == "process-too-many-returns"


def forked(world: World) -> dict[str, UUID]:
    world.start("forked", "一件", world.units[0], "seasons")
    world.do(office(world), world.inbox(office(world))[0].id, summary="准备")
    return {task.element_id or "": task.id for task in world.inbox(office(world))}


def test_out_of_parallel_branches_the_way_leads_before_the_split(world: World) -> None:
    branches = forked(world)
    assert set(branches) == {"Left", "Right"}
    send_back(world, branches["Right"], "Prepare", "重来")
    (again,) = world.inbox(office(world))
    assert (again.element_id, again.attempt, again.returned_reason) == ("Prepare", 2, "重来")
    with world.workshop.reading() as work:
        assert {work.session.get_one(Task, task_id).state for task_id in branches.values()} == {"cancelled"}


def test_a_branch_that_names_no_way_back_has_none(world: World) -> None:
    branches = forked(world)
    with pytest.raises(Conflict):
        send_back(world, branches["Left"], "Prepare")


def test_both_branches_are_done_anew_after_a_return(world: World) -> None:
    branches = forked(world)
    world.do(office(world), branches["Left"], summary="左")
    send_back(world, branches["Right"], "Prepare", "重来")
    world.do(office(world), world.inbox(office(world))[0].id, summary="准备二")
    again = world.inbox(office(world))
    assert sorted((task.element_id, task.attempt) for task in again) == [("Left", 2), ("Right", 2)]
    for task in again:
        world.do(office(world), task.id, summary="二")
    assert world.inbox(office(world)) == []
