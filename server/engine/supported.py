"""What of BPMN is run here, what is only drawing, and where our own attributes may stand."""

import re
from collections.abc import Mapping

from server.engine.shapes import ElementKind

MAX_FLOW_NODES = 300
MAX_CONDITIONS = 60_000  # characters of all conditions together; parsing them costs processor time
ID_FORM = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
RESERVED_IDS = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"}) | frozenset(
    {"if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "function", "external", "instance"}
    | {"of", "and", "or", "not", "between", "true", "false", "null", "item", "partial", "typename"}
)

KINDS: Mapping[str, ElementKind] = {
    "startEvent": ElementKind.START,
    "endEvent": ElementKind.END,
    "userTask": ElementKind.USER,
    "callActivity": ElementKind.CHILDREN,
    "serviceTask": ElementKind.ACTIVITY,
    "businessRuleTask": ElementKind.DECISION,
    "exclusiveGateway": ElementKind.GATEWAY,
    "inclusiveGateway": ElementKind.GATEWAY,
    "parallelGateway": ElementKind.GATEWAY,
    "eventBasedGateway": ElementKind.GATEWAY,
    "intermediateCatchEvent": ElementKind.OTHER,
    "boundaryEvent": ElementKind.OTHER,
    "intermediateThrowEvent": ElementKind.OTHER,
    "sendTask": ElementKind.OTHER,
    "receiveTask": ElementKind.MESSAGE,
}
INERT = frozenset(
    {"documentation", "extensionElements", "laneSet", "sequenceFlow", "dataObject", "dataObjectReference", "property"}
    | {"dataStoreReference", "textAnnotation", "association", "group", "ioSpecification", "auditing", "monitoring"}
)
EVENTS: Mapping[str, frozenset[str]] = {
    "startEvent": frozenset({"none"}),
    "endEvent": frozenset({"none", "message", "terminate"}),
    "intermediateCatchEvent": frozenset({"timer", "message", "signal"}),
    "boundaryEvent": frozenset({"timer", "message", "signal"}),
    "intermediateThrowEvent": frozenset({"none", "message", "signal"}),
}
SCRIPTS = frozenset(
    {"script", "preScript", "postScript", "executionListener", "taskListener", "serviceTaskOperator", "inputOutput"}
    | {"ioMapping", "taskDefinition", "connector", "calledDecisionId", "unitTests", "payloadExpression"}
)
MODES: Mapping[str, str] = {
    "isForCompensation": "false",
    "startQuantity": "1",
    "completionQuantity": "1",
    "instantiate": "false",
    "eventGatewayType": "Exclusive",
    "parallelMultiple": "false",
}
PERFORMERS = frozenset({"resourceRole", "performer", "humanPerformer", "potentialOwner"})
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "phase": frozenset(KINDS),
    "role": frozenset({"lane", "userTask"}),
    **dict.fromkeys(
        ("kind", "form", "policy", "policyAt", "votes", "returnTargets", "resubmit"), frozenset({"userTask"})
    ),
    **dict.fromkeys(("whenEmpty", "notSameAs", "batch", "signature"), frozenset({"userTask"})),
    "deadline": frozenset({"userTask", "callActivity", "timerEventDefinition"}),
    **dict.fromkeys(("collection", "opens", "opensAt", "openChildren"), frozenset({"callActivity"})),
    "activity": frozenset({"serviceTask"}),
    "decision": frozenset({"businessRuleTask"}),
}
"""Our attributes and where they may stand."""
EXTENSIONS = frozenset({"parameter", "seat"})
"""Our elements inside extensionElements."""
TIMER_TEXT = ("timeDate", "timeDuration", "timeCycle")
