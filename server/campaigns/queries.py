"""Reading campaigns: the list, and the board of units and phases. Lists are paged; no instance is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import case, func, or_, select

from server.actor import Actor
from server.campaigns.models import Campaign, Participant, ParticipantState
from server.db.work import Work
from server.deadlines.models import ScheduleEntry
from server.organisation.models import Unit
from server.processes.models import FanOut, FanOutItem, ProcessInstance
from server.tasks.lights import is_red, light_of
from server.tasks.models import Task, TaskState
from server.tasks.rules import Light

PAGE = 50
VIEW = "campaign.view"


@dataclass(frozen=True, slots=True)
class CampaignRow:
    id: UUID
    title: str
    unit_name: str
    year: int
    state: str
    starts_on: date
    participants: int
    open_tasks: int
    overdue: int


@dataclass(frozen=True, slots=True)
class CampaignDetail:
    campaign: Campaign
    unit_name: str
    unit_path: str
    active: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class PhaseCount:
    """How a phase stands. state: done, now, overdue or todo."""

    key: str
    open_tasks: int
    overdue: int
    done: int
    units: int
    state: str


@dataclass(frozen=True, slots=True)
class OpenTask:
    id: UUID
    title: str
    kind: str
    element_id: str | None
    due_at: datetime | None
    light: Light


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A participant on the board: what is open there now, and how its process stands."""

    participant_id: UUID
    number: int
    unit_id: UUID
    unit_name: str
    state: str
    reason: str
    attempt: int
    instance_id: UUID | None
    instance_state: str
    tasks: tuple[OpenTask, ...]
    late: int


@dataclass(frozen=True, slots=True)
class Board:
    rows: tuple[BoardRow, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def campaigns(actor: Actor, work: Work, page: int = 1) -> tuple[tuple[CampaignRow, ...], int]:
    """The campaigns an actor may see, newest first: of subtrees it oversees, and those its unit takes part in."""
    mine = [Unit.path.startswith(path, autoescape=True) for path in actor.paths(VIEW)]
    own = select(Participant.campaign_id).where(Participant.unit_id == actor.unit_id)
    where = or_(*mine, Campaign.id.in_(own))
    total = work.session.scalar(
        select(func.count()).select_from(Campaign).join(Unit, Unit.id == Campaign.unit_id).where(where)
    )
    rows = work.session.execute(
        select(Campaign, Unit.name)
        .join(Unit, Unit.id == Campaign.unit_id)
        .where(where)
        .order_by(Campaign.year.desc(), Campaign.opened_at.desc(), Campaign.title)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    ids = [campaign.id for campaign, _ in rows]
    members = _count(work, Participant.campaign_id, ids, Participant.state == ParticipantState.ACTIVE)
    waiting = _count(work, Task.campaign_id, ids, Task.state == TaskState.OPEN)
    late = _count(work, Task.campaign_id, ids, (Task.state == TaskState.OPEN) & is_red(work))
    found = tuple(
        CampaignRow(
            campaign.id,
            campaign.title,
            unit_name,
            campaign.year,
            campaign.state,
            campaign.starts_on,
            members.get(campaign.id, 0),
            waiting.get(campaign.id, 0),
            late.get(campaign.id, 0),
        )
        for campaign, unit_name in rows
    )
    return found, total or 0


def _count(work: Work, column: object, ids: Sequence[UUID], where: object) -> dict[UUID, int]:
    rows = work.session.execute(
        select(column, func.count()).where(column.in_(ids), where).group_by(column)  # type: ignore[attr-defined, call-overload]
    ).all()
    return dict(rows)


def campaign(work: Work, campaign_id: UUID) -> CampaignDetail | None:
    row = work.session.execute(
        select(Campaign, Unit.name, Unit.path).join(Unit, Unit.id == Campaign.unit_id).where(Campaign.id == campaign_id)
    ).one_or_none()
    if row is None:
        return None
    counts = dict(
        work.session.execute(
            select(Participant.state, func.count())
            .where(Participant.campaign_id == campaign_id)
            .group_by(Participant.state)
        ).all()
    )
    return CampaignDetail(
        row[0],
        row[1],
        row[2],
        counts.get(ParticipantState.ACTIVE, 0) + counts.get(ParticipantState.EXEMPT, 0),
        counts.get(ParticipantState.WITHDRAWN, 0),
    )


def may_see(actor: Actor, work: Work, detail: CampaignDetail) -> bool:
    """Those who oversee the authority's subtree, and the people of a participant."""
    if actor.may(VIEW, detail.unit_path):
        return True
    return actor.unit_id is not None and own_participant(work, detail.campaign.id, actor.unit_id) is not None


def own_participant(work: Work, campaign_id: UUID, unit_id: UUID) -> Participant | None:
    return work.session.scalars(
        select(Participant).where(Participant.campaign_id == campaign_id, Participant.unit_id == unit_id)
    ).one_or_none()


def phase_counts(work: Work, campaign_id: UUID, phases: Sequence[str]) -> tuple[PhaseCount, ...]:
    """The phases in the scheme's order, by the tasks that carry them."""
    is_open = Task.state == TaskState.OPEN
    rows = work.session.execute(
        select(
            Task.phase,
            func.sum(case((is_open, 1), else_=0)),
            func.sum(case((is_open & is_red(work), 1), else_=0)),
            func.sum(case((Task.state == TaskState.DONE, 1), else_=0)),
            func.count(func.distinct(case((is_open, Task.unit_id)))),
        )
        .where(Task.campaign_id == campaign_id)
        .group_by(Task.phase)
    ).all()
    found = {row[0]: [int(value or 0) for value in row[1:]] for row in rows}
    reached = [index for index, key in enumerate(phases) if key in found]
    last = reached[-1] if reached else -1
    return tuple(_phase(key, found.get(key, [0, 0, 0, 0]), reached=index <= last) for index, key in enumerate(phases))


def _phase(key: str, numbers: Sequence[int], *, reached: bool) -> PhaseCount:
    waiting, overdue, done, units = numbers
    state = "overdue" if overdue else "now" if waiting else "done" if reached else "todo"
    return PhaseCount(key, waiting, overdue, done, units, state)


def element_counts(work: Work, campaign_id: UUID) -> dict[str, tuple[int, int]]:
    """Element id to how many tasks are open there, and how many of them overdue."""
    rows = work.session.execute(
        select(Task.element_id, func.count(), func.coalesce(func.sum(case((is_red(work), 1), else_=0)), 0))
        .where(Task.campaign_id == campaign_id, Task.state == TaskState.OPEN)
        .group_by(Task.element_id)
    ).all()
    return {element_id: (number, int(late)) for element_id, number, late in rows if element_id}


def board(work: Work, campaign_id: UUID, page: int = 1, *, words: str = "") -> Board:
    """Participants in their order, each with its open tasks."""
    where = [Participant.campaign_id == campaign_id]
    if words:
        where.append(Unit.name.icontains(words, autoescape=True))
    total = work.session.scalar(
        select(func.count()).select_from(Participant).join(Unit, Unit.id == Participant.unit_id).where(*where)
    )
    rows = work.session.execute(
        select(Participant, Unit.name)
        .join(Unit, Unit.id == Participant.unit_id)
        .where(*where)
        .order_by(Participant.number)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    return Board(tuple(_board_rows(work, campaign_id, [(row[0], row[1]) for row in rows])), page, total or 0)


def _board_rows(work: Work, campaign_id: UUID, rows: Sequence[tuple[Participant, str]]) -> list[BoardRow]:
    units = [participant.unit_id for participant, _ in rows]
    tasks = _tasks_by_unit(work, campaign_id, units)
    late = _count(work, Task.unit_id, units, (Task.campaign_id == campaign_id) & Task.late)
    places = _places(work, [participant.id for participant, _ in rows])
    found = []
    for participant, unit_name in rows:
        attempt, instance_id, state = places.get(participant.id, (1, None, "waiting"))
        found.append(
            BoardRow(
                participant.id,
                participant.number,
                participant.unit_id,
                unit_name,
                participant.state,
                participant.reason,
                attempt,
                instance_id,
                state,
                tuple(tasks.get(participant.unit_id, ())),
                late.get(participant.unit_id, 0),
            )
        )
    return found


def board_row(work: Work, campaign_id: UUID, participant_id: UUID) -> BoardRow | None:
    """One participant as it stands on the board."""
    row = work.session.execute(
        select(Participant, Unit.name)
        .join(Unit, Unit.id == Participant.unit_id)
        .where(Participant.campaign_id == campaign_id, Participant.id == participant_id)
    ).one_or_none()
    return None if row is None else _board_rows(work, campaign_id, [(row[0], row[1])])[0]


def _tasks_by_unit(work: Work, campaign_id: UUID, units: Sequence[UUID]) -> dict[UUID, list[OpenTask]]:
    rows = work.session.execute(
        select(Task, Unit.kind, Unit.zone)
        .join(Unit, Unit.id == Task.unit_id)
        .where(Task.campaign_id == campaign_id, Task.state == TaskState.OPEN, Task.unit_id.in_(units))
        .order_by(Task.due_at.is_(None), Task.due_at, Task.opened_at, Task.title)
    ).all()
    found: dict[UUID, list[OpenTask]] = {}
    for task, kind, zone in rows:
        if task.unit_id is not None:
            light = light_of(work, task.due_at, kind, zone, (campaign_id, task.unit_id))
            shown = OpenTask(task.id, task.title, task.kind, task.element_id, task.due_at, light)
            found.setdefault(task.unit_id, []).append(shown)
    return found


def _places(work: Work, participant_ids: Sequence[UUID]) -> dict[UUID, tuple[int, UUID | None, str]]:
    """Participant id to its newest attempt, instance and the state of its item."""
    rows = work.session.execute(
        select(FanOutItem.subject_id, FanOutItem.attempt, FanOutItem.instance_id, FanOutItem.state)
        .join(FanOut, FanOut.id == FanOutItem.fan_out_id)
        .where(FanOutItem.subject_id.in_(participant_ids), FanOut.collection == "participants")
        .order_by(FanOut.opened_at, FanOutItem.attempt)
    ).all()
    return {subject: (attempt, child, state) for subject, attempt, child, state in rows if subject is not None}


def schedule(work: Work, campaign_id: UUID) -> dict[str, ScheduleEntry]:
    return {
        entry.key: entry
        for entry in work.session.scalars(select(ScheduleEntry).where(ScheduleEntry.campaign_id == campaign_id))
    }


def root_instance(work: Work, campaign_id: UUID) -> ProcessInstance | None:
    return work.session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.campaign_id == campaign_id, ProcessInstance.parent_fan_out_id.is_(None)
        )
    ).first()
