"""A leader's secretary makes a gate ready: drafts the opinion, gathers questions, notes when it was presented."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from server.actor import Actor
from server.audit.verbs import Verb
from server.db.work import Work
from server.errors import Invalid, NotFound
from server.i18n import Message
from server.identity.permissions import Permission
from server.organisation.models import DEFAULT_ZONE, Holding, Post, Unit
from server.organisation.queries import held_on
from server.organisation.rules import PostKind, today
from server.recognitions.models import GatePreparation
from server.tasks import operations as tasks
from server.tasks.models import Seat, SeatState, Task, TaskState

PREPARE = Permission.GATE_PREPARE
PAGE = 30
OPINION_AT_MOST = 1000
QUESTIONS_AT_MOST = 2000
DAYS_BACK = 366


@dataclass(frozen=True, slots=True)
class GateRow:
    """An open gate of a leader in whose unit the actor is secretary."""

    task_id: UUID
    title: str
    element_id: str | None
    kind: str
    matter: str
    due_at: datetime | None
    prepared_by: str
    presented_on: date | None


def _own(actor: Actor, work: Work) -> ColumnElement[bool]:
    """Gates with a seat on a post of a unit where the actor is secretary today."""
    on = today(work.now, DEFAULT_ZONE)
    units = (
        select(Post.unit_id)
        .join(Holding, Holding.post_id == Post.id)
        .where(Holding.person_id == actor.person_id, held_on(on), Post.kind == PostKind.SECRETARY)
    )
    seats = select(Seat.task_id).join(Post, Post.id == Seat.post_id)
    return Task.id.in_(seats.where(Post.unit_id.in_(units), Seat.state != SeatState.REMOVED))


def gates(actor: Actor, work: Work, page: int = 1) -> tuple[Sequence[GateRow], int]:
    """The open gates that the actor prepares, those due first before the others."""
    if actor.person_id is None or not actor.may_anywhere(PREPARE):
        return [], 0
    where = (Task.kind == "gate", Task.state == TaskState.OPEN, _own(actor, work))
    total = work.session.scalar(select(func.count()).select_from(Task).where(*where)) or 0
    rows = work.session.execute(
        select(Task, GatePreparation)
        .outerjoin(GatePreparation, GatePreparation.task_id == Task.id)
        .where(*where)
        .order_by(Task.due_at.is_(None), Task.due_at, Task.opened_at, Task.title)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    found = [
        GateRow(
            task.id,
            task.title,
            task.element_id,
            task.kind,
            task.matter,
            task.due_at,
            ready.name if ready else "",
            ready.presented_on if ready else None,
        )
        for task, ready in rows
    ]
    return found, total


def gate_of(actor: Actor, work: Work, task_id: UUID) -> Task:
    """A gate that the actor prepares, open or not. Raises NotFound for everybody and everything else."""
    found = None
    if actor.person_id is not None and actor.may_anywhere(PREPARE):
        found = work.session.scalar(select(Task).where(Task.id == task_id, Task.kind == "gate", _own(actor, work)))
    if found is None:
        raise NotFound(Message("error-not-found"))
    return found


def prepared(work: Work, task_id: UUID) -> GatePreparation | None:
    return work.session.get(GatePreparation, task_id)


def prepare(actor: Actor, work: Work, task_id: UUID, opinion: str, questions: str, presented_on: str) -> None:
    """Keep what has been made ready. Raises NotFound, Conflict once the gate is decided, Invalid."""
    desk = tasks.take(work, task_id)
    task = gate_of(actor, work, task_id)
    tasks.require_open(desk)
    opinion, questions = _lines(opinion), _lines(questions)
    day = _checked(work, task, opinion, questions, presented_on.strip())
    ready = prepared(work, task_id)
    if ready is None:
        ready = GatePreparation(task_id=task_id, campaign_id=task.campaign_id)
        work.session.add(ready)
    ready.opinion, ready.questions, ready.presented_on = opinion, questions, day
    ready.person_id, ready.name, ready.prepared_at = _person(actor), actor.name, work.now
    work.session.flush()
    details = {"task": str(task_id), "presented_on": day.isoformat() if day else "", "opinion": opinion}
    tasks.tell(actor, work, desk, Verb.GATE_PREPARED, details)


def _person(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise NotFound(Message("error-not-found"))
    return actor.person_id


def _lines(words: str) -> str:
    return words.replace("\r\n", "\n").strip()


def _checked(work: Work, task: Task, opinion: str, questions: str, presented_on: str) -> date | None:
    wrong: dict[str, list[Message]] = {}
    if len(opinion) > OPINION_AT_MOST:
        wrong["opinion"] = [Message("recognitions-too-long", {"limit": OPINION_AT_MOST})]
    if len(questions) > QUESTIONS_AT_MOST:
        wrong["questions"] = [Message("recognitions-too-long", {"limit": QUESTIONS_AT_MOST})]
    day = None
    if presented_on:
        unit = work.session.get(Unit, task.unit_id) if task.unit_id is not None else None
        now = today(work.now, unit.zone if unit is not None else DEFAULT_ZONE)
        try:
            day = date.fromisoformat(presented_on)
        except ValueError:
            wrong["presented_on"] = [Message("recognitions-presented-wrong")]
        else:
            if not 0 <= (now - day).days <= DAYS_BACK:
                wrong["presented_on"] = [Message("recognitions-presented-wrong")]
    if wrong:
        raise Invalid(next(iter(wrong.values()))[0], wrong)
    return day
