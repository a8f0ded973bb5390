"""Importing an organisation: look first, then all or nothing; the same files again change nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from server.actor import Actor, ActorKind
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.operations import Entry
from server.audit.verbs import Verb
from server.db.work import Work, rows_changed
from server.errors import Invalid, NotAllowed, NotFound
from server.i18n import Message
from server.organisation.import_files import Finding, ImportFile, read_files
from server.organisation.import_plan import (
    PLACEHOLDER,
    KnownHolding,
    KnownPerson,
    KnownUnit,
    NewUnit,
    Plan,
    PostKey,
    Standing,
    make_plan,
)
from server.organisation.models import DEFAULT_ZONE, Holding, OrganisationUpload, Person, Post, Unit, UnitName
from server.organisation.rules import ids_in, path_of, today
from server.organisation.tree import PERMISSION, move, rename

KEEP_UPLOAD_FOR = timedelta(hours=24)


class ImportRefused(Invalid):
    """The files cannot be imported as they are; nothing was written. findings: all that is wrong, by file and row."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        fatal = [each for each in findings if each.fatal]
        super().__init__(Message("organisation-import-refused", {"count": len(fatal)}))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do, in numbers, and all findings; errors come first. errors 0: it may be confirmed."""

    findings: tuple[Finding, ...]
    errors: int
    new_units: int
    changed_units: int
    same_units: int
    new_posts: int
    new_people: int
    changed_people: int
    same_people: int
    new_holdings: int
    ended_holdings: int

    @property
    def empty(self) -> bool:
        changes = (self.new_units, self.changed_units, self.new_posts, self.new_people, self.changed_people)
        return not (any(changes) or self.new_holdings or self.ended_holdings)


def preview_import(actor: Actor, work: Work, files: Sequence[ImportFile]) -> Preview:
    """What `import_rows` would do now; nothing is written."""
    _require_manager(actor)
    return _preview(make_plan(read_files(files), _standing(actor, work)))


def import_rows(actor: Actor, work: Work, files: Sequence[ImportFile]) -> Preview:
    """Bring units, posts, people and holdings in; raises ImportRefused, having written nothing, for any error.

    Units are known by their codes and keep their identity and former names; nothing is deleted.
    """
    _require_manager(actor)
    work.session.scalar(select(Unit.id).where(Unit.parent_id.is_(None)).limit(1).with_for_update())
    plan = make_plan(read_files(files), _standing(actor, work))
    if plan.errors:
        raise ImportRefused(plan.findings)
    if not plan.empty:
        _carry_out(actor, work, plan, files)
    return _preview(plan)


def keep_upload(actor: Actor, work: Work, files: Sequence[ImportFile]) -> UUID:
    """Keep files between preview and confirmation, for this actor alone; older ones of anybody go after a day."""
    _require_manager(actor)
    purge_uploads(work)
    names = [[file.name[:200], len(file.content)] for file in files]
    content = b"".join(file.content for file in files)
    upload = OrganisationUpload(
        id=work.ids.new(), actor_key=actor.account_key, names=names, content=content, created_at=work.now
    )
    work.session.add(upload)
    return upload.id


def kept_upload(actor: Actor, work: Work, upload_id: UUID) -> tuple[ImportFile, ...]:
    """The files again; raises NotFound for somebody else's, and for those that are gone."""
    upload = work.session.get(OrganisationUpload, upload_id)
    if upload is None or upload.actor_key != actor.account_key or work.now - upload.created_at > KEEP_UPLOAD_FOR:
        raise NotFound(Message("organisation-upload-gone"))
    files, start = [], 0
    for name, size in upload.names:
        files.append(ImportFile(name, upload.content[start : start + size]))
        start += size
    return tuple(files)


def drop_upload(actor: Actor, work: Work, upload_id: UUID) -> None:
    work.session.execute(
        delete(OrganisationUpload).where(
            OrganisationUpload.id == upload_id, OrganisationUpload.actor_key == actor.account_key
        )
    )


def purge_uploads(work: Work) -> int:
    """Remove what nobody confirmed within a day; it holds names and numbers of people."""
    old = delete(OrganisationUpload).where(OrganisationUpload.created_at < work.now - KEEP_UPLOAD_FOR)
    return rows_changed(work.session.execute(old))


def _require_manager(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM and not actor.may_anywhere(PERMISSION):
        raise NotAllowed(Message("error-not-allowed"))


def _standing(actor: Actor, work: Work) -> Standing:
    session = work.session
    system = actor.kind is ActorKind.SYSTEM
    units = session.execute(
        select(Unit.id, Unit.parent_id, Unit.code, Unit.kind, Unit.name, Unit.short_name, Unit.path, Unit.closed_on)
    ).all()
    code_of = {unit.id: unit.code for unit in units}
    known = {
        unit.code: KnownUnit(
            id=unit.id,
            code=unit.code,
            parent_code=code_of[unit.parent_id] if unit.parent_id else "",
            kind=unit.kind,
            name=unit.name,
            short_name=unit.short_name,
            path=unit.path,
            closed=unit.closed_on is not None,
        )
        for unit in units
    }
    people = {
        person_id: KnownPerson(person_id, code or "", name, phone or "", email or "")
        for person_id, code, name, phone, email in session.execute(
            select(Person.id, Person.code, Person.name, Person.phone, Person.email)
        )
    }
    posts: dict[UUID, PostKey] = {
        post_id: (code_of[unit_id], kind, title)
        for post_id, unit_id, kind, title in session.execute(select(Post.id, Post.unit_id, Post.kind, Post.title))
    }
    holdings = session.execute(
        select(Holding.id, Holding.post_id, Holding.person_id, Holding.from_on, Holding.until_on).order_by(
            Holding.from_on
        )
    )
    placeholder = known.get(PLACEHOLDER)
    return Standing(
        units=known,
        people=people,
        posts={key: post_id for post_id, key in posts.items()},
        holdings=tuple(
            KnownHolding(each, posts[post_id], person_id, from_on, until_on)
            for each, post_id, person_id, from_on, until_on in holdings
        ),
        today=today(work.now, DEFAULT_ZONE),
        may=lambda path: system or actor.may(PERMISSION, path),
        may_root=system or (placeholder is not None and actor.may(PERMISSION, placeholder.path)),
    )


def _preview(plan: Plan) -> Preview:
    return Preview(
        findings=tuple(plan.findings),
        errors=plan.errors,
        new_units=len(plan.new_units),
        changed_units=len(plan.changed_units),
        same_units=plan.same_units,
        new_posts=len(plan.new_posts),
        new_people=len(plan.new_people),
        changed_people=len(plan.changed_people),
        same_people=plan.same_people,
        new_holdings=len(plan.new_holdings),
        ended_holdings=len(plan.ended),
    )


def _carry_out(actor: Actor, work: Work, plan: Plan, files: Sequence[ImportFile]) -> None:
    session = work.session
    units = {unit.code: unit for unit in session.scalars(select(Unit))}
    entries = _change_units(work, plan, units)
    posts = {
        (unit_id, kind, title): post_id
        for post_id, unit_id, kind, title in session.execute(select(Post.id, Post.unit_id, Post.kind, Post.title))
    }
    for post in plan.new_posts:
        code, kind, title = post.key
        row = Post(id=work.ids.new(), unit_id=units[code].id, kind=kind, title=title, rank=post.rank)
        posts[row.unit_id, kind, title] = row.id
        session.add(row)
        entries.append(Entry(Verb.POST_ADDED, {"post": row.id, "unit": row.unit_id}, {"kind": kind, "title": title}))
    people = _change_people(work, plan, entries)
    session.flush()
    for new in plan.new_holdings:
        code, kind, title = new.post
        person_id = new.person if isinstance(new.person, UUID) else people[new.person]
        post_id = posts[units[code].id, kind, title]
        session.add(
            Holding(id=work.ids.new(), post_id=post_id, person_id=person_id, from_on=new.from_on, until_on=new.until_on)
        )
        subject = {"person": person_id, "post": post_id, "unit": units[code].id}
        entries.append(Entry(Verb.HOLDING_ADDED, subject, {"from_on": new.from_on, "until_on": new.until_on}))
    for held, until_on in plan.ended:
        session.get_one(Holding, held.id).until_on = until_on
        entries.append(Entry(Verb.HOLDING_ENDED, {"person": held.person_id, "holding": held.id}, {"on": until_on}))
    root = next(unit for unit in units.values() if unit.parent_id is None)
    told = {"files": [[file.name, hashlib.sha256(file.content).hexdigest()] for file in files], "rows": len(entries)}
    entries.append(Entry(Verb.ORGANISATION_IMPORTED, {"unit": root.id}, told))
    stream = audit.Stream(StreamKind.UNIT, str(ids_in(root.path)[0]))
    audit.record_many(actor, work, stream, entries)


def _change_units(work: Work, plan: Plan, units: dict[str, Unit]) -> list[Entry]:
    """New units first, below parents as they stand; then names and places, parents before children."""
    entries: list[Entry] = []
    for changed in plan.changed_units:
        if changed.after.code != changed.before.code:
            units[changed.after.code] = units.pop(changed.before.code)
            units[changed.after.code].code = changed.after.code
    added = [_new_unit(work, new, units) for new in plan.new_units]
    work.session.add_all(added)
    work.session.flush()
    for unit in added:
        name = UnitName(
            id=work.ids.new(),
            unit_id=unit.id,
            name=unit.name,
            short_name=unit.short_name,
            from_on=today(work.now, unit.zone),
        )
        work.session.add(name)
        entries.append(Entry(Verb.UNIT_IMPORTED, {"unit": unit.id, "code": unit.code, "name": unit.name}, {}))
    for changed in plan.changed_units:
        unit, after = units[changed.after.code], changed.after
        unit.kind = after.kind
        if (after.name, after.short_name) != (unit.name, unit.short_name):
            rename(work, unit, after.name, after.short_name)
        if after.parent_code != changed.before.parent_code:
            move(work, unit, units[after.parent_code])
        subject = {"unit": unit.id, "code": unit.code, "name": unit.name}
        before = {"name": changed.before.name, "parent": changed.before.parent_code, "kind": changed.before.kind}
        entries.append(Entry(Verb.UNIT_IMPORTED, subject, {"before": before, "parent": after.parent_code}))
    work.session.flush()
    return entries


def _new_unit(work: Work, new: NewUnit, units: dict[str, Unit]) -> Unit:
    parent = units[new.parent_code] if new.parent_code else None
    unit_id = work.ids.new()
    unit = Unit(
        id=unit_id,
        parent_id=parent.id if parent else None,
        kind=new.kind,
        code=new.code,
        name=new.name,
        short_name=new.short_name,
        path=path_of(unit_id, parent.path if parent else None),
        zone=parent.zone if parent else DEFAULT_ZONE,
    )
    units[new.code] = unit
    return unit


def _change_people(work: Work, plan: Plan, entries: list[Entry]) -> dict[str, UUID]:
    """New people by the reference that holdings use. Phone and address never enter the audit."""
    ids: dict[str, UUID] = {}
    for new in plan.new_people:
        person = Person(
            id=work.ids.new(), code=new.code or None, name=new.name, phone=new.phone or None, email=new.email or None
        )
        ids[new.ref] = person.id
        work.session.add(person)
        entries.append(Entry(Verb.PERSON_IMPORTED, {"person": person.id, "name": person.name}, {}))
    for known in plan.changed_people:
        person = work.session.get_one(Person, known.id)
        before = person.name
        person.code, person.name = known.code or None, known.name
        person.phone, person.email = known.phone or None, known.email or None
        entries.append(Entry(Verb.PERSON_CHANGED, {"person": person.id, "name": person.name}, {"before": before}))
    return ids
