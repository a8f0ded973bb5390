"""Whether a task may be handed in just now: claimed by somebody else, or too late by what the scheme says."""

from uuid import UUID
from zoneinfo import ZoneInfo

from server.actor import Actor
from server.db.work import Work
from server.deadlines.queries import late_rule
from server.errors import Conflict
from server.i18n import Message
from server.organisation.models import DEFAULT_ZONE, Unit
from server.schemes import queries as schemes
from server.schemes.definition import Late
from server.tasks.lights import light_of
from server.tasks.models import Task
from server.tasks.rules import Light, held_by_other

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
    said = next((each.late for each in scheme.deadlines if each.key == task.deadline_key), Late.ACCEPT)
    late = Late(late_rule(work, task.campaign_id, task.deadline_key) or said)
    unit = work.session.get(Unit, task.unit_id) if late is not Late.ACCEPT and task.unit_id is not None else None
    if (
        unit is None
        or actor.may(MANAGE, unit.path)
        or light_of(work, task.due_at, unit.kind, unit.zone) is not Light.RED
    ):
        return None
    return Message("task-too-late-ask" if late is Late.ASK else "task-too-late")


def require_free(actor: Actor, work: Work, task: Task) -> None:
    """Raises Conflict while somebody else has claimed a task."""
    if held_by_other(task, actor.person_id, work.now) and task.claimed_at is not None:
        when = task.claimed_at.astimezone(ZoneInfo(DEFAULT_ZONE)).strftime("%Y-%m-%d %H:%M")
        raise Conflict(Message("task-claimed", {"name": task.claimed_name or "", "when": when}))
