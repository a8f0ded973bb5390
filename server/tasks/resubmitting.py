"""How work that was sent back goes on when it is handed in again: by all steps, or straight to who returned it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from sqlalchemy import select

from server.actor import Actor
from server.db.work import Work
from server.engine.contract import Element, SentBack
from server.errors import Conflict
from server.i18n import Message
from server.processes import operations as processes
from server.processes.registry import Running
from server.tasks.kinds import TaskContext, TaskKind, Values
from server.tasks.models import Decision, Seat, Task, TaskState
from server.tasks.other_eyes import has_done
from server.tasks.rules import Policy

STRAIGHT = "straight"
THROUGH_ALL = "through-all"


@runtime_checkable
class TellsChanges(Protocol):
    """A kind of task that can say what was changed; any other goes through all steps again."""

    def changed(self, work: Work, context: TaskContext, before: Values, after: Values) -> Sequence[str]:
        """The names of what is not as it was before; what was only added is not among them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is known before anything is typed. by: the task that returned it; why: what forces all steps again."""

    by: Element
    is_choice: bool
    stands: tuple[Element, ...]
    why: Message | None


@dataclass(frozen=True, slots=True)
class Going:
    """How a task that was sent back goes on. why: it would have gone straight, had it not been for this."""

    by: Element
    stands: tuple[Element, ...]
    is_straight: bool
    why: Message | None

    @property
    def told(self) -> Mapping[str, Any]:
        """For the audit."""
        if self.is_straight:
            return {"way": STRAIGHT, "to": self.by.id, "stands": [each.id for each in self.stands]}
        return {"way": THROUGH_ALL, "to": self.by.id, "because": self.why.key if self.why is not None else ""}

    @property
    def kept(self) -> dict[str, Any] | None:
        """For the task's row; nothing when it goes through all."""
        if not self.is_straight:
            return None
        return {"to": self.by.id, "title": self.by.name, "stands": [each.id for each in self.stands]}

    @property
    def said(self) -> Message | None:
        """To who has handed in."""
        if self.is_straight:
            return Message("tasks-went-straight", {"title": self.by.name, "to": self.by.id})
        return Message("tasks-went-through-all", {"why": self.why}) if self.why is not None else None


def offer(work: Work, running: Running, task: Task, kind: TaskKind) -> Offer | None:
    """Whether an open task that was sent back may go straight to who returned it; None where nothing asks for it."""
    if task.attempt == 1 or task.state != TaskState.OPEN:
        return None
    known = processes.sent_back(work, running, task.id)
    if known is None:
        return None
    elements = running.definition.elements
    stands = tuple(elements[name] for name in known.stands)
    return Offer(elements[known.by], known.way == "choice", stands, _why(work, task, kind, known))


def going(
    actor: Actor,
    work: Work,
    running: Running | None,
    judged: tuple[TaskKind, TaskContext],
    values: Values,
    way: str,
) -> Going | None:
    """How a task goes on with these values. way: what was chosen, where the diagram leaves a choice.

    Raises Conflict when straight was chosen and cannot be: whoever chose it shall know before all are asked again.
    """
    kind, context = judged
    offered = offer(work, running, context.task, kind) if running is not None else None
    if offered is None:
        return None
    wanted = not offered.is_choice or way == STRAIGHT
    if not wanted:
        return Going(offered.by, offered.stands, is_straight=False, why=None)
    why = offered.why or _own(actor, work, context.task, offered.stands) or _changed(work, kind, context, values)
    if why is not None and offered.is_choice:
        named = {"title": offered.by.name, "to": offered.by.id}
        raise Conflict(Message("task-straight-refused", {**named, "why": why}))
    return Going(offered.by, offered.stands, is_straight=why is None, why=why)


def _why(work: Work, task: Task, kind: TaskKind, known: SentBack) -> Message | None:
    if known.reason is not None:
        return Message(known.reason)
    if not isinstance(kind, TellsChanges):
        return Message("task-straight-kind")
    if task.policy != Policy.ONE or _seen(work, task) is None:
        return Message("task-straight-several")
    return None


def _own(actor: Actor, work: Work, task: Task, stands: Sequence[Element]) -> Message | None:
    """What stands must not be the word of whoever hands in now, where the diagram wants other eyes."""
    watched = [each.id for each in stands if each.approval and task.element_id in each.approval.not_same_as]
    if not watched:
        return None
    posts = work.session.scalars(select(Seat.post_id).where(Seat.task_id == task.id)).all()
    return Message("task-straight-own") if has_done(actor, work, task.instance_id, watched, posts) else None


def _changed(work: Work, kind: TaskKind, context: TaskContext, values: Values) -> Message | None:
    before = _seen(work, context.task)
    if before is None or not isinstance(kind, TellsChanges):
        return Message("task-straight-kind")
    names = kind.changed(work, context, before, values)
    if not names:
        return None
    return Message("task-straight-changed", {"field": names[0], "count": len(names)})


def _seen(work: Work, task: Task) -> Values | None:
    """What those between had before them: handed in when the task last went through all, by one decision."""
    found = work.session.execute(
        select(Decision.task_id, Decision.values, Task.straight)
        .join(Task, Task.id == Decision.task_id)
        .where(Task.instance_id == task.instance_id, Task.element_id == task.element_id, Task.state == TaskState.DONE)
        .where(Decision.taken_back_at.is_(None))
        .order_by(Task.attempt.desc())
    ).all()
    through_all = [(task_id, values) for task_id, values, straight in found if straight is None]
    if not through_all or sum(task_id == through_all[0][0] for task_id, _ in through_all) != 1:
        return None
    return dict(through_all[0][1])


class Line(Protocol):
    """A decision on the trail of an instance."""

    @property
    def id(self) -> UUID: ...

    @property
    def task_id(self) -> UUID: ...

    @property
    def element_id(self) -> str | None: ...

    @property
    def straight(self) -> dict[str, Any] | None: ...

    @property
    def taken_back_at(self) -> datetime | None: ...


def not_asked_again(trail: Sequence[Line]) -> set[UUID]:
    """The decisions that stand although work was sent back past them, and that nobody has made anew since."""
    latest: dict[str, tuple[UUID, set[UUID]]] = {}
    found: set[UUID] = set()
    for line in trail:
        if line.taken_back_at is not None:
            continue
        for name in line.straight["stands"] if line.straight is not None else ():
            found |= latest[name][1] if name in latest else set()
        task_id, ids = latest.get(line.element_id or "", (line.task_id, set()))
        latest[line.element_id or ""] = (line.task_id, ids | {line.id} if task_id == line.task_id else {line.id})
    return found & {each for _, ids in latest.values() for each in ids}
