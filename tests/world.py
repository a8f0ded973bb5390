"""A small world for tests: an authority, units with people on posts, and the test package installed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from server.actor import SYSTEM, Actor, ActorKind, Grant
from server.bootstrap import Application, assemble
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import Opening
from server.config import Settings
from server.db.jobs import InlineJobQueue
from server.db.types import Base
from server.db.work import Workshop
from server.deadlines.jobs import FIRE_JOB
from server.identity.models import Account
from server.organisation.models import Holding, Person, Post, Unit
from server.ports import VirtualClock, seeded_ids
from server.processes import operations as processes
from server.processes.queries import definition_id
from server.schemes import operations as schemes
from server.schemes.package import read_folder
from server.tasks import operations as tasks
from server.tasks.models import Seat, Task, TaskState

PACKAGES = Path(__file__).parent / "packages"
EVERYTHING = (
    "campaign.manage", "campaign.view", "task.on_behalf", "task.rescue", "process.operate", "verification.do",
    "scheme.manage", "organisation.manage",
)  # fmt: skip


@dataclass
class World:
    """An application on one database, and shortcuts that act as people do."""

    application: Application
    clock: VirtualClock
    queue: InlineJobQueue
    authority: Unit
    units: list[Unit]
    posts: dict[tuple[UUID, str], UUID]
    people: dict[tuple[UUID, str], tuple[UUID, str]]
    versions: dict[str, UUID] = field(default_factory=dict)

    @property
    def workshop(self) -> Workshop:
        return self.application.workshop

    def actor(self, unit: Unit, kind: str) -> Actor:
        """Whoever holds the post of this kind in the unit."""
        person_id, name = self.people[unit.id, kind]
        permissions = EVERYTHING if unit is self.authority and kind == "office" else ("unit.work",)
        path = self.root_path if unit is self.authority else unit.path
        return Actor(
            kind=ActorKind.ACCOUNT,
            name=name,
            person_id=person_id,
            post_id=self.posts[unit.id, kind],
            post_title=kind,
            unit_id=unit.id,
            unit_name=unit.name,
            unit_path=unit.path,
            seat_keys=frozenset({f"post:{self.posts[unit.id, kind]}", f"person:{person_id}"}),
            grants=tuple(Grant(permission, path) for permission in permissions),
        )

    @property
    def root_path(self) -> str:
        return "/" + self.authority.path.strip("/").split("/")[0] + "/"

    def drain(self) -> None:
        self.queue.drain(self.workshop, self.application.jobs)

    def later(self, **step: float) -> None:
        """Let time pass, and have what is due fired."""
        self.clock.advance(timedelta(**step))
        with self.workshop.writing() as work:
            work.jobs.enqueue(work.session, FIRE_JOB, "tick", {})
        self.drain()

    def opening(
        self,
        units: Sequence[Unit] | None = None,
        scheme: str = "rounds",
        parameters: Mapping[str, object] | None = None,
    ) -> Opening:
        """What is asked for to open a campaign, with the dates that the rules propose."""
        opening = Opening(
            scheme_version_id=self.versions[scheme],
            unit_id=self.authority.id,
            year=2026,
            title="2026年评比",
            starts_on=date(2026, 3, 2),
            participants=tuple(unit.id for unit in (self.units if units is None else units)),
            parameters=parameters or {},
        )
        with self.workshop.reading() as work:
            dates = campaigns.propose_dates(work, opening.scheme_version_id, 2026, "Asia/Shanghai", {})
        return replace(opening, dates=dates)

    def open_campaign(
        self,
        units: Sequence[Unit] | None = None,
        scheme: str = "rounds",
        parameters: Mapping[str, object] | None = None,
    ) -> Campaign:
        """Open a campaign, and let the background start its processes."""
        with self.workshop.writing() as work:
            office = self.actor(self.authority, "office")
            opening = self.opening(units, scheme, parameters)
            campaign = campaigns.open_campaign(office, work, opening, uuid4().hex)
        self.drain()
        return campaign

    def inbox(self, actor: Actor) -> list[Task]:
        """The open tasks of an actor's seats, oldest first."""
        with self.workshop.reading() as work:
            seats = select(Seat.task_id).where(Seat.key.in_(actor.seat_keys), Seat.state == "open")
            found = work.session.scalars(
                select(Task)
                .where(Task.id.in_(seats), Task.state == TaskState.OPEN)
                .order_by(Task.opened_at, Task.matter)
            ).all()
            work.session.expunge_all()
            return list(found)

    def do(self, actor: Actor, task_id: UUID, key: str = "", **values: object) -> tasks.Completed:
        """Hand a task in, as one request."""
        with self.workshop.writing() as work:
            done = tasks.complete(actor, work, task_id, dict(values), key or uuid4().hex)
        self.drain()
        return done

    def start(self, process: str, business_key: str, unit: Unit | None, scheme: str = "rounds") -> UUID:
        """Start a process by itself."""
        with self.workshop.writing() as work:
            definition = definition_id(work, self.versions[scheme], process)
            assert definition is not None
            birth = processes.Birth(business_key=business_key, unit_id=unit.id if unit is not None else None)
            return processes.start(self.actor(self.authority, "office"), work, definition, birth).instance.id

    def install(self, package: str) -> UUID:
        read = read_folder(PACKAGES / package)
        with self.workshop.writing() as work:
            self.versions[package] = schemes.install(SYSTEM, work, read).id
        return self.versions[package]

    def give_accounts(self) -> None:
        """Let everybody be told in the product; nobody can log in by these."""
        with self.workshop.writing() as work:
            for number, (person_id, _) in enumerate(self.people.values()):
                said = {"password_hash": "", "created_at": work.now, "state": "active", "must_change": False}
                account = Account(id=uuid4(), person_id=person_id, login=f"user{number}", failures=0, **said)
                work.session.add(account)

    def post(self, unit: Unit, kind: str, as_key: str = "") -> UUID:
        """Place one more post with its holder; afterwards `actor(unit, as_key)` is that holder."""
        with self.workshop.writing() as work:
            _post(self, work.session, unit, kind, as_key)
        return self.posts[unit.id, as_key or kind]


def make_world(
    engine: Engine, folder: Path, clock: VirtualClock, *, units: int = 3, packages: Sequence[str] = ("rounds",)
) -> World:
    """Create all tables and people, and install the test packages."""
    Base.metadata.create_all(engine)
    application, queue = _application(engine, folder, clock, seed=7)
    with application.workshop.writing() as work:
        root = _unit(work.session, work.ids.new(), None, "示例市", "root")
        authority = _unit(work.session, work.ids.new(), root, "示例市主管局", "office")
        members = [_unit(work.session, work.ids.new(), root, f"示例单位{n:02d}", "organ") for n in range(1, units + 1)]
        world = World(application, clock, queue, authority, members, {}, {})
        for kind in ("office", "verifier", "leader"):
            _post(world, work.session, authority, kind)
        for unit in members:
            _post(world, work.session, unit, "liaison")
            _post(world, work.session, unit, "head")
        for key in ("member", "member2"):
            _post(world, work.session, authority, "member", key)
    for package in packages:
        world.install(package)
    return world


def copy_of(world: World, engine: Engine, folder: Path, clock: VirtualClock) -> World:
    """The same world on a copy of its database; nothing that one of them does is seen by the other."""
    application, queue = _application(engine, folder, clock, seed=8)
    with application.workshop.reading() as work:
        units = {unit.id: unit for unit in work.session.scalars(select(Unit))}
        work.session.expunge_all()
    return World(
        application,
        clock,
        queue,
        units[world.authority.id],
        [units[unit.id] for unit in world.units],
        dict(world.posts),
        dict(world.people),
        dict(world.versions),
    )


def _application(engine: Engine, folder: Path, clock: VirtualClock, seed: int) -> tuple[Application, InlineJobQueue]:
    queue = InlineJobQueue()
    settings = Settings(data=folder, database_url=str(engine.url), secret_key=b"0123456789abcdefghijklmnopqrstuvwxyz")
    return assemble(settings, engine, clock, seeded_ids(clock, seed), queue), queue


def _unit(session: Session, unit_id: UUID, parent: Unit | None, name: str, kind: str) -> Unit:
    path = (parent.path if parent else "/") + unit_id.hex + "/"
    unit = Unit(id=unit_id, parent_id=parent.id if parent else None, kind=kind, code=f"u-{name}", name=name, path=path)
    session.add(unit)
    session.flush()
    return unit


def _post(world: World, session: Session, unit: Unit, kind: str, as_key: str = "") -> None:
    post_id, person_id, name = uuid4(), uuid4(), f"{unit.name}{as_key or kind}"
    session.add(Person(id=person_id, name=name))
    session.add(Post(id=post_id, unit_id=unit.id, kind=kind, title=as_key or kind))
    session.flush()
    session.add(Holding(id=uuid4(), post_id=post_id, person_id=person_id, from_on=date(2026, 1, 1)))
    world.posts[unit.id, as_key or kind] = post_id
    world.people[unit.id, as_key or kind] = (person_id, name)
