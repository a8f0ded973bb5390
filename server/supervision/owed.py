"""Which tasks the units of a campaign owe, how late they are, and to which units orders may be written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, or_, select

from server.campaigns.models import Campaign, Participant, ParticipantState
from server.campaigns.tightening import ladders
from server.db.work import Work
from server.deadlines.queries import calendar_of
from server.organisation.models import Post, Unit
from server.organisation.rules import today
from server.schemes import ladder
from server.schemes import queries as schemes
from server.schemes.definition import RoleUnit
from server.schemes.ladder import Ladder
from server.supervision import rules
from server.supervision.models import SupervisionItem
from server.tasks.models import Origin, Seat, SeatState, Task, TaskState

OWED = (Origin.PROCESS, Origin.LEDGER, Origin.ACTIVITY)
"""Origins of tasks that orders are about: not other orders, nor requests, which wait for the office itself."""
CHOICES = 1000


@dataclass(frozen=True, slots=True)
class Late:
    """An overdue task of a unit."""

    task: Task
    due_at: datetime
    days: int


def late_by(work: Work, due_at: datetime, unit: Unit) -> int:
    """How many working days of the unit have begun since an instant."""
    zone = ZoneInfo(unit.zone)
    return rules.days_late(
        calendar_of(work).of_kind(unit.kind), due_at.astimezone(zone).date(), today(work.now, unit.zone)
    )


def overdue(
    work: Work,
    campaign: Campaign,
    units: Sequence[Unit],
    *,
    more_than: Callable[[str | None], int] = lambda _: 0,
    fresh: bool = False,
) -> dict[UUID, list[Late]]:
    """Open tasks that units themselves owe for more than so many working days by their deadline, longest first.

    Not those that only concern a unit and wait for somebody else. fresh: only what no order has named so far.
    """
    roles = schemes.scheme_of(work, campaign.scheme_version_id).roles
    of_unit = [role.key for role in roles if role.unit is RoleUnit.PARTICIPANT]
    sits = exists().where(
        Seat.task_id == Task.id,
        Seat.state == SeatState.OPEN,
        Post.id == Seat.post_id,
        Post.unit_id == Task.unit_id,
    )
    wanted = (
        select(Task)
        .where(Task.campaign_id == campaign.id, Task.state == TaskState.OPEN, Task.origin.in_(OWED))
        .where(Task.due_at < work.now, Task.unit_id.in_([unit.id for unit in units]))
        .where(or_(sits, Task.role.in_(of_unit)))
        .order_by(Task.due_at, Task.opened_at, Task.title, Task.subject_id)
    )
    if fresh:
        wanted = wanted.where(~exists().where(SupervisionItem.task_id == Task.id))
    by_id = {unit.id: unit for unit in units}
    found: dict[UUID, list[Late]] = {}
    for task in work.session.scalars(wanted):
        if task.unit_id is None or task.due_at is None:
            continue
        days = late_by(work, task.due_at, by_id[task.unit_id])
        if days > more_than(task.deadline_key):
            found.setdefault(task.unit_id, []).append(Late(task, task.due_at, days))
    return found


def limits_of(work: Work, campaign: Campaign) -> Callable[[str | None], int]:
    """After how many working days of delay a campaign's tasks are put into a draft, by their deadline."""
    found = ladders_of(work, campaign)
    return lambda key: found(key).order_after


def ladders_of(work: Work, campaign: Campaign) -> Callable[[str | None], Ladder]:
    """The ladder that holds in a campaign for a deadline, its own or its scheme's; also for tasks without one."""
    known = {key: each.now for key, each in ladders(work, campaign).items()}
    scheme = schemes.scheme_of(work, campaign.scheme_version_id)
    general = ladder.ladder_of(scheme, None, campaign.parameters)
    return lambda key: known.get(key, general) if key is not None else general


def addressees(work: Work, campaign: Campaign, after: int = 0, at_most: int = CHOICES) -> tuple[tuple[int, Unit], ...]:
    """The units that take part in a campaign, with their numbers in its list; not the authority itself."""
    wanted = _taking_part(campaign).where(Participant.number > after).order_by(Participant.number).limit(at_most)
    return tuple((row[0], row[1]) for row in work.session.execute(wanted))


def addressee(work: Work, campaign: Campaign, unit_id: UUID) -> Unit | None:
    """One of them; None for every other unit."""
    row = work.session.execute(_taking_part(campaign).where(Unit.id == unit_id)).one_or_none()
    return None if row is None else row[1]


def _taking_part(campaign: Campaign) -> Select[int, Unit]:
    return (
        select(Participant.number, Unit)
        .join(Unit, Unit.id == Participant.unit_id)
        .where(Participant.campaign_id == campaign.id, Participant.state == ParticipantState.ACTIVE)
        .where(Participant.unit_id != campaign.unit_id)
    )
