"""Everything that is wrong with a file, at once, before it is published.

`structure.py` says what could not run; here stands what could run and still be of no use to an authority: nobody to
do it, no phase to show it in, a gate that can only say yes, a word that nobody defined.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from server.engine import feel, graph
from server.engine.approval import check_approval
from server.engine.decisions import DecisionTable, feel_finding, read_decisions
from server.engine.draft import Draft, finding
from server.engine.read import read_process
from server.engine.resubmit_checks import check_resubmit
from server.engine.shapes import Definition, Element, ElementKind, FactCatalogue, Finding, Flow, Vocabulary
from server.engine.soundness import check_soundness
from server.engine.structure import LINT_ONLY_RULES, check_structure
from server.engine.token import OWN_FACTS

OWN_FACT_KINDS: Mapping[str, tuple[ElementKind, ...]] = {
    "form": (ElementKind.USER,),
    "decision": (ElementKind.DECISION,),
    "result_of": (ElementKind.ACTIVITY, ElementKind.CHILDREN),
    "message": (ElementKind.MESSAGE,),
}
_NO_DECISIONS: Mapping[str, bytes] = {}


def lint_process(
    bpmn: bytes,
    decisions: Mapping[str, bytes] = _NO_DECISIONS,
    catalogue: FactCatalogue | None = None,
    vocabulary: Vocabulary | None = None,
) -> tuple[Finding, ...]:
    """All findings in the order of the file, errors first on each line. Never raises on what the bytes hold.

    catalogue: facts that the host can answer; without it unknown facts are not reported. vocabulary: what the
    diagram may refer to; a part left as None is not checked.
    """
    draft = read_process(bpmn)
    tables, findings = read_decisions(decisions)
    check_structure(draft, tables)
    if draft.elements:
        if not any(entry.severity == "error" for entry in draft.findings):
            check_soundness(draft)
        _pools_and_lanes(draft)
        for element in draft.elements.values():
            _user_task(draft, element)
        _return_targets(draft)
        check_resubmit(draft)
        _approvals(draft, vocabulary)
        _expressions(draft, tables, catalogue)
        if vocabulary is not None:
            _references(draft, vocabulary)
    found = {_key(entry): entry for entry in [*draft.findings, *findings]}
    return tuple(sorted(found.values(), key=lambda e: (e.line or 0, e.severity, e.rule, e.element_id or "")))


def _key(entry: Finding) -> tuple[str, str | None, str]:
    return entry.rule, entry.element_id, str(sorted(entry.params.items()))


def call_cycles(definitions: Iterable[Definition]) -> tuple[Finding, ...]:
    """Processes that call each other in a circle; each would start instances for ever."""
    calls = {definition.process_id: definition.calls for definition in definitions}
    after = {name: sorted(called for called in calls[name] if called in calls) for name in sorted(calls)}
    findings: list[Finding] = []
    reported: set[str] = set()
    for name, targets in after.items():
        circle = {other for other in graph.reach(after, targets) if name in graph.reach(after, after[other])}
        if name in circle and name not in reported:
            reported |= circle
            path = " → ".join(sorted(circle))
            findings.append(Finding("call-cycle", "error", name, name, None, {"path": path}))
    return tuple(findings)


def _pools_and_lanes(draft: Draft) -> None:
    if draft.pools != 1:
        draft.refuse("one-pool", None, count=draft.pools)
    if not draft.lanes:
        draft.refuse("lanes-missing")
        return
    inhabited = {element.lane for element in draft.elements.values() if element.lane}
    for lane in draft.lanes.values():
        if lane.id in inhabited and not lane.role:
            draft.findings.append(Finding("lane-role", "error", lane.id, lane.name, lane.line))
    for element in draft.elements.values():
        if element.lane is None and element.attached_to is None:
            draft.warn("not-in-lane", element)


def _user_task(draft: Draft, element: Element) -> None:
    if element.kind is not ElementKind.USER:
        return
    if not element.role:
        draft.refuse("task-role", element)
    if not element.phase:
        draft.refuse("task-phase", element)
    if element.name == element.id:
        draft.warn("task-name", element)
    if element.task_kind == "gate" and not element.return_targets and not _leads_to_choice(draft, element):
        draft.refuse("gate-no-reject", element)
    if element.task_kind == "gate" and _interrupted_by_deadline(draft, element):
        draft.refuse("gate-deadline", element)


def _interrupted_by_deadline(draft: Draft, element: Element) -> bool:
    """Whether time alone could carry the instance past this task."""
    return any(
        other.attached_to == element.id and other.kind is ElementKind.DEADLINE and other.interrupting
        for other in draft.elements.values()
    )


def _leads_to_choice(draft: Draft, element: Element) -> bool:
    """Whether a choice follows before anybody else has to act."""
    engine_only: dict[str, list[str]] = {name: [] for name in draft.elements}
    for flow in draft.flows:
        passes = draft.elements[flow.target].kind in (ElementKind.GATEWAY, ElementKind.DECISION)
        if passes:
            engine_only[flow.source].append(flow.target)
    ahead = graph.reach(engine_only, [element.id])
    return any(
        draft.elements[name].bpmn_type in ("exclusiveGateway", "inclusiveGateway") and len(draft.outgoing(name)) > 1
        for name in ahead
    )


def _return_targets(draft: Draft) -> None:
    after = graph.successors(draft.elements, draft.flows)
    for element in draft.elements.values():
        for target in element.return_targets:
            known = draft.elements.get(target)
            if known is None or known.kind is not ElementKind.USER:
                continue
            if target == element.id or element.id not in graph.reach(after, [target]):
                draft.refuse("return-target-later", element, target=known.name)


def _approvals(draft: Draft, vocabulary: Vocabulary | None) -> None:
    after = graph.successors(draft.elements, draft.flows)
    tasks = [element for element in draft.elements.values() if element.kind is ElementKind.USER]
    ahead = {task.id: graph.reach(after, [task.id]) for task in tasks}
    roles = vocabulary.roles if vocabulary is not None else None
    for task in tasks:
        earlier = frozenset(other.id for other in tasks if other is not task and task.id in ahead[other.id])
        check_approval(draft, task, earlier, roles)


def _expressions(draft: Draft, tables: Mapping[str, DecisionTable], catalogue: FactCatalogue | None) -> None:
    types = {name: fact.kind.value for name, fact in catalogue.names.items()} if catalogue is not None else None
    for flow in draft.flows:
        if flow.condition:
            _expression(draft, "condition", flow.condition, flow, tables, types)
    for element in draft.elements.values():
        table = tables.get(element.decision or "")
        if table is None:
            continue
        for source in table.table.inputs:
            _expression(draft, "value", source, element, tables, types)
        for when, then in table.table.rows:
            for kind, cells in (("cell", when), ("value", then)):
                for cell in cells:
                    if cell not in ("", "-"):
                        _expression(draft, kind, cell, element, tables, types)


def _expression(
    draft: Draft,
    kind: str,
    source: str,
    place: Element | Flow,
    tables: Mapping[str, DecisionTable],
    types: Mapping[str, str] | None,
) -> None:
    where = finding("feel", "error", place)
    inspection = feel.inspect(kind, source, types)
    for entry in inspection.findings:
        if entry["rule"] in LINT_ONLY_RULES:
            report = feel_finding(entry, where, source)
            if report.rule == "feel-unknown-fact":
                report = _unknown_fact(where, source, str(entry["fact"]), sorted(types or ()))
            draft.findings.append(report)
        elif entry["rule"] == "feel-not-boolean":
            draft.findings.append(feel_finding(entry, where, source))
    for name in inspection.facts:
        known = _known_facts(draft, tables, name, types)
        if known is not None and name not in known:
            draft.findings.append(_unknown_fact(where, source, name, sorted(known)))


def _known_facts(
    draft: Draft, tables: Mapping[str, DecisionTable], name: str, types: Mapping[str, str] | None
) -> set[str] | None:
    """Names that would do in place of this one; None when it cannot be judged."""
    first, _, rest = name.partition(".")
    declared = set(types or ())
    if first not in OWN_FACTS:
        return declared if types is not None else None
    if first == "start":
        return None
    owners = {e.id: e for e in draft.elements.values() if e.kind in OWN_FACT_KINDS[first]}
    owner_id = rest.partition(".")[0]
    if owner_id not in owners:
        return {f"{first}.{owner}" for owner in owners}
    if first == "decision":
        table = tables.get(owners[owner_id].decision or "")
        return {f"decision.{owner_id}.{output}" for output in table.outputs} if table is not None else None
    fields = {fact for fact in declared if fact.startswith(f"{first}.{owner_id}.")}
    return fields or None


def _unknown_fact(where: Finding, source: str, name: str, known: list[str]) -> Finding:
    close = get_close_matches(name, known, 1, 0.6)
    params: dict[str, str | int] = {"fact": name, "suggestion": close[0] if close else "none"}
    params["expression"] = source[:200]
    return Finding("feel-unknown-fact", "error", where.element_id, where.element_name, where.line, params)


def _references(draft: Draft, vocabulary: Vocabulary) -> None:
    for element in draft.elements.values():
        for rule, value, known in (
            ("unknown-task-kind", element.task_kind, vocabulary.task_kinds),
            ("unknown-role", element.role, vocabulary.roles),
            ("unknown-form", element.form, vocabulary.forms),
            ("unknown-deadline", element.deadline, vocabulary.deadlines),
            ("unknown-phase", element.phase, vocabulary.phases),
            ("unknown-collection", element.collection, vocabulary.collections),
            ("unknown-activity", element.activity, vocabulary.activities),
            ("unknown-process", element.called, vocabulary.processes),
            ("unknown-decision", element.decision, vocabulary.decisions),
        ):
            if value is not None and known is not None and value not in known:
                close = get_close_matches(value, sorted(known), 1, 0.6)
                draft.refuse(rule, element, value=value, suggestion=close[0] if close else "none")
