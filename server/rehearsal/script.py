"""Who behaves how: one part for each unit, with what it claims of each row, what is verified, and what is mended.

Everything here follows from the seed and is printed in the report, so that others can work out the same result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from server.assessments.sheet import NOT_APPLICABLE
from server.rehearsal.chance import Chance
from server.standards.kinds import kind_of
from server.standards.queries import Policy
from server.standards.rules import PassRule, RowScore, score_row, total, verdict
from server.standards.tree import Node, Rule, Standard


class Behaviour(StrEnum):
    """How a unit goes through the campaign."""

    PASSES = "passes"
    MENDED = "mended"
    NOT_MENDED = "not_mended"
    RETURNED = "returned"
    LATE = "late"
    WITHDRAWN = "withdrawn"
    EMPTY_POST = "empty_post"


WANTED = (
    Behaviour.PASSES,
    Behaviour.MENDED,
    Behaviour.NOT_MENDED,
    Behaviour.RETURNED,
    Behaviour.LATE,
    Behaviour.WITHDRAWN,
    Behaviour.EMPTY_POST,
)
"""Each at least once, as far as there are units; in the order in which they are given up when there are fewer."""
SCORED = (Behaviour.MENDED, Behaviour.NOT_MENDED)
"""Those that need a standard with a pass mark."""
OTHERS = (
    (60, Behaviour.PASSES),
    (70, Behaviour.LATE),
    (78, Behaviour.RETURNED),
    (86, Behaviour.MENDED),
    (92, Behaviour.NOT_MENDED),
    (96, Behaviour.EMPTY_POST),
    (100, Behaviour.WITHDRAWN),
)
"""Of all further units: up to so many percent."""

SHORT_REASONS = (
    "佐证材料不能证明该项工作已经开展",
    "现场查看与自评情况不一致",
    "缺少盖章的制度文件",
    "材料所载时间不在评价年度内",
    "台账记录不完整",
)
MORE_REASON = "现场查看已达到要求，按实际情况计分"
HONEST_NOTE = "尚未完成，如实填报"
NOT_APPLICABLE_NOTE = "本单位未设食堂，不涉及该项"
SLACK = Fraction(6)
"""How far below the mark a unit is let fall at most, in points."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the standard. Answers are those that its rule reads.

    reason: the verifier's. note: the unit's. second: what a second verification finds, for a row that is mended.
    mending: whether the unit hands anything in about it; accepted: at which try it is accepted, 0 for never.
    """

    claimed: str
    verified: str
    reason: str = ""
    note: str = ""
    second: str = ""
    mending: bool = False
    accepted: int = 0

    def is_tried(self, attempt: int) -> bool:
        """Whether the unit hands in its so-many-th try; after what was not accepted it gives up, unless told not to."""
        return self.mending and attempt <= max(self.accepted, 1)


@dataclass(frozen=True, slots=True)
class Part:
    """One unit's part.

    late_at: the element that it does after its date. stops_at: elements whose tasks nobody does. days: for single
    elements, how many days after the task has come it is done.
    """

    number: int
    behaviour: Behaviour
    rows: Mapping[str, Row] = field(default_factory=dict)
    returned_at: str = ""
    late_at: str = ""
    stops_at: frozenset[str] = frozenset()
    days: Mapping[str, int] = field(default_factory=dict)
    withdraws_after: int = 0
    """Percent of the way from the start to the last deadline after which the unit leaves; 0: it stays."""


@dataclass(frozen=True, slots=True)
class Script:
    """All parts by number. left_out: what no unit shows, and why: `units`, `unscored` or `no-return`."""

    parts: Mapping[int, Part]
    left_out: Mapping[Behaviour, str]
    chance: Chance

    @property
    def empty(self) -> frozenset[int]:
        return frozenset(part.number for part in self.parts.values() if part.behaviour is Behaviour.EMPTY_POST)


@dataclass(frozen=True, slots=True)
class Course:
    """What of a scheme the script needs: its standard, how it counts, and which tasks can be sent back or be late."""

    standard: Standard
    policy: Policy
    returned_at: str
    late_at: str

    @property
    def is_scored(self) -> bool:
        return bool(self.standard.rows) and self.policy.pass_rule is not None


def write(chance: Chance, units: int, course: Course) -> Script:
    """The script for so many units."""
    wanted, left_out = _wanted(units, course)
    numbers = chance.shuffled(range(1, units + 1), "behaviours")
    behaviours = dict(zip(numbers, wanted, strict=False))
    for number in numbers[len(wanted) :]:
        behaviours[number] = _other(chance, number, course)
    at_mark = next((number for number in sorted(behaviours) if behaviours[number] is Behaviour.PASSES), 0)
    parts = {
        number: part_for(chance, number, behaviours[number], course, at_mark=number == at_mark)
        for number in sorted(behaviours)
    }
    return Script(parts, left_out, chance)


def _wanted(units: int, course: Course) -> tuple[list[Behaviour], dict[Behaviour, str]]:
    left_out = {} if course.is_scored else dict.fromkeys(SCORED, "unscored")
    if not course.returned_at:
        left_out[Behaviour.RETURNED] = "no-return"
    possible = [behaviour for behaviour in WANTED if behaviour not in left_out]
    left_out |= dict.fromkeys(possible[units:], "units")
    return possible[:units], left_out


def _other(chance: Chance, number: int, course: Course) -> Behaviour:
    drawn = chance.below(100, number, "other")
    behaviour = next(behaviour for up_to, behaviour in OTHERS if drawn < up_to)
    impossible = (behaviour in SCORED and not course.is_scored) or (
        behaviour is Behaviour.RETURNED and not course.returned_at
    )
    return Behaviour.PASSES if impossible else behaviour


def part_for(chance: Chance, number: int, behaviour: Behaviour, course: Course, *, at_mark: bool = False) -> Part:
    """One unit's part. at_mark: it reaches exactly the pass mark, where the rows allow that."""
    rows: Mapping[str, Row] = {}
    if course.standard.rows and behaviour is not Behaviour.WITHDRAWN:
        rows = _Answers(chance, number, course).rows(behaviour, at_mark=at_mark)
    return Part(
        number=number,
        behaviour=behaviour,
        rows=rows,
        returned_at=course.returned_at if behaviour is Behaviour.RETURNED else "",
        late_at=course.late_at if behaviour is Behaviour.LATE else "",
        stops_at=frozenset({course.late_at}) if behaviour is Behaviour.WITHDRAWN else frozenset(),
        withdraws_after=chance.between(25, 45, number, "leaves") if behaviour is Behaviour.WITHDRAWN else 0,
    )


class _Answers:
    """Chooses the answers of one unit."""

    def __init__(self, chance: Chance, number: int, course: Course) -> None:
        self._chance, self._number, self._course = chance, number, course
        self._full = {row.key: kind_of(row.rule).full() for row in course.standard.rows if row.rule}

    def rows(self, behaviour: Behaviour, *, at_mark: bool) -> dict[str, Row]:
        verified = self._verified(behaviour, at_mark=at_mark)
        short = [key for key in verified if self._lost(key, verified[key])]
        mends = self._mends(behaviour, verified, short)
        return {key: self._row(key, verified[key], mends) for key in verified}

    def _verified(self, behaviour: Behaviour, *, at_mark: bool) -> dict[str, str]:
        """Answers that together lie where this behaviour wants them, as far as the rows allow."""
        answers = dict(self._full)
        if behaviour is Behaviour.PASSES and not at_mark and self._chance.happens(30, self._number, "na"):
            without = answers | {row.key: NOT_APPLICABLE for row in self._course.standard.rows if row.may_not_apply}
            answers = without if self._passes(without) else answers
        mark = self._course.policy.pass_rule
        if mark is None:
            return answers
        room = self._exact(answers) - Fraction(mark.mark)
        if behaviour in SCORED:
            deeper = Fraction(self._chance.between(0, int(SLACK) - 3, self._number, "deeper"))
            return self._lose(answers, room + deeper + Fraction(1, 100), room + SLACK)
        least = room if at_mark else Fraction(self._chance.between(0, max(int(room) - 1, 0), self._number, "loses"))
        return self._lose(answers, least, room if mark.inclusive else room - Fraction(1, 100))

    def _lose(self, answers: dict[str, str], least: Fraction, most: Fraction) -> dict[str, str]:
        """Give up rows by chance until between least and most points are gone."""
        start = self._exact(answers)
        for row in self._chance.shuffled(self._course.standard.rows, self._number, "short"):
            gone = start - self._exact(answers)
            if gone >= least:
                break
            if row.rule is None or answers[row.key] == NOT_APPLICABLE:
                continue
            for answer in self._chance.shuffled(lesser(row.rule), self._number, row.key):
                tried = answers | {row.key: answer}
                if gone < start - self._exact(tried) <= most:
                    answers = tried
                    break
        return answers

    def _mends(self, behaviour: Behaviour, verified: Mapping[str, str], short: Sequence[str]) -> dict[str, int]:
        """Row to the try at which its mending is accepted, 0 for never; rows that are let lie are left out."""
        if behaviour not in SCORED or not short:
            return {}
        order = self._chance.shuffled(short, self._number, "mends")
        if behaviour is Behaviour.MENDED:
            chosen = order if self._chance.happens(50, self._number, "all") else self._enough(verified, order)
            return {key: 2 if place == 0 else 1 for place, key in enumerate(chosen)}
        accepted: list[str] = []
        for key in order[: self._chance.between(0, 2, self._number, "few")]:
            better = dict(verified) | {each: self._full[each] for each in [*accepted, key]}
            if not self._passes(better):
                accepted.append(key)
        rest = [key for key in order if key not in accepted]
        return dict.fromkeys(accepted, 1) | ({rest[0]: 0} if rest else {})

    def _enough(self, verified: Mapping[str, str], order: Sequence[str]) -> list[str]:
        """As many rows as it takes to pass, so that some are left when the date comes."""
        chosen: list[str] = []
        for key in order:
            if self._passes(dict(verified) | {each: self._full[each] for each in chosen}):
                break
            chosen.append(key)
        return chosen

    def _row(self, key: str, verified: str, mends: Mapping[str, int]) -> Row:
        full = self._full[key]
        if verified == NOT_APPLICABLE:
            return Row(NOT_APPLICABLE, NOT_APPLICABLE, note=NOT_APPLICABLE_NOTE)
        if not self._lost(key, verified):
            return self._full_row(key, full)
        reason = self._chance.pick(SHORT_REASONS, self._number, key, "reason")
        honest = self._chance.happens(30, self._number, key, "honest")
        return Row(
            claimed=verified if honest else full,
            verified=verified,
            reason=reason,
            note=HONEST_NOTE if honest else "",
            second=full if mends.get(key) else "",
            mending=key in mends,
            accepted=mends.get(key, 0),
        )

    def _full_row(self, key: str, full: str) -> Row:
        rule = self._course.standard.by_key[key].rule
        if rule is not None and self._chance.happens(4, self._number, key, "modest"):
            return Row(self._chance.pick(lesser(rule), self._number, key, "less"), full, reason=MORE_REASON)
        return Row(full, full)

    def _scores(self, answers: Mapping[str, str]) -> list[RowScore]:
        return [_scored(row, answers[row.key]) for row in self._course.standard.rows]

    def _exact(self, answers: Mapping[str, str]) -> Fraction:
        return total(self._course.standard, self._scores(answers), self._course.policy.not_applicable).exact

    def _passes(self, answers: Mapping[str, str]) -> bool:
        rule: PassRule | None = self._course.policy.pass_rule
        result = total(self._course.standard, self._scores(answers), self._course.policy.not_applicable)
        return verdict(result, rule).passed is not False

    def _lost(self, key: str, answer: str) -> Decimal:
        score = _scored(self._course.standard.by_key[key], answer)
        return Decimal(0) if score.not_applicable else score.max_points - score.points


def _scored(row: Node, answer: str) -> RowScore:
    if answer == NOT_APPLICABLE:
        return score_row(row, None, not_applicable=True)
    return score_row(row, kind_of(row.rule).read(answer)) if row.rule else score_row(row, None)


def lesser(rule: Rule) -> list[str]:
    """Answers that give less than all points, whatever the kind of rule."""
    kind = kind_of(rule)
    if kind.choices():
        return [choice.answer for choice in kind.choices() if choice.points < rule.points]
    if rule.kind == "count":
        found = [str(number) for number in range(int(kind.full()))]
    else:
        found = ["0", f"{(rule.points / 2).quantize(Decimal('0.01')):f}"]
    return [answer for answer in found if kind.score(kind.read(answer)) < rule.points]


@dataclass(frozen=True, slots=True)
class Turn:
    """A task that somebody will do. by_unit: the participant does it, not the authority. soon: nobody waits with it."""

    number: int
    element_id: str
    attempt: int
    criterion: str
    by_unit: bool
    soon: bool
    gate: bool
    opened: date
    due: date | None


def day_of(chance: Chance, part: Part | None, turn: Turn) -> date:
    """The day on which a task is done. Units take their time until the date comes near, offices a day or three."""
    about = (turn.number, turn.element_id, turn.attempt, turn.criterion, "day")
    soonest = turn.opened + timedelta(days=1)
    if part is not None and turn.element_id in part.days:
        return turn.opened + timedelta(days=part.days[turn.element_id])
    if part is not None and part.late_at == turn.element_id and turn.due is not None:
        return max(soonest, turn.due + timedelta(days=chance.between(2, 5, *about)))
    if not turn.by_unit or turn.attempt > 1:
        wanted = turn.opened + timedelta(days=chance.between(1, 2 if turn.gate else 3, *about))
    elif turn.due is None or turn.soon:
        wanted = turn.opened + timedelta(days=chance.between(2, 8, *about))
    else:
        before = min(10, max((turn.due - soonest).days, 0))
        wanted = turn.due - timedelta(days=chance.between(0, before, *about))
    return max(soonest, min(wanted, turn.due)) if turn.due is not None else wanted
