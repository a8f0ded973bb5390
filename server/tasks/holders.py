"""Who sits on a task today, and who might."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, or_, select

from server.db.work import Work
from server.organisation.models import Holding, Person, Post, Unit
from server.tasks.models import Seat, Task

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
    today = work.now.date()
    held = work.session.execute(
        select(Post.id, Post.title, Unit.name, Person.name)
        .join(Unit, Unit.id == Post.unit_id)
        .outerjoin(
            Holding,
            and_(
                Holding.post_id == Post.id,
                Holding.from_on <= today,
                or_(Holding.until_on.is_(None), Holding.until_on >= today),
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
    today, sitting = work.now.date(), {seat.key for seat in seats}
    units = select(Post.unit_id).where(
        Post.id.in_(select(Seat.post_id).where(Seat.task_id == task.id, Seat.post_id.is_not(None)))
    )
    found = work.session.execute(
        select(Post.id, Unit.name, Post.title, Person.name)
        .join(Unit, Unit.id == Post.unit_id)
        .join(Holding, Holding.post_id == Post.id)
        .join(Person, Person.id == Holding.person_id)
        .where(or_(Post.unit_id == task.unit_id, Post.unit_id.in_(units)))
        .where(Holding.from_on <= today, or_(Holding.until_on.is_(None), Holding.until_on >= today))
        .order_by(Unit.code, Post.rank, Post.title, Person.name)
        .limit(CHOICES)
    ).all()
    choices: dict[UUID, tuple[UUID, str, str, str]] = {}
    for post_id, unit_name, title, name in found:
        if f"post:{post_id}" not in sitting:
            choices.setdefault(post_id, (post_id, unit_name, title, name))
    return tuple(choices.values())
