"""What the interface reads besides the packages' own lists and pages: units by code, versions by number, instances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from server.actor import Actor
from server.db.work import Work
from server.engine.contract import ElementKind
from server.errors import Invalid, NotFound
from server.i18n import Message
from server.organisation.models import Unit
from server.processes.models import FanOut, FanOutItem, ProcessDefinition, ProcessInstance
from server.processes.registry import Running
from server.schemes.models import Scheme, SchemeVersion
from server.tasks.models import Decision, Task, TaskState

OVERSEES = ("campaign.view", "campaign.manage", "process.operate")
OPEN_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class UnitShown:
    id: UUID
    code: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class SchemeShown:
    version_id: UUID
    key: str
    number: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open task of an instance."""

    id: UUID
    title: str
    element_id: str | None
    opened_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Children:
    """A fan-out of an instance. counts: item state to how many items."""

    element_id: str
    process_key: str
    state: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class InstanceShown:
    """An instance with what waits in it; its engine state is not loaded."""

    id: UUID
    scheme: SchemeShown
    process_key: str
    business_key: str
    state: str
    outcome: str | None
    unit: UnitShown | None
    campaign_id: UUID | None
    attempt: int
    started_at: datetime
    ended_at: datetime | None
    waiting: Sequence[Waiting]
    children: Sequence[Children]


def unit(work: Work, wanted: str) -> UnitShown:
    """A unit by its id or its code. Raises NotFound."""
    found = units(work, [wanted])
    if wanted not in found:
        raise NotFound(Message("error-not-found"))
    return found[wanted]


def units(work: Work, wanted: Sequence[str]) -> dict[str, UnitShown]:
    """Units by what was asked for, ids or codes; those that do not exist are left out."""
    ids = {text: each for text in wanted if (each := _uuid(text)) is not None}
    rows = work.session.execute(_UNITS, {"ids": list(ids.values()), "codes": list(wanted)}).all()
    by_id = {row.id: UnitShown(row.id, row.code, row.name, row.path) for row in rows}
    by_code = {row.code: by_id[row.id] for row in rows}
    found = {text: by_id.get(ids[text]) if text in ids else by_code.get(text) for text in wanted}
    return {text: shown for text, shown in found.items() if shown is not None}


_UNIT = Unit.__table__.c
_UNITS = select(_UNIT.id, _UNIT.code, _UNIT.name, _UNIT.path).where(
    or_(_UNIT.id.in_(bindparam("ids", expanding=True)), _UNIT.code.in_(bindparam("codes", expanding=True)))
)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def scheme(work: Work, key: str, number: int | None) -> SchemeShown:
    """A published version of a scheme: the one asked for, else the newest. Raises Invalid."""
    query = (
        select(SchemeVersion.id, Scheme.key, SchemeVersion.number)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .where(Scheme.key == key, Scheme.archived_at.is_(None), SchemeVersion.state == "published")
        .order_by(SchemeVersion.number.desc())
        .limit(1)
    )
    if number is not None:
        query = query.where(SchemeVersion.number == number)
    row = work.session.execute(query).one_or_none()
    if row is None:
        unknown = Message("api-scheme-unknown")
        raise Invalid(unknown, {"scheme" if number is None else "version": [unknown]})
    return SchemeShown(row.id, row.key, row.number)


def process(work: Work, key: str, number: int | None, process_key: str) -> tuple[SchemeShown, ProcessDefinition]:
    """A process of a published version (without a number, the newest), with its definition. Raises Invalid.

    One statement; as long as somebody holds the definition, starting it finds it in the session.
    """
    rows = work.session.execute(
        _PROCESS if number is None else _PROCESS_OF_VERSION,
        {"key": key, "process_key": process_key} | ({} if number is None else {"number": number}),
    ).one_or_none()
    if rows is None:
        scheme(work, key, number)
        unknown = Message("api-process-unknown")
        raise Invalid(unknown, {"process": [unknown]})
    definition, scheme_key, found = rows
    return SchemeShown(definition.scheme_version_id, scheme_key, found), definition


_PUBLISHED = (Scheme.archived_at.is_(None), SchemeVersion.state == "published", Scheme.key == bindparam("key"))
_NEWEST = (
    select(func.max(SchemeVersion.number))
    .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
    .where(*_PUBLISHED)
    .scalar_subquery()
)


def _process(number: ColumnElement[int]) -> Select[ProcessDefinition, str, int]:
    return (
        select(ProcessDefinition, Scheme.key, SchemeVersion.number)
        .join(SchemeVersion, SchemeVersion.id == ProcessDefinition.scheme_version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .where(*_PUBLISHED, ProcessDefinition.process_key == bindparam("process_key"), SchemeVersion.number == number)
    )


# Made once, as all that is asked for every request that starts something.
_PROCESS = _process(_NEWEST)
_PROCESS_OF_VERSION = _process(bindparam("number", type_=Integer()))


def scheme_of(work: Work, version_id: UUID) -> SchemeShown:
    """The key and number of a version."""
    row = work.session.execute(
        select(Scheme.key, SchemeVersion.number)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .where(SchemeVersion.id == version_id)
    ).one()
    return SchemeShown(version_id, row.key, row.number)


def instance(actor: Actor, work: Work, instance_id: UUID) -> InstanceShown:
    """An instance of the actor's own unit or of a subtree that it oversees. Raises NotFound."""
    owner = aliased(Unit)
    row = work.session.execute(
        select(ProcessInstance, Unit, owner.path, SchemeVersion.id, Scheme.key, SchemeVersion.number)
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .join(SchemeVersion, SchemeVersion.id == ProcessDefinition.scheme_version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .outerjoin(Unit, Unit.id == ProcessInstance.unit_id)
        .outerjoin(owner, owner.id == ProcessInstance.owner_unit_id)
        .where(ProcessInstance.id == instance_id)
    ).one_or_none()
    if row is None:
        raise NotFound(Message("error-not-found"))
    found, of_unit, owner_path, version_id, key, number = row
    _require_business(actor, of_unit.path if of_unit is not None else None, owner_path)
    return InstanceShown(
        id=found.id,
        scheme=SchemeShown(version_id, key, number),
        process_key=found.process_key,
        business_key=found.business_key,
        state=found.state,
        outcome=found.outcome,
        unit=None if of_unit is None else UnitShown(of_unit.id, of_unit.code, of_unit.name, of_unit.path),
        campaign_id=found.campaign_id,
        attempt=found.attempt,
        started_at=found.started_at,
        ended_at=found.ended_at,
        waiting=_waiting(work, found.id),
        children=_children(work, found.id),
    )


def started(work: Work, running: Running, of: SchemeShown, unit_of: UnitShown) -> InstanceShown:
    """An instance as it stands after its start in this unit of work; what `instance` would read, without reading."""
    found = running.instance
    has_children = any(element.kind is ElementKind.CHILDREN for element in running.definition.elements.values())
    opened: Sequence[Task] = running.memo["open_tasks"]
    return InstanceShown(
        id=found.id,
        scheme=of,
        process_key=found.process_key,
        business_key=found.business_key,
        state=found.state,
        outcome=found.outcome,
        unit=unit_of,
        campaign_id=found.campaign_id,
        attempt=found.attempt,
        started_at=found.started_at,
        ended_at=found.ended_at,
        waiting=[
            Waiting(task.id, task.title, task.element_id, task.opened_at, task.due_at)
            for task in sorted(opened, key=lambda task: task.element_id or "")
        ],
        children=_children(work, found.id) if has_children else (),
    )


def _require_business(actor: Actor, unit_path: str | None, owner_path: str | None) -> None:
    """What is about a unit is for it and for who oversees it; what is about none, for who oversees its owner."""
    path = unit_path or owner_path
    overseen = path is not None and any(actor.may(permission, path) for permission in OVERSEES)
    own = unit_path is not None and actor.may("unit.work", unit_path)
    if not overseen and not own:
        raise NotFound(Message("error-not-found"))


def _waiting(work: Work, instance_id: UUID) -> Sequence[Waiting]:
    rows = work.session.execute(
        select(Task.id, Task.title, Task.element_id, Task.opened_at, Task.due_at)
        .where(Task.instance_id == instance_id, Task.state == TaskState.OPEN)
        .order_by(Task.opened_at, Task.element_id)
        .limit(OPEN_AT_MOST)
    )
    return [Waiting(*row) for row in rows]


def _children(work: Work, instance_id: UUID) -> Sequence[Children]:
    fan_outs = work.session.scalars(
        select(FanOut).where(FanOut.instance_id == instance_id).order_by(FanOut.opened_at, FanOut.element_id)
    ).all()
    counts: dict[UUID, dict[str, int]] = {row.id: {} for row in fan_outs}
    for fan_out_id, state, number in work.session.execute(
        select(FanOutItem.fan_out_id, FanOutItem.state, func.count())
        .where(FanOutItem.fan_out_id.in_(counts))
        .group_by(FanOutItem.fan_out_id, FanOutItem.state)
    ):
        counts[fan_out_id][state] = number
    return [Children(row.element_id, row.process_key, row.state, counts[row.id]) for row in fan_outs]


def decision_by_key(work: Work, actor_key: str, key: str) -> Decision | None:
    """The decision that an actor's request with this key has made."""
    return work.session.scalars(
        select(Decision).where(Decision.actor_key == actor_key, Decision.idempotency_key == key)
    ).one_or_none()
