"""Plays a campaign: each day the clock moves, deadlines fire, jobs run, and people do what waits for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from server.actor import Actor, OnBehalf, Source
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign, CampaignState, Participant, ParticipantState
from server.db.jobs import InlineJobQueue, Jobs
from server.db.work import Work, Workshop
from server.deadlines.models import ScheduleEntry, Timer
from server.errors import GreengateError
from server.i18n import Message
from server.ports import VirtualClock
from server.processes import incidents
from server.processes.commands import ProcessFailed
from server.processes.fan_outs import FILL_JOB
from server.processes.models import FanOut, FanOutState
from server.rehearsal import acts
from server.rehearsal.people import HEAD, OFFICE, Cast, City, Player, actor_of
from server.rehearsal.script import Part, Script, Turn, day_of
from server.schemes.definition import RoleUnit, SchemeDefinition
from server.tasks import operations as tasks
from server.tasks import queries as task_queries
from server.tasks.models import Seat, SeatState, Task, TaskState
from server.tasks.operations import NotComplete

MORNING = time(9, 0)
DAYS_AT_MOST = 1000
BEHALF_NOTE = {Source.PHONE: "电话报送，已做通话记录", Source.PAPER: "报送纸质材料，原件由办公室存档"}
WITHDRAW_REASON = "机构改革，职能并入其他单位，不再参加本轮创建"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it is played: units of work on the virtual clock, jobs run inline."""

    workshop: Workshop
    clock: VirtualClock
    queue: InlineJobQueue
    jobs: Jobs
    ticks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """What is played: a campaign by a script, with everybody in it."""

    campaign_id: UUID
    title: str
    scheme: SchemeDefinition
    city: City
    cast: Cast
    script: Script
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that could not be done as scripted. number: the participant's, 0 for the campaign."""

    on: date
    number: int
    what: str
    cause: Message | str


@dataclass(frozen=True, slots=True)
class _Due:
    """A task that somebody does on a day."""

    task_id: UUID
    number: int
    title: str
    matter: str
    player: Player
    on: date
    behalf: bool


@dataclass(slots=True)
class Driver:
    """Plays a campaign. It keeps nothing that the database does not say too, so that a stopped play can go on."""

    stage: Stage
    play: Play
    failures: list[Failure] = field(default_factory=list)
    _planned: dict[UUID, _Due | None] = field(default_factory=dict)
    _failed: set[UUID] = field(default_factory=set)
    _acted: int = 0
    """How many tasks were taken up today."""

    def run(self, until: datetime | None = None) -> None:
        """Play until the campaign has ended, or until the last morning before `until`.

        A campaign that can go no further is named among the failures.
        """
        for _ in range(DAYS_AT_MOST):
            today = self._today()
            self._day(today)
            if self._ended() or (until is None and self._stuck(today)):
                return
            morning = datetime.combine(today + timedelta(days=1), MORNING, self.play.zone)
            if until is not None and morning > until:
                return
            self.stage.clock.move_to(morning)
        self._fail(self._today(), 0, "", Message("rehearsal-no-end", {"days": DAYS_AT_MOST}))

    def go_on(self) -> None:
        """Ask again for the jobs that a play has lost because it was stopped before it came to run them."""
        with self.stage.workshop.writing() as work:
            campaign = work.session.get_one(Campaign, self.play.campaign_id)
            if campaign.state == CampaignState.OPENING:
                work.jobs.enqueue(work.session, campaigns.OPEN_JOB, str(campaign.id), {"campaign": str(campaign.id)})
            for fan_out_id in work.session.scalars(
                select(FanOut.id).where(FanOut.campaign_id == campaign.id, FanOut.state != FanOutState.CLOSED)
            ):
                work.jobs.enqueue(work.session, FILL_JOB, str(fan_out_id), {"fan_out": str(fan_out_id)})
        self._drain()

    def _today(self) -> date:
        return self.stage.clock.now().astimezone(self.play.zone).date()

    def _drain(self) -> None:
        self.stage.queue.drain(self.stage.workshop, self.stage.jobs)

    def _day(self, today: date) -> None:
        with self.stage.workshop.writing() as work:
            for name in self.stage.ticks:
                work.jobs.enqueue(work.session, name, "tick", {})
        self._drain()
        self._withdraw(today)
        self._plan(today)
        self._acted = 0
        by_player: dict[UUID, list[_Due]] = {}
        for due in sorted(
            (due for due in self._planned.values() if due is not None and due.on <= today),
            key=lambda each: (each.number, each.matter, each.title),
        ):
            by_player.setdefault(due.player.post_id, []).append(due)
        for dues in by_player.values():
            self._sit_down(dues, today)
        self._drain()

    # --- planning ----------------------------------------------------------------------------------------------------

    def _plan(self, today: date) -> None:
        """Note who will do each task that has appeared, and when."""
        with self.stage.workshop.reading() as work:
            open_now: set[UUID] = set()
            page = 1
            while rows := task_queries.open_tasks_of_campaign(work, self.play.campaign_id, page):
                open_now.update(row.id for row in rows)
                page += 1
            fresh = sorted(open_now - self._planned.keys())
            for start in range(0, len(fresh), task_queries.PAGE):
                self._plan_some(work, fresh[start : start + task_queries.PAGE], today)
        self._planned = {task_id: due for task_id, due in self._planned.items() if task_id in open_now}

    def _plan_some(self, work: Work, ids: Sequence[UUID], today: date) -> None:
        numbers = {unit_id: number for number, unit_id in self.play.cast.units.items()}
        seats: dict[UUID, list[Seat]] = {}
        for seat in work.session.scalars(
            select(Seat).where(Seat.task_id.in_(ids), Seat.state == SeatState.OPEN).order_by(Seat.position)
        ):
            seats.setdefault(seat.task_id, []).append(seat)
        for task in work.session.scalars(select(Task).where(Task.id.in_(ids))):
            number = numbers.get(task.unit_id, 0) if task.unit_id else 0
            part = self.play.script.parts.get(number)
            criterion = acts.finding_key(work, task) if task.kind in acts.ON_FINDINGS else ""
            if part is not None and self._is_let_lie(part, task, criterion):
                self._planned[task.id] = None
                continue
            player, behalf = self._player(task, number, seats.get(task.id, []))
            on = day_of(self.play.script.chance, part, self._turn(task, number, criterion))
            self._planned[task.id] = _Due(task.id, number, task.title, task.matter, player, on, behalf)

    @staticmethod
    def _is_let_lie(part: Part, task: Task, criterion: str) -> bool:
        """Whether the script has nobody do this task, ever."""
        if task.element_id in part.stops_at:
            return True
        row = part.rows.get(criterion)
        return row is not None and task.kind == acts.MEND and not row.is_tried(task.attempt)

    def _player(self, task: Task, number: int, seats: Sequence[Seat]) -> tuple[Player, bool]:
        """Who does a task: one of those on its seats; where nobody is, the office on behalf of the unit."""
        cast = self.play.cast
        there = [player for seat in seats if seat.post_id for player in cast.by_post.get(seat.post_id, ())]
        if not there:
            return cast.of_authority(OFFICE), True
        first = [player for player in there if player.post_kind == there[0].post_kind]
        return self.play.script.chance.pick(first, number, task.element_id, "who"), False

    def _turn(self, task: Task, number: int, criterion: str) -> Turn:
        roles = {role.key: role.unit for role in self.play.scheme.roles}
        return Turn(
            number=number,
            element_id=task.element_id or "",
            attempt=task.attempt,
            criterion=criterion,
            by_unit=roles.get(task.role or "") is RoleUnit.PARTICIPANT,
            soon=task.kind == acts.MEND,
            gate=task.kind == "gate",
            opened=task.opened_at.astimezone(self.play.zone).date(),
            due=task.due_at.astimezone(self.play.zone).date() if task.due_at else None,
        )

    # --- doing -------------------------------------------------------------------------------------------------------

    def _sit_down(self, dues: Sequence[_Due], today: date) -> None:
        """One person looks into their inbox and does what is planned for today."""
        with self.stage.workshop.reading() as work:
            actor = actor_of(work, dues[0].player, today)
            seen = self._inbox(actor, work)
        for due in dues:
            if due.task_id in self._failed:
                continue
            self._acted += 1
            if due.task_id in seen:
                self._do(due, actor, today)
            elif self._is_open(due.task_id):
                self._failed.add(due.task_id)
                self._fail(today, due.number, due.title, Message("rehearsal-not-in-inbox", {"name": due.player.name}))

    def _inbox(self, actor: Actor, work: Work) -> set[UUID]:
        seen: set[UUID] = set()
        page = 1
        while True:
            inbox = task_queries.inbox(actor, work, page=page, zone=str(self.play.zone))
            seen.update(row.id for row in inbox.rows)
            if page >= inbox.pages:
                return seen
            page += 1

    def _is_open(self, task_id: UUID) -> bool:
        with self.stage.workshop.reading() as work:
            return work.session.scalar(select(Task.state).where(Task.id == task_id)) == TaskState.OPEN

    def _do(self, due: _Due, actor: Actor, today: date) -> None:
        if due.behalf:
            actor = tasks.on_behalf(actor, self._behalf(due.number))
        try:
            with self.stage.workshop.writing() as work:
                page = task_queries.task_page(work, due.task_id)
                if page is None or page.task.state != TaskState.OPEN:
                    return
                part = self.play.script.parts.get(due.number)
                scene = acts.Scene(actor, work, page, self.play.script, part, today)
                tasks.complete(actor, work, due.task_id, acts.values_for(scene), f"rehearsal:{due.task_id}")
        except ProcessFailed as error:
            with self.stage.workshop.writing() as work:
                incidents.raise_for_step(work, error, due.task_id)
            self._failed.add(due.task_id)
        except GreengateError as error:
            self._failed.add(due.task_id)
            self._fail(today, due.number, due.title, _cause(error))

    def _behalf(self, number: int) -> OnBehalf:
        """For whom the office enters something: the head of the unit, by phone or on paper."""
        chance, cast = self.play.script.chance, self.play.cast
        unit_id = cast.units.get(number, cast.authority_id)
        source = chance.pick((Source.PHONE, Source.PAPER), number, "source")
        try:
            head: Player | None = cast.first(unit_id, HEAD)
        except LookupError:
            head = None
        return OnBehalf(
            name=head.name if head else self.play.city.everybody[number].name,
            source=source,
            note=BEHALF_NOTE[source],
            person_id=head.person_id if head else None,
            unit_id=unit_id,
        )

    def _withdraw(self, today: date) -> None:
        for part in self.play.script.parts.values():
            if part.withdraws_after and today >= self._leaves_on(part):
                self._leave(part, today)

    def _leaves_on(self, part: Part) -> date:
        with self.stage.workshop.reading() as work:
            campaign = work.session.get_one(Campaign, self.play.campaign_id)
            last = work.session.scalar(
                select(func.max(ScheduleEntry.due_at)).where(ScheduleEntry.campaign_id == campaign.id)
            )
            end = (last or campaign.opened_at).astimezone(self.play.zone).date()
            return campaign.starts_on + (end - campaign.starts_on) * part.withdraws_after / 100

    def _leave(self, part: Part, today: date) -> None:
        with self.stage.workshop.writing() as work:
            row = work.session.execute(
                select(Participant.id, Participant.state).where(
                    Participant.campaign_id == self.play.campaign_id,
                    Participant.unit_id == self.play.cast.units[part.number],
                )
            ).one()
            if row.state != ParticipantState.ACTIVE:
                return
            office = actor_of(work, self.play.cast.of_authority(OFFICE), today)
            campaigns.withdraw(office, work, self.play.campaign_id, row.id, WITHDRAW_REASON)
        self._drain()

    # --- the end -----------------------------------------------------------------------------------------------------

    def _fail(self, on: date, number: int, what: str, cause: Message | str) -> None:
        self.failures.append(Failure(on, number, what, cause))

    def _ended(self) -> bool:
        with self.stage.workshop.reading() as work:
            state = work.session.scalar(select(Campaign.state).where(Campaign.id == self.play.campaign_id))
            return state in (CampaignState.ENDED, CampaignState.CANCELLED)

    def _stuck(self, today: date) -> bool:
        """Nobody did or will do anything, nothing is armed, nobody leaves: no further day would change anything."""
        waits = {task_id for task_id, due in self._planned.items() if due is not None} - self._failed
        if self._acted or waits:
            return False
        if any(part.withdraws_after and today < self._leaves_on(part) for part in self.play.script.parts.values()):
            return False
        with self.stage.workshop.reading() as work:
            armed = work.session.scalar(
                select(func.count())
                .select_from(Timer)
                .where(
                    Timer.campaign_id == self.play.campaign_id,
                    Timer.fired_at.is_(None),
                    Timer.cancelled_at.is_(None),
                    Timer.due_at.is_not(None),
                )
            )
        if not armed:
            self._fail(today, 0, "", Message("rehearsal-stuck"))
        return not armed


def _cause(error: GreengateError) -> Message | str:
    """What was wrong, down to the first thing that was missing."""
    if isinstance(error, NotComplete):
        wrong: Mapping[str, Sequence[Message]] = error.fields
        said = [message for messages in wrong.values() for message in messages] + [each.text for each in error.missing]
        return said[0] if said else error.message
    return error.message
