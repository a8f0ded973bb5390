"""A standard in memory: nodes of one to three levels, in the notice's order. Pure values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Rule:
    """How a row is scored. points: its maximum. values: parameters as the scheme writes them (`{"each": "1"}`)."""

    kind: str
    points: Decimal
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree; a row when it has a rule. See `server.standards.models.Criterion` for each field."""

    key: str
    parent_key: str | None
    level: int
    position: int
    title: str = ""
    wording: str = ""
    points: Decimal | None = None
    rule: Rule | None = None
    may_not_apply: bool = False
    core: bool = False
    evidence_asked: str = ""
    evidence_source: str = ""
    lead_role: str | None = None
    lead_unit: str = ""
    assisting_units: tuple[str, ...] = ()
    source: str = ""
    source_line: int | None = None

    @property
    def max_points(self) -> Decimal:
        """A row's maximum; zero for a node that only groups."""
        return self.rule.points if self.rule else Decimal(0)


class Standard:
    """A tree of nodes. nodes: parents before their children, in order. rows: the scored leaves, in order."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = tuple(sorted(nodes, key=lambda node: node.position))
        self.by_key = {node.key: node for node in self.nodes}
        self.rows = tuple(node for node in self.nodes if node.rule is not None)
        if len(self.by_key) != len(self.nodes):
            raise ValueError("two nodes of a standard have the same key")

    def within(self, key: str) -> tuple[str, ...]:
        """Keys of the nodes above one node, from the top."""
        above: list[str] = []
        parent = self.by_key[key].parent_key
        while parent is not None:
            above.append(parent)
            parent = self.by_key[parent].parent_key
        return tuple(reversed(above))

    def children(self, key: str | None) -> tuple[Node, ...]:
        """The nodes right below one node; of None, those at the top."""
        return tuple(node for node in self.nodes if node.parent_key == key)

    @property
    def max_points(self) -> Decimal:
        """What all rows together may give."""
        return sum((row.max_points for row in self.rows), Decimal(0))
