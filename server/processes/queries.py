"""Reading incidents and instances; lists are paged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from server.actor import Actor
from server.db.work import Work
from server.errors import NotFound
from server.i18n import Message
from server.organisation.models import Unit
from server.processes.models import Incident, ProcessDefinition, ProcessInstance

PAGE = 50


@dataclass(frozen=True, slots=True)
class IncidentRow:
    id: UUID
    kind: str
    where: str
    element_id: str
    cause: str
    attempts: int
    raised_at: datetime
    instance_id: UUID | None


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """An instance for a page or the API; its state is not loaded."""

    id: UUID
    process_key: str
    business_key: str
    state: str
    outcome: str | None
    started_at: datetime
    ended_at: datetime | None
    unit_path: str | None
    campaign_id: UUID | None
    revision: int


def incidents(actor: Actor, work: Work, page: int = 1) -> tuple[tuple[IncidentRow, ...], int]:
    """Open incidents of the subtrees that the actor operates, newest first; those of no unit to every operator."""
    base = _visible(actor).where(Incident.resolved_at.is_(None))
    total = work.session.scalar(select(func.count()).select_from(base.with_only_columns(Incident.id).subquery())) or 0
    rows = work.session.execute(
        base.order_by(Incident.raised_at.desc(), Incident.kind, Incident.cause).limit(PAGE).offset((page - 1) * PAGE)
    ).all()
    return tuple(
        IncidentRow(
            incident.id,
            incident.kind,
            business_key or "",
            incident.element_id or "",
            incident.cause,
            incident.attempts,
            incident.raised_at,
            incident.instance_id,
        )
        for incident, business_key in rows
    ), total


def _visible(actor: Actor) -> Select[Incident, str]:
    below = [Unit.path.startswith(path, autoescape=True) for path in actor.paths("process.operate")]
    return (
        select(Incident, ProcessInstance.business_key)
        .outerjoin(ProcessInstance, ProcessInstance.id == Incident.instance_id)
        .outerjoin(Unit, Unit.id == ProcessInstance.unit_id)
        .where(or_(Incident.instance_id.is_(None), ProcessInstance.unit_id.is_(None), *below))
    )


def require_incident(actor: Actor, work: Work, incident_id: UUID) -> None:
    """Raise NotFound unless the incident lies in a subtree that the actor operates."""
    if work.session.execute(_visible(actor).where(Incident.id == incident_id)).one_or_none() is None:
        raise NotFound(Message("error-not-found"))


def instance(work: Work, instance_id: UUID) -> InstanceRow | None:
    row = work.session.execute(
        select(ProcessInstance, Unit.path)
        .outerjoin(Unit, Unit.id == ProcessInstance.unit_id)
        .where(ProcessInstance.id == instance_id)
    ).one_or_none()
    if row is None:
        return None
    found, path = row
    return InstanceRow(
        found.id,
        found.process_key,
        found.business_key,
        found.state,
        found.outcome,
        found.started_at,
        found.ended_at,
        path,
        found.campaign_id,
        found.revision,
    )


def definition_id(work: Work, scheme_version_id: UUID, process_key: str) -> UUID | None:
    return work.session.scalar(
        select(ProcessDefinition.id).where(
            ProcessDefinition.scheme_version_id == scheme_version_id, ProcessDefinition.process_key == process_key
        )
    )


def heads(session: Session) -> Iterable[tuple[UUID, int, str]]:
    """The ends of the audit chains that instances keep: stream id, sequence, hash."""
    rows = session.execute(
        select(ProcessInstance.id, ProcessInstance.audit_sequence, ProcessInstance.audit_head)
        .where(ProcessInstance.audit_sequence > 0)
        .execution_options(yield_per=500)
    )
    return ((row[0], row[1], row[2]) for row in rows)
