"""The values that cross the wall of the engine; plain, frozen, free of any library."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias
from uuid import UUID

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""Plain JSON. What is handed in is copied, never kept."""

FactPort = Callable[[frozenset[str]], Mapping[str, JSON]]
"""Dotted names wanted to values. Raises `FactMissing` for a name it does not know."""


class ElementKind(StrEnum):
    """What the host has to do with an element."""

    USER = "user"
    CHILDREN = "children"
    ACTIVITY = "activity"
    DEADLINE = "deadline"
    DECISION = "decision"
    GATEWAY = "gateway"
    START = "start"
    END = "end"
    MESSAGE = "message"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SeatRule:
    """Who sits on a task.

    by: how the seat is found (`role`, `post`, `head`, `head_above`, `initiator`, `doer`, `lead_unit`,
    `assisting_units`, `form_field`). of: key of the role or kind of post, id of an earlier task, or `task.field`.
    unit: whose post or head, `participant` or `authority`. levels: how many units above, for `head_above`. post: kind
    of post in the unit that was found; its head when None. row: the row that says which unit leads; the finding's own
    when None.
    """

    by: str
    of: str | None = None
    unit: str = "participant"
    levels: int = 1
    weight: int = 1
    post: str | None = None
    row: str | None = None

    @property
    def task(self) -> str:
        """The id of the task whose form `form_field` reads."""
        return (self.of or "").partition(".")[0]

    @property
    def field(self) -> str:
        """The name of the field that `form_field` reads."""
        return (self.of or "").partition(".")[2]


@dataclass(frozen=True, slots=True)
class Approval:
    """How the people on a user task decide.

    at: the number that `count`, or the percent that `percent` and `weighted` need. votes: what one adverse vote does.
    seats: without any, those of the element's role. when_empty: `rescue`, `skip`, or the role to turn to.
    not_same_as: earlier tasks whose doers may not act here. batch: `true` when several may be decided at once.
    signature: `optional` or `required` when a signature goes with the verdict.
    """

    policy: str = "one"
    at: int | None = None
    votes: str = "veto"
    seats: tuple[SeatRule, ...] = ()
    when_empty: str = "rescue"
    not_same_as: tuple[str, ...] = ()
    batch: str = "false"
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One flow node of the diagram.

    bpmn_type: local name of its tag. order: place in the document, from 0. lane: id of the innermost lane.
    role: its own, else that of its lane. approval: of user tasks alone. attached_to: host of a boundary event.
    event_name: name of the message or signal that it catches or throws. line: line in the file. documentation: text of
    the element.
    """

    id: str
    name: str
    kind: ElementKind
    bpmn_type: str
    order: int
    lane: str | None = None
    role: str | None = None
    phase: str | None = None
    task_kind: str | None = None
    form: str | None = None
    approval: Approval | None = None
    deadline: str | None = None
    return_targets: tuple[str, ...] = ()
    resubmit: str = "through-all"
    called: str | None = None
    is_fan_out: bool = False
    collection: str | None = None
    opens: str | None = None
    opens_at: int | None = None
    open_children: str | None = None
    activity: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    attached_to: str | None = None
    interrupting: bool | None = None
    decision: str | None = None
    documentation: str = ""
    event: Literal["message", "signal", "timer", "terminate"] | None = None
    event_name: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; `condition` is FEEL. is_default: taken when no condition of its gateway holds."""

    id: str
    source: str
    target: str
    name: str
    condition: str | None
    is_default: bool = False
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane of the pool; `role` from `gg:role`."""

    id: str
    name: str
    role: str | None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A compiled process. Cached by `sha256` (of the BPMN and DMN bytes) and shared by threads: never changed.

    elements: in document order. facts_read: dotted names that its expressions read, the instance's own (`form.`,
    `decision.`, `result_of.`, `message.`, `start.`) included. calls: ids of processes it calls.
    """

    process_id: str
    name: str
    sha256: str
    elements: Mapping[str, Element] = field(hash=False)
    flows: tuple[Flow, ...]
    lanes: Mapping[str, Lane] = field(hash=False)
    facts_read: frozenset[str]
    calls: frozenset[str]
    is_executable: bool = True
    documentation: str = ""
    engine: Any = field(default=None, repr=False, compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place where the instance waits for the host.

    task_id stays the same while the place is open, over any number of saves. attempt: 1 for the first time this
    element was entered in this instance.
    """

    task_id: UUID
    element_id: str
    kind: ElementKind
    attempt: int


@dataclass(frozen=True, slots=True)
class Passed:
    """One line of the trail of a step."""

    element_id: str
    task_id: UUID
    change: Literal["entered", "completed", "cancelled", "returned"]


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal that leaves the instance; the host decides who hears it."""

    kind: Literal["message", "signal"]
    name: str
    payload: Mapping[str, JSON] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Step:
    """What one command did.

    waiting: the complete picture afterwards, in document order, then by attempt. passed: the trail in order.
    facts: every fact read in this step. thrown: in order.
    """

    state: bytes
    waiting: tuple[Waiting, ...]
    passed: tuple[Passed, ...]
    ended: bool
    end_element: str | None
    facts: Mapping[str, JSON] = field(hash=False)
    thrown: tuple[Thrown, ...]


@dataclass(frozen=True, slots=True)
class ReturnTarget:
    """A task that the work may be sent back to; `reason` is a key of the catalogue when it may not."""

    element_id: str
    allowed: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class SentBack:
    """An open task to which the work was sent back by another, which lets it come straight.

    way: `straight` or `choice`. stands: ids of the tasks between that are then not asked again. reason: a key of the
    catalogue when it has to go through all of them.
    """

    by: str
    way: str
    stands: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a file. Words: `lint-<rule>` and `lint-<rule>-cure`, with `params` and `element`."""

    rule: str
    severity: Literal["error", "warning"]
    element_id: str | None = None
    element_name: str | None = None
    line: int | None = None
    params: Mapping[str, str | int] = field(default_factory=dict, hash=False)


class FactKind(StrEnum):
    """Type of a fact. `points` is a decimal that expressions may not calculate with or compare."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    LIST = "list"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class FactType:
    """title: catalogue key of its name. values: the closed set of words it may hold, when there is one."""

    kind: FactKind
    title: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FactCatalogue:
    """Every fact the host can answer, by dotted name."""

    names: Mapping[str, FactType]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a diagram may refer to. A set left as None is not checked."""

    task_kinds: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    forms: frozenset[str] | None = None
    deadlines: frozenset[str] | None = None
    phases: frozenset[str] | None = None
    collections: frozenset[str] | None = None
    activities: frozenset[str] | None = None
    processes: frozenset[str] | None = None
    decisions: frozenset[str] | None = None
