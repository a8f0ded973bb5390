"""Totals and verdicts, with results worked out by hand."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Invalid
from server.standards.rules import (
    NotApplicable,
    Outcome,
    PassRule,
    RowScore,
    Total,
    check_sums,
    cut,
    score_row,
    total,
    verdict,
)
from server.standards.tree import Node, Rule, Standard

EIGHTY = PassRule(Decimal(80), inclusive=True)
ABOVE_EIGHTY = PassRule(Decimal(80), inclusive=False)


def row(key: str, parent: str | None, position: int, points: str, *, may_not_apply: bool = False) -> Node:
    rule = Rule("manual", Decimal(points))
    level = key.count(".") + 1
    return Node(key, parent, level, position, wording=key, points=rule.points, rule=rule, may_not_apply=may_not_apply)


STANDARD = Standard(
    [
        Node("1", None, 1, 1, "甲", points=Decimal(60)),
        Node("1.1", "1", 2, 2, "甲一", points=Decimal(40)),
        row("1.1.1", "1.1", 3, "25"),
        row("1.1.2", "1.1", 4, "15", may_not_apply=True),
        Node("1.2", "1", 2, 5, "甲二", points=Decimal(20)),
        row("1.2.1", "1.2", 6, "20"),
        Node("2", None, 1, 7, "乙", points=Decimal(40)),
        row("2.1", "2", 8, "40", may_not_apply=True),
    ]
)


def scored(**points: str) -> list[RowScore]:
    found = []
    for node in STANDARD.rows:
        answer = points.get("r" + node.key.replace(".", ""), "0")
        claim = None if answer == "na" else {"points": answer}
        found.append(score_row(node, claim, not_applicable=answer == "na"))
    return found


def test_sums_at_every_level() -> None:
    result = total(STANDARD, scored(r111="25", r112="7.5", r121="18.25", r21="39"), NotApplicable.ZERO)
    assert result.points == Decimal("89.75")
    assert result.exact == Fraction(359, 4)
    assert {key: node.points for key, node in result.by_node.items()} == {
        "1": Decimal("50.75"),
        "1.1": Decimal("32.5"),
        "1.2": Decimal("18.25"),
        "2": Decimal(39),
    }
    assert {key: node.max_points for key, node in result.by_node.items()} == {
        "1": Decimal(60),
        "1.1": Decimal(40),
        "1.2": Decimal(20),
        "2": Decimal(40),
    }
    assert result.max_points == Decimal(100)


@pytest.mark.parametrize(
    ("policy", "exact", "shown"),
    [
        (NotApplicable.FULL, Fraction(60), "60.00"),
        (NotApplicable.ZERO, Fraction(45), "45.00"),
        (NotApplicable.RESCALE, Fraction(45 * 100, 85), "52.94"),
    ],
)
def test_a_row_that_does_not_apply(policy: NotApplicable, exact: Fraction, shown: str) -> None:
    result = total(STANDARD, scored(r111="25", r112="na", r121="20"), policy)
    assert result.exact == exact
    assert result.points == Decimal(shown)


def test_rescaling_takes_the_row_out_of_its_node() -> None:
    result = total(STANDARD, scored(r111="25", r112="na"), NotApplicable.RESCALE)
    assert result.by_node["1.1"].max_points == Decimal(25)
    assert result.by_node["1.1"].points == Decimal(25)


def test_a_rescaled_total_just_below_the_mark_neither_passes_nor_reads_as_the_mark() -> None:
    result = total(STANDARD, scored(r111="24.99", r112="na", r121="20", r21="23"), NotApplicable.RESCALE)
    assert result.exact == Fraction(6799, 85)
    assert result.points == Decimal("79.98")
    close = Total(cut(Fraction(79996, 1000)), Fraction(79996, 1000), Decimal(100), {})
    assert close.points == Decimal("79.99")
    judged = verdict(close, EIGHTY)
    assert judged.passed is False
    assert judged.shortfall == Decimal("0.01")


@pytest.mark.parametrize(
    ("points", "inclusive", "exclusive", "shortfall"),
    [
        ("79.99", False, False, "0.01"),
        ("80.00", True, False, "0"),
        ("80.01", True, True, "0"),
        ("0", False, False, "80"),
    ],
)
def test_at_the_pass_mark(points: str, inclusive: bool, exclusive: bool, shortfall: str) -> None:
    result = Total(Decimal(points), Fraction(points), Decimal(100), {})
    assert verdict(result, EIGHTY).passed is inclusive
    assert verdict(result, ABOVE_EIGHTY).passed is exclusive
    assert verdict(result, EIGHTY).shortfall == Decimal(shortfall)
    assert verdict(result, EIGHTY).outcome == (Outcome.MET if inclusive else Outcome.NOT_MET)


def test_without_a_pass_mark_a_person_decides() -> None:
    result = total(STANDARD, scored(r111="25"), NotApplicable.ZERO)
    assert verdict(result, None).passed is None
    assert verdict(result, None).outcome is Outcome.UNDECIDED


def test_when_no_row_applies_a_person_decides() -> None:
    only = Standard([row("1", None, 1, "10", may_not_apply=True)])
    result = total(only, [score_row(only.rows[0], None, not_applicable=True)], NotApplicable.RESCALE)
    assert not result.decidable
    assert verdict(result, EIGHTY).outcome is Outcome.UNDECIDED


def test_a_row_that_must_apply_cannot_be_left_out() -> None:
    with pytest.raises(Invalid):
        score_row(STANDARD.by_key["1.1.1"], None, not_applicable=True)


def test_a_node_is_no_row() -> None:
    with pytest.raises(ValueError, match="no scored row"):
        score_row(STANDARD.by_key["1.1"], None)


def test_a_row_that_does_not_apply_is_not_short() -> None:
    assert not score_row(STANDARD.by_key["1.1.2"], None, not_applicable=True).is_short
    assert score_row(STANDARD.by_key["1.1.2"], {"points": "14.99"}).is_short
    assert not score_row(STANDARD.by_key["1.1.2"], {"points": "15"}).is_short


def test_sums_that_hold_are_not_reported() -> None:
    assert check_sums(STANDARD, Decimal(100)) == []


def test_sums_that_differ_are_reported_and_kept() -> None:
    wrong = Standard(
        [
            Node("1", None, 1, 1, "甲", points=Decimal(35)),
            row("1.1", "1", 2, "37"),
            Node("2", None, 1, 3, "乙"),
            row("2.1", "2", 4, "60"),
        ]
    )
    found = check_sums(wrong, Decimal(100))
    assert [(item.key, item.stated, item.computed) for item in found] == [
        ("1", Decimal(35), Decimal(37)),
        ("", Decimal(100), Decimal(97)),
    ]
    assert wrong.by_key["1"].points == Decimal(35)


def test_keys_are_unique() -> None:
    with pytest.raises(ValueError, match="same key"):
        Standard([row("1", None, 1, "1"), row("1", None, 2, "1")])


answers = st.fixed_dictionaries(
    {node.key: st.integers(0, int(node.max_points * 100)) for node in STANDARD.rows},
    optional={},
)


@given(
    answers,
    st.sets(st.sampled_from([node.key for node in STANDARD.rows if node.may_not_apply])),
    st.sampled_from(NotApplicable),
    st.randoms(use_true_random=False),
)
def test_order_and_batching_never_change_a_total(given_points, left_out, policy, random) -> None:  # type: ignore[no-untyped-def]
    rows = [
        score_row(
            node,
            None if node.key in left_out else {"points": str(Decimal(given_points[node.key]).scaleb(-2))},
            not_applicable=node.key in left_out,
        )
        for node in STANDARD.rows
    ]
    shuffled = list(rows)
    random.shuffle(shuffled)
    first, second = total(STANDARD, rows, policy), total(STANDARD, iter(shuffled), policy)
    assert first == second
    assert 0 <= first.exact <= first.max_points
    assert 0 <= first.points <= first.exact < first.points + Decimal("0.01")
    if policy is not NotApplicable.RESCALE:
        batches = [total(STANDARD, rows[start : start + 2], policy).exact for start in range(0, len(rows), 2)]
        assert sum(batches, Fraction(0)) == first.exact
        assert first.exact == sum(Fraction(first.by_node[key].points) for key in ("1", "2"))


@given(st.integers(0, 10000), st.integers(0, 10000))
def test_a_verdict_is_the_plain_comparison(points: int, mark: int) -> None:
    result = Total(Decimal(points).scaleb(-2), Fraction(points, 100), Decimal(100), {})
    for inclusive in (True, False):
        judged = verdict(result, PassRule(Decimal(mark).scaleb(-2), inclusive))
        assert judged.passed is (points >= mark if inclusive else points > mark)
        assert judged.shortfall == max(Decimal(mark - points), Decimal(0)).scaleb(-2)
