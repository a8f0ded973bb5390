"""Letting a colleague act on one's post for a while."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from server.actor import Actor
from server.audit.verbs import Verb
from server.db.work import Work
from server.errors import Conflict, Invalid, NotFound
from server.i18n import Message
from server.identity.models import Account, AccountState
from server.organisation import operations as organisation
from server.organisation.models import DEFAULT_ZONE, Holding, Person, Post, Unit
from server.organisation.queries import held_on
from server.organisation.rules import ADMINISTRATOR_KINDS, PostKind, today

LONGEST = timedelta(days=180)
COLLEAGUES_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Delegation:
    """One's own post, given to a colleague from a day to a day, both included."""

    id: UUID
    post_title: str
    unit_name: str
    person_name: str
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class Choices:
    """What one may give, and to whom: posts and colleagues, by id, in words."""

    posts: tuple[tuple[UUID, str], ...]
    people: tuple[tuple[UUID, str], ...]


def choices(actor: Actor, work: Work) -> Choices:
    """One's own posts, and those with an account who hold posts in the same units today."""
    on = today(work.now, DEFAULT_ZONE)
    own = work.session.execute(
        select(Post.id, Post.title, Unit.name, Unit.id)
        .join(Holding, Holding.post_id == Post.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Holding.person_id == actor.person_id, Holding.delegated_by.is_(None), held_on(on))
        .where(Post.kind.not_in(ADMINISTRATOR_KINDS))
        .order_by(Unit.code, Post.rank, Post.title)
    ).all()
    people = work.session.execute(
        select(Person.id, Person.name, Post.title)
        .join(Holding, Holding.person_id == Person.id)
        .join(Post, Post.id == Holding.post_id)
        .join(Account, Account.person_id == Person.id)
        .where(Post.unit_id.in_([row[3] for row in own]), held_on(on), Holding.delegated_by.is_(None))
        .where(Person.id.not_in(_secretaries(on)))
        .where(Person.id != actor.person_id, Account.state != AccountState.DISABLED)
        .where(Post.kind.not_in(ADMINISTRATOR_KINDS))
        .order_by(Post.rank, Person.name)
        .limit(COLLEAGUES_AT_MOST)
    ).all()
    names: dict[UUID, str] = {}
    for person_id, name, title in people:
        names.setdefault(person_id, f"{name} {title}")
    return Choices(tuple((row[0], f"{row[2]} {row[1]}") for row in own), tuple(names.items()))


def _secretaries(on: date) -> Select[UUID]:
    """Who prepares for a leader never comes to decide in a leader's place."""
    held = select(Holding.person_id).join(Post, Post.id == Holding.post_id)
    return held.where(Post.kind == PostKind.SECRETARY, Holding.delegated_by.is_(None), held_on(on))


def delegate(actor: Actor, work: Work, post_id: UUID, person_id: UUID, from_on: date, until_on: date) -> Holding:
    """Let a colleague act on one's own post, from today on at the earliest and for `LONGEST` at most.

    Raises NotFound for a post that is not one's own, Invalid for a stranger or days that cannot be, Conflict when the
    colleague acts there already.
    """
    offered = choices(actor, work)
    if post_id not in dict(offered.posts):
        raise NotFound(Message("error-not-found"))
    if person_id not in dict(offered.people):
        nobody = Message("identity-delegate-nobody")
        raise Invalid(nobody, {"person": [nobody]})
    if from_on < today(work.now, DEFAULT_ZONE):
        past = Message("identity-delegate-past")
        raise Invalid(past, {"from": [past]})
    if not from_on <= until_on <= from_on + LONGEST:
        wrong = Message("identity-delegate-until", {"days": LONGEST.days})
        raise Invalid(wrong, {"until": [wrong]})
    post = work.session.get_one(Post, post_id, with_for_update=True)
    unit = work.session.get_one(Unit, post.unit_id)
    return organisation.place_holding(actor, work, (unit, post), person_id, from_on, until_on, actor.person_id)


def end(actor: Actor, work: Work, holding_id: UUID) -> None:
    """Take one's post back at once. Raises NotFound for somebody else's, Conflict when it is over already."""
    holding = work.session.get(Holding, holding_id, with_for_update=True)
    if holding is None or actor.person_id is None or holding.delegated_by != actor.person_id:
        raise NotFound(Message("error-not-found"))
    on = today(work.now, DEFAULT_ZONE)
    if holding.until_on is None or holding.until_on < on:
        raise Conflict(Message("identity-delegate-over"))
    post = work.session.get_one(Post, holding.post_id)
    unit = work.session.get_one(Unit, post.unit_id)
    subject = {"person": holding.person_id, "post": post.id, "unit": unit.id}
    if holding.from_on >= on:
        work.session.delete(holding)
    else:
        holding.until_on = on - timedelta(days=1)
    work.session.flush()
    organisation.record(actor, work, unit, Verb.HOLDING_ENDED, subject, title=post.title, on=on)


def given(actor: Actor, work: Work) -> tuple[Delegation, ...]:
    """One's own delegations that are not over."""
    rows = work.session.execute(
        select(Holding.id, Post.title, Unit.name, Person.name, Holding.from_on, Holding.until_on)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .join(Person, Person.id == Holding.person_id)
        .where(Holding.delegated_by == actor.person_id, Holding.until_on >= today(work.now, DEFAULT_ZONE))
        .order_by(Holding.from_on, Post.title, Person.name)
        .limit(COLLEAGUES_AT_MOST)
    )
    return tuple(Delegation(*row[:5], row[5] or row[4]) for row in rows)


def names_of(work: Work, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of those for whom somebody acts."""
    return dict(work.session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids))).all())


def delegators(session: Session, actor: Actor, post_ids: Collection[UUID], now: datetime) -> set[UUID | None]:
    """For whom the actor acts on some of these posts: what they may not do, the actor may not do for them."""
    other = aliased(Holding)
    own = and_(other.post_id == Holding.post_id, other.person_id == actor.person_id, other.delegated_by.is_(None))
    on = today(now, DEFAULT_ZONE)
    still = and_(other.from_on <= on, or_(other.until_on.is_(None), other.until_on >= on))
    found = session.scalars(
        select(Holding.delegated_by)
        .where(Holding.person_id == actor.person_id, Holding.post_id.in_(post_ids), Holding.delegated_by.is_not(None))
        .where(held_on(on), ~select(other.id).where(own, still).exists())
    )
    return set(found)
