"""Each kind of rule: what it reads, what it gives, what it refuses."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Invalid
from server.standards.kinds import KINDS, kind_of, points_of
from server.standards.tree import Rule

FIXED = Rule("fixed", Decimal(2))
COUNT = Rule("count", Decimal(5), {"each": "1", "max": "5"})
EITHER = Rule("either", Decimal(9), {"branches": "targets:完成下达指标|quota:参照能耗定额"})
MANUAL = Rule("manual", Decimal("3.50"))


def points(rule: Rule, answer: str) -> Decimal:
    kind = kind_of(rule)
    return kind.score(kind.read(answer))


@pytest.mark.parametrize(
    ("rule", "answer", "expected"),
    [
        (FIXED, "yes", "2"),
        (FIXED, "no", "0"),
        (COUNT, "0", "0"),
        (COUNT, "3", "3"),
        (COUNT, "5", "5"),
        (COUNT, "9", "5"),
        (COUNT, " ３ ", "3"),
        (Rule("count", Decimal(4), {"each": "2"}), "1", "2"),
        (Rule("count", Decimal(1), {"each": "0.3"}), "3", "0.9"),
        (Rule("count", Decimal(1), {"each": "0.3"}), "4", "1"),
        (EITHER, "targets", "9"),
        (EITHER, "quota", "9"),
        (EITHER, "none", "0"),
        (MANUAL, "1.25", "1.25"),
        (MANUAL, "３．５", "3.5"),
        (MANUAL, "0", "0"),
    ],
)
def test_an_answer_gives_the_points_of_its_rule(rule: Rule, answer: str, expected: str) -> None:
    assert points(rule, answer) == Decimal(expected)


@pytest.mark.parametrize(
    ("rule", "answer"),
    [
        (FIXED, ""),
        (FIXED, "true"),
        (COUNT, "-1"),
        (COUNT, "2.5"),
        (COUNT, "三"),
        (COUNT, "99999"),
        (EITHER, "third"),
        (EITHER, "targets|quota"),
        (MANUAL, "3.51"),
        (MANUAL, "1.005"),
        (MANUAL, "1e1"),
        (MANUAL, "NaN"),
        (MANUAL, "-0.5"),
        (MANUAL, ".5"),
        (MANUAL, "1."),
        (MANUAL, "9" * 500),
    ],
)
def test_what_is_no_answer_is_refused_with_words(rule: Rule, answer: str) -> None:
    with pytest.raises(Invalid) as refused:
        points(rule, answer)
    assert str(refused.value)


@pytest.mark.parametrize("rule", [FIXED, COUNT, EITHER, MANUAL, Rule("count", Decimal(1), {"each": "0.3"})])
def test_a_claim_keeps_its_answer_and_the_full_answer_gives_all(rule: Rule) -> None:
    kind = kind_of(rule)
    assert kind.score(kind.read(kind.full())) == rule.points
    for answer in [kind.full(), *(choice.answer for choice in kind.choices())]:
        assert kind.answer(kind.read(answer)) == answer
    for choice in kind.choices():
        assert kind.score(kind.read(choice.answer)) == choice.points


@pytest.mark.parametrize(
    "rule",
    [
        Rule("count", Decimal(5), {}),
        Rule("count", Decimal(5), {"each": "0"}),
        Rule("count", Decimal(5), {"each": "6"}),
        Rule("count", Decimal(5), {"each": "0.001"}),
        Rule("count", Decimal(5), {"each": "NaN"}),
        Rule("count", Decimal(5), {"each": "1", "max": "4"}),
        Rule("either", Decimal(9), {"branches": "only"}),
        Rule("either", Decimal(9), {"branches": "a|a"}),
        Rule("either", Decimal(9), {"branches": "a|none"}),
        Rule("fixed", Decimal(2), {"each": "1"}),
        Rule("manual", Decimal(2), {"from": "1"}),
    ],
)
def test_wrong_parameters_are_named(rule: Rule) -> None:
    assert all(str(message) for message in kind_of(rule).problems())
    assert kind_of(rule).problems()


def test_sound_parameters_pass() -> None:
    assert not any(kind_of(rule).problems() for rule in (FIXED, COUNT, EITHER, MANUAL))


def test_there_are_four_kinds() -> None:
    assert set(KINDS) == {"fixed", "count", "either", "manual"}


@given(st.integers(0, 9999), st.integers(1, 500), st.integers(1, 500))
def test_a_count_never_leaves_its_range(count: int, each: int, cap: int) -> None:
    rule = Rule("count", Decimal(cap).scaleb(-2), {"each": str(Decimal(each).scaleb(-2))})
    assert 0 <= points(rule, str(count)) <= rule.points


@given(st.integers(0, 99999999))
def test_points_are_read_exactly(hundredths: int) -> None:
    assert points_of(f"{hundredths // 100}.{hundredths % 100:02d}") == Decimal(hundredths).scaleb(-2)
