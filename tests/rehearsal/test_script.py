"""The script alone: for any seed every behaviour is there, and the answers lie where each behaviour wants them."""

from datetime import date
from decimal import Decimal

import pytest

from server.rehearsal.chance import Chance
from server.rehearsal.script import WANTED, Behaviour, Course, Part, Turn, day_of, lesser, write
from server.schemes.definition import SecondRows, ShortRow
from server.standards.queries import Policy
from server.standards.reading import read_standard
from server.standards.rules import NotApplicable, PassRule
from server.standards.tree import Node, Rule, Standard
from tests.rehearsal import scorer

CSV = scorer.ROOT / "workflows" / "gaoping-2020" / "standard.csv"


EIGHTY = PassRule(Decimal(80), inclusive=True)


def course(standard: Standard | None, mark: PassRule | None = EIGHTY) -> Course:
    policy = Policy(mark, NotApplicable.FULL, None, ShortRow.BLOCKING, ShortRow.ADVICE, SecondRows.MENDED)
    return Course(standard or Standard([]), policy, "FilePlan", "SelfAssess")


@pytest.fixture(scope="module")
def gaoping() -> Course:
    standard = read_standard(CSV.read_bytes()).standard
    assert standard is not None
    return course(standard)


@pytest.mark.parametrize("seed", range(8))
def test_every_seed_shows_every_behaviour(gaoping: Course, seed: int) -> None:
    script = write(Chance(seed), 7, gaoping)
    assert sorted(part.behaviour for part in script.parts.values()) == sorted(WANTED)
    assert script.left_out == {}


@pytest.mark.parametrize("seed", range(8))
def test_totals_lie_where_the_behaviour_wants_them(gaoping: Course, seed: int) -> None:
    rows = scorer.standard("gaoping-2020")
    for part in write(Chance(seed), 20, gaoping).parts.values():
        answers = {
            key: {"claimed": row.claimed, "verified": row.verified, "second": row.second, "accepted": row.accepted}
            for key, row in part.rows.items()
        }
        result = scorer.result(rows, {"scripted": part.behaviour.value, "script": answers})
        below = part.behaviour in (Behaviour.MENDED, Behaviour.NOT_MENDED)
        if part.behaviour is not Behaviour.WITHDRAWN:
            assert (result["verified"] < 80) == below, part
        expected = part.behaviour not in (Behaviour.NOT_MENDED, Behaviour.WITHDRAWN)
        assert result["recognised"] == expected, part
        for key, row in part.rows.items():
            short = row.verified != "na" and scorer.points(rows[key], row.verified) < Decimal(rows[key]["points"])
            assert not short or row.reason, key


def test_fewer_units_leave_the_last_behaviours_out(gaoping: Course) -> None:
    script = write(Chance(1), 2, gaoping)
    assert {part.behaviour for part in script.parts.values()} == {Behaviour.PASSES, Behaviour.MENDED}
    assert set(script.left_out.values()) == {"units"}
    assert len(script.left_out) == 5


def test_without_a_pass_mark_nobody_falls_short(gaoping: Course) -> None:
    script = write(Chance(1), 30, course(gaoping.standard, None))
    assert script.left_out == {Behaviour.MENDED: "unscored", Behaviour.NOT_MENDED: "unscored"}
    assert not {part.behaviour for part in script.parts.values()} & set(script.left_out)


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        (Rule("fixed", Decimal(2)), ["no"]),
        (Rule("count", Decimal(5), {"each": "2"}), ["0", "1", "2"]),
        (Rule("either", Decimal(9), {"branches": "a:A|b:B"}), ["none"]),
        (Rule("manual", Decimal(3)), ["0", "1.50"]),
    ],
)
def test_less_can_be_answered_to_every_kind_of_rule(rule: Rule, answers: list[str]) -> None:
    assert lesser(rule) == answers


def test_a_standard_of_other_kinds_is_scripted_too() -> None:
    rules = [Rule("manual", Decimal(30)), Rule("count", Decimal(40), {"each": "3"}), Rule("fixed", Decimal(30))]
    nodes = [Node(str(place), None, 1, place, wording="w", rule=rule) for place, rule in enumerate(rules, start=1)]
    script = write(Chance(3), 7, course(Standard(nodes)))
    assert all(part.rows or part.behaviour is Behaviour.WITHDRAWN for part in script.parts.values())


def turn(*, by_unit: bool = True, due: date | None = date(2020, 10, 31), attempt: int = 1) -> Turn:
    return Turn(1, "SelfAssess", attempt, "", by_unit, soon=False, gate=False, opened=date(2020, 10, 1), due=due)


@pytest.mark.parametrize("seed", range(10))
def test_days_keep_to_the_date_unless_the_script_says_late(seed: int) -> None:
    chance = Chance(seed)
    usual, late = Part(1, Behaviour.PASSES), Part(1, Behaviour.LATE, late_at="SelfAssess")
    assert date(2020, 10, 2) <= day_of(chance, usual, turn()) <= date(2020, 10, 31)
    assert day_of(chance, late, turn()) > date(2020, 10, 31)
    assert day_of(chance, None, turn(by_unit=False)) <= date(2020, 10, 4)
    assert day_of(chance, usual, turn(due=None)) > date(2020, 10, 1)
    assert day_of(chance, usual, turn(due=date(2020, 10, 1))) == date(2020, 10, 2)
    assert day_of(chance, Part(1, Behaviour.PASSES, days={"SelfAssess": 7}), turn()) == date(2020, 10, 8)


def test_chance_follows_from_the_seed_and_from_what_it_is_about() -> None:
    assert Chance(1).below(1000, "a") == Chance(1).below(1000, "a")
    assert len({Chance(seed).below(10**9, "a") for seed in range(20)}) == 20
    assert sorted(Chance(1).shuffled([3, 1, 2], "x")) == [1, 2, 3]
    assert Chance(1).between(5, 2, "nothing to choose") == 5
