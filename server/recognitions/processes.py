"""What the doors assemble of recognitions: the gate, the activity, and what they add to a campaign's pages."""

from collections.abc import Mapping
from uuid import UUID

from server.engine.contract import FactKind, FactType
from server.recognitions import operations, queries, remark_kinds, remark_queries, remarks
from server.recognitions.condition_kind import MeetCondition
from server.recognitions.gate import APPROVE, RETURN, Gate

TASK_KINDS = (Gate(), MeetCondition(), *remark_kinds.TASK_KINDS)
ACTIVITIES = {"recognition.grant": operations.grant}
CAMPAIGN_RESULTS = queries.campaign_results
CAMPAIGN_TARGET = queries.campaign_target

OUTCOMES: Mapping[str, Mapping[str, FactType]] = {
    "gate": {
        "verdict": FactType(FactKind.STRING, "recognitions-fact-verdict", (APPROVE, RETURN)),
        "conditional": FactType(FactKind.BOOLEAN, "recognitions-fact-conditional"),
    }
}
RESULTS: Mapping[str, Mapping[str, FactType]] = {
    "recognition.grant": {"granted": FactType(FactKind.NUMBER, "recognitions-fact-granted")}
}


def results_link(campaign_id: UUID) -> tuple[str, str]:
    return "recognitions-results", f"/campaigns/{campaign_id}/results"


def findings_link(campaign_id: UUID) -> tuple[str, str]:
    return "findings-title", f"/campaigns/{campaign_id}/findings"


def remarks_link(campaign_id: UUID) -> tuple[str, str]:
    return "recognitions-remarks", f"/campaigns/{campaign_id}/remarks"


CAMPAIGN_LINKS = (results_link, findings_link, remarks_link)
UNIT_LEFT = (remarks.unit_left,)
CAMPAIGN_NOTES = (remark_queries.note,)
