"""The board of a campaign: units against phases, plan against actual, and the tasks behind every number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select

from server.campaigns.models import CampaignState, Participant, ParticipantState
from server.campaigns.queries import PAGE, CampaignDetail, schedule
from server.campaigns.registry import CampaignParts, Result
from server.db.work import Work
from server.organisation.models import DEFAULT_ZONE, Unit
from server.organisation.rules import today
from server.schemes import queries as schemes
from server.schemes.definition import ProcessOf, SchemeDefinition
from server.tasks.lights import is_red, light_of
from server.tasks.models import Task, TaskState
from server.tasks.rules import Light

MET = "met"


class CellState(StrEnum):
    """How a unit stands in a phase. PASSED: all is handed in, and the result that counts meets the standard."""

    IDLE = "idle"
    PENDING = "pending"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PASSED = "passed"


class What(StrEnum):
    """Which tasks a number counts."""

    OPEN = "open"
    OVERDUE = "overdue"
    RETURNED = "returned"
    DONE = "done"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Cell:
    """A unit in a phase. days: since the earliest open date passed; late: tasks that were handed in late."""

    phase: str
    state: CellState
    light: Light
    due_at: datetime | None
    days: int
    waiting: int
    late: int


@dataclass(frozen=True, slots=True)
class Row:
    """A participant with a cell for each phase; no cells when it takes no part any more."""

    participant_id: UUID
    number: int
    unit_id: UUID
    unit_name: str
    unit_kind: str
    state: str
    cells: tuple[Cell, ...]
    result: Result


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the board is narrowed to. A state or light without a phase is looked for in all phases."""

    phase: str = ""
    state: str = ""
    light: str = ""
    kind: str = ""
    words: str = ""

    def takes(self, row: Row) -> bool:
        """Whether kind and words let a row stand."""
        return (not self.kind or row.unit_kind == self.kind) and self.words.casefold() in row.unit_name.casefold()

    def shows(self, row: Row) -> bool:
        if not self.state and not self.light:
            return True
        return any(
            (not self.phase or cell.phase == self.phase)
            and (not self.state or cell.state == self.state)
            and (not self.light or cell.light == self.light)
            for cell in row.cells
        )


@dataclass(frozen=True, slots=True)
class PhasePlan:
    """A phase against its plan. late: days between planned and actual end, until today while it is open."""

    key: str
    planned: datetime | None
    actual: datetime | None
    reached: bool
    late: int
    waiting: int
    overdue: int
    done: int


@dataclass(frozen=True, slots=True)
class Board:
    """shown: the rows asked for, all pages; counts: units by phase and state, before they are narrowed by either.

    phases: those in which units have something to do, which are the columns.
    """

    phases: tuple[str, ...]

    shown: tuple[Row, ...]
    counts: Mapping[tuple[str, str], int]
    lights: Mapping[str, int]
    kinds: tuple[str, ...]
    plans: tuple[PhasePlan, ...]

    def page(self, number: int) -> tuple[Row, ...]:
        return self.shown[(number - 1) * PAGE : number * PAGE]

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.shown) // PAGE))


@dataclass(frozen=True, slots=True)
class _Sum:
    waiting: int = 0
    overdue: int = 0
    returned: int = 0
    done: int = 0
    late: int = 0
    due_at: datetime | None = None
    closed_at: datetime | None = None
    last_due: datetime | None = None


def _condition(work: Work, what: str) -> ColumnElement[bool]:
    """The one meaning of each number, for counting and for the list behind it."""
    is_open = Task.state == TaskState.OPEN
    if what == What.OVERDUE:
        return is_open & is_red(work)
    if what == What.RETURNED:
        return is_open & Task.returned_reason.is_not(None)
    if what == What.DONE:
        return Task.state == TaskState.DONE
    if what == What.LATE:
        return (Task.state == TaskState.DONE) & Task.late
    return is_open


def board(work: Work, detail: CampaignDetail, wanted: Wanted, only_unit: UUID | None = None) -> Board:
    """The whole board, in as many statements for few units as for many. only_unit: who sees its own row alone."""
    scheme = schemes.scheme_of(work, detail.campaign.scheme_version_id)
    sums = _sums(work, detail.campaign.id, only_unit)
    phases = _phases_of_units(work, detail, scheme)
    rows = [row for row in _rows(work, detail, phases, sums, only_unit) if wanted.takes(row)]
    counts: dict[tuple[str, str], int] = {}
    lights: dict[str, int] = {}
    for row in rows:
        for cell in row.cells:
            counts[cell.phase, cell.state] = counts.get((cell.phase, cell.state), 0) + 1
        for light in {cell.light for cell in row.cells}:
            lights[light] = lights.get(light, 0) + 1
    return Board(
        phases=phases,
        shown=tuple(row for row in rows if wanted.shows(row)),
        counts=counts,
        lights=lights,
        kinds=_kinds(work, detail.campaign.id, only_unit),
        plans=_plans(work, detail, scheme, sums),
    )


def _sums(work: Work, campaign_id: UUID, only_unit: UUID | None) -> dict[tuple[UUID | None, str], _Sum]:
    def count(what: What) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((_condition(work, what), 1), else_=0)), 0)

    where = [Task.campaign_id == campaign_id, Task.phase.is_not(None)]
    if only_unit is not None:
        where.append(Task.unit_id == only_unit)
    rows = work.session.execute(
        select(
            Task.unit_id,
            Task.phase,
            count(What.OPEN),
            count(What.OVERDUE),
            count(What.RETURNED),
            count(What.DONE),
            count(What.LATE),
            func.min(case((Task.state == TaskState.OPEN, Task.due_at))),
            func.max(case((Task.state == TaskState.DONE, Task.closed_at))),
            func.max(Task.due_at),
        )
        .where(*where)
        .group_by(Task.unit_id, Task.phase)
    ).all()
    found = {}
    for unit_id, phase, waiting, overdue, returned, done, late, *instants in rows:
        found[unit_id, phase] = _Sum(int(waiting), int(overdue), int(returned), int(done), int(late), *instants)
    return found


def _rows(
    work: Work,
    detail: CampaignDetail,
    phases: Sequence[str],
    sums: Mapping[tuple[UUID | None, str], _Sum],
    only_unit: UUID | None,
) -> list[Row]:
    where = [Participant.campaign_id == detail.campaign.id]
    if only_unit is not None:
        where.append(Participant.unit_id == only_unit)
    found = work.session.execute(
        select(Participant, Unit.name, Unit.kind, Unit.zone)
        .join(Unit, Unit.id == Participant.unit_id)
        .where(*where)
        .order_by(Participant.number)
    ).all()
    results = work.part(CampaignParts).results
    known = results(work, detail.campaign.id, [each.id for each, *_ in found]) if results else {}
    rows = []
    for participant, name, kind, zone in found:
        result = known.get(participant.id, Result())
        active = participant.state == ParticipantState.ACTIVE
        cells = tuple(
            _cell(
                work,
                (detail.campaign.id, participant.unit_id),
                phase,
                sums.get((participant.unit_id, phase), _Sum()),
                (kind, zone),
                result,
            )
            for phase in (phases if active else ())
        )
        unit = (participant.unit_id, name, kind)
        rows.append(Row(participant.id, participant.number, *unit, participant.state, cells, result))
    return rows


def _cell(work: Work, of: tuple[UUID, UUID], phase: str, tally: _Sum, place: tuple[str, str], result: Result) -> Cell:
    """of: the campaign and the unit. place: kind and zone of the unit."""
    if tally.waiting:
        state = CellState.RETURNED if tally.returned else CellState.PENDING
    elif tally.done:
        state = CellState.PASSED if result.verdict == MET else CellState.SUBMITTED
    else:
        state = CellState.IDLE
    light = light_of(work, tally.due_at, *place, of) if tally.waiting else Light.NONE
    return Cell(phase, state, light, tally.due_at, _days(tally.due_at, work.now, place[1]), tally.waiting, tally.late)


def _days(due_at: datetime | None, until: datetime, zone: str = DEFAULT_ZONE) -> int:
    return max(0, (today(until, zone) - today(due_at, zone)).days) if due_at is not None else 0


def _kinds(work: Work, campaign_id: UUID, only_unit: UUID | None) -> tuple[str, ...]:
    kinds = select(Unit.kind).join(Participant, Participant.unit_id == Unit.id).distinct().order_by(Unit.kind)
    kinds = kinds.where(Participant.campaign_id == campaign_id)
    return tuple(work.session.scalars(kinds if only_unit is None else kinds.where(Unit.id == only_unit)))


def _plans(
    work: Work, detail: CampaignDetail, scheme: SchemeDefinition, sums: Mapping[tuple[UUID | None, str], _Sum]
) -> tuple[PhasePlan, ...]:
    """Planned is the last date that the schedule has for the phase, as it stands today."""
    entries, dates = schedule(work, detail.campaign.id), _dates_of(work, detail, scheme)
    of_phase: dict[str, list[_Sum]] = {}
    for (_, key), each in sums.items():
        of_phase.setdefault(key, []).append(each)
    reached = [index for index, phase in enumerate(scheme.phases) if phase.key in of_phase]
    last, over = max(reached, default=-1), detail.campaign.state == CampaignState.ENDED
    plans = []
    for index, phase in enumerate(scheme.phases):
        own = of_phase.get(phase.key, [])
        planned = [entries[key].due_at for key in dates.get(phase.key, ()) if key in entries]
        known = [each for each in planned if each is not None] or [each.last_due for each in own if each.last_due]
        ends = [each.closed_at for each in own if each.closed_at is not None]
        waiting = sum(each.waiting for each in own)
        ended = bool(ends) and not waiting and (over or index < last)
        end, actual = max(known, default=None), max(ends) if ended else None
        plans.append(
            PhasePlan(
                key=phase.key,
                planned=end,
                actual=actual,
                reached=bool(own),
                late=_days(end, actual or work.now) if own and (actual or waiting) else 0,
                waiting=waiting,
                overdue=sum(each.overdue for each in own),
                done=sum(each.done for each in own),
            )
        )
    return tuple(plans)


def _phases_of_units(work: Work, detail: CampaignDetail, scheme: SchemeDefinition) -> tuple[str, ...]:
    """The phases that occur in a process of a unit, in the scheme's order."""
    version = detail.campaign.scheme_version_id
    found = {
        element.phase
        for process in scheme.processes
        if process.of is not ProcessOf.CAMPAIGN
        for element in schemes.definition_of(work, version, process.key).elements.values()
    }
    return tuple(phase.key for phase in scheme.phases if phase.key in found)


def _dates_of(work: Work, detail: CampaignDetail, scheme: SchemeDefinition) -> dict[str, set[str]]:
    """Phase to the keys of the dates that its tasks have in the diagrams."""
    found: dict[str, set[str]] = {}
    for process in scheme.processes:
        for element in schemes.definition_of(work, detail.campaign.scheme_version_id, process.key).elements.values():
            if element.phase and element.deadline:
                found.setdefault(element.phase, set()).add(element.deadline)
    return found


@dataclass(frozen=True, slots=True)
class Item:
    """A task behind a number."""

    id: UUID
    title: str
    kind: str
    element_id: str | None
    unit_name: str
    phase: str
    state: str
    due_at: datetime | None
    closed_at: datetime | None
    light: Light
    late: bool


def items(
    work: Work, campaign_id: UUID, *, phase: str = "", what: str = "", unit_id: UUID | None = None, page: int = 1
) -> tuple[Sequence[Item], int]:
    """A page of the tasks of a campaign's phases that a number counts, and how many there are."""
    where = [Task.campaign_id == campaign_id, Task.phase.is_not(None), Task.state != TaskState.CANCELLED]
    if phase:
        where.append(Task.phase == phase)
    if what:
        where.append(_condition(work, what))
    if unit_id is not None:
        where.append(Task.unit_id == unit_id)
    total = work.session.scalar(select(func.count()).select_from(Task).where(*where)) or 0
    rows = work.session.execute(
        select(Task, Unit.name, Unit.kind, Unit.zone)
        .outerjoin(Unit, Unit.id == Task.unit_id)
        .where(*where)
        .order_by(Task.state.desc(), Task.due_at.is_(None), Task.due_at, Unit.code, Task.opened_at, Task.title)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    found = [
        Item(
            task.id,
            task.title,
            task.kind,
            task.element_id,
            name or "",
            task.phase or "",
            task.state,
            task.due_at,
            task.closed_at,
            light_of(work, task.due_at, kind, zone, (task.campaign_id, task.unit_id))
            if task.state == TaskState.OPEN
            else Light.NONE,
            task.late,
        )
        for task, name, kind, zone in rows
    ]
    return found, total
