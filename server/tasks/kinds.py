"""Task kinds: what a task shows, what it still lacks, and what handing it in does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from server.actor import Actor
from server.db.work import Work
from server.engine.contract import Element
from server.i18n import DEFAULT_LANGUAGE, Message
from server.processes.registry import Registry
from server.tasks.models import Task
from server.tasks.rules import CONDITIONAL

Values = dict[str, Any]
PageForm = Mapping[str, Sequence[str]]
"""The fields of a posted page: name to its values, in order. Files have been stored; here are their evidence ids."""


@dataclass(frozen=True, slots=True)
class TaskContext:
    """A task with its element and scheme version; what a kind is given. element is None for tasks of other origins.

    language: the reader's, for words of the scheme.
    """

    task: Task
    element: Element | None
    scheme_version_id: UUID | None
    language: str = DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class Missing:
    """Something still lacking before the task may be handed in. anchor: id of the field on the page that mends it."""

    text: Message
    anchor: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Values as they will be applied, and what is wrong, by field name."""

    values: Values
    errors: Mapping[str, Sequence[Message]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of it. outcome: a few plain values for the process (`form.<element>.<field>`).

    verdict: `done`, `approve`, `return`, … for the decision. opinion: the actor's words. seen_hash: sha256 over what
    was decided on, hex; empty when nothing is sealed. then: what follows as soon as the task has a verdict, given that;
    of several seats, that of the last.
    """

    outcome: Values
    verdict: str = "done"
    opinion: str = ""
    seen_hash: str = ""
    then: Callable[[str], None] | None = None


class TaskKind(Protocol):
    """One kind of task.

    `template` renders the inside of the task page: it is included within a form that posts the fields back to the task,
    with `task`, `values`, `errors`, `missing` and what `show` returns. A kind whose class says `may_be_taken_back` has
    nothing in `apply` that a second handing in would not set right. One that says `decides`, for all its tasks or task
    by task, asks for a verdict: files and a signature may go with it (`opinions.py`).
    """

    key: str
    template: str

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        """What the page needs besides the values (draft or what was handed in last); reads only."""

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        """The page's fields as values, kept as typed where they are wrong; also what a draft holds."""

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        """Judge values from the page or the API; never raises for bad values."""

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        """What is still to be done before handing in, in the order of the page."""

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        """Write what the task is for. Runs once, under the instance's lock, after check and missing are clean."""


class TaskKinds(Registry[TaskKind]):
    """All kinds, assembled by the doors."""


def told_to_process(kind: str, applied: Applied, verdict: str) -> Values:
    """What the diagram hears: a gate that was passed with conditions was passed, and its fact says how."""
    if kind != "gate":
        return {**applied.outcome, "verdict": verdict}
    conditional = verdict == CONDITIONAL
    return {**applied.outcome, "verdict": "approve" if conditional else verdict, "conditional": conditional}
