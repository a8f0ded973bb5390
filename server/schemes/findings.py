"""What is wrong with a package: one finding each, all of them at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from server.engine import words
from server.engine.contract import Finding as EngineFinding
from server.i18n import Message

SHOWN = 200
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in one file of a package.

    file: path within the package, empty for the package itself. element: id of a diagram element, or the path of a
    value (`deadline.plan.rule`). row: row id of a table. line: line in the file, from 1. said, remedy: the words, where
    they are not our own `scheme-finding-<rule>` and `scheme-finding-<rule>-cure`, which are given `params`, `file` and
    `element`.
    """

    file: str
    rule: str
    severity: Severity = "error"
    element: str | None = None
    row: str | None = None
    line: int | None = None
    params: Mapping[str, str | int] = field(default_factory=dict)
    said: Message | None = None
    remedy: Message | None = None

    @property
    def message(self) -> Message:
        """What is wrong."""
        return self.said or Message(f"scheme-finding-{self.rule}", self._values())

    @property
    def cure(self) -> Message | None:
        """What to do about it; None where the message says so itself."""
        if self.said is not None:
            return self.remedy
        return Message(f"scheme-finding-{self.rule}-cure", self._values())

    @property
    def place(self) -> str:
        """File, line, row or element, in no language."""
        line = f":{self.line}" if self.line else ""
        inner = shown(self.row or self.element or "")
        return f"{shown(self.file)}{line}" + (f" [{inner}]" if inner else "")

    def _values(self) -> dict[str, str | int]:
        values = {"file": self.file, "element": self.row or self.element or "", **self.params}
        return {name: shown(value) if isinstance(value, str) else value for name, value in values.items()}


def shown(text: str) -> str:
    """A text from a package as a message may hold it: names in a hostile file can be of any length."""
    kept = "".join(sign if sign.isprintable() else " " for sign in text[:SHOWN])
    return kept if len(text) <= SHOWN else f"{kept}…"


def from_engine(file: str, findings: Iterable[EngineFinding]) -> list[Finding]:
    """Findings of the engine about one diagram, in the engine's words."""
    return [
        Finding(
            file,
            finding.rule,
            finding.severity,
            element=finding.element_id,
            line=finding.line,
            said=words.what(finding),
            remedy=words.cure(finding),
        )
        for finding in findings
    ]


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Those that stand in the way of publishing."""
    return [finding for finding in findings if finding.severity == "error"]
