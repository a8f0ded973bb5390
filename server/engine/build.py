"""From a checked draft to SpiffWorkflow's specs, without SpiffWorkflow's parser (which passes over what it ignores)."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.engine import graph, specs
from server.engine.decisions import DecisionTable
from server.engine.draft import Draft
from server.engine.shapes import Element


@dataclass(frozen=True, slots=True)
class Built:
    """What a Definition keeps for the engine alone."""

    spec: specs.Process
    decisions: Mapping[str, DecisionTable]
    start: str


_GATEWAYS = {
    "exclusiveGateway": specs.ExclusiveGateway,
    "inclusiveGateway": specs.InclusiveGateway,
    "parallelGateway": specs.ParallelGateway,
    "eventBasedGateway": specs.EventGateway,
    "startEvent": specs.Start,
    "intermediateThrowEvent": specs.Throw,
    "sendTask": specs.Throw,
    "userTask": specs.UserTask,
    "callActivity": specs.HostActivity,
    "serviceTask": specs.HostActivity,
    "businessRuleTask": specs.Decision,
}


def build(draft: Draft, decisions: Mapping[str, DecisionTable]) -> Built:
    """Specs for a draft without errors."""
    process = specs.Process(draft.process_id)
    for element in draft.elements.values():
        place = _place(process, element)
        place.element = element
    for element in draft.elements.values():
        if element.attached_to is not None:
            host = process.task_specs[element.attached_to]
            host.boundaries = (*host.boundaries, element.id)
    for flow in draft.flows:
        source, target = process.task_specs[flow.source], process.task_specs[flow.target]
        if flow.condition and not flow.is_default:
            source.connect_outgoing_if(flow.condition, target)
        else:
            source.connect(target)
    _inclusive_joins(process, draft)
    start = next(element.id for element in draft.elements.values() if element.bpmn_type == "startEvent")
    used = {element.decision for element in draft.elements.values() if element.decision}
    return Built(process, {key: table for key, table in decisions.items() if key in used}, start)


def _place(process: specs.Process, element: Element) -> specs.Place:
    if element.bpmn_type in _GATEWAYS:
        place: specs.Place = _GATEWAYS[element.bpmn_type](process, element.id)
        return place
    event = specs.event_definition(element)
    if element.bpmn_type == "boundaryEvent":
        return specs.Boundary(process, element.id, event_definition=event, cancel_activity=element.interrupting)
    if element.bpmn_type == "endEvent":
        return specs.End(process, element.id, event_definition=event)
    return specs.Catch(process, element.id, event_definition=event)


def _inclusive_joins(process: specs.Process, draft: Draft) -> None:
    after = graph.successors(draft.elements, draft.flows)
    for join in draft.elements.values():
        sources = {flow.source for flow in draft.incoming(join.id)}
        if join.bpmn_type != "inclusiveGateway" or len(sources) < 2:
            continue
        for element_id in draft.elements:
            ahead = graph.reach(after, [element_id], not_through=join.id)
            process.reachable[f"{element_id} {join.id}"] = frozenset(ahead & sources)
