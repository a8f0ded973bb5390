"""A scheme as typed values: what one official notice says, and what else is needed to run it.

Every value knows its source. Titles are the original wording; words of the screen in another language are looked up by
key (`server.schemes.words`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from server.schemes.form_types import Form
from server.schemes.schedule_rules import Rule

T = TypeVar("T")


class Origin(StrEnum):
    """Who said it: the notice, the authority that runs the campaign, or nobody (a value we propose)."""

    NOTICE = "notice"
    AUTHORITY = "authority"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Source:
    """line: line of the notice's text, from 1. note: why the value is what it is, where that needs saying."""

    origin: Origin
    line: int | None = None
    note: str = ""

    def __str__(self) -> str:
        return f"{self.origin}:{self.line}" if self.line else str(self.origin)


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    value: T
    source: Source


@dataclass(frozen=True, slots=True)
class Issuer:
    """lead: the one that answers for the scheme."""

    key: str
    title: str
    lead: bool
    source: Source


@dataclass(frozen=True, slots=True)
class Basis:
    """A notice that this one rests on, from the top down."""

    key: str
    title: str
    issuer: str
    number: str
    source: Source


@dataclass(frozen=True, slots=True)
class Scope:
    """Who may or must take part. kinds: the notice's own list."""

    title: str
    kinds: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Target:
    """A share of units to be reached by a day. percent: 0 to 100. level: which units, where the notice says so."""

    by: date
    percent: Decimal
    title: str
    level: str
    source: Source

    @property
    def key(self) -> str:
        return f"{self.by.isoformat()}:{self.level}" if self.level else self.by.isoformat()


@dataclass(frozen=True, slots=True)
class Phase:
    key: str
    title: str
    source: Source


class RoleUnit(StrEnum):
    """In which unit a role's post is looked for."""

    PARTICIPANT = "participant"
    AUTHORITY = "authority"


@dataclass(frozen=True, slots=True)
class Role:
    """post: kind of post in `unit`. fallback: kinds of posts in the same unit that act while it is empty, in order."""

    key: str
    title: str
    unit: RoleUnit
    post: str
    fallback: tuple[str, ...]
    duties: str
    source: Source

    @property
    def posts(self) -> tuple[str, ...]:
        """All kinds of posts that may act, in order."""
        return (self.post, *self.fallback)


class Late(StrEnum):
    """What becomes of what comes after a deadline: taken and marked, refused, or refused until there is more time."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class LadderSaid:
    """What is said of who hears when; empty or None where it is not. All in working days, see `schemes.ladder`."""

    remind_before: tuple[int, ...]
    head_after: int | None
    order_after: int | None
    order_to: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Deadline:
    """A named deadline that diagrams refer to, and the rule that proposes its instant.

    bound: no campaign may set it later than its rule proposes.
    """

    key: str
    title: str
    rule: Rule
    source: Source
    late: Late = Late.ACCEPT
    ladder: LadderSaid | None = None
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Sprint:
    """A window of so many calendar days up to a deadline, in which reminders come daily. yellow: working days before
    a date from which lights are yellow then."""

    key: str
    title: str
    deadline: str
    days: int
    yellow: int
    source: Source

    def stored(self) -> dict[str, Any]:
        return {"key": self.key, "title": self.title, "days": self.days, "yellow": self.yellow}


class ParameterKind(StrEnum):
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TEXT = "text"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that is asked for when a campaign opens. default: as text; None: it must be given."""

    key: str
    title: str
    kind: ParameterKind
    help: str
    choices: tuple[str, ...]
    minimum: Decimal | None
    maximum: Decimal | None
    default: str | None
    source: Source


@dataclass(frozen=True, slots=True)
class PassMark:
    """inclusive: the mark itself passes (含)."""

    value: Decimal
    inclusive: bool
    source: Source

    def met(self, total: Decimal) -> bool:
        return total >= self.value if self.inclusive else total > self.value


class NotApplicable(StrEnum):
    """What a row that does not apply (不涉及) is worth."""

    FULL = "full"
    ZERO = "zero"
    RESCALE = "rescale"


@dataclass(frozen=True, slots=True)
class Assessment:
    """standard: path of the table of criteria. total: what the notice states. not_applicable: a policy, or the key of
    the parameter that holds it (at most one is set)."""

    standard: Sourced[str]
    total: Sourced[Decimal] | None
    pass_mark: PassMark | None
    not_applicable: Sourced[NotApplicable] | None
    not_applicable_parameter: Sourced[str] | None


class ShortRow(StrEnum):
    """What a row that fell short becomes: a finding that must be mended, advice, or nothing."""

    BLOCKING = "blocking"
    ADVICE = "advice"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FindingPolicy:
    below_pass: Sourced[ShortRow]
    at_or_above_pass: Sourced[ShortRow]


class SecondRows(StrEnum):
    """What a second verification scores."""

    MENDED = "mended"
    SHORT = "short"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class SecondVerification:
    """rows: which rows are scored anew; all others keep their score."""

    rows: Sourced[SecondRows]


@dataclass(frozen=True, slots=True)
class HandIn:
    """Something that has to be handed in, at which element of which process, by whom, to whom, by which deadline."""

    key: str
    title: str
    process: str
    element: str
    sender: str
    receiver: str
    deadline: str | None
    source: Source


class ProcessOf(StrEnum):
    """Whose way a process describes."""

    CAMPAIGN = "campaign"
    PARTICIPANT = "participant"
    FINDING = "finding"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Process:
    """key: id of the BPMN process in `file`. root: started when a campaign opens."""

    key: str
    title: str
    file: str
    of: ProcessOf
    root: bool


@dataclass(frozen=True, slots=True)
class FormFile:
    key: str
    title: str
    file: str
    form: Form | None
    """None only while a package is being checked and the form cannot be read."""


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=Keyed)


@dataclass(frozen=True, slots=True)
class SchemeDefinition:
    """Everything a scheme says, in the notice's order. Sections that a notice lacks are None or empty."""

    key: str
    language: str
    title: Sourced[str]
    number: Sourced[str] | None
    issued_on: Sourced[date] | None
    recipients: Sourced[str] | None
    recognition: Sourced[str] | None
    issuers: tuple[Issuer, ...]
    basis: tuple[Basis, ...]
    scope: Scope | None
    targets: tuple[Target, ...]
    phases: tuple[Phase, ...]
    roles: tuple[Role, ...]
    deadlines: tuple[Deadline, ...]
    parameters: tuple[Parameter, ...]
    assessment: Assessment | None
    findings: FindingPolicy | None
    second_verification: SecondVerification | None
    gate_by: Sourced[str] | None
    hand_ins: tuple[HandIn, ...]
    processes: tuple[Process, ...]
    forms: tuple[FormFile, ...]
    ladder: LadderSaid | None = None
    sprints: tuple[Sprint, ...] = ()

    @property
    def root(self) -> Process | None:
        """The process that a campaign starts with."""
        return next((process for process in self.processes if process.root), None)

    @property
    def lead(self) -> Issuer | None:
        return next((issuer for issuer in self.issuers if issuer.lead), None)

    @property
    def rules(self) -> dict[str, Rule]:
        """Schedule rules by deadline key, for `schedule_rules.propose_all`."""
        return {deadline.key: deadline.rule for deadline in self.deadlines}

    def phase(self, key: str) -> Phase:
        return by_key(self.phases, key)

    def role(self, key: str) -> Role:
        return by_key(self.roles, key)

    def deadline(self, key: str) -> Deadline:
        return by_key(self.deadlines, key)

    def parameter(self, key: str) -> Parameter:
        return by_key(self.parameters, key)

    def process(self, key: str) -> Process:
        return by_key(self.processes, key)

    def form(self, key: str) -> Form:
        form = by_key(self.forms, key).form
        if form is None:
            raise LookupError(key)
        return form


def by_key(entries: Iterable[K], key: str) -> K:
    """The entry with this key; raises LookupError."""
    for entry in entries:
        if entry.key == key:
            return entry
    raise LookupError(key)
