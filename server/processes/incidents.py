"""Incidents: steps that failed, with their cause, waiting for an administrator."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.actor import Actor
from server.db.work import Work
from server.errors import Conflict, GreengateError, NotFound
from server.i18n import Message
from server.processes import operations
from server.processes.commands import ProcessFailed
from server.processes.fan_outs import BARRIER_JOB
from server.processes.models import FanOut, FanOutItem, Incident, ProcessInstance

CAUSE_AT_MOST = 2000
FIRE_JOB = "deadlines.fire"


def raise_for_step(work: Work, error: ProcessFailed, task_id: UUID | None) -> Incident:
    """Record a failed step in a transaction of its own; a second failure of the same place counts up."""
    return _raise(
        work, "step", error.cause, error.instance_id, error.campaign_id, error.element_id, task_id, error.retry
    )


def raise_for_item(
    work: Work, parent: ProcessInstance, fan_out: FanOut, item: FanOutItem, error: GreengateError
) -> Incident:
    """A child that could not be started; it blocks its barrier."""
    retry = {"fan_out": str(fan_out.id), "item": item.item_key}
    element = error.element_id if isinstance(error, ProcessFailed) else fan_out.element_id
    return _raise(work, "child", _cause(error), parent.id, parent.campaign_id, element, None, retry)


def raise_for_timer(
    work: Work, timer_id: UUID, instance_id: UUID, campaign_id: UUID | None, element_id: str, cause: str
) -> Incident:
    """A deadline that could not be fired; it is tried again every hour, and when an administrator asks for it."""
    retry = {"timer": str(timer_id)}
    return _raise(work, "step", cause, instance_id, campaign_id, element_id, timer_id, retry)


def raise_for_barrier(work: Work, fan_out_id: UUID, parent_id: UUID, error: GreengateError) -> Incident:
    """The way past a fan-out could not be opened; the sweep tries again."""
    return _raise(work, "barrier", _cause(error), parent_id, None, None, None, {"fan_out": str(fan_out_id)})


def raise_for_job(work: Work, name: str, arguments: dict[str, str | int], error: str) -> Incident:
    """Background work that was parked after its last attempt."""
    return _raise(work, "job", error, None, None, None, None, {"job": name, "arguments": arguments})


def _cause(error: GreengateError) -> str:
    return error.cause if isinstance(error, ProcessFailed) else str(error)


def _raise(
    work: Work,
    kind: str,
    cause: str,
    instance_id: UUID | None,
    campaign_id: UUID | None,
    element_id: str | None,
    task_id: UUID | None,
    retry: dict[str, Any],
) -> Incident:
    known = work.session.scalars(
        select(Incident).where(
            Incident.kind == kind,
            Incident.instance_id == instance_id,
            Incident.task_id == task_id,
            Incident.resolved_at.is_(None),
        )
    ).all()
    for incident in known:
        if incident.retry == retry or kind == "step":
            incident.attempts += 1
            incident.cause = cause[:CAUSE_AT_MOST]
            return incident
    incident = Incident(
        id=work.ids.new(),
        kind=kind,
        instance_id=instance_id,
        campaign_id=campaign_id,
        element_id=element_id,
        task_id=task_id,
        cause=cause[:CAUSE_AT_MOST],
        retry=retry,
        raised_at=work.now,
    )
    work.session.add(incident)
    work.session.flush()
    return incident


def retry(actor: Actor, work: Work, incident_id: UUID) -> None:
    """Try again what failed. A task is tried again by whoever does it; here its incident is only marked as seen."""
    incident = _open(work, incident_id)
    if incident.kind == "child":
        fan_out = operations.fan_out_for(work, UUID(incident.retry["fan_out"]))
        operations.retry_item(actor, work, fan_out, incident.retry["item"])
    elif incident.kind == "job":
        job = incident.retry
        work.jobs.enqueue(work.session, job["job"], f"retry:{incident.id}:{incident.attempts}", job["arguments"])
    elif "timer" in incident.retry:
        work.jobs.enqueue(work.session, FIRE_JOB, f"retry:{incident.id}:{incident.attempts}", dict(incident.retry))
    elif incident.kind == "barrier":
        work.jobs.enqueue(work.session, BARRIER_JOB, f"retry:{incident.id}:{incident.attempts}", {})
    _resolve(actor, work, incident, "retried")


def leave_out(actor: Actor, work: Work, incident_id: UUID, reason: str) -> None:
    """Go on without a failed child; the reason is kept with the item and in the audit chain."""
    incident = _open(work, incident_id)
    if incident.kind != "child":
        raise Conflict(Message("process-item-not-failed"))
    fan_out = operations.fan_out_for(work, UUID(incident.retry["fan_out"]))
    operations.leave_out(actor, work, fan_out, incident.retry["item"], reason)
    _resolve(actor, work, incident, f"left out: {reason}")


def _open(work: Work, incident_id: UUID) -> Incident:
    incident = work.session.get(Incident, incident_id, with_for_update=True, populate_existing=True)
    if incident is None:
        raise NotFound(Message("error-not-found"))
    if incident.resolved_at is not None:
        raise Conflict(Message("process-incident-resolved"))
    return incident


def _resolve(actor: Actor, work: Work, incident: Incident, resolution: str) -> None:
    incident.resolved_at = work.now
    incident.resolution = f"{resolution} · {actor.name}"[:500]
    work.session.flush()
