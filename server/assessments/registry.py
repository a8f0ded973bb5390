"""What higher floors register with assessments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from server.db.work import Work
from server.evidence.queries import EvidenceRow


@dataclass(frozen=True, slots=True)
class MendedRow:
    """A row that was mended after it fell short: what was done, and what shows it."""

    done: str
    on_paper: str
    evidence: tuple[EvidenceRow, ...]


MendedRows = Callable[[Work, UUID], Mapping[str, MendedRow]]
"""Id of the assessment that found rows short, to the rows mended since, by criterion key."""


def _nothing(_work: Work, _assessment_id: UUID) -> Mapping[str, MendedRow]:
    return {}


@dataclass(slots=True)
class AssessmentParts:
    """Assembled by the doors."""

    mended: MendedRows = _nothing
