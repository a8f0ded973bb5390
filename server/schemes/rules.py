"""Is this package fit to be published? Everything that is wrong with it, at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.errors import Invalid
from server.i18n import Message
from server.schemes.definition import SchemeDefinition
from server.schemes.diagrams import check_diagrams, try_diagrams
from server.schemes.findings import Finding, errors_of
from server.schemes.package import Files
from server.schemes.parts import SchemeParts
from server.schemes.references import check_references
from server.schemes.scheme_toml import parse_scheme
from server.schemes.words import check_words

FINDINGS_AT_MOST = 500


class SchemeRejected(Invalid):
    """A package that may not be installed, with all that is wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(Message("scheme-rejected", {"count": len(errors_of(self.findings))}))


@dataclass(frozen=True, slots=True)
class Checked:
    """definition: None when there are errors that leave nothing to go by."""

    definition: SchemeDefinition | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(errors_of(self.findings))

    @property
    def is_fit(self) -> bool:
        return self.definition is not None and not self.errors


def check_package(files: Files, parts: SchemeParts, refused: Iterable[Finding] = ()) -> Checked:
    """Check everything. refused: what was found while the package was read.

    Later checks rest on earlier ones, yet each goes as far as it can. The trial starts only when nothing else is wrong.
    """
    findings = list(refused)
    parsed = parse_scheme(files)
    findings += parsed.findings
    findings += check_words(files)
    scheme = parsed.definition
    if scheme is None:
        return Checked(None, _shown(findings))
    findings += check_references(files, scheme)
    findings += check_diagrams(files, scheme, parts.known)
    if not errors_of(parsed.findings):
        for part in parts.parts:
            findings += part.check(files, scheme)
    if parts.trial and not errors_of(findings):
        findings += try_diagrams(files, scheme, parts.known)
    return Checked(scheme, _shown(findings))


def _shown(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then by file and line; at most so many that a page can show."""
    rows = sorted(
        findings, key=lambda finding: (finding.severity, finding.file, finding.line or 0, finding.element or "")
    )
    return tuple(rows[:FINDINGS_AT_MOST])
