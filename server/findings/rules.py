"""Pure decider: which rows of an assessment become findings."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.findings.models import FindingKind
from server.schemes.definition import ShortRow
from server.standards.queries import Policy
from server.standards.rules import RowScore


@dataclass(frozen=True, slots=True)
class Short:
    """A row that fell short, and what becomes of it."""

    row: RowScore
    kind: FindingKind


def which_rows_fall_short(rows: Iterable[RowScore], passed: bool | None, policy: Policy) -> list[Short]:
    """Rows with less than full points, in the order given, as the scheme treats them.

    A result that no rule decides (passed None) is treated as one that did not pass. Rows that do not apply never fall
    short.
    """
    treated = policy.at_or_above_pass if passed else policy.below_pass
    if treated is ShortRow.NONE:
        return []
    kind = FindingKind.BLOCKING if treated is ShortRow.BLOCKING else FindingKind.ADVICE
    return [Short(row, kind) for row in rows if row.is_short]
