"""Scores, totals, verdicts: pure and exact. Points are Decimal, ratios are Fraction; a float never appears."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from server.errors import Invalid
from server.i18n import Message
from server.standards.kinds import Claim, kind_of
from server.standards.tree import Node, Standard

HUNDREDTH = Decimal("0.01")
ZERO = Decimal("0.00")


class NotApplicable(StrEnum):
    """What a row that does not apply (不涉及) counts: full, nothing, or it is taken out and the rest re-scaled."""

    FULL = "full"
    ZERO = "zero"
    RESCALE = "rescale"


class Outcome(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class RowScore:
    """One row's points as its rule gives them; zero while nothing is claimed, and for a row that does not apply."""

    key: str
    points: Decimal
    max_points: Decimal
    not_applicable: bool = False

    @property
    def is_short(self) -> bool:
        return not self.not_applicable and self.points < self.max_points


@dataclass(frozen=True, slots=True)
class NodeTotal:
    """Sums below one node: points counted, and the most its applying rows may give."""

    points: Decimal
    max_points: Decimal


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over a standard. exact decides; points shows it with two places, cut off, so that 79.996 never reads 80.00.

    by_node: sums below each inner node, before any re-scaling. decidable: False when no row applies at all.
    """

    points: Decimal
    exact: Fraction
    max_points: Decimal
    by_node: Mapping[str, NodeTotal]
    decidable: bool = True


@dataclass(frozen=True, slots=True)
class PassRule:
    """The pass mark. inclusive: whether the mark itself passes (含)."""

    mark: Decimal
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """passed is None when no rule decides: then a person does. shortfall: points lacking to the mark, two places."""

    passed: bool | None
    mark: Decimal | None
    inclusive: bool
    shortfall: Decimal

    @property
    def outcome(self) -> Outcome:
        if self.passed is None:
            return Outcome.UNDECIDED
        return Outcome.MET if self.passed else Outcome.NOT_MET


@dataclass(frozen=True, slots=True)
class SumDifference:
    """A stated sum that its rows do not add up to; reported, never repaired. key is empty for the grand total."""

    key: str
    title: str
    stated: Decimal
    computed: Decimal


def score_row(row: Node, claim: Claim | None, *, not_applicable: bool = False) -> RowScore:
    """Score one row. claim None: nothing is claimed. Raises Invalid when the row may not be marked as not applying."""
    if row.rule is None:
        raise ValueError(f"{row.key} is no scored row")
    if not_applicable:
        if not row.may_not_apply:
            raise Invalid(Message("standards-must-apply"))
        return RowScore(row.key, ZERO, row.rule.points, not_applicable=True)
    points = ZERO if claim is None else kind_of(row.rule).score(claim)
    return RowScore(row.key, points, row.rule.points)


def counted(row: RowScore, policy: NotApplicable) -> Decimal:
    """What a row adds to the total before re-scaling."""
    if not row.not_applicable:
        return row.points
    return row.max_points if policy is NotApplicable.FULL else ZERO


def total(standard: Standard, rows: Iterable[RowScore], policy: NotApplicable) -> Total:
    """Add up rows of a standard; rows that are left out count nothing, and their maximum still counts."""
    scores = {row.key: row for row in rows}
    sums: dict[str, list[Decimal]] = {node.key: [ZERO, ZERO] for node in standard.nodes if node.rule is None}
    points = applying = ZERO
    for row in standard.rows:
        score = scores.get(row.key) or score_row(row, None)
        own = counted(score, policy)
        most = ZERO if score.not_applicable and policy is NotApplicable.RESCALE else score.max_points
        points, applying = points + own, applying + most
        for key in standard.within(row.key):
            sums[key][0] += own
            sums[key][1] += most
    exact, decidable = Fraction(points), True
    if policy is NotApplicable.RESCALE and applying != standard.max_points:
        decidable = applying > 0
        exact = Fraction(points) * Fraction(standard.max_points) / Fraction(applying) if decidable else Fraction(0)
    by_node = {key: NodeTotal(*pair) for key, pair in sums.items()}
    return Total(cut(exact), exact, standard.max_points, by_node, decidable)


def cut(exact: Fraction) -> Decimal:
    """Two places, the rest cut off."""
    return (Decimal(exact.numerator * 100 // exact.denominator) * HUNDREDTH).quantize(HUNDREDTH)


def verdict(result: Total, rule: PassRule | None) -> Verdict:
    """Judge a total by the pass mark, on the exact value."""
    if rule is None:
        return Verdict(None, None, inclusive=True, shortfall=ZERO)
    mark = Fraction(rule.mark)
    lacking = max(mark - result.exact, Fraction(0))
    shortfall = (-cut(-lacking)).quantize(HUNDREDTH) if lacking else ZERO
    if not result.decidable:
        return Verdict(None, rule.mark, rule.inclusive, shortfall)
    passed = result.exact >= mark if rule.inclusive else result.exact > mark
    return Verdict(passed, rule.mark, rule.inclusive, shortfall)


def check_sums(standard: Standard, stated_total: Decimal | None = None) -> Sequence[SumDifference]:
    """Stated sums at every level, and of all, that their rows do not add up to; in the order of the tree."""
    everything = total(standard, [], NotApplicable.ZERO)
    found = [
        SumDifference(node.key, node.title, node.points, everything.by_node[node.key].max_points)
        for node in standard.nodes
        if node.rule is None and node.points is not None and node.points != everything.by_node[node.key].max_points
    ]
    if stated_total is not None and stated_total != standard.max_points:
        found.append(SumDifference("", "", stated_total, standard.max_points))
    return found
