"""What was handed in is taken back by who did it, as long as nobody has acted on what followed."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor
from server.audit.models import AuditRow
from server.errors import Conflict, NotAllowed, NotFound
from server.identity import accounts
from server.notifications.models import Notification
from server.tasks import claims, confirmations, copies, operations, queries, seats, taking_back, urging
from server.tasks.jobs import REMIND
from server.tasks.models import Decision, Draft, Task
from server.verify import verify
from tests.assessments.support import Gaoping
from tests.tasks.test_seat_changes import change, seat_of
from tests.tasks.test_seats import behalf, complete, judged, open_task
from tests.world import World


@pytest.fixture
def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


@pytest.fixture
def liaison(world: World) -> Actor:
    return world.actor(world.units[0], "liaison")


def take_back(world: World, actor: Actor, task_id: UUID) -> UUID:
    with world.workshop.writing() as work:
        again = taking_back.take_back(actor, work, task_id)
    world.drain()
    return again


def refused(world: World, actor: Actor, task_id: UUID, kind: type[Exception] = Conflict) -> str:
    with world.workshop.writing() as work, pytest.raises(kind) as told:
        taking_back.take_back(actor, work, task_id)
    return str(told.value.message.key)  # type: ignore[attr-defined]


def test_what_was_handed_in_comes_back_as_the_draft_and_is_handed_in_again(
    world: World, liaison: Actor, office: Actor
) -> None:
    first = open_task(world)
    complete(world, liaison, first, summary="做法")
    assert [task.title for task in world.inbox(office)] == ["审核材料"]
    again = take_back(world, liaison, first)
    assert world.inbox(office) == []
    assert [task.id for task in world.inbox(liaison)] == [again]
    with world.workshop.reading() as work:
        page = queries.task_page(work, again)
        assert page is not None
        assert (page.values["summary"], page.task.attempt, page.task.returned_reason) == ("做法", 2, None)
        assert [(line.verdict, line.taken_back_at is not None) for line in page.trail] == [("done", True)]
        assert work.session.get_one(Task, first).state == "cancelled"
    assert complete(world, liaison, again, summary="新做法").verdict == "done"
    assert [task.title for task in world.inbox(office)] == ["审核材料"]
    assert verify(world.application) == []


def test_taking_back_is_recorded_with_who_and_what(world: World, liaison: Actor) -> None:
    first = open_task(world)
    complete(world, liaison, first, summary="做法")
    take_back(world, liaison, first)
    with world.workshop.reading() as work:
        row = work.session.scalars(select(AuditRow).where(AuditRow.verb == "decision:taken-back")).one()
        assert (row.details["task"], row.actor["name"]) == (str(first), liaison.name)


def test_a_verdict_is_taken_back_as_well(world: World, liaison: Actor, office: Actor) -> None:
    complete(world, liaison, open_task(world), summary="做法")
    review = world.inbox(office)[0].id
    complete(world, office, review, verdict="return", reason="不全")
    assert [task.returned_reason for task in world.inbox(liaison)] == ["不全"]
    again = take_back(world, office, review)
    assert world.inbox(liaison) == []
    with world.workshop.reading() as work:
        page = queries.task_page(work, again)
        assert page is not None
        assert page.values["reason"] == "不全"
    assert verify(world.application) == []


def test_who_was_told_of_the_next_task_is_told_that_it_is_gone(world: World, liaison: Actor, office: Actor) -> None:
    with world.workshop.writing() as work:
        for number, person in enumerate(world.people.values()):
            accounts.create_account(SYSTEM, work, person[0], f"user{number}", password="Gufeng-Shan-2026")
    first = open_task(world)
    complete(world, liaison, first, summary="做法")
    remind(world)
    take_back(world, liaison, first)
    remind(world)
    with world.workshop.reading() as work:
        mine = Notification.person_id == office.person_id
        told = {row.message: row.read_at for row in work.session.scalars(select(Notification).where(mine))}
    assert told.pop("tasks-told-opened-undated") is not None
    assert told == {"tasks-told-taken-back": None}


def remind(world: World) -> None:
    with world.workshop.writing() as work:
        work.jobs.enqueue(work.session, REMIND, "tick", {})
    world.drain()


def test_not_when_the_next_one_has_decided(world: World, liaison: Actor, office: Actor) -> None:
    first = open_task(world)
    complete(world, liaison, first, summary="做法")
    complete(world, office, world.inbox(office)[0].id, verdict="return", reason="不全")
    with world.workshop.writing() as work, pytest.raises(Conflict) as told:
        taking_back.take_back(liaison, work, first)
    assert (told.value.message.key, told.value.message.args) == ("task-back-acted", {"name": office.name})


def test_not_when_the_process_has_ended(world: World, liaison: Actor, office: Actor) -> None:
    complete(world, liaison, open_task(world), summary="做法")
    review = world.inbox(office)[0].id
    complete(world, office, review, verdict="approve")
    assert refused(world, office, review) == "task-back-gone-on"


def test_not_when_the_next_one_has_begun_to_write(world: World, liaison: Actor, office: Actor) -> None:
    first = open_task(world)
    complete(world, liaison, first, summary="做法")
    with world.workshop.writing() as work:
        operations.save_draft(office, work, world.inbox(office)[0].id, {"reason": "看过了"})
    assert refused(world, liaison, first) == "task-back-begun"


def test_not_when_the_next_one_has_claimed_it_or_called_somebody_in(
    world: World, liaison: Actor, office: Actor
) -> None:
    first = open_task(world)
    complete(world, liaison, first, summary="做法")
    review = world.inbox(office)[0].id
    change(world, seats.add, office, review, world.actor(world.authority, "leader").post_id, "一同审核")
    assert refused(world, liaison, first) == "task-back-acted"


def test_a_claim_that_was_released_is_no_obstacle_and_an_urge_neither(
    world: World, liaison: Actor, office: Actor
) -> None:
    world.post(world.authority, "office", "deputy")
    first = open_task(world)
    complete(world, liaison, first, summary="做法")
    review = world.inbox(office)[0].id
    with world.workshop.writing() as work:
        work.session.get_one(Task, review).claimed_by = office.person_id
        task = work.session.get_one(Task, review)
        task.claimed_name, task.claimed_at, task.claimed_until = office.name, work.now, work.now
    assert refused(world, liaison, first) == "task-back-acted"
    with world.workshop.writing() as work:
        claims.release(office, work, review)
        urging.urge(office, work, review)
    take_back(world, liaison, first)
    assert verify(world.application) == []


def test_only_by_who_did_it(world: World, liaison: Actor, office: Actor) -> None:
    first = open_task(world)
    assert refused(world, liaison, first) == "task-back-none"
    complete(world, liaison, first, summary="做法")
    assert refused(world, office, first, NotAllowed) == "task-back-not-yours"
    assert refused(world, world.actor(world.units[1], "liaison"), first, NotFound) == "error-not-found"
    colleague = replace(liaison, person_id=uuid4(), name="同岗位的人")
    assert refused(world, colleague, first, NotAllowed) == "task-back-not-yours"


def test_twice_is_done_once(world: World, liaison: Actor) -> None:
    first = open_task(world)
    complete(world, liaison, first, summary="做法")
    again = take_back(world, liaison, first)
    assert refused(world, liaison, first) == "task-back-none"
    assert [task.id for task in world.inbox(liaison)] == [again]


def test_while_others_are_to_decide_the_seat_opens_again(world: World) -> None:
    task_id, first, second = judged(world)
    complete(world, first, task_id, verdict="approve", reason="可以")
    assert take_back(world, first, task_id) == task_id
    assert [task.id for task in world.inbox(first)] == [task_id]
    with world.workshop.reading() as work:
        assert work.session.get_one(Draft, task_id).values["reason"] == "可以"
    assert complete(world, second, task_id, verdict="approve").verdict is None
    assert complete(world, first, task_id, verdict="approve").verdict == "approve"
    with world.workshop.reading() as work:
        found = work.session.scalars(select(Decision.taken_back_at).where(Decision.task_id == task_id)).all()
    assert sorted(each is None for each in found) == [False, True, True]
    assert verify(world.application) == []


def test_what_another_seat_is_writing_is_not_written_over(world: World) -> None:
    task_id, first, second = judged(world)
    complete(world, first, task_id, verdict="approve", reason="可以")
    with world.workshop.writing() as work:
        operations.save_draft(second, work, task_id, {"reason": "再想想"})
    take_back(world, first, task_id)
    with world.workshop.reading() as work:
        assert work.session.get_one(Draft, task_id).values["reason"] == "再想想"


def test_what_several_decided_is_not_taken_back_by_one(world: World) -> None:
    task_id, first, second = judged(world)
    complete(world, first, task_id, verdict="approve")
    complete(world, second, task_id, verdict="approve")
    assert refused(world, second, task_id) in ("task-back-several", "task-back-gone-on")


def test_a_gate_is_never_taken_back(world: World, office: Actor) -> None:
    world.start("solemn", "一件", world.units[0], "seasons")
    actors = [world.actor(world.authority, kind) for kind in ("office", "leader")]
    prepare = next((each, actor) for actor in actors for each in world.inbox(actor))
    world.do(prepare[1], prepare[0].id, summary="方案")
    gate = next((each, actor) for actor in actors for each in world.inbox(actor))
    with world.workshop.writing() as work:
        task, seat_key = work.session.get_one(Task, gate[0].id), next(iter(sorted(gate[1].seat_keys)))
        assert task.kind == "gate"
        assert seat_key
        decision = Decision(person_id=gate[1].person_id, id=uuid4(), taken_back_at=None)
        wrong = taking_back.obstacle(gate[1], work, taking_back.Taken(task, [], [], None), decision)
    assert wrong is not None
    assert wrong.key == "task-back-gate"


def test_out_of_parallel_branches_only_that_branch(world: World) -> None:
    world.start("forked", "一件", world.units[0], "seasons")
    people = [world.actor(world.authority, kind) for kind in ("office", "leader", "verifier")]
    people += [world.actor(world.units[0], "liaison")]
    prepare, doer = next((each, actor) for actor in people for each in world.inbox(actor))
    world.do(doer, prepare.id, summary="准备")
    branches = {each.title: (each, actor) for actor in people for each in world.inbox(actor)}
    assert set(branches) == {"左", "右"}
    again = take_back(world, doer, prepare.id)
    assert {each.id for actor in people for each in world.inbox(actor)} == {again}
    world.do(doer, again, summary="准备好了")
    branches = {each.title: (each, actor) for actor in people for each in world.inbox(actor)}
    left, left_doer = branches["左"]
    world.do(left_doer, left.id, summary="左")
    assert refused(world, left_doer, left.id) == "task-back-waiting"
    assert refused(world, doer, again) == "task-back-acted"
    assert verify(world.application) == []


def test_an_entry_for_somebody_is_taken_back_by_who_entered_it_until_it_is_confirmed(
    world: World, liaison: Actor, office: Actor
) -> None:
    first = open_task(world)
    complete(world, behalf(office), first, summary="做法")
    again = take_back(world, office, first)
    complete(world, behalf(office), again, summary="做法")
    with world.workshop.writing() as work:
        decision_id = work.session.scalars(select(Decision.id).where(Decision.task_id == again)).one()
        confirmations.confirm(liaison, work, decision_id, agreed=True)
    assert refused(world, office, again) == "task-back-confirmed"


def test_it_opens_again_with_the_seats_it_had(world: World, liaison: Actor) -> None:
    head = world.actor(world.units[0], "head")
    first = open_task(world)
    change(world, seats.hand_on, liaison, first, seat_of(world, first, liaison), head.post_id, "出差")
    complete(world, head, first, summary="做法")
    again = take_back(world, head, first)
    assert world.inbox(liaison) == []
    assert complete(world, head, again, summary="新做法").verdict == "done"
    assert verify(world.application) == []


def test_a_sealed_self_assessment_is_taken_back_and_sealed_anew(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    liaison = gaoping.liaison(unit)
    task = gaoping.to_self_assessment(unit)
    gaoping.world.do(liaison, task.id, **gaoping.self_values(unit))
    again = take_back(gaoping.world, liaison, task.id)
    with gaoping.world.workshop.reading() as work:
        page = queries.task_page(work, again)
        assert page is not None
        assert page.values == work.session.scalars(select(Decision.values).where(Decision.task_id == task.id)).one()
    assert [each.id for each in gaoping.world.inbox(liaison)] == [again]
    gaoping.world.do(liaison, again, **gaoping.self_values(unit))
    gaoping.verify(unit)
    assert gaoping.result(unit) is not None
    assert verify(gaoping.world.application) == []


def test_a_verification_is_not_taken_back(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    task = next(each for each in gaoping.world.inbox(gaoping.verifier) if each.kind == "assessments.verification")
    gaoping.verify(unit, r3_2_1="no")
    key = refused(gaoping.world, gaoping.verifier, task.id)
    assert key == "task-back-kind"


def test_on_each_database(any_world: World) -> None:
    liaison, office = any_world.actor(any_world.units[0], "liaison"), any_world.actor(any_world.authority, "office")
    first = open_task(any_world)
    complete(any_world, liaison, first, summary="做法")
    with any_world.workshop.writing() as work:
        copies.send(liaison, work, first, [f"post:{office.post_id}"], "供参考")
        copy_id = copies.received(office, work).rows[0].id
    with any_world.workshop.writing() as work:
        assert copies.mark_read(office, work, copy_id) == first
    with any_world.workshop.reading() as work:
        assert taking_back.look(liaison, work, work.session.get_one(Task, first), None)[0] is not None
    again = take_back(any_world, liaison, first)
    any_world.post(any_world.units[0], "liaison", "second")
    second = any_world.actor(any_world.units[0], "second")
    change(any_world, seats.add, liaison, again, second.post_id, "一同办理")
    with any_world.workshop.writing() as work:
        claims.claim(second, work, again)
    with any_world.workshop.writing() as work, pytest.raises(Conflict):
        operations.complete(liaison, work, again, {"summary": "做法"}, "key")
    assert complete(any_world, second, again, summary="做法").verdict == "done"
    assert verify(any_world.application) == []
