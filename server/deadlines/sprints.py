"""Sprint windows: the days up to a deadline in which reminders come daily and lights turn yellow earlier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from server.db.work import Work
from server.deadlines.models import DeadlineOverride, ScheduleEntry
from server.organisation.rules import today

HELD = "sprints"
"""Where a session keeps the windows, so that one unit of work reads them once."""
LONGEST = timedelta(days=62)
"""More than the most days that a scheme may say, with a day for zones on either side."""


@dataclass(frozen=True, slots=True)
class Window:
    """The days up to one deadline of a campaign. sprint_key: for its words. yellow: working days before a date.

    due_at: the date that holds. own: units with a date of their own, and that date.
    """

    campaign_id: UUID
    key: str
    sprint_key: str
    title: str
    days: int
    yellow: int
    zone: str
    due_at: datetime
    own: Mapping[UUID, datetime] = field(default_factory=dict)

    def for_unit(self, unit_id: UUID | None) -> "Window":
        """The same with the date that holds for a unit."""
        due_at = self.own.get(unit_id) if unit_id is not None else None
        return replace(self, due_at=due_at) if due_at is not None else self

    def is_open(self, now: datetime) -> bool:
        """From the beginning of its first day until the deadline itself; a date that is moved moves both."""
        return self.first_day() <= today(now, self.zone) and now <= self.due_at

    def first_day(self) -> date:
        return self.last_day() - timedelta(days=self.days)

    def last_day(self) -> date:
        return self.due_at.astimezone(ZoneInfo(self.zone)).date()

    def days_left(self, now: datetime) -> int:
        return (self.last_day() - today(now, self.zone)).days


def windows(work: Work) -> Mapping[UUID, Sequence[Window]]:
    """The windows that are open now for anybody, by campaign; at most two statements in a unit of work."""
    held: Mapping[UUID, Sequence[Window]] | None = work.session.info.get(HELD)
    if held is None:
        held = work.session.info[HELD] = _read(work)
    return held


def window_for(work: Work, campaign_id: UUID | None, unit_id: UUID | None) -> Window | None:
    """The open window that a unit is in, the one that ends first; None outside of any."""
    if campaign_id is None:
        return None
    found = [each.for_unit(unit_id) for each in windows(work).get(campaign_id, ())]
    return min((each for each in found if each.is_open(work.now)), key=lambda each: each.due_at, default=None)


def forget_windows(work: Work) -> None:
    """Read them anew after a change."""
    work.session.info.pop(HELD, None)


def _read(work: Work) -> dict[UUID, list[Window]]:
    has_one = ScheduleEntry.sprint.is_not(None)
    near = (work.now - timedelta(days=1), work.now + LONGEST)
    owned = (
        select(DeadlineOverride.id)
        .where(
            DeadlineOverride.campaign_id == ScheduleEntry.campaign_id,
            DeadlineOverride.key == ScheduleEntry.key,
            DeadlineOverride.due_at.between(*near),
        )
        .exists()
    )
    wanted = select(ScheduleEntry).where(has_one, ScheduleEntry.due_at.is_not(None))
    rows = work.session.scalars(wanted.where(or_(ScheduleEntry.due_at.between(*near), owned))).all()
    if not rows:
        return {}
    own: dict[tuple[UUID, str], dict[UUID, datetime]] = {}
    campaigns = {row.campaign_id for row in rows}
    overrides = select(DeadlineOverride).where(
        DeadlineOverride.campaign_id.in_(campaigns), DeadlineOverride.key.in_({row.key for row in rows})
    )
    for each in work.session.scalars(overrides):
        own.setdefault((each.campaign_id, each.key), {})[each.unit_id] = each.due_at
    found: dict[UUID, list[Window]] = {}
    for row in rows:
        said, due_at = row.sprint, row.due_at
        if said is None or due_at is None:
            continue
        window = Window(
            row.campaign_id,
            row.key,
            said["key"],
            said["title"],
            said["days"],
            said["yellow"],
            row.zone,
            due_at,
            own.get((row.campaign_id, row.key), {}),
        )
        if any(each.is_open(work.now) for each in (window, *(window.for_unit(unit) for unit in window.own))):
            found.setdefault(row.campaign_id, []).append(window)
    return found
