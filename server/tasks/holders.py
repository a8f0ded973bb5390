"""Who sits on a task today, and who might."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from server.db.work import Work
from server.identity.holders import nearest_posts
from server.organisation.models import DEFAULT_ZONE, Holding, Person, Post, Unit
from server.organisation.rules import today
from server.tasks.models import Seat, SeatState, Task
from server.tasks.rules import Policy

RESCUE = "task.rescue"

CHOICES = 100


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat with who holds it today; empty names mean that the post is empty."""

    id: UUID
    key: str
    title: str
    unit_name: str
    holders: tuple[str, ...]
    state: str


def seats_with_holders(work: Work, task_id: UUID) -> tuple[SeatRow, ...]:
    """The seats of a task with who holds them on this day."""
    seats = work.session.scalars(select(Seat).where(Seat.task_id == task_id).order_by(Seat.position)).all()
    posts = {key: UUID(key.removeprefix("post:")) for key in (seat.key for seat in seats) if key.startswith("post:")}
    people = {
        key: UUID(key.removeprefix("person:")) for key in (seat.key for seat in seats) if key.startswith("person:")
    }
    on = today(work.now, DEFAULT_ZONE)
    held = work.session.execute(
        select(Post.id, Post.title, Unit.name, Person.name)
        .join(Unit, Unit.id == Post.unit_id)
        .outerjoin(
            Holding,
            and_(
                Holding.post_id == Post.id,
                Holding.from_on <= on,
                or_(Holding.until_on.is_(None), Holding.until_on >= on),
            ),
        )
        .outerjoin(Person, Person.id == Holding.person_id)
        .where(Post.id.in_(posts.values()))
        .order_by(Person.name)
    ).all()
    wanted = select(Person.id, Person.name).where(Person.id.in_(people.values()))
    named = dict(work.session.execute(wanted).all())
    rows = []
    for seat in seats:
        of_post = [row for row in held if row[0] == posts.get(seat.key)]
        title = of_post[0][1] if of_post else ""
        unit_name = of_post[0][2] if of_post else ""
        holders = [row[3] for row in of_post if row[3]] or ([named[people[seat.key]]] if seat.key in people else [])
        rows.append(SeatRow(seat.id, seat.key, title, unit_name, tuple(holders), seat.state))
    return tuple(rows)


def seat_choices(work: Work, task: Task, seats: Sequence[SeatRow]) -> tuple[tuple[UUID, str, str, str], ...]:
    """Posts that might sit on a task: those of the unit whose matter it is, and of the units of those who sit there.

    Post, unit, title, and who holds it today; posts that nobody holds and those that sit there are left out.
    """
    on, sitting = today(work.now, DEFAULT_ZONE), {seat.key for seat in seats}
    units = select(Post.unit_id).where(
        Post.id.in_(select(Seat.post_id).where(Seat.task_id == task.id, Seat.post_id.is_not(None)))
    )
    found = work.session.execute(
        select(Post.id, Unit.name, Post.title, Person.name)
        .join(Unit, Unit.id == Post.unit_id)
        .join(Holding, Holding.post_id == Post.id)
        .join(Person, Person.id == Holding.person_id)
        .where(or_(Post.unit_id == task.unit_id, Post.unit_id.in_(units)))
        .where(Holding.from_on <= on, or_(Holding.until_on.is_(None), Holding.until_on >= on))
        .order_by(Unit.code, Post.rank, Post.title, Person.name)
        .limit(CHOICES)
    ).all()
    choices: dict[UUID, tuple[UUID, str, str, str]] = {}
    for post_id, unit_name, title, name in found:
        if f"post:{post_id}" not in sitting:
            choices.setdefault(post_id, (post_id, unit_name, title, name))
    return tuple(choices.values())


def people_of(work: Work, tasks: Sequence[Task], on: date) -> Mapping[UUID, frozenset[UUID]]:
    """Who may act on open tasks on a day, by task; of a sequence whose turn it is. Where nobody may, who rescues."""
    policies = {task.id: task.policy for task in tasks}
    seats = work.session.execute(
        select(Seat.task_id, Seat.key, Seat.post_id)
        .where(Seat.task_id.in_(policies), Seat.state == SeatState.OPEN)
        .order_by(Seat.task_id, Seat.position)
    ).all()
    of_posts = _held(work, Holding.post_id.in_({post_id for _, _, post_id in seats if post_id is not None}), on)
    found: dict[UUID, frozenset[UUID]] = {}
    turns: set[UUID] = set()
    for task_id, key, post_id in seats:
        if policies[task_id] == Policy.SEQUENCE and task_id in turns:
            continue
        turns.add(task_id)
        found[task_id] = found.get(task_id, frozenset()) | _of_seat(key, post_id, of_posts)
    return found | _rescuers(work, [task for task in tasks if not found.get(task.id)], on)


def _of_seat(key: str, post_id: UUID | None, of_posts: Mapping[UUID, frozenset[UUID]]) -> frozenset[UUID]:
    if post_id is not None:
        return of_posts.get(post_id, frozenset())
    return frozenset({UUID(key.removeprefix("person:"))}) if key.startswith("person:") else frozenset()


def _rescuers(work: Work, tasks: Iterable[Task], on: date) -> dict[UUID, frozenset[UUID]]:
    posts = {task.id: nearest_posts(work.session, RESCUE, task.unit_id) for task in tasks if task.unit_id is not None}
    held = _held(work, Holding.post_id.in_({post_id for each in posts.values() for post_id in each}), on)
    nobody: frozenset[UUID] = frozenset()
    return {task_id: nobody.union(*[held.get(post_id, nobody) for post_id in each]) for task_id, each in posts.items()}


def people_of_posts(
    work: Work, unit_ids: Collection[UUID], kind: str, on: date
) -> Mapping[UUID | None, frozenset[UUID]]:
    """Who holds posts of a kind on a day, by unit."""
    rows = work.session.execute(
        select(Post.unit_id, Holding.person_id)
        .join(Holding, Holding.post_id == Post.id)
        .where(Post.unit_id.in_(unit_ids), Post.kind == kind, _on(on))
    )
    found: dict[UUID | None, frozenset[UUID]] = {}
    for unit_id, person_id in rows:
        found[unit_id] = found.get(unit_id, frozenset()) | {person_id}
    return found


def _held(work: Work, which: ColumnElement[bool], on: date) -> Mapping[UUID, frozenset[UUID]]:
    found: dict[UUID, frozenset[UUID]] = {}
    for post_id, person_id in work.session.execute(select(Holding.post_id, Holding.person_id).where(which, _on(on))):
        found[post_id] = found.get(post_id, frozenset()) | {person_id}
    return found


def _on(on: date) -> ColumnElement[bool]:
    return and_(Holding.from_on <= on, or_(Holding.until_on.is_(None), Holding.until_on >= on))
