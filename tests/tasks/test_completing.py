"""Handing a task in: once, whatever comes twice or at once; nothing typed is lost, and the cost stays the same."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select

from server.actor import Actor
from server.audit.models import AuditRow
from server.audit.queries import check_chains
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign, Participant
from server.errors import Conflict, Invalid
from server.organisation.models import Unit
from server.processes.models import ProcessInstance
from server.tasks import operations, queries
from server.tasks.models import Decision, Draft, Task
from server.tasks.operations import Completed, NotComplete
from tests.world import World


def liaison(world: World, unit: int = 0) -> Actor:
    return world.actor(world.units[unit], "liaison")


def submit(world: World, key: str = "一件", unit: int = 0) -> UUID:
    world.start("approval", key, world.units[unit])
    return next(task.id for task in world.inbox(liaison(world, unit)) if task.matter == key)


def complete(world: World, actor: Actor, task_id: UUID, key: str, **values: object) -> Completed:
    with world.workshop.writing() as work:
        return operations.complete(actor, work, task_id, dict(values), key)


def at_once(*attempts: Callable[[], object]) -> list[object]:
    """The results of several calls made at the same time; what was raised stands in place of a result."""
    barrier = threading.Barrier(len(attempts))
    results: list[object] = [None] * len(attempts)

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = attempts[index]()
        except Exception as error:  # noqa: BLE001 - handed to the test's own thread
            results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(attempts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def values_of(world: World, task_id: UUID) -> dict[str, object]:
    with world.workshop.reading() as work:
        page = queries.task_page(work, task_id)
    assert page is not None
    return page.values


# --- twice, and at once -----------------------------------------------------------------------------------------------


def test_a_task_is_done_once_and_the_second_hears_who_did_it_and_when(world: World) -> None:
    task_id = submit(world)
    complete(world, liaison(world), task_id, "a", summary="做法")
    with pytest.raises(Conflict) as refused:
        complete(world, liaison(world), task_id, "b", summary="另一种做法")
    assert refused.value.message.args == {"name": "示例单位01liaison", "when": "2026-03-02 09:00"}


def test_of_two_who_hand_in_at_once_exactly_one_gets_through(any_world: World) -> None:
    world = any_world
    task_id, actor = submit(world), liaison(world)
    results = at_once(*[lambda n=n: complete(world, actor, task_id, f"k{n}", summary=f"做法{n}") for n in range(2)])
    done = [each for each in results if isinstance(each, Completed)]
    refused = [each for each in results if isinstance(each, Conflict)]
    assert (len(done), len(refused)) == (1, 1), results
    assert refused[0].message.key == "task-done-by"
    with world.workshop.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(Decision)) == 1
        assert check_chains(work) == []


def test_the_same_request_twice_at_once_is_carried_out_once_and_answered_alike(any_world: World) -> None:
    world = any_world
    task_id, actor = submit(world), liaison(world)
    results = at_once(*[lambda: complete(world, actor, task_id, "same", summary="做法")] * 2)
    assert all(isinstance(each, Completed) for each in results), results
    assert sorted(each.repeated for each in results if isinstance(each, Completed)) == [False, True]
    assert len({(each.verdict, each.given, each.decided_at) for each in results if isinstance(each, Completed)}) == 1
    with world.workshop.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(Decision)) == 1


def test_a_repeated_request_is_answered_even_when_its_values_would_no_longer_do(world: World) -> None:
    task_id = submit(world)
    first = complete(world, liaison(world), task_id, "same", summary="做法")
    again = complete(world, liaison(world), task_id, "same")
    assert again.repeated
    assert again.decided_at == first.decided_at


def test_a_key_used_for_another_task_is_refused_in_words(any_world: World) -> None:
    world = any_world
    first, second = submit(world, "一件"), submit(world, "两件")
    complete(world, liaison(world), first, "same", summary="做法")
    with pytest.raises(Invalid) as refused:
        complete(world, liaison(world), second, "same", summary="做法")
    assert refused.value.message.key == "task-key-used"
    assert [task.id for task in world.inbox(liaison(world))] == [second]


def test_keys_of_different_people_do_not_meet(world: World) -> None:
    first, second = submit(world, "一件"), submit(world, "两件", 1)
    assert complete(world, liaison(world), first, "1", summary="做法").verdict == "done"
    assert complete(world, liaison(world, 1), second, "1", summary="做法").verdict == "done"


def test_two_who_hand_in_different_tasks_of_a_campaign_do_not_hinder_each_other(any_world: World) -> None:
    world = any_world
    world.open_campaign()
    mine = [(liaison(world, n), world.inbox(liaison(world, n))[0].id) for n in range(3)]
    results = at_once(*[lambda a=a, t=t: complete(world, a, t, "k", summary="做法") for a, t in mine])
    assert all(isinstance(each, Completed) for each in results), results


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "summary"),
        ({"summary": ""}, "summary"),
        ({"summary": "   "}, "summary"),
        ({"summary": "长" * 201}, "summary"),
        ({"summary": "做法", "proof": "no-list"}, "proof"),
        ({"summary": "做法", "proof": [7]}, "proof"),
        ({"summary": "做法", "proof": ["a", "b", "c", "d"]}, "proof"),
        ({"summary": "做法", "proof": ["019b0000-0000-7000-8000-000000000000"]}, "proof"),
    ],
)
def test_values_of_the_wrong_kind_are_named_by_field(world: World, values: dict[str, object], field: str) -> None:
    task_id = submit(world)
    with pytest.raises(NotComplete) as refused:
        complete(world, liaison(world), task_id, "k", **values)
    assert set(refused.value.fields) == {field}
    assert [task.id for task in world.inbox(liaison(world))] == [task_id]


def test_an_unknown_verdict_is_refused(world: World) -> None:
    complete(world, liaison(world), submit(world), "k", summary="做法")
    office = world.actor(world.authority, "office")
    with pytest.raises(NotComplete) as refused:
        complete(world, office, world.inbox(office)[0].id, "k", verdict="burn")
    assert set(refused.value.fields) == {"verdict"}


def test_a_field_the_form_does_not_have_is_not_kept(world: World) -> None:
    complete(world, liaison(world), submit(world), "k", summary="做法", salary="1")
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Decision.values)).one() == {"summary": "做法"}


def test_a_refused_request_leaves_its_key_free(world: World) -> None:
    task_id = submit(world)
    with pytest.raises(NotComplete):
        complete(world, liaison(world), task_id, "k")
    assert not complete(world, liaison(world), task_id, "k", summary="做法").repeated


# --- drafts -----------------------------------------------------------------------------------------------------------


def save(world: World, actor: Actor, task_id: UUID, **values: object) -> None:
    with world.workshop.writing() as work:
        operations.save_draft(actor, work, task_id, dict(values))


def test_a_draft_comes_back_as_it_was_typed_also_when_it_is_wrong(world: World) -> None:
    task_id = submit(world)
    save(world, liaison(world), task_id, summary="长" * 500, proof=["x"])
    assert values_of(world, task_id) == {"summary": "长" * 500, "proof": ["x"]}


def test_the_last_draft_wins_and_names_who_saved_it(world: World) -> None:
    task_id = submit(world)
    save(world, liaison(world), task_id, summary="一")
    save(world, world.actor(world.authority, "office"), task_id, summary="二")
    with world.workshop.reading() as work:
        page = queries.task_page(work, task_id)
        assert page is not None
        assert page.draft is not None
        assert (page.values, page.draft.saved_by) == ({"summary": "二"}, "示例市主管局office")


def test_two_drafts_saved_at_once_are_both_taken(any_world: World) -> None:
    world = any_world
    task_id, actor = submit(world), liaison(world)
    assert at_once(*[lambda n=n: save(world, actor, task_id, summary=str(n)) for n in range(2)]) == [None, None]
    with world.workshop.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(Draft)) == 1


def test_what_was_handed_in_is_there_again_after_a_return(world: World) -> None:
    office = world.actor(world.authority, "office")
    complete(world, liaison(world), submit(world), "a", summary="第一稿")
    complete(world, office, world.inbox(office)[0].id, "b", verdict="return", reason="不全")
    (again,) = world.inbox(liaison(world))
    assert values_of(world, again.id) == {"summary": "第一稿"}
    assert again.returned_reason == "不全"


def test_a_verdict_is_given_anew_after_a_return(world: World) -> None:
    office = world.actor(world.authority, "office")
    complete(world, liaison(world), submit(world), "a", summary="第一稿")
    complete(world, office, world.inbox(office)[0].id, "b", verdict="return", reason="不全")
    complete(world, liaison(world), world.inbox(liaison(world))[0].id, "c", summary="第二稿")
    assert values_of(world, world.inbox(office)[0].id) == {}


def test_a_closed_task_shows_what_was_handed_in_and_not_the_draft(world: World) -> None:
    task_id = submit(world)
    save(world, liaison(world), task_id, summary="草稿")
    complete(world, liaison(world), task_id, "a", summary="交了的")
    assert values_of(world, task_id) == {"summary": "交了的"}


def test_a_new_attempt_begins_with_what_the_one_before_handed_in(world: World) -> None:
    campaign, office = world.open_campaign(), world.actor(world.authority, "office")
    complete(world, liaison(world), world.inbox(liaison(world))[0].id, "a", summary="第一次")
    world.do(office, world.inbox(office)[0].id, verdict="approve")
    with world.workshop.writing() as work:
        first = work.session.scalars(select(Participant.id).order_by(Participant.number)).first()
        assert first is not None
        campaigns.reopen(office, work, campaign.id, first, "材料不实")
    world.drain()
    (again,) = world.inbox(liaison(world))
    assert values_of(world, again.id) == {"summary": "第一次"}


def test_one_units_values_are_never_offered_to_another(world: World) -> None:
    world.open_campaign()
    complete(world, liaison(world), world.inbox(liaison(world))[0].id, "a", summary="我们的做法")
    assert values_of(world, world.inbox(liaison(world, 1))[0].id) == {}


# --- time -------------------------------------------------------------------------------------------------------------


def test_handing_in_at_the_last_second_of_the_day_is_in_time(world: World) -> None:
    world.open_campaign()
    world.clock.move_to(datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC))
    done = complete(world, liaison(world), world.inbox(liaison(world))[0].id, "a", summary="做法")
    assert not done.late


def test_handing_in_later_is_taken_and_marked_late(world: World) -> None:
    world.open_campaign()
    world.clock.move_to(datetime(2026, 6, 30, 16, 0, 0, tzinfo=UTC))
    task_id = world.inbox(liaison(world))[0].id
    assert complete(world, liaison(world), task_id, "a", summary="做法").late
    with world.workshop.reading() as work:
        assert work.session.get_one(Task, task_id).late
        assert [line.late for line in queries.trail(work, work.session.get_one(Task, task_id))] == [True]


def test_a_cancelled_task_is_never_late_and_cannot_be_done(world: World) -> None:
    world.open_campaign()
    office = world.actor(world.authority, "office")
    world.clock.move_to(datetime(2026, 7, 1, tzinfo=UTC))
    complete(world, liaison(world), world.inbox(liaison(world))[0].id, "a", summary="做法")
    (review,) = world.inbox(office)
    with world.workshop.writing() as work:
        operations.return_to(office, work, review.id, "Submit", "重报")
    with world.workshop.reading() as work:
        assert (work.session.get_one(Task, review.id).state, work.session.get_one(Task, review.id).late) == (
            "cancelled",
            False,
        )
    with pytest.raises(Conflict) as refused:
        complete(world, office, review.id, "b", verdict="approve")
    assert refused.value.message.key == "task-closed"


# --- cost -------------------------------------------------------------------------------------------------------------


def many(world: World, number: int) -> list[Unit]:
    """Further units without people, beside the others."""
    root = world.root_path
    with world.workshop.writing() as work:
        parent = world.units[0].parent_id
        added = []
        for index in range(number):
            unit_id = work.ids.new()
            path = f"{root}{unit_id.hex}/"
            added.append(
                Unit(id=unit_id, parent_id=parent, kind="organ", code=f"m{index}", name=f"外{index}", path=path)
            )
        work.session.add_all(added)
    return added


def cost(world: World, units: int) -> tuple[list[str], int]:
    """The statements and commits of one completion in a campaign of so many units."""
    world.open_campaign([*world.units, *many(world, units - len(world.units))])
    actor = liaison(world)
    task_id = world.inbox(actor)[0].id
    said: list[str] = []
    commits: list[object] = []
    engine = world.workshop.engine

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement.split("\n")[0][:80])

    def commit(connection: object) -> None:
        commits.append(connection)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", commit)
    complete(world, actor, task_id, uuid4().hex, summary="做法")
    event.remove(engine, "before_cursor_execute", count)
    event.remove(engine, "commit", commit)
    return [statement for statement in said if not statement.startswith("BEGIN")], len(commits)


def test_completing_costs_the_same_with_3_and_with_60_participants(any_world: World) -> None:
    """At most 12 statements, the two that find out who is asking included; one commit."""
    world = any_world
    few, commits_few = cost(world, 3)
    with world.workshop.writing() as work:
        work.session.execute(ProcessInstance.__table__.update().values(business_key=uuid4().hex))
        work.session.execute(Campaign.__table__.update().values(title="先前的一轮"))
    many_, commits_many = cost(world, 60)
    assert few == many_
    assert len(few) + 2 <= 12, few
    assert (commits_few, commits_many) == (1, 1)


def test_every_handing_in_leaves_one_row_in_a_whole_chain(any_world: World) -> None:
    world = any_world
    task_id = submit(world)
    with world.workshop.reading() as work:
        before = work.session.scalar(select(func.count()).select_from(AuditRow)) or 0
    complete(world, liaison(world), task_id, "a", summary="做法")
    with world.workshop.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(AuditRow)) == before + 1
        assert check_chains(work) == []
