"""Whether it is too late to hand a task in, by what the scheme says of its deadline."""

from uuid import UUID

from server.actor import Actor
from server.db.work import Work
from server.i18n import Message
from server.organisation.models import Unit
from server.schemes import queries as schemes
from server.schemes.definition import Late
from server.tasks.lights import light_of
from server.tasks.models import Task
from server.tasks.rules import Light

MANAGE = "campaign.manage"
GATE = "gate"


def too_late(actor: Actor, work: Work, task: Task, version_id: UUID | None) -> Message | None:
    """Why a task is not taken any more, None while it is; asks the database only after the deadline.

    On days nobody works a deadline has not passed. Who manages the campaign may enter what came late, and a gate is
    decided whenever it is decided.
    """
    if task.due_at is None or task.due_at >= work.now or version_id is None or task.kind == GATE:
        return None
    scheme = schemes.scheme_of(work, version_id)
    late = next((each.late for each in scheme.deadlines if each.key == task.deadline_key), Late.ACCEPT)
    unit = work.session.get(Unit, task.unit_id) if late is not Late.ACCEPT and task.unit_id is not None else None
    if unit is None or actor.may(MANAGE, unit.path) or light_of(work, task.due_at, unit.kind) is not Light.RED:
        return None
    return Message("task-too-late-ask" if late is Late.ASK else "task-too-late")
