"""Pure deciders: shares against a target, how each participant stands, and the card a gate is decided on."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from server.i18n import Message, text
from server.standards.rules import cut

PERCENT = 100
SENTENCE_AT_MOST = 150
CARD_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Rate:
    """Recognised of those in scope; exact. share is None when nobody is in scope."""

    recognised: int
    in_scope: int

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.recognised, self.in_scope) if self.in_scope else None

    @property
    def percent(self) -> Decimal | None:
        """In percent, two places, the rest cut off, so that a share just below a target never reads as the target."""
        return None if self.share is None else cut(self.share * PERCENT)

    def reaches(self, percent: Decimal) -> bool:
        """Whether the exact share is at least so many percent."""
        return self.share is not None and self.share * PERCENT >= Fraction(percent)


def rate(recognised: int, in_scope: int) -> Rate:
    """The share of those recognised. Raises ValueError for numbers that cannot be."""
    if not 0 <= recognised <= in_scope:
        raise ValueError(f"{recognised} of {in_scope}")
    return Rate(recognised, in_scope)


class Standing(StrEnum):
    """How a participant stands when the list of those to be recognised is drawn up."""

    PASSED = "passed"
    SHORT = "short"
    UNDECIDED = "undecided"
    NO_RESULT = "no_result"
    NOT_HANDED_IN = "not_handed_in"
    WITHDRAWN = "withdrawn"
    EXEMPT = "exempt"


WAITING = (Standing.UNDECIDED, Standing.NO_RESULT, Standing.NOT_HANDED_IN)


@dataclass(frozen=True, slots=True)
class CardRow:
    """One participant on the card. total: points in words, empty without a result. seal: of the result that counts."""

    number: int
    participant_id: UUID
    unit_id: UUID
    unit_name: str
    standing: Standing
    self_total: str
    total: str
    lacking: str
    findings_open: int
    reason: str
    assessment_id: UUID | None
    seal: str


@dataclass(frozen=True, slots=True)
class GateCard:
    """What the one who decides a gate is shown. aim: the year's target in percent, None where there is none."""

    campaign_id: UUID
    title: str
    year: int
    recognition: str
    aim: Decimal | None
    rows: tuple[CardRow, ...]

    def count(self, *standings: Standing) -> int:
        return sum(row.standing in standings for row in self.rows)

    @property
    def rate(self) -> Rate:
        """The rate that a yes brings about: exempt units count as recognised, withdrawn ones are out of scope."""
        return rate(self.count(Standing.PASSED, Standing.EXEMPT), len(self.rows) - self.count(Standing.WITHDRAWN))

    @property
    def hash(self) -> str:
        """sha256 (hex) over exactly what is shown."""
        content = {
            "format": CARD_FORMAT,
            "campaign": str(self.campaign_id),
            "title": self.title,
            "year": self.year,
            "recognition": self.recognition,
            "aim": None if self.aim is None else str(self.aim),
            "rows": [{name: _plain(value) for name, value in asdict(row).items()} for row in self.rows],
        }
        words = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(words.encode()).hexdigest()


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID | StrEnum) else value


def lacking(share: Rate, aim: Decimal | None) -> int:
    """How many more must be recognised to reach so many percent; 0 when it is reached or nothing is aimed at."""
    if aim is None:
        return 0
    needed = -(-Fraction(aim) * share.in_scope // PERCENT)
    return max(0, int(needed) - share.recognised)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a gate's card counted when it was decided, to be compared with later."""

    passed: int
    short: int
    waiting: int
    findings: int

    @classmethod
    def of(cls, card: GateCard) -> "Numbers":
        findings = sum(row.findings_open for row in card.rows)
        return cls(card.count(Standing.PASSED), card.count(Standing.SHORT), card.count(*WAITING), findings)

    @classmethod
    def kept(cls, values: object) -> "Numbers | None":
        """The numbers that a decision keeps; None for a decision that keeps none."""
        if not isinstance(values, Mapping):
            return None
        found = [values.get(name) for name in ("passed", "short", "waiting", "findings")]
        return cls(*found) if all(isinstance(each, int) for each in found) else None  # type: ignore[arg-type]


def sentence(card: GateCard, language: str) -> str:
    """The card in one sentence of at most 150 characters.

    Whether the target is reached and how many it is short by, who holds it up, what is asked, what yes and no do. Names
    of those who hold it up are left out from the end until it fits.
    """
    held = [row.unit_name for row in card.rows if row.standing in WAITING]
    said = ""
    for shown in range(min(len(held), 5), -1, -1):
        said = _sentence(card, language, held, shown)
        if len(said) <= SENTENCE_AT_MOST:
            return said
    return said[: SENTENCE_AT_MOST - 1] + "…"


def _sentence(card: GateCard, language: str, held: Sequence[str], shown: int) -> str:
    separator = text("recognitions-list-separator", language)
    names = separator.strip("|").join(held[:shown])
    holding: Message | str = ""
    if held:
        form = "" if not shown else "-named" if shown == len(held) else "-more"
        holding = Message(f"recognitions-card-held{form}", {"count": len(held), "names": names})
    missing = lacking(card.rate, card.aim)
    how = "none" if card.aim is None else "short" if missing else "met"
    passes = Message(
        f"recognitions-card-{how}",
        {
            "scope": card.rate.in_scope,
            "recognised": card.rate.recognised,
            "short": card.count(Standing.SHORT),
            "lacking": missing,
            "aim": "" if card.aim is None else f"{card.aim.normalize():f}",
        },
    )
    passed = card.count(Standing.PASSED)
    return text(Message("recognitions-card", {"passes": passes, "held": holding, "passed": passed}), language)
