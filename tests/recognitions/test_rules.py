"""Shares, the card's sentence and its hash."""

from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.i18n import LANGUAGES
from server.recognitions.queries import target_of
from server.recognitions.rules import (
    SENTENCE_AT_MOST,
    CardRow,
    GateCard,
    Numbers,
    Rate,
    Standing,
    lacking,
    rate,
    sentence,
)
from server.schemes.package import read_folder
from server.schemes.scheme_toml import parse_scheme
from tests.assessments.support import SHIPPED


def row(number: int, standing: Standing, name: str = "") -> CardRow:
    has = standing in (Standing.PASSED, Standing.SHORT)
    return CardRow(
        number=number,
        participant_id=UUID(int=number),
        unit_id=UUID(int=1000 + number),
        unit_name=name or f"示例单位{number}",
        standing=standing,
        self_total="100",
        total="90" if has else "",
        lacking="",
        findings_open=0,
        reason="",
        assessment_id=UUID(int=2000 + number) if has else None,
        seal="ab" if has else "",
    )


def card(*rows: CardRow, aim: str | None = "25") -> GateCard:
    return GateCard(UUID(int=1), "创建", 2026, "节约型机关", Decimal(aim) if aim else None, rows)


@pytest.mark.parametrize(
    ("named", "scope", "percent", "aim", "reached"),
    [
        (3, 12, "25.00", "25", True),
        (2, 8, "25.00", "25", True),
        (1, 3, "33.33", "33.33", True),
        (2, 3, "66.66", "66.67", False),
        (2499, 10000, "24.99", "25", False),
        (24999, 100000, "24.99", "25", False),
        (0, 5, "0.00", "0", True),
        (5, 5, "100.00", "100", True),
    ],
)
def test_a_share_is_exact_against_its_target(named: int, scope: int, percent: str, aim: str, reached: bool) -> None:
    share = rate(named, scope)
    assert share.share == Fraction(named, scope)
    assert share.percent == Decimal(percent)
    assert share.reaches(Decimal(aim)) is reached


def test_nobody_in_scope_has_no_share() -> None:
    assert rate(0, 0) == Rate(0, 0)
    assert rate(0, 0).percent is None
    assert not rate(0, 0).reaches(Decimal(0))


@pytest.mark.parametrize(("named", "scope"), [(2, 1), (-1, 1), (0, -1)])
def test_shares_that_cannot_be_are_refused(named: int, scope: int) -> None:
    with pytest.raises(ValueError, match="of"):
        rate(named, scope)


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_a_shown_percent_never_claims_more_than_was_reached(named: int, scope: int) -> None:
    named = min(named, scope)
    share = rate(named, scope)
    assert share.percent is not None
    assert Fraction(share.percent) <= Fraction(named, scope) * 100 < Fraction(share.percent) + Fraction(1, 100)


def test_the_sentence_says_who_passes_and_what_yes_and_no_do() -> None:
    shown = card(row(1, Standing.PASSED), row(2, Standing.SHORT), row(3, Standing.WITHDRAWN))
    asked, en = (
        "请审定认定名单。同意：认定 1 家；退回：交办公室重新汇总。",
        "Yes: 1 recognised. No: back to the office.",
    )
    assert sentence(shown, "zh-CN") == f"已达目标 25%（1/2 家），未达标 1 家。{asked}"
    assert sentence(shown, "en") == f"Target 25% met (1 of 2), 1 fall short. You decide the list. {en}"
    more = replace(shown, aim=Decimal(75))
    assert sentence(more, "zh-CN") == f"未达目标 75%（1/2 家），还差 1 家。{asked}"
    assert sentence(more, "en") == f"Target 75% not met (1 of 2), 1 too few. You decide the list. {en}"
    free = replace(shown, aim=None)
    assert sentence(free, "zh-CN") == f"参评 2 家，达标 1 家，未达标 1 家。{asked}"
    assert sentence(free, "en") == f"Of 2, 1 pass and 1 fall short. You decide the list. {en}"


@given(st.integers(0, 300), st.integers(0, 300), st.decimals(0, 100, places=2))
def test_as_many_more_as_are_lacking_reach_the_target_and_one_fewer_does_not(
    named: int, others: int, aim: Decimal
) -> None:
    share = rate(named, named + others)
    more = lacking(share, aim)
    if not share.in_scope:
        assert more == 0
        return
    assert rate(named + more, share.in_scope).reaches(aim)
    assert more == 0 or not rate(named + more - 1, share.in_scope).reaches(aim)
    assert lacking(share, None) == 0


def test_numbers_are_kept_with_a_decision_and_read_again() -> None:
    numbers = Numbers.of(card(row(1, Standing.PASSED), row(2, Standing.SHORT), row(3, Standing.NO_RESULT)))
    assert numbers == Numbers(passed=1, short=1, waiting=1, findings=0)
    assert Numbers.kept(asdict(numbers)) == numbers
    assert [Numbers.kept(odd) for odd in (None, {}, "x", {"passed": 1}, {**asdict(numbers), "short": "1"})] == [
        None
    ] * 5


def test_the_sentence_names_those_who_hold_it_up() -> None:
    shown = card(
        row(1, Standing.PASSED), row(2, Standing.NO_RESULT, "市档案局"), row(3, Standing.NOT_HANDED_IN, "市妇联")
    )
    assert "，2 家尚无结论（市档案局、市妇联）。" in sentence(shown, "zh-CN")
    assert "; 2 without a result (市档案局, 市妇联)." in sentence(shown, "en")


@given(
    st.lists(st.tuples(st.sampled_from(Standing), st.integers(1, 200)), max_size=40),
    st.sampled_from(LANGUAGES),
    st.one_of(st.none(), st.decimals(0, 100, places=2)),
)
def test_the_sentence_is_never_longer_than_a_phone_shows(
    members: list[tuple[Standing, int]], language: str, aim: Decimal | None
) -> None:
    rows = [row(number, standing, "名" * length) for number, (standing, length) in enumerate(members, start=1)]
    said = sentence(replace(card(*rows), aim=aim), language)
    assert 0 < len(said) <= SENTENCE_AT_MOST
    assert said.endswith(("退回：交办公室重新汇总。", "No: back to the office.")), "what yes and no do is never cut off"


def test_a_yes_counts_exempt_units_and_leaves_withdrawn_ones_out() -> None:
    shown = card(row(1, Standing.PASSED), row(2, Standing.EXEMPT), row(3, Standing.WITHDRAWN), row(4, Standing.SHORT))
    assert (shown.rate.recognised, shown.rate.in_scope) == (2, 3)


@pytest.mark.parametrize(
    "change",
    [
        {"total": "89"},
        {"standing": Standing.SHORT},
        {"seal": "cd"},
        {"unit_name": "别名"},
        {"findings_open": 1},
        {"reason": "x"},
        {"self_total": "1"},
        {"lacking": "1"},
        {"number": 7},
    ],
)
def test_the_hash_sees_everything_that_is_shown(change: dict[str, object]) -> None:
    first = row(1, Standing.PASSED)
    assert card(first).hash != card(replace(first, **change)).hash  # type: ignore[arg-type]


def test_the_hash_is_the_same_for_the_same_card() -> None:
    assert card(row(1, Standing.PASSED)).hash == card(row(1, Standing.PASSED)).hash
    assert card(row(1, Standing.PASSED)).hash != card(row(1, Standing.PASSED), aim="50").hash
    assert card(row(1, Standing.PASSED)).hash != card(row(1, Standing.PASSED), aim=None).hash
    assert len(card().hash) == 64


@pytest.mark.parametrize(("year", "aim"), [(2020, "25"), (2021, "50"), (2022, "70"), (2023, None)])
def test_the_target_is_that_of_the_year(year: int, aim: str | None) -> None:
    scheme = parse_scheme(read_folder(SHIPPED).files).definition
    assert scheme is not None
    found = target_of(scheme, year)
    assert (found[1] if found else None) == (Decimal(aim) if aim else None)
    if found:
        assert found[0] == date(year, 12, 31)
