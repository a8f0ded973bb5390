"""Kinds of scoring rules. A further kind is one more entry; tables and pages stay as they are.

A kind turns an answer (what somebody picks or types for a row) into a claim (plain JSON, kept with the score), and a
claim into points. Answers are words so that forms, files and the API share them.
"""

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Protocol

from server.errors import Invalid
from server.i18n import Message
from server.standards.tree import Rule

Claim = Mapping[str, Any]
COUNT_AT_MOST = 9999
PLACES = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to pick. label: words, or a message; points: what it gives."""

    answer: str
    label: str | Message
    points: Decimal


class RuleKind(Protocol):
    """One row's rule, read by its kind."""

    def problems(self) -> Sequence[Message]:
        """What is wrong with the parameters a scheme gives."""

    def words(self) -> Message:
        """How points are given, in words."""

    def choices(self) -> Sequence[Choice]:
        """The answers there are; empty when the answer is typed."""

    def full(self) -> str:
        """An answer that gives all points."""

    def read(self, answer: str) -> Claim:
        """The claim an answer makes; raises Invalid for an answer that is none."""

    def answer(self, claim: Claim) -> str:
        """The answer that made this claim."""

    def score(self, claim: Claim) -> Decimal:
        """Points of a claim that `read` has made, within 0 and the rule's maximum."""


def plain_number(typed: str) -> str:
    """Digits as people type them (full-width, spaces around) as ASCII."""
    return unicodedata.normalize("NFKC", typed).strip()


def shown(points: Decimal) -> str:
    """Points without needless zeros: `2`, `79.5`, `0.25`."""
    text = f"{points:.2f}"
    return text.rstrip("0").rstrip(".")


def points_of(typed: str) -> Decimal:
    """Points as typed, exact; raises Invalid unless a plain decimal with at most two places, not below zero."""
    text = plain_number(typed)
    whole, _, places = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= PLACES * 3):
        raise Invalid(Message("standards-points-wanted"))
    if "." in text and not (places.isascii() and places.isdigit() and len(places) <= PLACES):
        raise Invalid(Message("standards-points-wanted"))
    return Decimal(text)


@dataclass(frozen=True, slots=True)
class Fixed:
    """All or nothing."""

    rule: Rule

    def problems(self) -> Sequence[Message]:
        return _unknown(self.rule, frozenset())

    def words(self) -> Message:
        return Message("standards-rule-fixed", {"points": shown(self.rule.points)})

    def choices(self) -> Sequence[Choice]:
        return (
            Choice("yes", Message("standards-answer-yes"), self.rule.points),
            Choice("no", Message("standards-answer-no"), Decimal(0)),
        )

    def full(self) -> str:
        return "yes"

    def read(self, answer: str) -> Claim:
        if answer not in ("yes", "no"):
            raise Invalid(Message("standards-answer-unknown"))
        return {"holds": answer == "yes"}

    def answer(self, claim: Claim) -> str:
        return "yes" if claim["holds"] else "no"

    def score(self, claim: Claim) -> Decimal:
        return self.rule.points if claim["holds"] else Decimal(0)


@dataclass(frozen=True, slots=True)
class Count:
    """So much for each, up to a cap. Parameters: each, and max, which repeats the row's points."""

    rule: Rule

    def problems(self) -> Sequence[Message]:
        found = list(_unknown(self.rule, frozenset({"each", "max"})))
        each = _decimal(self.rule, "each")
        if each is None or each <= 0 or each > self.rule.points:
            found.append(Message("standards-rule-each", {"value": self.rule.values.get("each", "")}))
        if "max" in self.rule.values and _decimal(self.rule, "max") != self.rule.points:
            found.append(Message("standards-rule-cap", {"value": self.rule.values["max"], "points": self.rule.points}))
        return found

    def words(self) -> Message:
        return Message(
            "standards-rule-count",
            {"each": shown(Decimal(self.rule.values["each"])), "points": shown(self.rule.points)},
        )

    def choices(self) -> Sequence[Choice]:
        return ()

    def full(self) -> str:
        return str(math.ceil(Fraction(self.rule.points) / Fraction(self.rule.values["each"])))

    def read(self, answer: str) -> Claim:
        text = plain_number(answer)
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(COUNT_AT_MOST))):
            raise Invalid(Message("standards-count-wanted", {"limit": COUNT_AT_MOST}))
        return {"count": int(text)}

    def answer(self, claim: Claim) -> str:
        return str(claim["count"])

    def score(self, claim: Claim) -> Decimal:
        return min(Decimal(self.rule.values["each"]) * int(claim["count"]), self.rule.points)


@dataclass(frozen=True, slots=True)
class Either:
    """Full points when one of the named branches holds. Parameter: branches, as `key:words|key:words`."""

    rule: Rule

    def problems(self) -> Sequence[Message]:
        found = list(_unknown(self.rule, frozenset({"branches"})))
        keys = [key for key, _ in _branches(self.rule)]
        if len(keys) < 2 or len(set(keys)) != len(keys) or not all(key.isidentifier() for key in keys):
            found.append(Message("standards-rule-branches", {"value": self.rule.values.get("branches", "")}))
        if {"none", "na"} & set(keys):
            found.append(Message("standards-rule-branches", {"value": self.rule.values["branches"]}))
        return found

    def words(self) -> Message:
        return Message("standards-rule-either", {"points": shown(self.rule.points)})

    def choices(self) -> Sequence[Choice]:
        held = tuple(Choice(key, words, self.rule.points) for key, words in _branches(self.rule))
        return (*held, Choice("none", Message("standards-answer-none"), Decimal(0)))

    def full(self) -> str:
        return _branches(self.rule)[0][0]

    def read(self, answer: str) -> Claim:
        if answer != "none" and answer not in {key for key, _ in _branches(self.rule)}:
            raise Invalid(Message("standards-answer-unknown"))
        return {"branch": None if answer == "none" else answer}

    def answer(self, claim: Claim) -> str:
        return "none" if claim["branch"] is None else str(claim["branch"])

    def score(self, claim: Claim) -> Decimal:
        return Decimal(0) if claim["branch"] is None else self.rule.points


@dataclass(frozen=True, slots=True)
class Manual:
    """Points set by hand, from zero to the row's points."""

    rule: Rule

    def problems(self) -> Sequence[Message]:
        return _unknown(self.rule, frozenset())

    def words(self) -> Message:
        return Message("standards-rule-manual", {"points": shown(self.rule.points)})

    def choices(self) -> Sequence[Choice]:
        return ()

    def full(self) -> str:
        return f"{self.rule.points:f}"

    def read(self, answer: str) -> Claim:
        points = points_of(answer)
        if points > self.rule.points:
            raise Invalid(Message("standards-points-too-many", {"limit": shown(self.rule.points)}))
        return {"points": f"{points:f}"}

    def answer(self, claim: Claim) -> str:
        return str(claim["points"])

    def score(self, claim: Claim) -> Decimal:
        return Decimal(claim["points"])


KINDS: Mapping[str, Callable[[Rule], RuleKind]] = {
    "fixed": Fixed,
    "count": Count,
    "either": Either,
    "manual": Manual,
}
"""Every kind by the name schemes use."""


def kind_of(rule: Rule) -> RuleKind:
    """A row's rule as its kind reads it; raises KeyError for a kind that `KINDS` does not have."""
    return KINDS[rule.kind](rule)


def _unknown(rule: Rule, known: frozenset[str]) -> tuple[Message, ...]:
    names = sorted(set(rule.values) - known)
    return tuple(Message("standards-rule-unknown-parameter", {"name": name, "rule": rule.kind}) for name in names)


def _decimal(rule: Rule, name: str) -> Decimal | None:
    try:
        value = Decimal(rule.values.get(name, ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() and value == value.quantize(Decimal("0.01")) else None


def _branches(rule: Rule) -> list[tuple[str, str]]:
    parts = [part.partition(":") for part in rule.values.get("branches", "").split("|")]
    return [(key.strip(), words.strip() or key.strip()) for key, _, words in parts if key.strip()]
