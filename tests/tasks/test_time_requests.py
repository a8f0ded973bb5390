"""More time is asked for by who sits on a task, and granted or refused by who manages the campaign."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from server.actor import SYSTEM, Actor
from server.audit.models import AuditRow
from server.errors import Conflict, GreengateError, Invalid, NotFound
from server.identity import grants
from server.identity.holders import nearest_posts
from server.processes.models import ProcessInstance
from server.tasks import dates, operations
from server.tasks.matters import Matter, open_matter
from server.tasks.models import Origin, RequestState, Task, TaskState, TimeRequest
from server.tasks.operations import NotComplete
from server.verify import verify
from tests.world import World


@pytest.fixture
def office(world: World) -> Actor:
    with world.workshop.writing() as work:
        root = work.session.get_one(type(world.authority), world.authority.id).parent_id
        grants.seed_grants(SYSTEM, work, authority_id=world.authority.id, over_id=root)
    return world.actor(world.authority, "office")


@pytest.fixture
def liaison(world: World) -> Actor:
    return world.actor(world.units[0], "liaison")


@pytest.fixture
def task(world: World, office: Actor, liaison: Actor) -> Task:
    """The first task of a unit in a campaign, with a date."""
    world.open_campaign(world.units[:1])
    (found,) = world.inbox(liaison)
    assert found.due_at is not None
    return found


def ask(world: World, actor: Actor, task: Task, days: int = 10, reason: str = "材料在审计局") -> None:
    with world.workshop.writing() as work:
        assert task.due_at is not None
        dates.ask_for_time(actor, work, task.id, task.due_at + timedelta(days=days), reason)


def waiting(world: World, office: Actor) -> Task:
    (found,) = [each for each in world.inbox(office) if each.origin == Origin.REQUEST]
    return found


def state(world: World, task: Task) -> tuple[TaskState, RequestState, bool]:
    """Of the task, of its last request, and whether the task still says that somebody waits."""
    with world.workshop.reading() as work:
        now = work.session.get_one(Task, task.id)
        request = dates.latest_request(work, task.id)
        assert request is not None
        return TaskState(now.state), RequestState(request.state), now.asked_at is not None


def test_the_office_grants_what_was_asked_or_another_day(
    world: World, office: Actor, liaison: Actor, task: Task
) -> None:
    ask(world, liaison, task)
    request = waiting(world, office)
    assert (request.title, request.unit_id, request.instance_id) == ("审批延期申请", task.unit_id, None)
    assert task.due_at is not None
    day = (task.due_at + timedelta(days=5)).date()
    assert world.do(office, request.id, verdict="approve", day=day.isoformat(), opinion="可延五天").verdict == "approve"
    with world.workshop.reading() as work:
        assert work.session.get_one(Task, task.id).due_at == task.due_at + timedelta(days=5)
        verbs = set(work.session.scalars(select(AuditRow.verb)))
    assert {"time:asked", "task:opened", "deadline:extended", "task:completed"} <= verbs
    assert state(world, task) == (TaskState.OPEN, RequestState.GRANTED, False)
    assert verify(world.application) == []


def test_a_refusal_says_why_and_the_date_stays(world: World, office: Actor, liaison: Actor, task: Task) -> None:
    ask(world, liaison, task)
    request = waiting(world, office)
    with pytest.raises(NotComplete) as refused:
        world.do(office, request.id, verdict="reject")
    assert set(refused.value.checked.errors) == {"opinion"}
    assert world.do(office, request.id, verdict="reject", opinion="时间足够").verdict == "reject"
    with world.workshop.reading() as work:
        assert work.session.get_one(Task, task.id).due_at == task.due_at
        assert work.session.scalars(select(TimeRequest.opinion)).all() == ["时间足够"]
    assert state(world, task) == (TaskState.OPEN, RequestState.REFUSED, False)
    ask(world, liaison, task)
    assert state(world, task)[1] is RequestState.OPEN


def test_what_is_handed_in_meanwhile_needs_no_answer(world: World, office: Actor, liaison: Actor, task: Task) -> None:
    ask(world, liaison, task)
    request = waiting(world, office)
    world.do(liaison, task.id, summary="做法")
    assert [each for each in world.inbox(office) if each.origin == Origin.REQUEST] == []
    assert state(world, task)[:2] == (TaskState.DONE, RequestState.DROPPED)
    with pytest.raises(Conflict):
        world.do(office, request.id, verdict="approve", day="2027-01-01")
    assert verify(world.application) == []


def test_time_given_without_asking_answers_the_request(world: World, office: Actor, liaison: Actor, task: Task) -> None:
    ask(world, liaison, task)
    with world.workshop.writing() as work:
        assert task.due_at is not None
        dates.extend(office, work, task.id, task.due_at + timedelta(days=20), "统一延期")
    assert world.inbox(office) == []
    assert state(world, task) == (TaskState.OPEN, RequestState.DROPPED, False)


@pytest.mark.parametrize(
    ("days", "reason", "wrong"),
    [(0, "有原因", Invalid), (-3, "有原因", Invalid), (40000, "有原因", Invalid), (5, " ", Invalid)],
)
def test_a_request_that_cannot_be_granted_is_refused_at_once(
    world: World, liaison: Actor, task: Task, days: int, reason: str, wrong: type[GreengateError]
) -> None:
    with pytest.raises(wrong):
        ask(world, liaison, task, days, reason)
    with world.workshop.reading() as work:
        assert work.session.scalars(select(TimeRequest)).all() == []


def test_one_request_at_a_time_and_only_by_who_sits_there(world: World, liaison: Actor, task: Task) -> None:
    with pytest.raises(NotFound):
        ask(world, world.actor(world.units[1], "liaison"), task)
    ask(world, liaison, task)
    with pytest.raises(Conflict):
        ask(world, liaison, task)


def test_a_day_that_is_no_more_time_is_said_at_its_field(
    world: World, office: Actor, liaison: Actor, task: Task
) -> None:
    ask(world, liaison, task)
    request = waiting(world, office)
    for day in ("2026-02-31", "", "2020-01-01", "9999-01-01"):
        with pytest.raises(NotComplete) as refused:
            world.do(office, request.id, verdict="approve", day=day)
        assert set(refused.value.checked.errors) == {"day"}
    with pytest.raises(NotComplete):
        world.do(office, request.id, verdict="maybe")


def test_a_task_of_no_process_is_answered_twice_alike_and_done_once(
    world: World, office: Actor, liaison: Actor, task: Task
) -> None:
    ask(world, liaison, task)
    request, key = waiting(world, office), uuid4().hex
    values = {"verdict": "reject", "opinion": "时间足够"}
    with pytest.raises(NotFound):
        world.do(liaison, request.id, **values)
    first, second = (world.do(office, request.id, key, **values) for _ in range(2))
    assert (first.repeated, second.repeated, second.verdict) == (False, True, "reject")
    with pytest.raises(Conflict):
        world.do(office, request.id, **values)


def test_a_matter_without_anybody_goes_to_the_rescue_queue(world: World) -> None:
    unit = world.units[0]
    with world.workshop.writing() as work:
        assert nearest_posts(work.session, "campaign.manage", unit.id) == ()
        assert nearest_posts(work.session, "campaign.manage", uuid4()) == ()
        opened = open_matter(SYSTEM, work, Matter(Origin.REQUEST, dates.REQUEST, "一件", unit.id, ()))
        desk = operations.take(work, opened.id)
        assert [seat.key for seat in desk.seats] == ["rescue"]
        with pytest.raises(Conflict):
            operations.return_to(world.actor(world.authority, "office"), work, opened.id, "Submit", "退")


def test_the_nearest_posts_with_a_permission(world: World, office: Actor) -> None:
    with world.workshop.reading() as work:
        manage = nearest_posts(work.session, "campaign.manage", world.units[0].id)
        own = nearest_posts(work.session, "unit.work", world.units[0].id)
    assert manage == (office.post_id,)
    assert set(own) == {world.posts[world.units[0].id, kind] for kind in ("liaison", "head")}


def test_a_task_that_no_process_opened_is_not_given_more_time(
    world: World, office: Actor, liaison: Actor, task: Task
) -> None:
    ask(world, liaison, task)
    request = waiting(world, office)
    assert request.due_at is not None
    with pytest.raises(Conflict), world.workshop.writing() as work:
        dates.extend(office, work, request.id, request.due_at + timedelta(days=9), "再等等")


@pytest.mark.postgres
@pytest.mark.parametrize("any_world", ["postgresql"], indirect=True)
def test_who_answers_holds_what_it_is_about_first_so_that_nobody_waits_in_a_circle(any_world: World) -> None:
    """Who hands that in takes the instance and then the request; who answers must not come from the other side."""
    world = any_world
    with world.workshop.writing() as work:
        root = work.session.get_one(type(world.authority), world.authority.id).parent_id
        grants.seed_grants(SYSTEM, work, authority_id=world.authority.id, over_id=root)
    office, liaison = world.actor(world.authority, "office"), world.actor(world.units[0], "liaison")
    world.open_campaign(world.units[:1])
    (task,) = world.inbox(liaison)
    ask(world, liaison, task)
    with world.workshop.writing() as work:
        operations.take(work, waiting(world, office).id)
        one = select(ProcessInstance.id).where(ProcessInstance.id == task.instance_id)
        with world.workshop.writing() as other, pytest.raises(OperationalError, match="could not obtain lock"):
            other.session.execute(one.with_for_update(nowait=True))
