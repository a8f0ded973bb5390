"""One opinion on several tasks of one step, where the diagram allows it; each is handed in by itself, or refused."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from server.actor import Actor
from server.db.work import Work
from server.engine.contract import Element
from server.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from server.i18n import Message
from server.processes import incidents
from server.processes.commands import ProcessFailed
from server.tasks import operations, queries
from server.tasks.kinds import Values
from server.tasks.models import Task
from server.tasks.queries import TaskPage

AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one task. refused: why not, None when it was handed in. matter: empty for who may not see it."""

    task_id: UUID
    matter: str
    refused: Message | None = None


def allows(element: Element | None) -> bool:
    """Whether several tasks of a step may be decided at once."""
    return element is not None and element.approval is not None and element.approval.batch == "true"


def fingerprint(page: TaskPage) -> str:
    """What a decision on a task rests on: what was handed in before it, and who sits there."""
    before = [[str(line.id), line.taken_back_at is None] for line in page.trail]
    seats = [[seat.key, seat.state] for seat in page.seats]
    shown = json.dumps([before, seats, page.task.returned_reason], separators=(",", ":"))
    return hashlib.sha256(shown.encode()).hexdigest()


def decide(
    actor: Actor, work: Work, like: Task, shown: Mapping[UUID, str], values: Values, key: str
) -> tuple[Result, ...]:
    """Hand in the ticked tasks of one step, each under a savepoint of its own.

    like: any task of the step, which the actor may see. shown: the ticked ones, with their fingerprint as the page had
    it. Raises Invalid for none or too many, NotFound for a task of another step, or a step that is decided one by one.
    """
    if not shown or len(shown) > AT_MOST:
        raise Invalid(Message("tasks-batch-number", {"limit": AT_MOST}))
    same = Task.definition_id == like.definition_id, Task.element_id == like.element_id
    ordered = work.session.execute(
        select(Task.id, Task.matter)
        .where(Task.id.in_(shown), *same, Task.campaign_id == like.campaign_id)
        .order_by(Task.instance_id, Task.id)
    ).all()
    if len(ordered) != len(shown):
        raise NotFound(Message("error-not-found"))
    # All instances before anything that is locked after them, and always in the same order.
    for task_id, _ in ordered:
        desk = operations.take(work, task_id)
        if not allows(operations.kind_and_context(work, desk)[1].element):
            raise NotFound(Message("error-not-found"))
    return tuple(_one(actor, work, Result(task_id, matter), shown[task_id], values, key) for task_id, matter in ordered)


def _one(actor: Actor, work: Work, asked: Result, shown: str, values: Values, key: str) -> Result:
    task_id = asked.task_id
    own_key = hashlib.sha256(f"{key}:{task_id}".encode()).hexdigest()
    try:
        with work.session.begin_nested():
            desk = operations.take(work, task_id)
            if operations.same_request(actor, desk, own_key) is None:
                operations.require_sight(actor, work, desk)
                operations.require_open(desk)
                _require_unchanged(work, task_id, shown)
            operations.complete(actor, work, task_id, dict(values), own_key)
    except NotFound as error:
        return Result(task_id, "", error.message)
    except operations.NotComplete as error:
        return Result(task_id, asked.matter, _first(error))
    except ProcessFailed as error:
        incidents.raise_for_step(work, error, task_id)
        return Result(task_id, asked.matter, error.message)
    except (Conflict, Invalid, NotAllowed, Unavailable) as error:
        return Result(task_id, asked.matter, error.message)
    return asked


def _require_unchanged(work: Work, task_id: UUID, shown: str) -> None:
    page = queries.task_page(work, task_id)
    if page is None or fingerprint(page) != shown:
        raise Conflict(Message("tasks-batch-changed"))
    if page.draft is not None:
        raise Conflict(Message("tasks-batch-begun", {"name": page.draft.saved_by}))


def _first(error: operations.NotComplete) -> Message:
    for messages in error.fields.values():
        if messages:
            return messages[0]
    return error.missing[0].text if error.missing else error.message
