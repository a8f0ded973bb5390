"""Which rows become findings, by total and scheme."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.findings.models import FindingKind
from server.findings.rules import which_rows_fall_short
from server.schemes.definition import SecondRows, ShortRow
from server.standards.queries import Policy
from server.standards.rules import NotApplicable, RowScore


def policy(below: ShortRow = ShortRow.BLOCKING, above: ShortRow = ShortRow.ADVICE) -> Policy:
    return Policy(None, NotApplicable.ZERO, None, below, above, SecondRows.MENDED)


ROWS = [
    RowScore("a", Decimal(2), Decimal(2)),
    RowScore("b", Decimal("1.99"), Decimal(2)),
    RowScore("c", Decimal(0), Decimal(2), not_applicable=True),
    RowScore("d", Decimal(0), Decimal(3)),
]


@pytest.mark.parametrize(
    ("passed", "given_policy", "kind"),
    [
        (False, policy(), FindingKind.BLOCKING),
        (True, policy(), FindingKind.ADVICE),
        (None, policy(), FindingKind.BLOCKING),
        (True, policy(above=ShortRow.BLOCKING), FindingKind.BLOCKING),
        (False, policy(below=ShortRow.ADVICE), FindingKind.ADVICE),
    ],
)
def test_short_rows_are_treated_as_the_scheme_says(
    passed: bool | None, given_policy: Policy, kind: FindingKind
) -> None:
    found = which_rows_fall_short(ROWS, passed, given_policy)
    assert [(each.row.key, each.kind) for each in found] == [("b", kind), ("d", kind)]


def test_a_scheme_may_want_none() -> None:
    assert which_rows_fall_short(ROWS, True, policy(above=ShortRow.NONE)) == []


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 300), st.booleans())), st.sampled_from([True, False, None])
)
def test_exactly_the_short_rows_that_apply(points: list[tuple[int, int, bool]], passed: bool | None) -> None:
    rows = [
        RowScore(str(place), min(Decimal(got), Decimal(most)), Decimal(most), not_applicable=left_out)
        for place, (got, most, left_out) in enumerate(points)
    ]
    found = [each.row for each in which_rows_fall_short(rows, passed, policy())]
    assert found == [row for row in rows if not row.not_applicable and row.points < row.max_points]
