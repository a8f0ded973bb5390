"""From the XML of one file to elements and flows, remembering everything that cannot be run."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from server.engine import xml
from server.engine.approval import read_approval
from server.engine.draft import Draft
from server.engine.shapes import Element, ElementKind, Flow, Lane
from server.engine.supported import (
    ATTRIBUTES,
    EVENTS,
    EXTENSIONS,
    ID_FORM,
    INERT,
    KINDS,
    MAX_CONDITIONS,
    MAX_FLOW_NODES,
    MODES,
    PERFORMERS,
    RESERVED_IDS,
    SCRIPTS,
    TIMER_TEXT,
)
from server.engine.xml import Node, children, local, ours


def read_process(data: bytes) -> Draft:
    """Read one BPMN file. Never raises on what the bytes hold."""
    draft = Draft()
    root, findings = xml.parse(data)
    draft.findings.extend(findings)
    if root is None:
        return draft
    if not xml.is_bpmn(root) or local(root) != "definitions":
        draft.refuse("not-bpmn", root)
        return draft
    _refuse_foreign(draft, root)
    process = _the_process(draft, root)
    if process is None:
        return draft
    draft.process_id = process.get("id") or ""
    draft.name = process.get("name") or draft.process_id
    draft.documentation = xml.text(xml.child(process, "documentation"))
    if not draft.process_id:
        draft.refuse("id-missing", process, tag="process")
    _read_lanes(draft, process)
    names = _event_names(root)
    lane_of = _lane_members(process)
    for node in children(process):
        if local(node) in KINDS:
            _read_element(draft, node, lane_of, names)
        elif local(node) not in INERT:
            _refuse_unsupported(draft, node)
    draft.in_lane = frozenset(lane_of)
    _read_flows(draft, process)
    if len(draft.elements) > MAX_FLOW_NODES:
        draft.refuse("too-many-nodes", process, count=len(draft.elements), limit=MAX_FLOW_NODES)
    return draft


def _refuse_foreign(draft: Draft, root: Node) -> None:
    warned: set[str] = set()
    for node in root.iter("*"):
        owner = next((up for up in (node, *node.iterancestors()) if up.get("id")), node)
        space = xml.namespace(node)
        if not xml.is_known_namespace(space) and local(node) in SCRIPTS:
            draft.refuse("script", owner, tag=local(node))
        elif space == xml.GG and local(node) not in EXTENSIONS:
            draft.refuse("unknown-extension", owner, tag=local(node))
        for foreign in sorted({space, *xml.attribute_namespaces(node)} - warned):
            if not xml.is_known_namespace(foreign):
                warned.add(foreign)
                draft.warn("foreign-extension", owner, namespace=foreign)
        _own_attributes(draft, node, owner)


def _own_attributes(draft: Draft, node: Node, owner: Node) -> None:
    """A misspelt or misplaced attribute of ours would be passed over in silence."""
    for name in xml.our_attributes(node):
        if name not in ATTRIBUTES:
            draft.refuse("unknown-extension", owner, tag=f"gg:{name}")
        elif local(node) not in ATTRIBUTES[name]:
            draft.refuse("misplaced-extension", owner, attribute=f"gg:{name}", tag=local(node))


def _the_process(draft: Draft, root: Node) -> Node | None:
    processes = children(root, "process")
    executable = [process for process in processes if process.get("isExecutable", "true") != "false"]
    if len(executable) != 1:
        draft.refuse("one-process", root, count=len(executable))
        return None
    collaboration = xml.child(root, "collaboration")
    if collaboration is not None:
        for pool in children(collaboration, "participant"):
            if pool.get("processRef") == executable[0].get("id"):
                draft.pools += 1
            elif pool.get("processRef") and any(p.get("id") == pool.get("processRef") for p in processes):
                draft.refuse("pool-not-black-box", pool)
    return executable[0]


def _read_lanes(draft: Draft, process: Node) -> None:
    for lane in process.iter(f"{{{xml.BPMN}}}lane"):
        lane_id = lane.get("id") or ""
        if not lane_id:
            draft.refuse("id-missing", lane, tag="lane")
            continue
        draft.lanes[lane_id] = Lane(lane_id, lane.get("name") or lane_id, ours(lane, "role"), xml.line(lane))


def _lane_members(process: Node) -> dict[str, str]:
    """Element to its innermost lane; inner lanes come later in the document and win."""
    found: dict[str, str] = {}
    for lane in process.iter(f"{{{xml.BPMN}}}lane"):
        for member in children(lane, "flowNodeRef"):
            found[xml.text(member)] = lane.get("id") or ""
    return found


def _event_names(root: Node) -> dict[str, str]:
    return {
        node.get("id") or "": node.get("name") or ""
        for tag in ("message", "signal")
        for node in children(root, tag)
        if node.get("id") and node.get("name")
    }


def _refuse_unsupported(draft: Draft, node: Node) -> None:
    if local(node) == "scriptTask":
        draft.refuse("script-task", node)
    elif local(node) in ("task", "manualTask"):
        draft.refuse("plain-task", node)
    else:
        draft.refuse("unsupported-element", node, tag=local(node))


def _read_element(draft: Draft, node: Node, lane_of: Mapping[str, str], names: Mapping[str, str]) -> None:
    element_id = node.get("id") or ""
    if not _id_is_good(draft, node, element_id):
        return
    tag = local(node)
    lane = lane_of.get(element_id)
    fan_out = _is_fan_out(draft, node)
    _refuse_modes(draft, node)
    event, event_name, deadline = _event(draft, node, names)
    kind = KINDS[tag]
    if tag in ("intermediateCatchEvent", "boundaryEvent"):
        kind = ElementKind.DEADLINE if event == "timer" else ElementKind.MESSAGE
    lane_role = draft.lanes[lane].role if lane in draft.lanes else None
    is_user = kind is ElementKind.USER
    draft.elements[element_id] = Element(
        id=element_id,
        name=node.get("name") or element_id,
        kind=kind,
        bpmn_type=tag,
        order=len(draft.elements),
        lane=lane,
        role=ours(node, "role") or lane_role,
        phase=ours(node, "phase"),
        task_kind=(ours(node, "kind") or "form") if is_user else None,
        form=ours(node, "form") if is_user else None,
        approval=read_approval(draft, node) if is_user else None,
        deadline=deadline or ours(node, "deadline"),
        return_targets=tuple((ours(node, "returnTargets") or "").split()),
        resubmit=ours(node, "resubmit") or "through-all",
        called=(node.get("calledElement") or "").strip() or None,
        is_fan_out=fan_out,
        collection=ours(node, "collection"),
        opens=(ours(node, "opens") or "all") if fan_out else None,
        opens_at=_number(draft, node),
        open_children=(ours(node, "openChildren") or "continue") if fan_out else None,
        activity=ours(node, "activity"),
        parameters=_parameters(draft, node),
        attached_to=node.get("attachedToRef"),
        interrupting=node.get("cancelActivity", "true") != "false" if tag == "boundaryEvent" else None,
        decision=ours(node, "decision"),
        documentation=xml.text(xml.child(node, "documentation")),
        event=event,
        event_name=event_name,
        line=xml.line(node),
    )


def _refuse_modes(draft: Draft, node: Node) -> None:
    """Switches of BPMN that change what an element does, and that we would otherwise pass over."""
    for attribute, usual in MODES.items():
        if node.get(attribute, usual) != usual:
            draft.refuse("unsupported-element", node, tag=f"{attribute}={node.get(attribute)}"[:60])
    for inner in node.iter(f"{{{xml.BPMN}}}script"):
        draft.refuse("script", node, tag=local(inner))
    for inner in children(node):
        if local(inner) in PERFORMERS:
            draft.warn("performer-ignored", node, tag=local(inner))


def _id_is_good(draft: Draft, node: Node, element_id: str) -> bool:
    if not element_id:
        draft.refuse("id-missing", node, tag=local(node))
        return False
    if element_id in draft.elements:
        draft.refuse("id-duplicate", node)
        return False
    if element_id in RESERVED_IDS:
        draft.refuse("id-reserved", node)
    elif not ID_FORM.match(element_id):
        draft.refuse("id-form", node)
    return True


def _is_fan_out(draft: Draft, node: Node) -> bool:
    if xml.child(node, "standardLoopCharacteristics") is not None:
        draft.refuse("standard-loop", node)
    loop = xml.child(node, "multiInstanceLoopCharacteristics")
    if loop is None:
        return False
    if local(node) != "callActivity":
        draft.refuse("multi-instance-task", node)
        return False
    if loop.get("isSequential") == "true":
        draft.refuse("sequential-fan-out", node)
    for inner in children(loop):
        if local(inner) not in ("documentation", "extensionElements"):
            draft.refuse("fan-out-expression", node, tag=local(inner))
    return True


def _number(draft: Draft, node: Node) -> int | None:
    value = ours(node, "opensAt")
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,6}", value):
        return int(value)
    draft.refuse("opens-at", node, value=value[:20])
    return None


def _parameters(draft: Draft, node: Node) -> dict[str, str]:
    extensions = xml.child(node, "extensionElements")
    found: dict[str, str] = {}
    for parameter in [] if extensions is None else extensions.iter(f"{{{xml.GG}}}parameter"):
        name = (parameter.get("name") or "").strip()
        if not name or name in found or parameter.get("value") is None:
            draft.refuse("parameter-form", node, name=name)
        else:
            found[name] = parameter.get("value") or ""
    return found


_Event = Literal["message", "signal", "timer", "terminate"] | None


def _event(draft: Draft, node: Node, names: Mapping[str, str]) -> tuple[_Event, str | None, str | None]:
    """(what it is, message or signal name, deadline key)"""
    tag = local(node)
    if tag in ("sendTask", "receiveTask"):
        return "message", _event_name(draft, node, node.get("messageRef"), names), None
    if tag not in EVENTS:
        return None, None, None
    endings = ("EventDefinition", "eventDefinitionRef")
    definitions = [inner for inner in children(node) if local(inner).endswith(endings)]
    if not definitions and "none" in EVENTS[tag]:
        return None, None, None
    what = local(definitions[0]).removesuffix("EventDefinition") if len(definitions) == 1 else "multiple"
    if not definitions or what not in EVENTS[tag]:
        draft.refuse("unsupported-event", node, tag=tag, event=what if definitions else "none")
        return None, None, None
    definition = definitions[0]
    if what == "timer":
        return "timer", None, _timer(draft, node, definition)
    if what == "message":
        return "message", _event_name(draft, node, definition.get("messageRef"), names), None
    if what == "signal":
        return "signal", _event_name(draft, node, definition.get("signalRef"), names), None
    return "terminate", None, None


def _timer(draft: Draft, node: Node, definition: Node) -> str | None:
    for inner in children(definition):
        if local(inner) in TIMER_TEXT:
            draft.refuse("timer-text", node, text=xml.text(inner)[:60])
    deadline = ours(definition, "deadline")
    if deadline is None:
        draft.refuse("deadline-missing", node)
    return deadline


def _event_name(draft: Draft, node: Node, reference: str | None, names: Mapping[str, str]) -> str | None:
    name = names.get(reference or "")
    if not name:
        draft.refuse("message-missing", node)
    return name


def _read_flows(draft: Draft, process: Node) -> None:
    nodes: Iterable[Node] = children(process, "sequenceFlow")
    defaults = {node.get("default") for node in children(process) if node.get("default")}
    seen: set[tuple[str, str]] = set()
    length = 0
    for node in nodes:
        source, target = node.get("sourceRef") or "", node.get("targetRef") or ""
        if source not in draft.elements or target not in draft.elements:
            draft.refuse("flow-loose", node)
            continue
        condition = xml.child(node, "conditionExpression")
        language = condition.get("language") if condition is not None else None
        if language and "feel" not in language.lower():
            draft.refuse("condition-language", node, language=language[:80])
        if (source, target) in seen:
            draft.refuse("flow-double", node)
        seen.add((source, target))
        text = xml.text(condition) or None if condition is not None else None
        length += len(text or "")
        if length > MAX_CONDITIONS:
            draft.refuse("feel-too-much", node, limit=MAX_CONDITIONS)
            return
        flow_id = node.get("id") or f"{source}-{target}"
        draft.flows.append(
            Flow(
                id=flow_id,
                source=source,
                target=target,
                name=node.get("name") or "",
                condition=text,
                is_default=flow_id in defaults,
                line=xml.line(node),
            )
        )
