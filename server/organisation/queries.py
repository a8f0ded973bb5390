"""Reading the organisation: the tree, one unit, posts and who holds them on a day. Lists are paged."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from server.errors import NotFound
from server.i18n import Message
from server.organisation.models import Holding, Person, Post, Unit, UnitName
from server.organisation.rules import ids_in

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in a list. depth: 0 for the root. people, posts, empty_posts: on the day asked for."""

    id: UUID
    parent_id: UUID | None
    code: str
    kind: str
    name: str
    short_name: str
    path: str
    depth: int
    closed_on: date | None
    posts: int = 0
    empty_posts: int = 0


@dataclass(frozen=True, slots=True)
class UnitPage:
    rows: tuple[UnitRow, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody on a post. phone is whole here; screens mask it."""

    holding_id: UUID
    post_id: UUID
    person_id: UUID
    name: str
    phone: str | None
    email: str | None
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post and who holds it on the day asked for; no holders means that the post is empty."""

    id: UUID
    unit_id: UUID
    unit_name: str
    kind: str
    title: str
    rank: int
    holders: tuple[Holder, ...] = ()


@dataclass(frozen=True, slots=True)
class FormerName:
    name: str
    from_on: date


@dataclass(frozen=True, slots=True)
class UnitDetail:
    """All that a unit's page shows. above: (id, name) from the root to the parent. names: newest first."""

    unit: UnitRow
    zone: str
    opened_on: date | None
    above: tuple[tuple[UUID, str], ...]
    names: tuple[FormerName, ...]
    posts: tuple[PostRow, ...]


def held_on(on: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Holdings in force on a day (a value, or a parameter of a prepared statement), both ends included."""
    return and_(Holding.from_on <= on, or_(Holding.until_on.is_(None), Holding.until_on >= on))


def below(paths: Collection[str]) -> ColumnElement[bool]:
    """Units at or under any of the paths; none for no path."""
    clauses = [Unit.path.startswith(path, autoescape=True) for path in paths]
    return or_(*clauses) if clauses else false()


def units(
    session: Session, *, paths: Collection[str], on: date, words: str = "", closed: bool = False, page: int = 1
) -> UnitPage:
    """Units of the subtrees in the order of the tree; words are looked for in name, short name and code."""
    wanted = [below(paths), true() if closed else Unit.closed_on.is_(None)]
    for word in words.split()[:5]:
        looked_for = [Unit.name, Unit.short_name, Unit.code]
        wanted.append(or_(*(column.icontains(word, autoescape=True) for column in looked_for)))
    total = session.scalar(select(func.count()).select_from(Unit).where(*wanted)) or 0
    posts = select(func.count()).select_from(Post).where(Post.unit_id == Unit.id).scalar_subquery()
    empty = select(func.count()).select_from(Post).where(Post.unit_id == Unit.id, _empty(on)).scalar_subquery()
    ordered = select(Unit, posts, empty).where(*wanted).order_by(*_tree_order(words))
    found = session.execute(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return UnitPage(tuple(_row(unit, count, without) for unit, count, without in found), page, total)


def _tree_order(words: str) -> tuple[ColumnElement[Any], ...]:
    """Found units by code; the whole tree level by level, since ids in the path have no order to show."""
    return (Unit.code.expression,) if words else (func.length(Unit.path), Unit.code.expression)


def children(session: Session, unit_id: UUID, *, on: date, closed: bool = False, page: int = 1) -> UnitPage:
    """The units directly below one, by code."""
    wanted = [Unit.parent_id == unit_id, true() if closed else Unit.closed_on.is_(None)]
    total = session.scalar(select(func.count()).select_from(Unit).where(*wanted)) or 0
    posts = select(func.count()).select_from(Post).where(Post.unit_id == Unit.id).scalar_subquery()
    empty = select(func.count()).select_from(Post).where(Post.unit_id == Unit.id, _empty(on)).scalar_subquery()
    ordered = select(Unit, posts, empty).where(*wanted).order_by(Unit.code)
    found = session.execute(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return UnitPage(tuple(_row(unit, count, without) for unit, count, without in found), page, total)


def unit_detail(session: Session, unit_id: UUID, on: date) -> UnitDetail:
    """A unit with its posts, holders on a day, former names and the units above it. Raises NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound(Message("error-not-found"))
    lineage = ids_in(unit.path)[:-1]
    named = dict(session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(lineage))).all())
    names = session.execute(
        select(UnitName.name, UnitName.from_on)
        .where(UnitName.unit_id == unit_id)
        .order_by(UnitName.from_on.desc(), UnitName.id.desc())
        .limit(PAGE_SIZE)
    )
    posts = _posts(session, Post.unit_id == unit_id, on)
    return UnitDetail(
        unit=_row(unit, len(posts), sum(not post.holders for post in posts)),
        zone=unit.zone,
        opened_on=unit.opened_on,
        above=tuple((each, named[each]) for each in lineage),
        names=tuple(FormerName(name, from_on) for name, from_on in names),
        posts=posts,
    )


def unit_path(session: Session, unit_id: UUID) -> str:
    """Raises NotFound."""
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id))
    if path is None:
        raise NotFound(Message("error-not-found"))
    return path


def root(session: Session) -> UnitRow | None:
    """The top of the one tree; None before anything was entered."""
    unit = session.scalars(select(Unit).where(Unit.parent_id.is_(None)).limit(1)).one_or_none()
    return None if unit is None else _row(unit)


def unit_by_code(session: Session, code: str) -> UnitRow | None:
    unit = session.scalars(select(Unit).where(Unit.code == code)).one_or_none()
    return None if unit is None else _row(unit)


def posts_of(session: Session, unit_id: UUID, kind: str | None = None, *, on: date) -> tuple[PostRow, ...]:
    """The posts of one unit, of one kind or all, with their holders on a day; by rank, then title."""
    wanted = Post.unit_id == unit_id
    return _posts(session, wanted if kind is None else and_(wanted, Post.kind == kind), on)


def posts_of_kind(session: Session, unit_ids: Collection[UUID], kind: str) -> dict[UUID, tuple[UUID, ...]]:
    """Post ids of one kind by unit, by rank, then title; units without such a post are absent."""
    found: dict[UUID, tuple[UUID, ...]] = {}
    wanted = select(Post.unit_id, Post.id).where(Post.unit_id.in_(unit_ids), Post.kind == kind)
    for unit_id, post_id in session.execute(wanted.order_by(Post.rank, Post.title)):
        found[unit_id] = (*found.get(unit_id, ()), post_id)
    return found


def holders_of(session: Session, post_ids: Iterable[UUID], on: date) -> dict[UUID, tuple[Holder, ...]]:
    """Who holds each post on a day, longest first; every post asked for is in the answer."""
    wanted = tuple(post_ids)
    found: dict[UUID, tuple[Holder, ...]] = dict.fromkeys(wanted, ())
    if not wanted:
        return found
    rows = session.execute(
        select(Holding, Person)
        .join(Person, Person.id == Holding.person_id)
        .where(Holding.post_id.in_(wanted), held_on(on))
        .order_by(Holding.from_on, Person.name, Person.code)
    )
    for holding, person in rows:
        holder = Holder(
            holding_id=holding.id,
            post_id=holding.post_id,
            person_id=person.id,
            name=person.name,
            phone=person.phone,
            email=person.email,
            from_on=holding.from_on,
            until_on=holding.until_on,
        )
        found[holding.post_id] = (*found[holding.post_id], holder)
    return found


def posts_without_holder(session: Session, path: str, on: date, *, limit: int = PAGE_SIZE) -> tuple[PostRow, ...]:
    """Posts that nobody holds on a day, in open units at or under a path."""
    wanted = (
        select(Post, Unit.name)
        .join(Unit, Unit.id == Post.unit_id)
        .where(below([path]), Unit.closed_on.is_(None), _empty(on))
        .order_by(Unit.code, Post.rank, Post.title)
        .limit(limit)
    )
    return tuple(PostRow(p.id, p.unit_id, name, p.kind, p.title, p.rank) for p, name in session.execute(wanted))


def people_named(session: Session, words: str, *, limit: int = 20) -> tuple[tuple[UUID, str, str], ...]:
    """People to choose from: id, name, code. Found by part of name or by whole code."""
    wanted = or_(Person.name.icontains(words, autoescape=True), Person.code == words)
    rows = session.execute(
        select(Person.id, Person.name, Person.code).where(wanted).order_by(Person.name, Person.code).limit(limit)
    )
    return tuple((person_id, name, code or "") for person_id, name, code in rows)


def _posts(session: Session, wanted: ColumnElement[bool], on: date) -> tuple[PostRow, ...]:
    rows = session.execute(
        select(Post, Unit.name)
        .join(Unit, Unit.id == Post.unit_id)
        .where(wanted)
        .order_by(Post.rank, Post.kind, Post.title)
    ).all()
    holders = holders_of(session, (post.id for post, _ in rows), on)
    return tuple(PostRow(p.id, p.unit_id, name, p.kind, p.title, p.rank, holders[p.id]) for p, name in rows)


def _empty(on: date) -> ColumnElement[bool]:
    return ~select(Holding.id).where(Holding.post_id == Post.id, held_on(on)).exists()


def _row(unit: Unit, posts: int = 0, empty_posts: int = 0) -> UnitRow:
    return UnitRow(
        id=unit.id,
        parent_id=unit.parent_id,
        code=unit.code,
        kind=unit.kind,
        name=unit.name,
        short_name=unit.short_name,
        path=unit.path,
        depth=unit.path.count("/") - 2,
        closed_on=unit.closed_on,
        posts=posts,
        empty_posts=empty_posts,
    )
