"""The diagrams of the shipped scheme, walked by the engine: each way through, each way back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from server.engine.contract import ProcessEngine, ReturnRefused, Step, compile_process
from tests.schemes.support import gaoping

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Walk:
    """One instance of one process, without tables."""

    def __init__(self, process: str, **facts: Any) -> None:
        self.engine = ProcessEngine()
        self.definition = compile_process(gaoping().files[f"{process}.bpmn"])
        self.facts = facts
        self.step: Step = self.engine.start(self.definition, facts=self.answer, now=NOW, seed=UUID(int=1))

    def answer(self, names: frozenset[str]) -> Mapping[str, Any]:
        return {name: self.facts[name.replace(".", "_")] for name in names}

    @property
    def at(self) -> list[str]:
        return [place.element_id for place in self.step.waiting]

    def _place(self, element_id: str) -> Any:
        return next(place.task_id for place in self.step.waiting if place.element_id == element_id)

    def done(self, element_id: str, **values: Any) -> "Walk":
        self.step = self.engine.complete(
            self.definition, self.step.state, self._place(element_id), values, facts=self.answer, now=NOW
        )
        return self

    def finished(self, element_id: str, **values: Any) -> "Walk":
        self.step = self.engine.finish(
            self.definition, self.step.state, self._place(element_id), values, facts=self.answer, now=NOW
        )
        return self

    def back(self, element_id: str, target: str) -> "Walk":
        self.step = self.engine.return_to(
            self.definition, self.step.state, self._place(element_id), target, facts=self.answer, now=NOW
        )
        return self


def verified(*, passed: bool) -> Walk:
    walk = Walk("participant", result_passed=passed)
    walk.done("Plan").done("FilePlan", verdict="file").done("CarryOut").done("SelfAssess").done("Verify")
    return walk.finished("OpenFindings", blocking=0, advice=0)


def test_a_unit_that_passes_is_recognisable() -> None:
    walk = verified(passed=True)
    assert walk.at == ["ConcludeMet"]
    assert walk.finished("ConcludeMet").step.end_element == "Met"


def test_a_returned_plan_comes_back_as_often_as_needed() -> None:
    walk = Walk("participant", result_passed=True)
    for _ in range(3):
        assert walk.done("Plan").at == ["FilePlan"]
        assert walk.done("FilePlan", verdict="return").at == ["Plan"]
    assert walk.done("Plan").done("FilePlan", verdict="file").at == ["CarryOut"]


def test_findings_that_nobody_mends_end_the_round() -> None:
    walk = verified(passed=False)
    assert walk.at == ["Rectify"]
    walk.finished("Rectify", total=3, done=0, withdrawn=3, left_out=0, opened_by="deadline")
    assert walk.finished("ConcludeNotMet").step.end_element == "NotMet"


@pytest.mark.parametrize(
    ("passed", "conclusion", "end"), [(True, "ConcludeMet", "Met"), (False, "ConcludeNotMet", "NotMet")]
)
def test_mended_findings_are_verified_once_more(passed: bool, conclusion: str, end: str) -> None:
    walk = verified(passed=False).finished("Rectify", total=3, done=2, withdrawn=1, left_out=0, opened_by="deadline")
    assert walk.at == ["VerifyAgain"]
    walk.facts["result_passed"] = passed
    assert walk.done("VerifyAgain").finished(conclusion).step.end_element == end


@pytest.mark.parametrize("target", ["CarryOut", "SelfAssess"])
def test_the_verifier_may_send_a_unit_back(target: str) -> None:
    walk = Walk("participant", result_passed=True)
    walk.done("Plan").done("FilePlan", verdict="file").done("CarryOut").done("SelfAssess")
    assert walk.back("Verify", target).at == [target]
    if target == "CarryOut":
        walk.done("CarryOut")
    assert walk.done("SelfAssess").done("Verify").at == ["OpenFindings"]


def test_what_is_no_target_is_refused_and_changes_nothing() -> None:
    walk = Walk("participant").done("Plan")
    with pytest.raises(ReturnRefused):
        walk.back("FilePlan", "SelfAssess")
    assert walk.at == ["FilePlan"]


def test_a_finding_goes_round_until_it_is_mended() -> None:
    walk = Walk("finding", finding_mended=False)
    assert walk.done("Mend").done("Review").at == ["Mend"]
    walk.facts["finding_mended"] = True
    assert walk.done("Mend").done("Review").step.end_element == "Mended"


def test_the_office_has_some_units_redone_and_the_leader_sends_the_list_back() -> None:
    walk = Walk("campaign")
    assert walk.finished("Participants", total=2, done=2).at == ["Summarise"]
    assert walk.done("Summarise", verdict="again").at == ["Participants"]
    walk.finished("Participants", total=1, done=1).done("Summarise", verdict="submit")
    assert walk.done("Approve", verdict="return").at == ["Summarise"]
    walk.done("Summarise", verdict="submit").done("Approve", verdict="approve")
    assert walk.finished("Grant", granted=1).step.end_element == "Recognised"


def test_no_gate_passes_without_a_clear_yes() -> None:
    walk = Walk("campaign").finished("Participants").done("Summarise", verdict="submit")
    assert walk.done("Approve", verdict="abstain").at == ["Summarise"]
