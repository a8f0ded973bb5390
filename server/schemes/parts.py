"""What higher floors register with schemes: parts of a package that they read, and what diagrams may name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from server.db.work import Work
from server.engine.contract import FactCatalogue, FactType
from server.schemes.definition import SchemeDefinition
from server.schemes.findings import Finding
from server.schemes.package import Files


class SchemePart(Protocol):
    """Something in a package that another floor understands: the standard, a ledger, the processes."""

    def check(self, files: Files, scheme: SchemeDefinition) -> Sequence[Finding]:
        """Everything wrong with this part; no I/O. Called only when scheme.toml itself has no error."""

    def install(self, work: Work, version_id: UUID, files: Files, scheme: SchemeDefinition) -> None:
        """Write this part's rows for a new version, in the transaction that installs it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What diagrams may name besides what the package itself defines. None: not checked.

    facts: what the host answers. outcomes: for each task kind but `form`, the fields that
    `form.<task>.<field>` then has. results: keys that `result_of.<element>.<key>` has, by activity; `children` for
    fan-outs and calls.
    """

    task_kinds: frozenset[str] | None = None
    collections: frozenset[str] | None = None
    activities: frozenset[str] | None = None
    facts: FactCatalogue | None = None
    outcomes: Mapping[str, Mapping[str, FactType]] = field(default_factory=dict)
    results: Mapping[str, Mapping[str, FactType]] = field(default_factory=dict)


@dataclass(slots=True)
class SchemeParts:
    """All that schemes are given by higher floors. trial: before publishing, start each process once in a child."""

    parts: list[SchemePart] = field(default_factory=list)
    known: Known = field(default_factory=Known)
    trial: bool = True
