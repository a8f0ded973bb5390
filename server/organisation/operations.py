"""Writing the organisation: units, posts, people and holdings, one at a time."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.actor import Actor, ActorKind, require
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.verbs import Verb
from server.db.work import Work
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.i18n import Message
from server.organisation.import_plan import PLACEHOLDER as PLACEHOLDER
from server.organisation.imports import import_rows as import_rows
from server.organisation.imports import preview_import as preview_import
from server.organisation.models import Holding, Person, Post, Unit, UnitName
from server.organisation.rules import (
    administrators_clash,
    ids_in,
    overlap,
    path_of,
    require_ordinary,
    today,
)
from server.organisation.tree import PERMISSION as PERMISSION
from server.organisation.tree import move, rename


def record(actor: Actor, work: Work, unit: Unit, verb: Verb, subject: Mapping[str, Any], **details: Any) -> None:
    """A row in the one stream of the whole tree, keyed by its root."""
    stream = audit.Stream(StreamKind.UNIT, str(ids_in(unit.path)[0]))
    audit.record(actor, work, stream, verb, subject, details)


def add_unit(
    actor: Actor,
    work: Work,
    *,
    code: str,
    name: str,
    kind: str,
    parent_id: UUID | None = None,
    short_name: str = "",
    opened_on: date | None = None,
) -> Unit:
    """Add a unit below a parent; without parent the root, of which there is one, and which only the system adds."""
    session = work.session
    parent = _unit(work, parent_id) if parent_id is not None else None
    if parent is not None:
        require(actor, PERMISSION, parent.path)
        _require_open(parent)
    elif actor.kind is not ActorKind.SYSTEM or session.scalar(select(Unit.id).where(Unit.parent_id.is_(None)).limit(1)):
        raise Conflict(Message("organisation-one-root"))
    code, name = code.strip(), name.strip()
    if not code or not name:
        raise Invalid(Message("error-invalid"), {"code" if not code else "name": [Message("organisation-required")]})
    if session.scalar(select(Unit.id).where(Unit.code == code)):
        raise Invalid(Message("error-invalid"), {"code": [Message("organisation-code-taken", {"code": code})]})
    unit_id = work.ids.new()
    unit = Unit(
        id=unit_id,
        parent_id=parent_id,
        kind=kind,
        code=code,
        name=name,
        short_name=short_name,
        path=path_of(unit_id, parent.path if parent else None),
        opened_on=opened_on,
        **({"zone": parent.zone} if parent else {}),
    )
    session.add(unit)
    session.flush()
    from_on = opened_on or today(work.now, unit.zone)
    session.add(UnitName(id=work.ids.new(), unit_id=unit_id, name=name, short_name=short_name, from_on=from_on))
    record(actor, work, unit, Verb.UNIT_ADDED, {"unit": unit_id, "code": code, "name": name}, parent=parent_id)
    return unit


def rename_unit(actor: Actor, work: Work, unit_id: UUID, name: str, short_name: str = "") -> Unit:
    """Give a unit another name from today on; all that refers to it stays, and the old name is kept with its days."""
    unit = _unit(work, unit_id, lock=True)
    require(actor, PERMISSION, unit.path)
    name, short_name = name.strip(), short_name.strip()
    if not name:
        raise Invalid(Message("error-invalid"), {"name": [Message("organisation-required")]})
    if (name, short_name) == (unit.name, unit.short_name):
        return unit
    before = unit.name
    rename(work, unit, name, short_name)
    record(actor, work, unit, Verb.UNIT_RENAMED, {"unit": unit_id, "code": unit.code, "name": name}, before=before)
    return unit


def move_unit(actor: Actor, work: Work, unit_id: UUID, parent_id: UUID) -> Unit:
    """Put a unit, with all below it, under another parent."""
    unit, parent = _unit(work, unit_id, lock=True), _unit(work, parent_id)
    require(actor, PERMISSION, unit.path)
    require(actor, PERMISSION, parent.path)
    _require_open(parent)
    if parent.path.startswith(unit.path) or unit.parent_id is None:
        raise Conflict(Message("organisation-move-into-itself"))
    before = unit.parent_id
    move(work, unit, parent)
    record(actor, work, unit, Verb.UNIT_MOVED, {"unit": unit_id, "code": unit.code}, before=before, after=parent_id)
    return unit


def close_unit(actor: Actor, work: Work, unit_id: UUID, on: date) -> Unit:
    """Close a unit with a last day; refused while it has open units below. Its history, posts and people stay."""
    unit = _unit(work, unit_id, lock=True)
    require(actor, PERMISSION, unit.path)
    _require_open(unit)
    below = select(Unit.name).where(Unit.parent_id == unit_id, Unit.closed_on.is_(None)).order_by(Unit.code).limit(1)
    if name := work.session.scalar(below):
        raise Conflict(Message("organisation-open-below", {"name": name}))
    if unit.opened_on is not None and on < unit.opened_on:
        raise Invalid(Message("error-invalid"), {"on": [Message("organisation-closed-before-opened")]})
    unit.closed_on = on
    record(actor, work, unit, Verb.UNIT_CLOSED, {"unit": unit_id, "code": unit.code, "name": unit.name}, on=on)
    return unit


def add_person(
    actor: Actor, work: Work, *, name: str, code: str | None = None, phone: str | None = None, email: str | None = None
) -> Person:
    """Add somebody; where they work follows from the posts they are given. Not checked for namesakes."""
    if actor.kind is not ActorKind.SYSTEM and not actor.may_anywhere(PERMISSION):
        raise NotAllowed(Message("error-not-allowed"))
    return place_person(actor, work, name=name, code=code, phone=phone, email=email)


def place_person(
    actor: Actor, work: Work, *, name: str, code: str | None = None, phone: str | None = None, email: str | None = None
) -> Person:
    """As `add_person`, for callers that have decided already that the actor may."""
    name, code = name.strip(), (code or "").strip() or None
    if not name:
        raise Invalid(Message("error-invalid"), {"name": [Message("organisation-required")]})
    if code and work.session.scalar(select(Person.id).where(Person.code == code)):
        raise Invalid(Message("error-invalid"), {"code": [Message("organisation-code-taken", {"code": code})]})
    person = Person(id=work.ids.new(), name=name, code=code, phone=phone or None, email=email or None)
    work.session.add(person)
    work.session.flush()
    root = work.session.scalars(select(Unit).where(Unit.parent_id.is_(None)).limit(1)).one_or_none()
    if root is None:
        raise Conflict(Message("organisation-no-root"))
    record(actor, work, root, Verb.PERSON_ADDED, {"person": person.id, "name": name})
    return person


def add_post(actor: Actor, work: Work, unit_id: UUID, *, kind: str, title: str, rank: int = 100) -> Post:
    """Set up a post in a unit; nobody need hold it yet."""
    require_ordinary(kind)
    unit = _unit(work, unit_id)
    require(actor, PERMISSION, unit.path)
    _require_open(unit)
    return place_post(actor, work, unit, kind, title, rank)


def place_post(actor: Actor, work: Work, unit: Unit, kind: str, title: str, rank: int = 100) -> Post:
    """As `add_post`, for callers that have decided already that the actor may; administrators' posts too."""
    kind, title = kind.strip(), title.strip()
    if not kind or not title:
        raise Invalid(Message("error-invalid"), {"kind" if not kind else "title": [Message("organisation-required")]})
    wanted = select(Post.id).where(Post.unit_id == unit.id, Post.kind == kind, Post.title == title)
    if work.session.scalar(wanted):
        raise Invalid(Message("error-invalid"), {"title": [Message("organisation-post-exists", {"title": title})]})
    post = Post(id=work.ids.new(), unit_id=unit.id, kind=kind, title=title, rank=rank)
    work.session.add(post)
    work.session.flush()
    record(actor, work, unit, Verb.POST_ADDED, {"post": post.id, "unit": unit.id}, kind=kind, title=title)
    return post


def add_holding(
    actor: Actor, work: Work, post_id: UUID, person_id: UUID, *, from_on: date, until_on: date | None = None
) -> Holding:
    """Put somebody on a post from a day to a day, both included."""
    post = _post(work, post_id)
    require_ordinary(post.kind)
    unit = _unit(work, post.unit_id)
    require(actor, PERMISSION, unit.path)
    _require_open(unit)
    return place_holding(actor, work, (unit, post), person_id, from_on, until_on)


def place_holding(
    actor: Actor,
    work: Work,
    where: tuple[Unit, Post],
    person_id: UUID,
    from_on: date,
    until_on: date | None = None,
    delegated_by: UUID | None = None,
) -> Holding:
    """As `add_holding`, for callers that have decided already that the actor may; administrators' posts too."""
    unit, post = where
    if until_on is not None and until_on < from_on:
        raise Invalid(Message("error-invalid"), {"until_on": [Message("organisation-until-before-from")]})
    person = work.session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound(Message("error-not-found"))
    held = work.session.execute(
        select(Holding, Post.kind).join(Post, Post.id == Holding.post_id).where(Holding.person_id == person_id)
    ).all()
    span = (from_on, until_on)
    at_once = [(holding, kind) for holding, kind in held if overlap(span, (holding.from_on, holding.until_on))]
    if any(holding.post_id == post.id for holding, _ in at_once):
        raise Conflict(Message("organisation-holds-already", {"name": person.name, "title": post.title}))
    if administrators_clash([post.kind, *(kind for _, kind in at_once)]):
        raise Conflict(Message("organisation-administrators-exclude", {"name": person.name}))
    holding = Holding(id=work.ids.new(), post_id=post.id, person_id=person_id, from_on=from_on, until_on=until_on)
    holding.delegated_by = delegated_by
    work.session.add(holding)
    work.session.flush()
    subject = {"person": person_id, "name": person.name, "post": post.id, "unit": unit.id}
    details = {"title": post.title, "from_on": from_on, "until_on": until_on}
    if delegated_by is not None:
        details["delegated_by"] = delegated_by
    record(actor, work, unit, Verb.HOLDING_ADDED, subject, **details)
    return holding


def end_holding(actor: Actor, work: Work, holding_id: UUID, on: date) -> Holding:
    """The last day on which somebody holds a post."""
    holding = work.session.get(Holding, holding_id, with_for_update=True)
    if holding is None:
        raise NotFound(Message("error-not-found"))
    post = _post(work, holding.post_id)
    require_ordinary(post.kind)
    unit = _unit(work, post.unit_id)
    require(actor, PERMISSION, unit.path)
    if on < holding.from_on:
        raise Invalid(Message("error-invalid"), {"on": [Message("organisation-until-before-from")]})
    holding.until_on = on
    _end_delegated(work, holding, on)
    subject = {"person": holding.person_id, "post": post.id, "unit": unit.id}
    record(actor, work, unit, Verb.HOLDING_ENDED, subject, title=post.title, on=on)
    return holding


def _end_delegated(work: Work, holding: Holding, on: date) -> None:
    """Nobody acts any longer for somebody who has left the post."""
    work.session.flush()
    given = (Holding.post_id == holding.post_id, Holding.delegated_by == holding.person_id, Holding.until_on > on)
    for each in work.session.scalars(select(Holding).where(*given)).all():
        if each.from_on > on:
            work.session.delete(each)
        else:
            each.until_on = on
    work.session.flush()


def _unit(work: Work, unit_id: UUID, *, lock: bool = False) -> Unit:
    unit = work.session.get(Unit, unit_id, with_for_update=True if lock else None)
    if unit is None:
        raise NotFound(Message("error-not-found"))
    return unit


def _post(work: Work, post_id: UUID) -> Post:
    post = work.session.get(Post, post_id)
    if post is None:
        raise NotFound(Message("error-not-found"))
    return post


def _require_open(unit: Unit) -> None:
    if unit.closed_on is not None:
        raise Conflict(Message("organisation-closed", {"name": unit.name, "on": unit.closed_on}))
