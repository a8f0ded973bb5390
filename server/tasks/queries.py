"""Reading tasks: the inbox, and all that a task page shows. Lists are paged; nothing here loads an instance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from server.actor import Actor
from server.db.work import Work
from server.organisation.models import DEFAULT_ZONE, Holding, Unit
from server.organisation.rules import today
from server.processes.models import ProcessDefinition, ProcessInstance
from server.tasks.holders import SeatRow, seats_with_holders
from server.tasks.lights import is_red, light_of
from server.tasks.models import Confirmation, Copy, Decision, Draft, Seat, SeatState, Task, TaskState
from server.tasks.rules import Light, Policy, is_held, offered_again

PAGE = 50
FILTERS = ("all", "overdue", "today", "gate", "returned", "rescue")


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in a list. unit_name: whose matter it is. claimed_name: who has taken it up, empty when nobody has."""

    id: UUID
    title: str
    matter: str
    unit_name: str
    kind: str
    phase: str | None
    element_id: str | None
    scheme_version_id: UUID | None
    opened_at: datetime
    due_at: datetime | None
    light: Light
    returned: bool
    claimed_by: UUID | None
    claimed_name: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of the tasks that somebody may act on now, soonest first, with how many each filter holds."""

    rows: tuple[TaskRow, ...]
    counts: dict[str, int]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One verdict on the trail. taken_back_at: since when it counts no more.

    confirmed: what the one concerned said of an entry on their behalf, if anything. straight: as of `Task`.
    """

    id: UUID
    task_id: UUID
    task_title: str
    kind: str
    element_id: str | None
    values: dict[str, Any]
    name: str
    post_title: str
    unit_name: str
    verdict: str
    opinion: str
    opened_at: datetime
    decided_at: datetime
    source: str
    behalf_name: str | None
    late: bool
    seen_hash: str
    scan_evidence_id: UUID | None
    taken_back_at: datetime | None
    confirmed: Confirmation | None
    straight: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class TaskPage:
    """What a task page shows.

    values: the draft, else what was handed in when the same was last done, else nothing. A draft that somebody has
    handed in is spent: others who are still to decide begin with an empty page.
    """

    task: Task
    unit_name: str
    unit_path: str
    light: Light
    values: dict[str, Any]
    draft: Draft | None
    seats: tuple[SeatRow, ...]
    trail: tuple[DecisionRow, ...]
    scheme_version_id: UUID | None
    process_key: str | None
    copies: tuple[Copy, ...] = ()
    trail_is_whole: bool = True


def end_of_today(now: datetime, zone: str) -> datetime:
    """The last instant of today in a zone, as an aware UTC-comparable instant."""
    local = now.astimezone(ZoneInfo(zone))
    return local.replace(hour=23, minute=59, second=59, microsecond=999999)


def inbox(
    actor: Actor,
    work: Work,
    *,
    chosen: str = "all",
    words: str = "",
    page: int = 1,
    zone: str,
    counted: bool = True,
) -> Inbox:
    """The open tasks of the actor's seats. words: part of a title, matter or unit's name. counted: each filter too."""
    mine = waits_for(actor, today(work.now, DEFAULT_ZONE))
    tests = _tests(work, end_of_today(work.now, zone))
    counts = _counts(work, mine, tests) if counted else {}
    where = [mine]
    if chosen in tests:
        where.append(tests[chosen])
    if words:
        where.append(_matching(words))
    rows = _rows(work, where, page)
    total = counts.get("all") if len(where) == 1 else None
    if total is None:
        total = len(rows) if page == 1 and len(rows) < PAGE else _count(work, where)
    return Inbox(rows, counts, page, total)


def _counts(work: Work, mine: ColumnElement[bool], tests: Mapping[str, ColumnElement[bool]]) -> dict[str, int]:
    """How many there are, and how many each filter holds."""
    counted = work.session.execute(
        select(
            func.count().label("all"),
            *[func.coalesce(func.sum(case((test, 1), else_=0)), 0).label(name) for name, test in tests.items()],
        )
        .select_from(Task)
        .join(Unit, Unit.id == Task.unit_id, isouter=True)
        .where(mine)
    ).one()
    return {name: int(value) for name, value in counted._mapping.items()}


def _count(work: Work, where: Sequence[ColumnElement[bool]]) -> int:
    counted = select(func.count()).select_from(Task).join(Unit, Unit.id == Task.unit_id, isouter=True)
    return work.session.scalar(counted.where(*where)) or 0


def dated(actor: Actor, work: Work, at_most: int) -> tuple[TaskRow, ...]:
    """The open tasks of the actor's seats that have a date, soonest first."""
    return _rows(work, [waits_for(actor, today(work.now, DEFAULT_ZONE)), Task.due_at.is_not(None)], 1, at_most)


def of_step(actor: Actor, work: Work, like: Task, at_most: int) -> tuple[TaskRow, ...]:
    """The open tasks of the actor's own seats that are the same step of the same campaign, soonest first."""
    own = select(Seat.task_id).where(Seat.key.in_(sorted(actor.seat_keys)), Seat.state == SeatState.OPEN)
    same = Task.definition_id == like.definition_id, Task.element_id == like.element_id
    where = [
        waits_for(actor, today(work.now, DEFAULT_ZONE)),
        Task.id.in_(own),
        *same,
        Task.campaign_id == like.campaign_id,
    ]
    return _rows(work, where, 1, at_most)


def waits_for(actor: Actor, on: date) -> ColumnElement[bool]:
    """Tasks with an open seat of the actor; and for who rescues, those of the subtree that nobody can do today."""
    earlier = aliased(Seat)
    in_front = exists().where(
        earlier.task_id == Seat.task_id, earlier.position < Seat.position, earlier.state == SeatState.OPEN
    )
    own = (
        select(Seat.task_id)
        .join(Task, Task.id == Seat.task_id)
        .where(Seat.key.in_(sorted(actor.seat_keys)), Seat.state == SeatState.OPEN)
        .where(or_(Task.policy != Policy.SEQUENCE, ~in_front))
    )
    mine: ColumnElement[bool] = Task.id.in_(own)
    rescues = actor.paths("task.rescue")
    if rescues:
        below = or_(*[Unit.path.startswith(path, autoescape=True) for path in rescues])
        mine = or_(mine, and_(Task.unit_id.in_(select(Unit.id).where(below)), unattended(on)))
    return and_(Task.state == TaskState.OPEN, mine)


def unattended(on: date) -> ColumnElement[bool]:
    """Tasks none of whose open seats anybody holds on a day."""
    held = exists().where(
        Holding.post_id == Seat.post_id,
        Holding.from_on <= on,
        or_(Holding.until_on.is_(None), Holding.until_on >= on),
    )
    attended = exists().where(
        Seat.task_id == Task.id, Seat.state == SeatState.OPEN, or_(Seat.key.startswith("person:"), held)
    )
    return ~attended


def _tests(work: Work, tonight: datetime) -> dict[str, ColumnElement[bool]]:
    return {
        "overdue": is_red(work),
        "today": and_(Task.due_at >= work.now, Task.due_at <= tonight),
        "gate": Task.kind == "gate",
        "returned": Task.returned_reason.is_not(None),
        "rescue": unattended(today(work.now, DEFAULT_ZONE)),
    }


def _matching(words: str) -> ColumnElement[bool]:
    pattern = f"%{words.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    return or_(*[column.ilike(pattern, escape="!") for column in (Task.title, Task.matter, Unit.name)])


def rows_of(work: Work, where: Sequence[ColumnElement[bool]], at_most: int) -> tuple[TaskRow, ...]:
    """The first of the tasks that fit, soonest first."""
    return _rows(work, where, 1, at_most)


def _rows(work: Work, where: Sequence[ColumnElement[bool]], page: int, size: int = PAGE) -> tuple[TaskRow, ...]:
    found = work.session.execute(
        select(Task, Unit.name, Unit.kind, Unit.zone, ProcessDefinition.scheme_version_id)
        .outerjoin(Unit, Unit.id == Task.unit_id)
        .outerjoin(ProcessDefinition, ProcessDefinition.id == Task.definition_id)
        .where(*where)
        .order_by(Task.due_at.is_(None), Task.due_at, Task.opened_at, Task.matter, Task.title)
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return tuple(
        _row(task, unit_name, version, _light(work, task, kind, zone), is_held(task, work.now))
        for task, unit_name, kind, zone, version in found
    )


def _light(work: Work, task: Task, kind: str | None, zone: str | None) -> Light:
    return light_of(work, task.due_at, kind, zone, (task.campaign_id, task.unit_id))


def _row(task: Task, unit_name: str | None, version: UUID | None, light: Light, held: bool) -> TaskRow:
    return TaskRow(
        id=task.id,
        title=task.title,
        matter=task.matter,
        unit_name=unit_name or "",
        kind=task.kind,
        phase=task.phase,
        element_id=task.element_id,
        scheme_version_id=version,
        opened_at=task.opened_at,
        due_at=task.due_at,
        light=light,
        returned=task.returned_reason is not None,
        claimed_by=task.claimed_by if held else None,
        claimed_name=(task.claimed_name or "") if held else "",
    )


def open_tasks_of_campaign(work: Work, campaign_id: UUID, page: int = 1) -> tuple[TaskRow, ...]:
    """All open tasks of a campaign, soonest first; for its board."""
    return _rows(work, [Task.campaign_id == campaign_id, Task.state == TaskState.OPEN], page)


def waiting_count(actor: Actor, work: Work) -> int:
    """How many tasks wait for the actor, for the badge in the navigation."""
    return (
        work.session.scalar(
            select(func.count()).select_from(Task).where(waits_for(actor, today(work.now, DEFAULT_ZONE)))
        )
        or 0
    )


def task_page(work: Work, task_id: UUID) -> TaskPage | None:
    """Everything a task page shows; whether the actor may see it is `may_see`."""
    found = work.session.execute(
        select(
            Task,
            Unit.name,
            Unit.path,
            Unit.kind,
            Unit.zone,
            Draft,
            ProcessDefinition.scheme_version_id,
            ProcessDefinition.process_key,
        )
        .outerjoin(Unit, Unit.id == Task.unit_id)
        .outerjoin(Draft, Draft.task_id == Task.id)
        .outerjoin(ProcessDefinition, ProcessDefinition.id == Task.definition_id)
        .where(Task.id == task_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        return None
    task, unit_name, unit_path, unit_kind, zone, saved, version, process_key = found
    lines = trail(work, task)
    decided = [line.decided_at for line in lines if line.task_id == task_id and line.taken_back_at is None]
    spent = task.state != TaskState.OPEN or (saved is not None and any(saved.saved_at <= each for each in decided))
    draft = None if spent else saved
    values = _shown_values(work, task, draft)
    return TaskPage(
        task=task,
        unit_name=unit_name or "",
        unit_path=unit_path or "",
        light=_light(work, task, unit_kind, zone),
        values=values,
        draft=draft,
        seats=seats_with_holders(work, task_id),
        trail=lines,
        scheme_version_id=version,
        process_key=process_key,
        copies=tuple(work.session.scalars(_COPIES.where(Copy.task_id == task_id))),
    )


_COPIES = select(Copy).order_by(Copy.sent_at, Copy.key)


def _shown_values(work: Work, task: Task, draft: Draft | None) -> dict[str, Any]:
    if task.state != TaskState.OPEN:
        handed_in = work.session.scalar(
            select(Decision.values)
            .where(Decision.task_id == task.id, Decision.taken_back_at.is_(None))
            .order_by(Decision.decided_at.desc())
            .limit(1)
        )
        if handed_in is not None:
            return dict(handed_in)
    return draft.values if draft is not None else _last_values(work, task)


def _last_values(work: Work, task: Task) -> dict[str, Any]:
    """What was handed in with a closed task; for an open one, when the same was done before a return or attempt."""
    same_matter = (
        Task.campaign_id == task.campaign_id if task.campaign_id is not None else Task.instance_id == task.instance_id
    )
    which = Task.id != task.id if task.state == TaskState.OPEN else Task.id == task.id
    values = work.session.scalar(
        select(Decision.values)
        .join(Task, Task.id == Decision.task_id)
        .where(
            which,
            Task.definition_id == task.definition_id,
            Task.element_id == task.element_id,
            Task.unit_id == task.unit_id,
            Task.subject_id == task.subject_id if task.subject_id is not None else Task.subject_id.is_(None),
            Task.kind == task.kind,
            same_matter,
        )
        .order_by(Decision.decided_at.desc())
        .limit(1)
    )
    return offered_again(values or {}) if task.state == TaskState.OPEN else dict(values or {})


def trail(work: Work, about: Task) -> tuple[DecisionRow, ...]:
    """The decisions of a task's instance in the order they were made; of a task without one, its own."""
    whose = Task.id == about.id if about.instance_id is None else Task.instance_id == about.instance_id
    found = work.session.execute(
        select(Decision, Task, Confirmation)
        .join(Task, Task.id == Decision.task_id)
        .outerjoin(Confirmation, Confirmation.decision_id == Decision.id)
        .where(whose)
        .order_by(Decision.decided_at, Task.opened_at, Task.element_id)
        .limit(200)
    ).all()
    return tuple(
        DecisionRow(
            id=decision.id,
            task_id=task.id,
            task_title=task.title,
            kind=task.kind,
            element_id=task.element_id,
            values=decision.values,
            name=decision.name,
            post_title=decision.post_title,
            unit_name=decision.unit_name,
            verdict=decision.verdict,
            opinion=decision.opinion,
            opened_at=task.opened_at,
            decided_at=decision.decided_at,
            source=decision.source,
            behalf_name=decision.behalf_name,
            late=task.late,
            seen_hash=decision.seen_hash,
            scan_evidence_id=decision.scan_evidence_id,
            taken_back_at=decision.taken_back_at,
            confirmed=confirmed,
            straight=task.straight,
        )
        for decision, task, confirmed in found
    )


def may_see(actor: Actor, page: TaskPage) -> bool:
    """Who has to do with a task, and who was sent a copy of it."""
    return is_concerned(actor, page) or any(copy.key in actor.seat_keys for copy in page.copies)


def shown_to(actor: Actor, page: TaskPage) -> TaskPage:
    """What somebody may see of a task: by a copy what was decided there, not what is being written or led to it."""
    if is_concerned(actor, page):
        return page
    trail = tuple(line for line in page.trail if line.task_id == page.task.id)
    values = page.values if page.task.state == TaskState.DONE else {}
    copies = tuple(copy for copy in page.copies if copy.key in actor.seat_keys)
    return replace(page, trail=trail, values=values, draft=None, copies=copies, trail_is_whole=False)


def is_concerned(actor: Actor, page: TaskPage) -> bool:
    """Holders of a seat, people of the unit whose matter it is, and those who oversee its subtree."""
    if any(seat.key in actor.seat_keys for seat in page.seats):
        return True
    if not page.unit_path:
        return actor.may_anywhere("campaign.view") or actor.may_anywhere("task.rescue")
    return any(actor.may(permission, page.unit_path) for permission in ("campaign.view", "task.on_behalf", "unit.work"))


def has_seat(actor: Actor, page: TaskPage) -> bool:
    return any(seat.key in actor.seat_keys and seat.state == SeatState.OPEN for seat in page.seats)


def zone_of(work: Work, task: Task) -> str:
    """The zone in which a task's days end: that of the unit whose matter it is."""
    zone = work.session.scalar(select(Unit.zone).where(Unit.id == task.unit_id))
    return zone or DEFAULT_ZONE


def instance_of(work: Work, instance_id: UUID) -> ProcessInstance | None:
    return work.session.get(ProcessInstance, instance_id)
