"""Reading departures: what somebody holds, who might follow, what nobody would look after, and the list."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from server.actor import Actor
from server.db.work import Work
from server.departures.models import Departure, DeparturePost, DepartureState
from server.errors import Conflict, NotFound
from server.i18n import Message
from server.identity.closing import held_by_account
from server.identity.holders import nearest_posts
from server.organisation.models import DEFAULT_ZONE, Holding, Person, Post, Unit
from server.organisation.queries import below, held_on
from server.organisation.rules import ADMINISTRATOR_KINDS, PostKind, today
from server.tasks.models import Seat, SeatState, Task, TaskState
from server.tasks.operations import SIGHT

PERMISSION = "organisation.manage"
RESCUE = "task.rescue"
PAGE_SIZE = 50
FOUND_AT_MOST = 20
TASKS_SHOWN = 20
COLLEAGUES_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A post of one's own, now or later. tasks: how many wait for it. rescuers: who cares for them when vacant."""

    holding_id: UUID
    post_id: UUID
    kind: str
    title: str
    unit_id: UUID
    unit_name: str
    unit_path: str
    zone: str
    from_on: date
    until_on: date | None
    tasks: int
    others: tuple[str, ...]
    rescuers: tuple[str, ...]

    @property
    def attended(self) -> bool:
        """Whether somebody can act there when nobody follows."""
        return bool(self.others or self.rescuers)


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """given: one's own post, on which another acts; else another's, on which one acts."""

    title: str
    unit_name: str
    other: str
    until_on: date
    given: bool


@dataclass(frozen=True, slots=True)
class OwnTask:
    """A task that waits for the person, whatever post they hold."""

    id: UUID
    title: str
    matter: str
    unit_id: UUID | None


@dataclass(frozen=True, slots=True)
class Held:
    """All that somebody holds. tasks: the first of own_tasks; own_tasks: how many. rescued: of these all are looked
    after when nobody is named for them."""

    person_id: UUID
    name: str
    posts: tuple[HeldRow, ...]
    delegations: tuple[DelegationRow, ...]
    tasks: tuple[OwnTask, ...]
    own_tasks: int
    rescued: bool
    has_account: bool
    sessions: int
    tokens: int


@dataclass(frozen=True, slots=True)
class DepartureRow:
    id: UUID
    person_id: UUID
    person_name: str
    unit_name: str
    last_day: date
    state: str
    posts: int
    vacant: int
    tasks_moved: int
    planned_by: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeparturePage:
    rows: tuple[DepartureRow, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


def held(actor: Actor, work: Work, person_id: UUID) -> Held:
    """What somebody holds, for who manages all the units in which they hold it.

    Raises NotFound for a stranger, Conflict when they also hold posts out of the actor's reach, or an administrator's.
    """
    person = work.session.get(Person, person_id)
    posts = _posts(work, person_id)
    mine = [row for row in posts if actor.may(PERMISSION, row.unit_path)]
    if person is None or not mine:
        raise NotFound(Message("error-not-found"))
    if len(mine) < len(posts):
        raise Conflict(Message("departures-elsewhere", {"name": person.name}))
    if any(row.kind in ADMINISTRATOR_KINDS for row in posts):
        raise Conflict(Message("organisation-administrator-post"))
    count, tasks, units = own_tasks(actor, work, person_id)
    has_account, sessions, tokens = held_by_account(work, person_id)
    return Held(
        person_id,
        person.name,
        posts,
        _delegations(work, person_id),
        tasks,
        count,
        all(unit_id is not None and bool(rescuers(work, unit_id, person_id)) for unit_id in units),
        has_account,
        sessions,
        tokens,
    )


def _posts(work: Work, person_id: UUID) -> tuple[HeldRow, ...]:
    on = today(work.now, DEFAULT_ZONE)
    rows = work.session.execute(
        select(Holding, Post, Unit)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Holding.person_id == person_id, Holding.delegated_by.is_(None))
        .where(or_(Holding.until_on.is_(None), Holding.until_on >= on))
        .order_by(Unit.code, Post.rank, Post.title, Holding.from_on)
    ).all()
    counts = _open_tasks(work, {post.id for _, post, _ in rows})
    others = _others(work, {post.id for _, post, _ in rows}, person_id, on)
    return tuple(
        HeldRow(
            holding.id,
            post.id,
            post.kind,
            post.title,
            unit.id,
            unit.name,
            unit.path,
            unit.zone,
            holding.from_on,
            holding.until_on,
            counts.get(post.id, 0),
            others.get(post.id, ()),
            rescuers(work, unit.id, person_id),
        )
        for holding, post, unit in rows
    )


def _open_tasks(work: Work, post_ids: Collection[UUID]) -> Mapping[UUID, int]:
    rows = work.session.execute(
        select(Seat.post_id, func.count())
        .join(Task, Task.id == Seat.task_id)
        .where(Seat.post_id.in_(post_ids), Seat.state == SeatState.OPEN, Task.state == TaskState.OPEN)
        .group_by(Seat.post_id)
    )
    return {post_id: count for post_id, count in rows if post_id is not None}


def _others(work: Work, post_ids: Collection[UUID], person_id: UUID, on: date) -> Mapping[UUID, tuple[str, ...]]:
    """Who else holds these posts by their own right, with no end in sight."""
    rows = work.session.execute(
        select(Holding.post_id, Person.name)
        .join(Person, Person.id == Holding.person_id)
        .where(Holding.post_id.in_(post_ids), Holding.person_id != person_id, Holding.delegated_by.is_(None))
        .where(held_on(on), Holding.until_on.is_(None))
        .order_by(Person.name)
    )
    found: dict[UUID, tuple[str, ...]] = {}
    for post_id, name in rows:
        found[post_id] = (*found.get(post_id, ()), name)
    return found


def rescuers(work: Work, unit_id: UUID, but: UUID) -> tuple[str, ...]:
    """Who takes care of tasks of a unit that nobody can do, without one person; holding that post with no end."""
    on = today(work.now, DEFAULT_ZONE)
    rows = work.session.scalars(
        select(Person.name)
        .join(Holding, Holding.person_id == Person.id)
        .where(Holding.post_id.in_(nearest_posts(work.session, RESCUE, unit_id)), Person.id != but)
        .where(held_on(on), Holding.until_on.is_(None))
        .order_by(Person.name)
        .limit(FOUND_AT_MOST)
    )
    return tuple(dict.fromkeys(rows))


def _delegations(work: Work, person_id: UUID) -> tuple[DelegationRow, ...]:
    on = today(work.now, DEFAULT_ZONE)
    rows = work.session.execute(
        select(Post.title, Unit.name, Holding.until_on, Holding.person_id, Holding.delegated_by)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Holding.delegated_by.is_not(None), Holding.until_on >= on)
        .where(or_(Holding.person_id == person_id, Holding.delegated_by == person_id))
        .order_by(Holding.from_on, Post.title)
        .limit(COLLEAGUES_AT_MOST)
    ).all()
    people = {row.person_id for row in rows} | {row.delegated_by for row in rows}
    names = dict(work.session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all())
    return tuple(
        DelegationRow(
            row.title,
            row.name,
            names.get(row.person_id if row.delegated_by == person_id else row.delegated_by, ""),
            row.until_on,
            row.delegated_by == person_id,
        )
        for row in rows
    )


def own_tasks(actor: Actor, work: Work, person_id: UUID) -> tuple[int, tuple[OwnTask, ...], Sequence[UUID | None]]:
    """Open tasks that wait for a person: how many, the first that the actor may see, and of which units."""
    wanted = (Seat.key == f"person:{person_id}", Seat.state == SeatState.OPEN, Task.state == TaskState.OPEN)
    joined = select(Task.id, Task.title, Task.matter, Task.unit_id).join(Seat, Seat.task_id == Task.id).where(*wanted)
    count = work.session.scalar(select(func.count()).select_from(joined.subquery())) or 0
    seen = joined.join(Unit, Unit.id == Task.unit_id).where(or_(*(below(actor.paths(each)) for each in SIGHT[True])))
    rows = work.session.execute(seen.order_by(Task.opened_at, Task.matter, Task.title).limit(TASKS_SHOWN))
    units = work.session.scalars(select(Task.unit_id).join(Seat, Seat.task_id == Task.id).where(*wanted).distinct())
    return count, tuple(OwnTask(*row) for row in rows), units.all()


def works(work: Work, person_id: UUID, on: date) -> bool:
    """Whether somebody holds a post of their own on a day, and none of an administrator of the machine."""
    kinds = set(
        work.session.scalars(
            select(Post.kind)
            .join(Holding, Holding.post_id == Post.id)
            .where(Holding.person_id == person_id, Holding.delegated_by.is_(None), held_on(on))
        )
    )
    return bool(kinds) and not kinds & ADMINISTRATOR_KINDS


def hindrance(work: Work, successor: Person, row: HeldRow, from_on: date) -> Message | None:
    """Why somebody may not follow on a post from a day on, as far as it can be known before."""
    held = work.session.execute(
        select(Post.id, Post.kind)
        .join(Holding, Holding.post_id == Post.id)
        .where(Holding.person_id == successor.id, Holding.delegated_by.is_(None))
        .where(or_(Holding.until_on.is_(None), Holding.until_on >= from_on))
    ).all()
    kinds = {kind for _, kind in held}
    if row.post_id in {post_id for post_id, _ in held}:
        return Message("departures-successor-there", {"name": successor.name})
    if kinds & ADMINISTRATOR_KINDS:
        return Message("departures-successor-administrator", {"name": successor.name})
    if PostKind.SECRETARY in kinds and row.kind in (PostKind.LEADER, PostKind.HEAD):
        return Message("departures-successor-secretary", {"name": successor.name})
    return None


def colleagues(work: Work, person: Held) -> tuple[tuple[UUID, str], ...]:
    """Who might follow: those who hold posts in the same units or the units right above, in words."""
    on = today(work.now, DEFAULT_ZONE)
    units = {row.unit_id for row in person.posts}
    parents = select(Unit.parent_id).where(Unit.id.in_(units), Unit.parent_id.is_not(None))
    rows = work.session.execute(
        select(Person.id, Person.name, Unit.name, Post.title)
        .join(Holding, Holding.person_id == Person.id)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(or_(Unit.id.in_(units), Unit.id.in_(parents)), Post.kind.not_in(ADMINISTRATOR_KINDS))
        .where(held_on(on), Holding.delegated_by.is_(None), Person.id != person.person_id)
        .order_by(Unit.code, Post.rank, Post.title, Person.name)
        .limit(COLLEAGUES_AT_MOST)
    )
    found: dict[UUID, str] = {}
    for person_id, name, unit, title in rows:
        found.setdefault(person_id, f"{name} · {unit} · {title}")
    return tuple(found.items())


def people(actor: Actor, work: Work, words: str) -> tuple[tuple[UUID, str, str], ...]:
    """People on posts in the actor's reach whose name or code has these words: id, name, where."""
    on = today(work.now, DEFAULT_ZONE)
    rows = work.session.execute(
        select(Person.id, Person.name, Unit.name, Post.title)
        .join(Holding, Holding.person_id == Person.id)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(or_(Person.name.icontains(words, autoescape=True), Person.code == words))
        .where(below(actor.paths(PERMISSION)), held_on(on), Holding.delegated_by.is_(None))
        .where(Post.kind.not_in(ADMINISTRATOR_KINDS))
        .order_by(Person.name, Unit.code, Post.rank)
        .limit(FOUND_AT_MOST * 3)
    )
    found: dict[UUID, tuple[UUID, str, str]] = {}
    for person_id, name, unit, title in rows:
        found.setdefault(person_id, (person_id, name, f"{unit} · {title}"))
    return tuple(found.values())[:FOUND_AT_MOST]


def planned(work: Work, person_id: UUID) -> Departure | None:
    """The departure of somebody that is not over."""
    return work.session.scalars(
        select(Departure).where(Departure.person_id == person_id, Departure.state == DepartureState.PLANNED)
    ).one_or_none()


def posts_of(work: Work, departure_id: UUID) -> tuple[DeparturePost, ...]:
    rows = select(DeparturePost).where(DeparturePost.departure_id == departure_id)
    return tuple(work.session.scalars(rows.order_by(DeparturePost.from_on, DeparturePost.id)))


def page(actor: Actor, work: Work, number: int = 1) -> DeparturePage:
    """Departures of units in the actor's reach: planned ones first, soonest first, then those that are over."""
    mine = (below(actor.paths(PERMISSION)),)
    total = work.session.scalar(
        select(func.count()).select_from(Departure).join(Unit, Unit.id == Departure.unit_id).where(*mine)
    )
    posts = select(func.count()).where(DeparturePost.departure_id == Departure.id).scalar_subquery()
    vacant = (
        select(func.count())
        .where(DeparturePost.departure_id == Departure.id, DeparturePost.successor_id.is_(None))
        .scalar_subquery()
    )
    rows = work.session.execute(
        select(Departure, Unit.name, posts, vacant)
        .join(Unit, Unit.id == Departure.unit_id)
        .where(*mine)
        .order_by(
            Departure.closed_at.is_not(None), Departure.closed_at.desc(), Departure.last_day, Departure.person_name
        )
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    found = tuple(
        DepartureRow(
            each.id,
            each.person_id,
            each.person_name,
            unit,
            each.last_day,
            each.state,
            count,
            without,
            each.tasks_moved,
            each.planned_by,
            each.closed_at,
        )
        for each, unit, count, without in rows
    )
    return DeparturePage(found, number, total or 0)


def names(work: Work, ids: Collection[UUID | None]) -> dict[UUID | None, str]:
    return dict(work.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids))).all())


def post_words(work: Work, post_id: UUID) -> str:
    """`unit · title`."""
    row = work.session.execute(
        select(Unit.name, Post.title).join(Unit, Unit.id == Post.unit_id).where(Post.id == post_id)
    ).one()
    return f"{row[0]} · {row[1]}"
