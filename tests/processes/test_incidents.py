"""A step that fails keeps nothing and is shown with its cause; an administrator tries again or goes on without."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from server.actor import Actor, Grant
from server.audit.queries import check_chains
from server.errors import Conflict, NotFound
from server.processes import incidents, jobs, queries
from server.processes.commands import ProcessFailed
from server.processes.models import FanOut, Incident, ProcessInstance
from server.processes.registry import ProcessParts
from server.tasks import operations as tasks
from server.tasks.models import Decision
from tests.processes.test_fan_out import finish, leader_tasks
from tests.world import World


def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


def fragile(world: World) -> UUID:
    """A task whose completion needs a fact that nobody knows; returns its id."""
    world.start("fragile", "一件", None, "seasons")
    return world.inbox(office(world))[0].id


def complete(world: World, task_id: UUID) -> None:
    with world.workshop.writing() as work:
        tasks.complete(office(world), work, task_id, {"summary": "做法"}, uuid4().hex)


def failed(world: World, task_id: UUID) -> ProcessFailed:
    with pytest.raises(ProcessFailed) as error:
        complete(world, task_id)
    return error.value


def raised(world: World, task_id: UUID) -> UUID:
    """Let a task fail as the doors do: nothing of the step, and an incident in a transaction of its own."""
    error = failed(world, task_id)
    with world.workshop.writing() as work:
        return incidents.raise_for_step(work, error, task_id).id


def mend(world: World) -> None:
    with world.workshop.writing() as work:
        work.session.execute(update(ProcessInstance).values(unit_id=world.units[0].id))


def shown(world: World, actor: Actor) -> list[queries.IncidentRow]:
    with world.workshop.reading() as work:
        rows, total = queries.incidents(actor, work)
    assert total == len(rows)
    return list(rows)


# --- a step that fails ------------------------------------------------------------------------------------------------


def test_a_fact_that_is_missing_keeps_nothing_of_the_step(any_world: World) -> None:
    world = any_world
    task_id = fragile(world)
    with world.workshop.reading() as work:
        before = work.session.scalars(select(ProcessInstance.revision)).one()
    failed(world, task_id)
    assert [task.id for task in world.inbox(office(world))] == [task_id]
    with world.workshop.reading() as work:
        assert work.session.scalars(select(ProcessInstance.revision)).one() == before
        assert work.session.scalar(select(func.count()).select_from(Decision)) == 0
        assert check_chains(work) == []


def test_a_failed_step_says_where_and_why_without_a_stack_trace(world: World) -> None:
    error = failed(world, fragile(world))
    assert "unit.kind" in error.cause
    assert "Traceback" not in error.cause
    assert "\n" not in error.cause
    assert error.message.key == "process-failed"


def test_a_fault_of_ours_is_a_failed_step_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> dict[str, object]:
        raise RuntimeError("out of order")

    task_id = fragile(world)
    facts = world.workshop.parts.get(ProcessParts).facts
    monkeypatch.setitem(facts._entries, "unit", replace(facts["unit"], load=broken))
    assert failed(world, task_id).cause == "RuntimeError: out of order"
    assert [task.id for task in world.inbox(office(world))] == [task_id]


def test_a_step_that_fails_again_counts_up_on_one_incident(world: World) -> None:
    task_id = fragile(world)
    assert raised(world, task_id) == raised(world, task_id)
    (row,) = shown(world, office(world))
    assert (row.kind, row.attempts, row.element_id) == ("step", 2, "Kind")


def test_two_places_that_fail_have_an_incident_each(world: World) -> None:
    world.start("fragile", "一件", None, "seasons")
    world.start("fragile", "两件", None, "seasons")
    for task in world.inbox(office(world)):
        raised(world, task.id)
    assert sorted(row.where for row in shown(world, office(world))) == ["一件", "两件"]


def test_a_mended_step_is_done_by_whoever_has_the_task(world: World) -> None:
    task_id = fragile(world)
    raised(world, task_id)
    mend(world)
    complete(world, task_id)
    assert world.inbox(office(world)) == []


def test_an_incident_that_was_dealt_with_is_gone_and_is_not_dealt_with_again(world: World) -> None:
    incident_id = raised(world, fragile(world))
    with world.workshop.writing() as work:
        incidents.retry(office(world), work, incident_id)
    assert shown(world, office(world)) == []
    with world.workshop.writing() as work, pytest.raises(Conflict):
        incidents.retry(office(world), work, incident_id)


def test_a_new_failure_after_that_is_a_new_incident(world: World) -> None:
    task_id = fragile(world)
    first = raised(world, task_id)
    with world.workshop.writing() as work:
        incidents.retry(office(world), work, first)
    assert raised(world, task_id) != first
    assert [row.attempts for row in shown(world, office(world))] == [1]


def test_a_step_cannot_be_left_out(world: World) -> None:
    incident_id = raised(world, fragile(world))
    with world.workshop.writing() as work, pytest.raises(Conflict):
        incidents.leave_out(office(world), work, incident_id, "不等了")


def test_an_incident_that_does_not_exist_is_not_found(world: World) -> None:
    with world.workshop.writing() as work, pytest.raises(NotFound):
        incidents.retry(office(world), work, world.authority.id)


# --- who sees it ------------------------------------------------------------------------------------------------------


def test_incidents_are_seen_by_those_who_operate_the_subtree(world: World) -> None:
    task_id = fragile(world)
    incident_id = raised(world, task_id)
    mend(world)
    here = replace(office(world), grants=(Grant("process.operate", world.units[0].path),))
    elsewhere = replace(office(world), grants=(Grant("process.operate", world.units[1].path),))
    assert [row.id for row in shown(world, here)] == [incident_id]
    assert shown(world, elsewhere) == []
    with world.workshop.reading() as work, pytest.raises(NotFound):
        queries.require_incident(elsewhere, work, incident_id)


# --- background work and barriers -------------------------------------------------------------------------------------


def test_background_work_that_was_given_up_is_an_incident_and_is_asked_for_again(world: World) -> None:
    world.open_campaign()
    with world.workshop.reading() as work:
        fan_out = str(work.session.scalars(select(FanOut.id)).one())
    with world.workshop.writing() as work:
        world.application.on_parked(work, "processes.fill", "key", {"fan_out": fan_out}, "OperationalError: away")
    (row,) = shown(world, office(world))
    assert (row.kind, row.cause) == ("job", "OperationalError: away")
    with world.workshop.writing() as work:
        incidents.retry(office(world), work, row.id)
    assert [waiting[0] for waiting in world.queue._waiting] == ["processes.fill"]
    world.drain()


def test_a_way_that_cannot_be_opened_is_an_incident_until_it_can(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.open_campaign()
    with monkeypatch.context() as broken:

        def refuse(*_given: object) -> None:
            raise Conflict(incidents.Message("process-not-running"))

        broken.setattr(jobs.operations, "finish_children", refuse)
        finish(world, 0, 1, 2)
        for _ in range(2):
            with world.workshop.writing() as work:
                jobs.barriers(work, {})
    assert leader_tasks(world) == []
    (row,) = shown(world, office(world))
    assert row.kind == "barrier"
    assert row.attempts >= 2
    with world.workshop.writing() as work:
        incidents.retry(office(world), work, row.id)
    world.drain()
    assert leader_tasks(world) == ["审定"]
    with world.workshop.reading() as work:
        assert work.session.scalar(select(func.count()).where(Incident.resolved_at.is_(None))) == 0
