"""Pure deciders: when a task's seats have decided, and whether somebody may act on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

SOON = timedelta(days=3)
VERDICT = "verdict"
"""The field of a form that holds the verdict."""
OPINIONS = ("reason", "opinion", "note")
"""Fields that hold the words to a verdict; the first that is filled in counts."""


class Policy(StrEnum):
    """How the verdicts of several seats become one. `one` and `all` are offered to schemes today."""

    ONE = "one"
    ALL = "all"
    COUNT = "count"
    PERCENT = "percent"
    SEQUENCE = "sequence"
    WEIGHTED = "weighted"


@dataclass(frozen=True, slots=True)
class Vote:
    """A seat that still counts. verdict is None while it is open."""

    position: int
    weight: int
    verdict: str | None


ADVERSE = frozenset({"return", "reject"})
"""Verdicts that decide alone: one seat that sends back sends back for all."""


def outcome(policy: str, votes: Sequence[Vote], *, at: int | None = None) -> str | None:
    """The task's verdict, or None while seats are still to decide.

    at: how many (count) or what percent (percent, weighted) must agree. An adverse verdict of any seat decides at once.
    """
    given = [vote for vote in votes if vote.verdict is not None]
    adverse = next((vote.verdict for vote in given if vote.verdict in ADVERSE), None)
    if adverse is not None:
        return adverse
    if not given:
        return None
    agreed = given[-1].verdict
    if policy == Policy.ONE:
        return agreed
    if policy in (Policy.ALL, Policy.SEQUENCE):
        return agreed if len(given) == len(votes) else None
    if policy == Policy.COUNT:
        return agreed if len(given) >= (at or len(votes)) else None
    weight_of = (lambda vote: vote.weight) if policy == Policy.WEIGHTED else (lambda _vote: 1)
    share = Fraction(sum(map(weight_of, given)), sum(map(weight_of, votes)))
    return agreed if share * 100 >= (at or 100) else None


def may_act_now(policy: str, votes: Sequence[Vote], position: int) -> bool:
    """In sequence, a seat acts only after all before it; otherwise any open seat may."""
    if policy != Policy.SEQUENCE:
        return True
    return all(vote.verdict is not None for vote in votes if vote.position < position)


def offered_again(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a form that was handed in before is filled with: everything but a verdict and its words, given anew."""
    if VERDICT not in values:
        return dict(values)
    return {key: value for key, value in values.items() if key != VERDICT and key not in OPINIONS}


class Light(StrEnum):
    """The colour of a deadline; always shown with words."""

    NONE = "none"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


def light(due_at: datetime | None, now: datetime) -> Light:
    """Red after the deadline, yellow within three days before it."""
    if due_at is None:
        return Light.NONE
    if now > due_at:
        return Light.RED
    return Light.YELLOW if due_at - now <= SOON else Light.GREEN
