"""The one door back, on the Gaoping scheme: to an earlier task, and an ended unit once more from the start."""

import pytest
from sqlalchemy import select

from server.campaigns import operations as campaigns
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.processes.models import ProcessInstance
from server.tasks import operations as tasks
from server.tasks.models import Task
from tests.assessments.support import Gaoping


def choices(gaoping: Gaoping, task: Task) -> list[str]:
    with gaoping.world.workshop.reading() as work:
        return [element for element, _ in tasks.return_choices(work, task)]


def test_a_task_offers_the_earlier_tasks_that_its_diagram_names(gaoping: Gaoping) -> None:
    task = gaoping.to_self_assessment(gaoping.units[0])
    assert choices(gaoping, task) == ["Plan", "CarryOut"]


def test_sent_back_to_the_plan_with_a_reason_and_on_again(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    task = gaoping.to_self_assessment(unit)
    with gaoping.world.workshop.writing() as work:
        tasks.return_to(gaoping.office, work, task.id, "Plan", "实施方案与实际不符")
    gaoping.world.drain()

    plan = gaoping.task(gaoping.liaison(unit), "Plan")
    assert (plan.attempt, plan.returned_reason) == (2, "实施方案与实际不符")
    assert [each.element_id for each in gaoping.world.inbox(gaoping.liaison(unit))] == ["Plan"]
    assert gaoping.to_self_assessment(unit).attempt == 2


def test_returning_refuses_what_the_diagram_does_not_name(gaoping: Gaoping) -> None:
    task = gaoping.to_self_assessment(gaoping.units[0])
    for target in ("FilePlan", "Verify", "nothing"):
        with gaoping.world.workshop.writing() as work, pytest.raises(Conflict):
            tasks.return_to(gaoping.office, work, task.id, target, "退回")


def test_returning_needs_a_reason_and_the_right_to_operate(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    task = gaoping.to_self_assessment(unit)
    with gaoping.world.workshop.writing() as work, pytest.raises(Invalid):
        tasks.return_to(gaoping.office, work, task.id, "Plan", " ")
    with gaoping.world.workshop.writing() as work, pytest.raises((NotAllowed, NotFound)):
        tasks.return_to(gaoping.liaison(unit), work, task.id, "Plan", "自己退回")


def test_an_ended_unit_gets_a_new_attempt_and_keeps_the_old_one(gaoping: Gaoping) -> None:
    unit = gaoping.units[0]
    gaoping.self_assess(unit)
    gaoping.verify(unit)
    with gaoping.world.workshop.writing() as work:
        campaigns.reopen(gaoping.office, work, gaoping.campaign.id, gaoping.participant_id(unit), "材料不实，重新办理")
    gaoping.world.drain()

    assert gaoping.task(gaoping.liaison(unit), "Plan").attempt == 1
    with gaoping.world.workshop.reading() as work:
        attempts = work.session.execute(
            select(ProcessInstance.attempt, ProcessInstance.state)
            .where(ProcessInstance.unit_id == unit.id, ProcessInstance.process_key == "participant")
            .order_by(ProcessInstance.attempt)
        ).all()
    assert [tuple(row) for row in attempts] == [(1, "ended"), (2, "running")]
    gaoping.self_assess(unit)
    gaoping.verify(unit, r3_2_1="no")
    result = gaoping.result(unit)
    assert result is not None
    assert (str(result.total), result.attempt) == ("97.00", 2)
