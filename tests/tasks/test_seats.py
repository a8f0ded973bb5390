"""Who may act on a task: seats belong to posts, and whoever holds a post on that day sees and does what waits there."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from server.actor import Actor, Grant, OnBehalf, Source
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.organisation.models import Holding, Person, Unit
from server.tasks import dates, holders, operations, queries
from server.tasks.models import Decision, Seat, Task
from server.tasks.operations import NotComplete
from tests.world import World


@pytest.fixture
def liaison(world: World) -> Actor:
    return world.actor(world.units[0], "liaison")


@pytest.fixture
def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


def open_task(world: World) -> UUID:
    """The first task of a standalone approval of the first unit."""
    world.start("approval", "一件", world.units[0])
    (task,) = world.inbox(world.actor(world.units[0], "liaison"))
    return task.id


def hand_over(world: World, unit: Unit, kind: str, name: str, on: date) -> Actor:
    """Let somebody new hold a post from a day on; returns the new holder."""
    post_id, person_id = world.posts[unit.id, kind], uuid4()
    with world.workshop.writing() as work:
        before = date.fromordinal(on.toordinal() - 1)
        work.session.execute(update(Holding).where(Holding.post_id == post_id).values(until_on=before))
        work.session.add(Person(id=person_id, name=name))
        work.session.flush()
        work.session.add(Holding(id=work.ids.new(), post_id=post_id, person_id=person_id, from_on=on))
    world.people[unit.id, kind] = (person_id, name)
    return world.actor(unit, kind)


def without_seats(actor: Actor) -> Actor:
    """Who held a post and holds it no more."""
    return replace(actor, post_id=None, seat_keys=frozenset({f"person:{actor.person_id}"}), grants=())


def behalf(actor: Actor, source: Source = Source.PHONE, name: str = "示例单位01联络员") -> Actor:
    return operations.on_behalf(actor, OnBehalf(name, source, "电话记录"))


def complete(world: World, actor: Actor, task_id: UUID, **values: object) -> operations.Completed:
    with world.workshop.writing() as work:
        return operations.complete(actor, work, task_id, dict(values), uuid4().hex)


def inbox_titles(world: World, actor: Actor, chosen: str = "all") -> list[str]:
    with world.workshop.reading() as work:
        found = queries.inbox(actor, work, chosen=chosen, zone="Asia/Shanghai")
    return [row.title for row in found.rows]


def test_a_task_waits_for_the_post_and_not_for_a_person(world: World, liaison: Actor) -> None:
    task_id = open_task(world)
    with world.workshop.reading() as work:
        keys = work.session.scalars(select(Seat.key).where(Seat.task_id == task_id)).all()
    assert keys == [f"post:{world.posts[world.units[0].id, 'liaison']}"]


def test_the_new_holder_of_a_post_sees_and_does_what_was_open(world: World) -> None:
    task_id = open_task(world)
    successor = hand_over(world, world.units[0], "liaison", "新联络员", date(2026, 3, 2))
    assert inbox_titles(world, successor) == ["报送材料"]
    assert complete(world, successor, task_id, summary="做法").verdict == "done"
    with world.workshop.reading() as work:
        assert work.session.scalars(select(Decision.name)).one() == "新联络员"


def test_the_former_holder_no_longer_sees_the_task(world: World, liaison: Actor) -> None:
    task_id = open_task(world)
    hand_over(world, world.units[0], "liaison", "新联络员", date(2026, 3, 2))
    former = without_seats(liaison)
    assert inbox_titles(world, former) == []
    with pytest.raises(NotFound):
        complete(world, former, task_id, summary="做法")


def test_the_page_names_who_holds_the_seat_today(world: World) -> None:
    task_id = open_task(world)
    hand_over(world, world.units[0], "liaison", "新联络员", date(2026, 3, 3))
    with world.workshop.reading() as work:
        (seat,) = holders.seats_with_holders(work, task_id)
    assert seat.holders == ("示例单位01liaison",)
    world.later(days=1)
    with world.workshop.reading() as work:
        (seat,) = holders.seats_with_holders(work, task_id)
    assert (seat.holders, seat.unit_name) == (("新联络员",), "示例单位01")


def test_several_people_may_hold_one_post_and_each_may_act(world: World, liaison: Actor) -> None:
    task_id = open_task(world)
    person_id = uuid4()
    with world.workshop.writing() as work:
        work.session.add(Person(id=person_id, name="第二位"))
        work.session.flush()
        post_id = world.posts[world.units[0].id, "liaison"]
        work.session.add(Holding(id=uuid4(), post_id=post_id, person_id=person_id, from_on=date(2026, 1, 1)))
    with world.workshop.reading() as work:
        (seat,) = holders.seats_with_holders(work, task_id)
    assert seat.holders == ("示例单位01liaison", "第二位")
    other = replace(liaison, name="第二位", person_id=person_id)
    assert complete(world, other, task_id, summary="做法").given == "done"


def test_a_task_of_another_unit_is_not_found(world: World) -> None:
    task_id = open_task(world)
    stranger = world.actor(world.units[1], "liaison")
    assert inbox_titles(world, stranger) == []
    with pytest.raises(NotFound):
        complete(world, stranger, task_id, summary="做法")


def test_a_colleague_without_the_seat_cannot_hand_in(world: World) -> None:
    task_id = open_task(world)
    with pytest.raises(NotFound):
        complete(world, world.actor(world.units[0], "head"), task_id, summary="做法")


def test_an_overseer_must_say_for_whom(world: World, office: Actor) -> None:
    task_id = open_task(world)
    with pytest.raises(NotAllowed):
        complete(world, office, task_id, summary="做法")


def test_an_entry_on_behalf_keeps_both_names_and_the_source(world: World, office: Actor) -> None:
    task_id = open_task(world)
    complete(world, behalf(office), task_id, summary="做法")
    with world.workshop.reading() as work:
        said = work.session.execute(
            select(Decision.name, Decision.behalf_name, Decision.source, Decision.behalf_note)
        ).one()
    assert tuple(said) == ("示例市主管局office", "示例单位01联络员", "phone", "电话记录")


def test_acting_on_behalf_reaches_only_the_own_subtree(world: World, office: Actor) -> None:
    task_id = open_task(world)
    elsewhere = replace(office, grants=(Grant("task.on_behalf", world.units[1].path),))
    with pytest.raises(NotFound):
        complete(world, behalf(elsewhere), task_id, summary="做法")


def test_who_has_the_seat_but_not_the_right_cannot_act_for_others(world: World, liaison: Actor) -> None:
    task_id = open_task(world)
    with pytest.raises(NotFound):
        complete(world, behalf(liaison), task_id, summary="做法")


@pytest.mark.parametrize("source", [Source.PHONE, Source.FILE])
def test_a_gate_is_not_entered_from_a_phone_call_or_a_table(world: World, office: Actor, source: Source) -> None:
    world.start("solemn", "一件", world.units[0], "seasons")
    world.do(office, world.inbox(office)[0].id, summary="准备")
    (gate,) = world.inbox(world.actor(world.authority, "leader"))
    with pytest.raises(NotAllowed):
        complete(world, behalf(office, source), gate.id, verdict="approve")


@pytest.mark.parametrize("source", [Source.MEETING, Source.PAPER])
def test_a_gate_may_be_entered_from_a_meeting_or_paper(world: World, office: Actor, source: Source) -> None:
    world.start("solemn", "一件", world.units[0], "seasons")
    world.do(office, world.inbox(office)[0].id, summary="准备")
    (gate,) = world.inbox(world.actor(world.authority, "leader"))
    with pytest.raises(NotComplete):  # the seat is given; what a gate is shown is tested with recognitions
        complete(world, behalf(office, source), gate.id)


def test_a_task_whose_post_is_empty_waits_with_who_rescues(world: World, office: Actor) -> None:
    open_task(world)
    assert inbox_titles(world, office) == []
    with world.workshop.writing() as work:
        work.session.execute(update(Holding).values(until_on=date(2026, 3, 1)))
    assert inbox_titles(world, office, "rescue") == ["报送材料"]


def test_a_role_without_any_post_has_a_seat_for_the_office(world: World, office: Actor) -> None:
    """The authority itself takes part, and has no liaison."""
    world.start("approval", "一件", world.authority)
    assert inbox_titles(world, office, "rescue") == ["报送材料"]
    (row,) = rows(world)
    with world.workshop.reading() as work:
        (seat,) = holders.seats_with_holders(work, row.id)
    assert (seat.key, seat.holders) == ("rescue", ())
    assert complete(world, behalf(office), row.id, summary="做法").verdict == "done"


def test_who_does_not_rescue_never_sees_unattended_tasks(world: World) -> None:
    world.start("approval", "一件", world.authority)
    for actor in (world.actor(world.units[0], "liaison"), world.actor(world.authority, "leader")):
        assert inbox_titles(world, actor, "rescue") == []


def rows(world: World) -> list[Task]:
    with world.workshop.reading() as work:
        found = list(work.session.scalars(select(Task).where(Task.state == "open")))
        work.session.expunge_all()
    return found


# --- several seats ----------------------------------------------------------------------------------------------------


def judged(world: World) -> tuple[UUID, Actor, Actor]:
    """A task on which two members must agree."""
    world.start("panel", "一件", world.units[0], "seasons")
    office = world.actor(world.authority, "office")
    world.do(office, world.inbox(office)[0].id, summary="方案")
    first, second = world.actor(world.authority, "member"), world.actor(world.authority, "member2")
    (task,) = world.inbox(first)
    assert [each.id for each in world.inbox(second)] == [task.id]
    return task.id, first, second


def test_the_last_of_several_seats_completes_the_task(world: World) -> None:
    task_id, first, second = judged(world)
    assert complete(world, first, task_id, verdict="approve").verdict is None
    assert world.inbox(first) == []
    assert [task.id for task in world.inbox(second)] == [task_id]
    assert complete(world, second, task_id, verdict="approve").verdict == "approve"
    assert rows(world) == []


def test_one_seat_that_sends_back_decides_at_once(world: World, office: Actor) -> None:
    task_id, first, second = judged(world)
    assert complete(world, second, task_id, verdict="return", reason="再议").verdict == "return"
    assert world.inbox(first) == []
    (again,) = world.inbox(office)
    assert (again.element_id, again.attempt, again.returned_reason) == ("Propose", 2, "再议")


def test_a_seat_decides_once(world: World) -> None:
    task_id, first, _ = judged(world)
    complete(world, first, task_id, verdict="approve")
    with pytest.raises(NotAllowed) as told:
        complete(world, first, task_id, verdict="return", reason="反悔")
    assert told.value.message.key == "task-seat-spent"


def test_a_decision_says_which_seats_are_still_to_decide(world: World) -> None:
    task_id, first, _ = judged(world)
    complete(world, first, task_id, verdict="approve")
    with world.workshop.reading() as work:
        states = {seat.title: seat.state for seat in holders.seats_with_holders(work, task_id)}
    assert states == {"member": "decided", "member2": "open"}


def test_the_next_seat_is_not_shown_the_verdict_of_the_one_before(world: World) -> None:
    task_id, first, _ = judged(world)
    with world.workshop.writing() as work:
        operations.save_draft(first, work, task_id, {"verdict": "approve", "reason": "同意"})
    complete(world, first, task_id, verdict="approve", reason="同意")
    with world.workshop.reading() as work:
        page = queries.task_page(work, task_id)
    assert page is not None
    assert (page.values, page.draft) == ({}, None)


def test_all_seats_may_be_entered_on_behalf_from_one_meeting(world: World, office: Actor) -> None:
    task_id, _, _ = judged(world)
    meeting = behalf(office, Source.MEETING, "委员会")
    assert complete(world, meeting, task_id, verdict="approve").verdict is None
    assert complete(world, meeting, task_id, verdict="approve").verdict == "approve"
    with pytest.raises(Conflict):
        complete(world, meeting, task_id, verdict="approve")


def test_an_unknown_task_is_not_found(world: World, liaison: Actor) -> None:
    with pytest.raises(NotFound):
        complete(world, liaison, uuid4(), summary="做法")


def test_more_time_needs_a_reason_and_a_later_date(world: World, office: Actor) -> None:
    task_id = open_task(world)
    with world.workshop.writing() as work, pytest.raises(Invalid):
        dates.extend(office, work, task_id, world.clock.now(), "有原因")
    with world.workshop.writing() as work, pytest.raises(Invalid):
        dates.extend(office, work, task_id, world.clock.now(), " ")
