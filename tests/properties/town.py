"""A small world in which anybody may try anything: what people do at random, each as one request."""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from random import Random
from uuid import UUID, uuid4

from sqlalchemy import select

from server.actor import SYSTEM, Actor, ActorKind, OnBehalf, Source
from server.db.jobs import carry_out
from server.db.types import Base
from server.db.work import Work
from server.deadlines.jobs import FIRE_JOB
from server.errors import GreengateError
from server.evidence import operations as evidence
from server.identity import grants
from server.organisation import operations as organisation
from server.organisation.models import Holding, Unit
from server.organisation.rules import today
from server.processes import incidents
from server.processes.commands import ProcessFailed
from server.processes.fan_outs import BARRIER_JOB
from server.recognitions import queries as recognitions
from server.rehearsal import acts, script
from server.rehearsal.chance import Chance
from server.rehearsal.course import course_of
from server.rehearsal.script import Script
from server.supervision.jobs import DRAFT_JOB
from server.tasks import operations as tasks
from server.tasks import queries as task_queries
from server.tasks.jobs import REMIND
from server.tasks.models import Task
from tests.world import World

ZONE = "Asia/Shanghai"
TICKS = (FIRE_JOB, BARRIER_JOB, REMIND, DRAFT_JOB)
SOURCES = (Source.PHONE, Source.PAPER, Source.MEETING)
DECIDED = ("Review", "Decide", "Judge", "Vote", "Gate")
"""Elements whose form asks for a verdict."""


@dataclass
class Town:
    """The world, who holds which post now, and how often what was refused or done."""

    world: World
    campaign_id: UUID | None = None
    vacant: set[tuple[UUID, str]] = field(default_factory=set)
    gone: list[Actor] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    last: Callable[[Work], tasks.Completed] | None = None
    last_answer: tasks.Completed | None = None
    reminded: bool = False
    script: Script | None = None

    @property
    def now_on(self) -> date:
        return today(self.world.clock.now(), ZONE)

    @property
    def office(self) -> Actor:
        return self.world.actor(self.world.authority, "office")

    def settle_in(self) -> None:
        """Grants as an installation has them, so that requests and objections find their posts."""
        with self.world.workshop.writing() as work:
            root = work.session.get_one(Unit, self.world.authority.id).parent_id
            grants.seed_grants(SYSTEM, work, authority_id=self.world.authority.id, over_id=root)
        self.world.give_accounts()

    def learn(self, version_id: UUID) -> None:
        """What people of the shipped scheme put into score sheets and the like."""
        with self.world.workshop.reading() as work:
            self.script = script.write(Chance(1), 9, course_of(work, version_id, {}))

    # --- people -------------------------------------------------------------------------------------------------------

    def posts(self) -> list[tuple[Unit, str]]:
        """All posts, in the order they were set up."""
        units = {unit.id: unit for unit in (self.world.authority, *self.world.units)}
        return [(units[unit_id], kind) for unit_id, kind in self.world.posts]

    def somebody(self, number: int) -> Actor:
        """One of those who hold a post, or have held one, or are of no house at all."""
        held = [self.world.actor(unit, kind) for unit, kind in self.posts() if (unit.id, kind) not in self.vacant]
        stranger = Actor(ActorKind.ACCOUNT, name="路人", seat_keys=frozenset({"person:none"}))
        everybody = [*held, *self.gone[-2:], stranger]
        return everybody[number % len(everybody)]

    def leaves(self, number: int) -> None:
        """Whoever holds a post leaves it; the office stays, as somebody must be there to rescue."""
        unit, kind = self.posts()[number % len(self.posts())]
        if (unit.id, kind) in self.vacant or (unit.id, kind) == (self.world.authority.id, "office"):
            return
        former = self.world.actor(unit, kind)
        with self.world.workshop.writing() as work:
            post_id = self.world.posts[unit.id, kind]
            open_end = (Holding.post_id == post_id, Holding.until_on.is_(None))
            holding = work.session.scalars(select(Holding).where(*open_end)).one()
            if holding.from_on > self.now_on - timedelta(days=1):
                return
            organisation.end_holding(SYSTEM, work, holding.id, self.now_on - timedelta(days=1))
        self.vacant.add((unit.id, kind))
        self.gone.append(
            Actor(ActorKind.ACCOUNT, former.name, former.person_id, seat_keys=frozenset({f"person:{former.person_id}"}))
        )

    def comes(self, number: int) -> None:
        """Somebody new takes a post that nobody holds."""
        if not self.vacant:
            return
        unit_id, kind = sorted(self.vacant, key=str)[number % len(self.vacant)]
        name = f"新任{len(self.gone)}"
        with self.world.workshop.writing() as work:
            person = organisation.add_person(SYSTEM, work, name=name)
            post_id = self.world.posts[unit_id, kind]
            organisation.add_holding(SYSTEM, work, post_id, person.id, from_on=self.now_on)
            self.world.people[unit_id, kind] = (person.id, name)
        self.vacant.discard((unit_id, kind))

    # --- requests -----------------------------------------------------------------------------------------------------

    def ask(self, what: str, request: Callable[[Work], object]) -> bool:
        """One request; one that is refused must leave everything as it was."""
        before = self.fingerprint()
        try:
            with self.world.workshop.writing() as work:
                request(work)
        except GreengateError as error:
            assert self.fingerprint() == before, f"{what} was refused and changed something"
            self.seen[f"{what}: {type(error).__name__}"] += 1
            if isinstance(error, ProcessFailed):
                with self.world.workshop.writing() as work:
                    incidents.raise_for_step(work, error, None)
            return False
        self.seen[what] += 1
        return True

    def fingerprint(self) -> str:
        """A hash over every row of every table."""
        digest = hashlib.sha256()
        with self.world.workshop.reading() as work:
            for table in Base.metadata.sorted_tables:
                rows = work.session.connection().exec_driver_sql(f'SELECT * FROM "{table.name}"').fetchall()  # noqa: S608
                digest.update(repr((table.name, sorted(map(repr, rows)))).encode())
        return digest.hexdigest()

    def all_tasks(self) -> list[Task]:
        """Every task there ever was, those that are open at the end."""
        with self.world.workshop.reading() as work:
            order = (Task.state == "open", Task.opened_at, Task.title, Task.matter, Task.attempt, Task.id)
            found = work.session.scalars(select(Task).order_by(*order)).all()
            work.session.expunge_all()
            return list(found)

    def task(self, number: int) -> Task | None:
        """Mostly one of the open ones: numbers count from the end."""
        found = self.all_tasks()
        return found[-1 - number % len(found)] if found else None

    def scripted(self, actor: Actor, task: Task, choice: int) -> Mapping[str, object] | None:
        """As a rehearsal fills it in, with its files; None where it is not known how."""
        if self.script is None or task.kind.startswith("tasks.") or choice % 11 == 10:
            return None
        part = self.script.parts[1 + choice % len(self.script.parts)]
        found: list[Mapping[str, object]] = []

        def fill(work: Work) -> None:
            page = task_queries.task_page(work, task.id)
            if page is not None and page.task.kind in acts.KINDS:
                found.append(acts.values_for(acts.Scene(actor, work, page, self.script, part, self.now_on)))

        return found[0] if self.ask("fill in", fill) and found else None

    def values(self, task: Task, choice: int, work: Work) -> Mapping[str, object]:
        """What is typed into a task, mostly what is asked for."""
        if choice % 11 == 10:
            return {}
        against = choice % 4 == 3
        if task.kind == "tasks.time":
            day = ((task.due_at or self.world.clock.now()) + timedelta(days=choice)).date()
            verdict = "reject" if against else "approve"
            return {"verdict": verdict, "day": day.isoformat(), "opinion": "已研究"}
        if task.kind == "tasks.dispute":
            return {"opinion": "已核对"}
        if task.kind == "supervision.reply":
            return {"reply": "已办结"}
        if task.kind == "gate":
            seen = recognitions.gate_card(work, task.campaign_id).hash if task.campaign_id is not None else ""
            return {"verdict": "return" if against else "approve", "reason": "再议", "seen": seen}
        if task.element_id in DECIDED:
            return {"verdict": "return" if against else "approve", "reason": "意见"}
        return {"summary": f"做法{choice}"}

    def hand_in(self, actor: Actor, task: Task, choice: int) -> None:
        key, scripted = uuid4().hex, self.scripted(actor, task, choice)

        def request(work: Work) -> tasks.Completed:
            values = self.values(task, choice, work) if scripted is None else scripted
            return tasks.complete(actor, work, task.id, values, key)

        answers: list[tasks.Completed] = []
        if self.ask(f"hand in {task.kind}", lambda work: answers.append(request(work))):
            self.last, self.last_answer = request, answers[0]

    def again(self) -> None:
        """The last request once more: the same answer, and nothing is done."""
        if self.last is None or self.last_answer is None:
            return
        before = self.fingerprint()
        with self.world.workshop.writing() as work:
            answer = self.last(work)
        assert answer.repeated
        assert (answer.task_id, answer.given) == (self.last_answer.task_id, self.last_answer.given)
        assert answer.decided_at == self.last_answer.decided_at
        assert self.fingerprint() == before
        self.seen["again"] += 1

    def behalf(self, actor: Actor, number: int) -> Actor:
        return tasks.on_behalf(actor, OnBehalf("某某", SOURCES[number % len(SOURCES)], "电话记录"))

    def upload(self, actor: Actor, number: int) -> None:
        unit = self.world.units[number % len(self.world.units)]
        content = BytesIO(f"材料{number % 5}".encode())
        self.ask(
            "upload",
            lambda work: evidence.add(actor, work, unit.id, self.campaign_id, content, f"材料{number % 5}.txt"),
        )

    # --- the background -----------------------------------------------------------------------------------------------

    def drain(self, random: Random) -> None:
        """All jobs, in any order, some of them asked for twice."""
        queue = self.world.queue
        for _ in range(1000):
            waiting = list(queue._waiting)
            if not waiting:
                return
            random.shuffle(waiting)
            if random.random() < 0.2:
                waiting.append(waiting[0])
            queue._waiting = deque(waiting[:1])
            rest = waiting[1:]
            _one(self.world)
            queue._waiting.extend(rest)
        raise AssertionError("jobs do not come to an end")

    def tick(self, random: Random) -> None:
        """What the clock asks for, all at once, in any order."""
        with self.world.workshop.writing() as work:
            for name in TICKS:
                work.jobs.enqueue(work.session, name, "tick", {})
        self.drain(random)
        with self.world.workshop.writing() as work:
            work.jobs.enqueue(work.session, REMIND, "tick", {})
        self.drain(random)
        self.reminded = True


def _one(world: World) -> None:
    """The first job, with all its batches; what it asks for waits."""
    queue = world.queue
    name, key, arguments = queue._waiting.popleft()
    following = carry_out(world.workshop, world.application.jobs[name], arguments)
    if following is not None:
        queue._waiting.append((name, key, following))
