"""Pure deciders: when a task's seats have decided, and whether somebody may act on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Protocol
from uuid import UUID

from server.deadlines.rules import Lights

POST = "post:"
RESCUE_SEAT = "rescue"
"""The seat of a task for which nobody is named: the campaign office's rescue queue."""
VERDICT = "verdict"
"""The field of a form that holds the verdict."""
OPINIONS = ("reason", "opinion", "note")
"""Fields that hold the words to a verdict; the first that is filled in counts."""

FILES, SIGNATURE, SIGNED_NAME = "opinion_files", "opinion_signature", "opinion_signed_name"
"""Values of any decision that go with its words; no form has fields of these names."""
BESIDE = (FILES, SIGNATURE, SIGNED_NAME)


class Policy(StrEnum):
    """Whose verdicts a task needs: of any seat, of every seat, of some, of all one after the other, or by weight."""

    ONE = "one"
    ALL = "all"
    COUNT = "count"
    PERCENT = "percent"
    SEQUENCE = "sequence"
    WEIGHTED = "weighted"


class Votes(StrEnum):
    """What a vote against does: decide alone, count until the result is certain, or count when everybody has voted."""

    VETO = "veto"
    MAJORITY = "majority"
    COLLECT = "collect"


@dataclass(frozen=True, slots=True)
class Rule:
    """How the verdicts of several seats become one. at: the number for `count`, the percent for the other two."""

    policy: str = Policy.ONE
    at: int | None = None
    votes: str = Votes.VETO


@dataclass(frozen=True, slots=True)
class Vote:
    """A seat that still counts. verdict is None while it is open."""

    position: int
    weight: int
    verdict: str | None


ADVERSE = ("return", "reject")
"""Verdicts against, the milder first."""
CONDITIONAL = "conditional"
"""Agreement with conditions; one such vote makes the whole agreement conditional."""
PERCENT = 100


def outcome(rule: Rule, votes: Sequence[Vote]) -> str | None:
    """The task's verdict, or None while it is open. Seats that were removed are not among the votes."""
    given = [vote for vote in votes if vote.verdict is not None]
    against = [vote for vote in given if vote.verdict in ADVERSE]
    if not given:
        return None
    if rule.policy == Policy.ONE:
        return given[0].verdict
    if against and rule.votes == Votes.VETO:
        return against[0].verdict
    open_votes = [vote for vote in votes if vote.verdict is None]
    if open_votes and rule.votes == Votes.COLLECT:
        return None
    weigh = _weights if rule.policy == Policy.WEIGHTED else len
    total, pro, contra = weigh(votes), weigh(given) - weigh(against), weigh(against)
    needed = _needed(rule, total)
    if pro >= needed:
        return _agreed(given)
    return _refused(against, weigh) if total - contra < needed else None


def _weights(votes: Sequence[Vote]) -> int:
    return sum(vote.weight for vote in votes)


def _needed(rule: Rule, total: int) -> int:
    """How much must agree. A number that the seats left can no longer reach asks for all of them."""
    if rule.policy == Policy.COUNT:
        return min(rule.at or total, total)
    if rule.policy in (Policy.PERCENT, Policy.WEIGHTED):
        return max(1, -(-(rule.at or PERCENT) * total // PERCENT))
    return total if rule.votes == Votes.VETO else total // 2 + 1


def _agreed(given: Sequence[Vote]) -> str | None:
    pro = [vote.verdict for vote in given if vote.verdict not in ADVERSE]
    return CONDITIONAL if CONDITIONAL in pro else pro[-1]


def _refused(against: Sequence[Vote], weigh: Callable[[Sequence[Vote]], int]) -> str:
    """What most of those against wanted; with as many on both sides, the milder."""
    return max(ADVERSE, key=lambda verdict: weigh([vote for vote in against if vote.verdict == verdict]))


def may_act_now(policy: str, votes: Sequence[Vote], position: int) -> bool:
    """In sequence, a seat acts only after all before it; otherwise any open seat may."""
    if policy != Policy.SEQUENCE:
        return True
    return all(vote.verdict is not None for vote in votes if vote.position < position)


class Claimable(Protocol):
    """What is known of a claim: whose it is, and until when it keeps others out."""

    @property
    def claimed_by(self) -> UUID | None: ...

    @property
    def claimed_until(self) -> datetime | None: ...


def is_held(task: Claimable, now: datetime) -> bool:
    """Whether somebody has claimed a task and the claim has not lapsed."""
    return task.claimed_until is not None and task.claimed_until >= now


def held_by_other(task: Claimable, person_id: UUID | None, now: datetime) -> bool:
    return is_held(task, now) and task.claimed_by != person_id


def offered_again(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a form that was handed in before is filled with: everything but a verdict and its words, given anew."""
    if VERDICT not in values:
        return dict(values)
    return {key: value for key, value in values.items() if key not in (VERDICT, *OPINIONS, *BESIDE)}


class Light(StrEnum):
    """The colour of a deadline; always shown with words."""

    NONE = "none"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class Stage(IntEnum):
    """How far a task's date has come, each with a reminder of its own; the last goes to the unit's head as well."""

    NONE = 0
    OPENED = 1
    SOON = 2
    TODAY = 3
    OVERDUE = 4
    HEAD = 5


@dataclass(frozen=True, slots=True)
class Marks:
    """The instants that part the stages now. head_before: what was due by then has been due so long that the head is
    told. soon: each day before a date that is reminded of, the furthest first, and what is due until when has
    come to it.
    """

    now: datetime
    tonight: datetime
    lights: Lights
    head_before: datetime
    soon: tuple[tuple[int, datetime], ...]


def stage(due_at: datetime | None, marks: Marks) -> Stage:
    """The latest stage that a date has come to. On days nobody works nothing becomes overdue."""
    if due_at is None:
        return Stage.OPENED
    if due_at < marks.lights.red_before:
        return Stage.HEAD if due_at <= marks.head_before else Stage.OVERDUE
    if marks.now <= due_at <= marks.tonight:
        return Stage.TODAY
    return Stage.SOON if step(due_at, marks) is not None else Stage.OPENED


def step(due_at: datetime | None, marks: Marks) -> int | None:
    """Of the days before that are reminded of, the last that a date has come to."""
    return min((days for days, until in marks.soon if due_at is not None and due_at <= until), default=None)


def light(due_at: datetime | None, lights: Lights) -> Light:
    """Red after the deadline, yellow within three working days before it."""
    if due_at is None:
        return Light.NONE
    if due_at < lights.red_before:
        return Light.RED
    return Light.YELLOW if due_at <= lights.yellow_until else Light.GREEN
