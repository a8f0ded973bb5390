"""The ladder of supervision that a scheme says: who hears when, before a date and after it. Pure.

The unit's own people are reminded and its head is told by the system. Above that the system only drafts an order; a
person sends it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from server.schemes.definition import Deadline, LadderSaid, SchemeDefinition

PARAMETER = "supervision_after"
"""Key of a whole-number parameter that says the same as `order_after`; for schemes that ask for it at opening."""
REMIND_BEFORE = (3,)
HEAD_AFTER = 3
ORDER_AFTER = 3
"""Working days that pass before a draft is written, where nothing is said: a paper that lies on a desk over a weekend,
or a signature that waits for somebody who travels, is no matter for the authority."""
ORDER_TO = ("head", "liaison")
DAYS_AT_MOST = 60
STEPS_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Ladder:
    """All in working days. remind_before: the days before a date on which who sits on a task is reminded, falling.
    head_after: days late from which the unit's head is told. order_after: days late that an order is drafted beyond.
    order_to: kinds of post in the late unit itself that the order asks."""

    remind_before: tuple[int, ...] = REMIND_BEFORE
    head_after: int = HEAD_AFTER
    order_after: int = ORDER_AFTER
    order_to: tuple[str, ...] = ORDER_TO

    def stored(self) -> dict[str, Any]:
        return {
            "before": list(self.remind_before),
            "head": self.head_after,
            "order": self.order_after,
            "to": list(self.order_to),
        }


USUAL = Ladder()


def from_stored(kept: Mapping[str, Any] | None) -> Ladder:
    if not kept:
        return USUAL
    return Ladder(tuple(kept["before"]), kept["head"], kept["order"], tuple(kept["to"]))


def ladder_of(scheme: SchemeDefinition, key: str | None, parameters: Mapping[str, Any]) -> Ladder:
    """What a scheme says for one deadline: its own words, else the scheme's, else the parameter's, else the usual."""
    asked = parameters.get(PARAMETER)
    found = USUAL
    if isinstance(asked, int) and not isinstance(asked, bool) and asked >= 0:
        found = replace(USUAL, order_after=asked)
    own: Deadline | None = next((each for each in scheme.deadlines if each.key == key), None)
    for said in (scheme.ladder, own.ladder if own is not None else None):
        found = said_over(found, said)
    return found


def said_over(known: Ladder, said: LadderSaid | None) -> Ladder:
    """A ladder with what was said in place of what was known."""
    if said is None:
        return known
    return Ladder(
        said.remind_before or known.remind_before,
        known.head_after if said.head_after is None else said.head_after,
        known.order_after if said.order_after is None else said.order_after,
        said.order_to or known.order_to,
    )


def rises(ladder: Ladder) -> bool:
    """Whether each step comes no earlier than the one before it."""
    return falls(ladder.remind_before) and ladder.head_after <= ladder.order_after


def falls(days: Sequence[int]) -> bool:
    return all(first > second for first, second in pairwise(days))


def loosened(said: Ladder, wanted: Ladder) -> tuple[str, ...]:
    """The steps that are wanted later, or less often, than was said; empty for a ladder that is as tight or tighter.

    Reminders are as tight when each said one has one at least as early of its own.
    """
    wrong = []
    said_days, days = said.remind_before, wanted.remind_before
    if len(days) < len(said_days) or any(own < old for own, old in zip(days, said_days, strict=False)):
        wrong.append("remind_before")
    if wanted.head_after > said.head_after:
        wrong.append("head_after")
    if wanted.order_after > said.order_after:
        wrong.append("order_after")
    return tuple(wrong)
