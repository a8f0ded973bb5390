"""One process while it is being read: what was found so far, and the reasons why it may not run."""

from dataclasses import dataclass, field
from typing import Literal

from server.engine import xml
from server.engine.shapes import Element, Finding, Flow, Lane
from server.engine.xml import Node


@dataclass(slots=True)
class Draft:
    """One process as read; `findings` are the reasons why it may not run."""

    process_id: str = ""
    name: str = ""
    documentation: str = ""
    elements: dict[str, Element] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    lanes: dict[str, Lane] = field(default_factory=dict)
    pools: int = 0
    in_lane: frozenset[str] = frozenset()
    findings: list[Finding] = field(default_factory=list)

    def refuse(self, rule: str, node: Node | Element | Flow | None = None, **params: str | int) -> None:
        """Remember an error about an element, a flow or a piece of XML."""
        self.findings.append(finding(rule, "error", node, **params))

    def warn(self, rule: str, node: Node | Element | Flow | None = None, **params: str | int) -> None:
        """Remember a warning."""
        self.findings.append(finding(rule, "warning", node, **params))

    def outgoing(self, element_id: str) -> list[Flow]:
        """Flows that leave an element."""
        return [flow for flow in self.flows if flow.source == element_id]

    def incoming(self, element_id: str) -> list[Flow]:
        """Flows that reach an element."""
        return [flow for flow in self.flows if flow.target == element_id]


def finding(
    rule: str,
    severity: Literal["error", "warning"],
    about: Node | Element | Flow | None = None,
    **params: str | int,
) -> Finding:
    """A finding that points at an element, a flow or a piece of XML."""
    if about is None:
        return Finding(rule, severity, params=params)
    if isinstance(about, Element | Flow):
        return Finding(rule, severity, about.id, about.name or about.id, about.line, params)
    return Finding(rule, severity, about.get("id"), about.get("name") or about.get("id"), xml.line(about), params)
