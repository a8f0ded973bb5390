"""What the doors assemble of assessments: task kinds, facts, and what each task tells the process."""

from collections.abc import Mapping
from typing import Any

from server.assessments import queries
from server.assessments.self_assessment import SelfAssessment
from server.assessments.verification import SecondVerification, Verification
from server.db.work import Work
from server.engine.contract import FactKind, FactType
from server.processes.registry import FactProvider, Running

TASK_KINDS = (SelfAssessment(), Verification(), SecondVerification())

OUTCOME = {
    "total": FactType(FactKind.POINTS, "assessments-fact-total"),
    "passed": FactType(FactKind.BOOLEAN, "assessments-fact-passed"),
}
OUTCOMES: Mapping[str, Mapping[str, FactType]] = {kind.key: OUTCOME for kind in TASK_KINDS}
"""Fields that `form.<element>.<field>` has after each kind of task."""


def _result(work: Work, running: Running) -> Mapping[str, Any]:
    """The result that counts for the instance's unit; nothing while only the unit itself has scored.

    `result.passed` is left out where the rules decide nothing, so that a condition on it stops the instance.
    """
    participant = queries.participant_of(work, running.instance.campaign_id, running.instance.unit_id)
    found = queries.authoritative(work, participant.id) if participant is not None else None
    if found is None:
        return {}
    facts: dict[str, Any] = {"result.verdict": found.verdict, "result.total": f"{found.total:.2f}"}
    return facts if found.passed is None else {**facts, "result.passed": found.passed}


FACTS = FactProvider(
    "result",
    {
        "result.passed": FactType(FactKind.BOOLEAN, "assessments-fact-passed"),
        "result.verdict": FactType(FactKind.STRING, "assessments-fact-verdict", ("met", "not_met", "undecided")),
        "result.total": FactType(FactKind.POINTS, "assessments-fact-total"),
    },
    _result,
)
