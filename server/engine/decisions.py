"""DMN decision tables: one or more per file, FEEL in every cell, hit policies UNIQUE, FIRST and COLLECT."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.engine import feel, xml
from server.engine.draft import finding
from server.engine.errors import ExpressionFailed
from server.engine.shapes import JSON, Finding
from server.engine.supported import RESERVED_IDS
from server.engine.xml import Node, local

DMN_FAMILY = "https://www.omg.org/spec/DMN/"
POLICIES = ("UNIQUE", "FIRST", "COLLECT")
MAX_ROWS = 500
MAX_TEXT = 150_000  # characters of all tables together; parsing them costs processor time


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """outputs: their names in order; they become `decision.<element>.<output>`."""

    decision_id: str
    name: str
    policy: str
    outputs: tuple[str, ...]
    table: feel.Table
    facts: tuple[str, ...]
    reads_clock: bool
    line: int | None = None

    def result(self, hits: Sequence[feel.Hit], element_id: str) -> dict[str, JSON]:
        """The outputs of the rows that hit; COLLECT gives lists, no hit gives null."""
        if self.policy == "UNIQUE" and len(hits) > 1:
            rows = ", ".join(str(hit.row) for hit in hits)
            raise ExpressionFailed(element_id, self.decision_id, "decision-not-unique", rows=rows)
        if self.policy == "COLLECT":
            return {name: [hit.values[at] for hit in hits] for at, name in enumerate(self.outputs)}
        return {name: hits[0].values[at] if hits else None for at, name in enumerate(self.outputs)}


def read_decisions(files: Mapping[str, bytes]) -> tuple[dict[str, DecisionTable], list[Finding]]:
    """Every decision table of these DMN files by decision id, and what is wrong with them."""
    tables: dict[str, DecisionTable] = {}
    findings: list[Finding] = []
    length = 0
    for name in sorted(files):
        root, refused = xml.parse(files[name])
        findings.extend(_in_file(entry, name) for entry in refused)
        if root is None:
            continue
        if not xml.namespace(root).startswith(DMN_FAMILY):
            findings.append(finding("not-dmn", "error", root, file=name))
            continue
        for decision in _children(root, "decision"):
            length += len(xml.text(decision))
            if length > MAX_TEXT:
                findings.append(finding("feel-too-much", "error", decision, limit=MAX_TEXT))
                return tables, findings
            table = _read(decision, findings)
            if table is not None and table.decision_id in tables:
                findings.append(finding("decision-duplicate", "error", decision))
            elif table is not None:
                tables[table.decision_id] = table
    return tables, findings


def _in_file(entry: Finding, name: str) -> Finding:
    return Finding(entry.rule, entry.severity, entry.element_id, name, entry.line, entry.params)


def _children(node: Node, name: str) -> list[Node]:
    return [child for child in node if local(child) == name and xml.namespace(child).startswith(DMN_FAMILY)]


def _text(node: Node) -> str:
    texts = _children(node, "text")
    return xml.text(texts[0]) if texts else ""


def _read(decision: Node, findings: list[Finding]) -> DecisionTable | None:
    decision_id = decision.get("id") or ""
    tables = _children(decision, "decisionTable")
    if not decision_id or len(tables) != 1:
        findings.append(finding("decision-not-table", "error", decision))
        return None
    table = tables[0]
    _refuse_features(decision, table, findings)
    policy = (table.get("hitPolicy") or "UNIQUE").upper()
    if policy not in POLICIES or table.get("aggregation"):
        asked = f"{policy} {table.get('aggregation') or ''}".strip()
        findings.append(finding("decision-policy", "error", decision, policy=asked))
        return None
    inputs = [_text(e) for i in _children(table, "input") for e in _children(i, "inputExpression")]
    outputs = [output.get("name") or "" for output in _children(table, "output")]
    rules = _children(table, "rule")
    if not _shape_is_good(decision, table, inputs, outputs, rules, findings):
        return None
    rows = tuple(
        (
            tuple(_text(cell) for cell in _children(rule, "inputEntry")),
            tuple(_text(cell) for cell in _children(rule, "outputEntry")),
        )
        for rule in rules
    )
    facts, reads_clock = _inspect(decision, inputs, rows, findings)
    name = decision.get("name") or decision_id
    built = feel.Table(tuple(inputs), rows, policy == "FIRST")
    if len(built.dump()) > feel.MAX_TABLE:
        findings.append(finding("decision-too-large", "error", decision, limit=feel.MAX_TABLE))
        return None
    return DecisionTable(decision_id, name, policy, tuple(outputs), built, facts, reads_clock, xml.line(decision))


def _refuse_features(decision: Node, table: Node, findings: list[Finding]) -> None:
    """Parts of DMN that would change the answer, and that we would otherwise pass over."""
    used = [local(n) for n in decision.iter("*") if local(n) in ("requiredDecision", "knowledgeRequirement")]
    used += [local(n) for n in table.iter("*") if local(n) == "defaultOutputEntry"]
    languages = [str(n.get("expressionLanguage")) for n in decision.iter("*") if n.get("expressionLanguage")]
    used += [language for language in languages if "feel" not in language.lower()]
    findings.extend(finding("decision-feature", "error", decision, feature=name[:80]) for name in dict.fromkeys(used))


def _shape_is_good(
    decision: Node, table: Node, inputs: list[str], outputs: list[str], rules: list[Node], findings: list[Finding]
) -> bool:
    before = len(findings)
    if not inputs or len(inputs) != len(_children(table, "input")) or not all(inputs):
        findings.append(finding("decision-inputs", "error", decision))
    if not outputs or len(set(outputs)) != len(outputs) or not all(map(_is_name, outputs)):
        findings.append(finding("decision-outputs", "error", decision))
    if not rules or len(rules) > MAX_ROWS:
        findings.append(finding("decision-rows", "error", decision, count=len(rules), limit=MAX_ROWS))
    for row, rule in enumerate(rules, 1):
        cells = len(_children(rule, "inputEntry")), len(_children(rule, "outputEntry"))
        if cells != (len(inputs), len(outputs)):
            findings.append(finding("decision-row-shape", "error", decision, row=row))
    return len(findings) == before


def _is_name(output: str) -> bool:
    return output.isidentifier() and output not in RESERVED_IDS


def _inspect(
    decision: Node,
    inputs: list[str],
    rows: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...],
    findings: list[Finding],
) -> tuple[tuple[str, ...], bool]:
    facts: set[str] = set()
    reads_clock = False
    sources = [("value", source, 0) for source in inputs]
    for row, (when, then) in enumerate(rows, 1):
        sources.extend(("cell", cell, row) for cell in when if cell not in ("", "-"))
        sources.extend(("value", cell, row) for cell in then if cell)
    for kind, source, row in sources:
        inspection = feel.inspect(kind, source)
        facts.update(inspection.facts)
        reads_clock = reads_clock or inspection.reads_clock
        findings.extend(
            feel_finding(entry, finding("feel", "error", decision), source, row)
            for entry in inspection.findings
            if entry["rule"] not in ("feel-points", "feel-unknown-fact")
        )
    return tuple(sorted(facts)), reads_clock


def feel_finding(entry: Mapping[str, object], where: Finding, source: str, row: int = 0) -> Finding:
    """A finding of the expression reader, placed at the element whose expression it is."""
    params: dict[str, str | int] = {"expression": source[:200], "row": row}
    params.update({k: v for k, v in entry.items() if k not in ("rule", "from", "to") and isinstance(v, str | int)})
    return Finding(str(entry["rule"]), "error", where.element_id, where.element_name, where.line, params)
