"""What keeps a diagram from running: each rule stands for something that would stop, stall or do the wrong thing."""

from collections.abc import Mapping

from server.engine import feel, graph
from server.engine.decisions import DecisionTable, feel_finding
from server.engine.draft import Draft, finding
from server.engine.shapes import Element, ElementKind

CHOOSING = ("exclusiveGateway", "inclusiveGateway")
WAITING = frozenset(
    {ElementKind.USER, ElementKind.CHILDREN, ElementKind.ACTIVITY, ElementKind.DEADLINE, ElementKind.MESSAGE}
)
LINT_ONLY_RULES = frozenset({"feel-points", "feel-unknown-fact", "feel-type-mismatch"})


def check_structure(draft: Draft, decisions: Mapping[str, DecisionTable]) -> None:
    """Add findings to the draft."""
    if not draft.elements:
        if not draft.findings:
            draft.refuse("one-start", None, count=0)
        return
    _starts_and_ends(draft)
    for element in draft.elements.values():
        _flows_of(draft, element)
        _gateway(draft, element)
        _boundary(draft, element)
        _attributes(draft, element, decisions)
    _conditions(draft)
    _paths(draft)


def _starts_and_ends(draft: Draft) -> None:
    starts = [element for element in draft.elements.values() if element.kind is ElementKind.START]
    if len(starts) != 1:
        draft.refuse("one-start", starts[1] if len(starts) > 1 else None, count=len(starts))
    if not any(element.kind is ElementKind.END for element in draft.elements.values()):
        draft.refuse("no-end")


def _flows_of(draft: Draft, element: Element) -> None:
    outgoing, incoming = draft.outgoing(element.id), draft.incoming(element.id)
    if element.kind is ElementKind.END:
        if outgoing:
            draft.refuse("flow-direction", element)
        return
    if incoming and (element.kind is ElementKind.START or element.attached_to):
        draft.refuse("flow-direction", element)
    if not outgoing:
        draft.refuse("dead-end", element)
    if len(outgoing) > 1 and element.kind is not ElementKind.GATEWAY:
        draft.refuse("implicit-split", element, count=len(outgoing))


def _gateway(draft: Draft, element: Element) -> None:
    outgoing = draft.outgoing(element.id)
    if element.bpmn_type in CHOOSING and (len(outgoing) > 1 or any(flow.condition for flow in outgoing)):
        defaults = [flow for flow in outgoing if flow.is_default]
        if len(defaults) != 1:
            draft.refuse("missing-default", element)
        for flow in outgoing:
            if not flow.is_default and not flow.condition:
                draft.refuse("missing-condition", flow, gateway=element.name)
            elif flow.is_default and flow.condition:
                draft.warn("default-condition", flow, gateway=element.name)
    if element.bpmn_type == "eventBasedGateway":
        for flow in outgoing:
            target = draft.elements[flow.target]
            catches = target.bpmn_type in ("intermediateCatchEvent", "receiveTask")
            if not catches or len(draft.incoming(target.id)) != 1:
                draft.refuse("event-gateway-target", element, target=target.name)
    if element.kind is ElementKind.GATEWAY and len(outgoing) < 2 and len(draft.incoming(element.id)) < 2:
        draft.warn("idle-gateway", element)


def _boundary(draft: Draft, element: Element) -> None:
    if element.bpmn_type != "boundaryEvent":
        return
    host = draft.elements.get(element.attached_to or "")
    if host is None or host.kind not in (ElementKind.USER, ElementKind.CHILDREN, ElementKind.ACTIVITY):
        draft.refuse("boundary-host", element)


def _attributes(draft: Draft, element: Element, decisions: Mapping[str, DecisionTable]) -> None:
    if element.bpmn_type == "callActivity" and not element.called:
        draft.refuse("call-target", element)
    if element.is_fan_out:
        _fan_out(draft, element)
    if element.bpmn_type == "serviceTask" and not element.activity:
        draft.refuse("activity-missing", element)
    if element.bpmn_type == "businessRuleTask":
        if not element.decision:
            draft.refuse("decision-missing", element)
        elif element.decision not in decisions:
            draft.refuse("decision-unknown", element, decision=element.decision)
    for target_id in element.return_targets:
        target = draft.elements.get(target_id)
        if element.kind is not ElementKind.USER or target is None or target.kind is not ElementKind.USER:
            draft.refuse("return-target", element, target=target_id)


def _fan_out(draft: Draft, element: Element) -> None:
    if not element.collection:
        draft.refuse("collection-missing", element)
    if element.opens not in ("all", "count", "percent", "deadline"):
        draft.refuse("opens", element, value=element.opens or "")
    if element.opens in ("count", "percent"):
        limit = 100 if element.opens == "percent" else 999_999
        if element.opens_at is None or not 1 <= element.opens_at <= limit:
            draft.refuse("opens-at", element, value=str(element.opens_at or ""))
    if element.opens == "deadline" and not element.deadline:
        draft.refuse("deadline-missing", element)
    if element.open_children not in ("continue", "cancel", "carry_over"):
        draft.refuse("open-children", element, value=element.open_children or "")


def _conditions(draft: Draft) -> None:
    for flow in draft.flows:
        if not flow.condition:
            continue
        source = draft.elements[flow.source]
        if source.bpmn_type not in CHOOSING:
            draft.refuse("condition-misplaced", flow, source=source.name)
            continue
        for entry in feel.inspect("condition", flow.condition).findings:
            if entry["rule"] not in LINT_ONLY_RULES:
                draft.findings.append(feel_finding(entry, finding("feel", "error", flow), flow.condition))


def _paths(draft: Draft) -> None:
    after = graph.successors(draft.elements, draft.flows)
    starts = [e.id for e in draft.elements.values() if e.kind is ElementKind.START]
    ends = [e.id for e in draft.elements.values() if e.kind is ElementKind.END]
    reached = graph.reach(after, starts)
    ending = graph.reach(graph.reversed_graph(after), ends)
    for element in draft.elements.values():
        if starts and element.id not in reached:
            draft.refuse("unreachable", element)
        elif ends and element.id not in ending and draft.outgoing(element.id):
            draft.refuse("no-way-to-end", element)
    for element in draft.elements.values():
        if element.kind not in WAITING and _circles_without_waiting(draft, after, element):
            draft.refuse("busy-loop", element)
            break


def _circles_without_waiting(draft: Draft, after: Mapping[str, list[str]], element: Element) -> bool:
    engine_only = {
        name: [t for t in targets if draft.elements[t].kind not in WAITING]
        for name, targets in after.items()
        if draft.elements[name].kind not in WAITING
    }
    return element.id in graph.reach(engine_only, engine_only[element.id])
