"""Reading evidence: a unit's library, single pieces, and whether the store holds what the tables say."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from server.actor import Actor
from server.audit.queries import Problem
from server.db.work import Work
from server.errors import NotFound
from server.evidence import rules
from server.evidence.models import Blob, BlobProblem, Evidence, EvidenceKind
from server.evidence.store import Altered, BlobStore, Missing
from server.i18n import Message
from server.identity.permissions import Permission
from server.organisation.models import Unit

PAGE_SIZE = 30
CHECKED_AT_ONCE = 200
MAY_READ = (
    Permission.UNIT_WORK,
    Permission.CAMPAIGN_VIEW,
    Permission.VERIFICATION_DO,
    Permission.TASK_ON_BEHALF,
)


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One piece of evidence. sha256, size_bytes, media_type: None unless it is a file. problem: BlobProblem or None."""

    id: UUID
    unit_id: UUID
    campaign_id: UUID | None
    kind: str
    name: str
    note: str
    proves_on: date | None
    added_at: datetime
    added_by_name: str
    added_by_person_id: UUID | None
    withdrawn_at: datetime | None
    sha256: str | None
    size_bytes: int | None
    media_type: str | None
    problem: str | None

    @property
    def size(self) -> str:
        """`1.8 MB`; empty for what is not a file."""
        return "" if self.size_bytes is None else rules.size_words(self.size_bytes)


@dataclass(frozen=True, slots=True)
class Library:
    """One page of a unit's evidence, newest first."""

    rows: tuple[EvidenceRow, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class UnitChoice:
    id: UUID
    name: str
    path: str


def library(work: Work, unit_id: UUID, page: int = 1) -> Library:
    """What a unit has, without what was withdrawn. The caller has asked whether the actor may see it."""
    wanted = (Evidence.unit_id == unit_id, Evidence.withdrawn_at.is_(None))
    total = work.session.scalar(select(func.count()).select_from(Evidence).where(*wanted)) or 0
    found = work.session.execute(
        _selected()
        .where(*wanted)
        .order_by(Evidence.added_at.desc(), Evidence.name, Evidence.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return Library(tuple(_row(*each) for each in found), page, total)


def row(work: Work, evidence_id: UUID) -> EvidenceRow:
    """One piece, withdrawn or not; raises NotFound."""
    found = work.session.execute(_selected().where(Evidence.id == evidence_id)).one_or_none()
    if found is None:
        raise NotFound(Message("error-not-found"))
    return _row(*found)


def rows(work: Work, ids: Collection[UUID | str]) -> tuple[EvidenceRow, ...]:
    """These pieces in the order asked for, without ids that are unknown or are none."""
    wanted = list(dict.fromkeys(each for each in (_id(given) for given in ids) if each is not None))
    if not wanted:
        return ()
    found = {
        each.id: _row(each, blob) for each, blob in work.session.execute(_selected().where(Evidence.id.in_(wanted)))
    }
    return tuple(found[each] for each in wanted if each in found)


def unknown(work: Work, unit_id: UUID | None, ids: Collection[UUID | str]) -> tuple[str, ...]:
    """Of these ids, those that are no usable evidence of the unit: not there, another unit's, or withdrawn."""
    usable = {str(each.id) for each in rows(work, ids) if each.unit_id == unit_id and each.withdrawn_at is None}
    return tuple(str(given) for given in ids if str(_id(given)) not in usable)


def may_read(actor: Actor, path: str) -> bool:
    return any(actor.may(permission, path) for permission in MAY_READ)


def readable(actor: Actor, work: Work, evidence_id: UUID) -> EvidenceRow:
    """One piece that the actor may see; raises NotFound otherwise, also when it exists."""
    found = row(work, evidence_id)
    path = work.session.scalar(select(Unit.path).where(Unit.id == found.unit_id)) or ""
    if not may_read(actor, path):
        raise NotFound(Message("error-not-found"))
    return found


def readable_unit(actor: Actor, work: Work, unit_id: UUID) -> UnitChoice:
    """A unit whose library the actor may see; raises NotFound otherwise."""
    found = work.session.get(Unit, unit_id)
    if found is None or not may_read(actor, found.path):
        raise NotFound(Message("error-not-found"))
    return UnitChoice(found.id, found.name, found.path)


def own_units(actor: Actor, work: Work) -> tuple[UnitChoice, ...]:
    """The units that the actor works for, the one acted for first."""
    paths = actor.paths(Permission.UNIT_WORK)
    if not paths:
        return ()
    found = work.session.scalars(select(Unit).where(Unit.path.in_(paths)).order_by(Unit.code))
    choices = [UnitChoice(unit.id, unit.name, unit.path) for unit in found]
    return tuple(sorted(choices, key=lambda each: each.id != actor.unit_id))


def contents_after(work: Work, sha256: str, limit: int) -> Sequence[Blob]:
    """Contents in the order of their hashes, for checking them in batches."""
    return work.session.scalars(select(Blob).where(Blob.sha256 > sha256).order_by(Blob.sha256).limit(limit)).all()


def referred(work: Work, hashes: Collection[str]) -> set[str]:
    """Of these hashes, those that a row names."""
    return set(work.session.scalars(select(Blob.sha256).where(Blob.sha256.in_(hashes))))


def problem_of(store: BlobStore, blob: Blob) -> BlobProblem | None:
    """What is wrong with a stored content; reads it whole."""
    try:
        store.verify(blob.sha256)
    except Missing:
        return BlobProblem.MISSING
    except Altered:
        return BlobProblem.ALTERED
    return None


def check_blobs(work: Work) -> list[Problem]:
    """Every content against its hash and size. Empty when the store is whole."""
    store, problems, last = work.part(BlobStore), [], ""
    while blobs := contents_after(work, last, CHECKED_AT_ONCE):
        last = blobs[-1].sha256
        for blob in blobs:
            found: str | None = problem_of(store, blob)
            if found is None and store.path_of(blob.sha256).stat().st_size != blob.size_bytes:
                found = "size"
            if found is not None:
                words = Message(f"evidence-problem-{found}", {"place": blob.sha256, "names": _names(work, blob.sha256)})
                problems.append(Problem(found, blob.sha256, words))
    return problems


def _names(work: Work, sha256: str) -> str:
    names = select(Evidence.name).where(Evidence.sha256 == sha256).distinct().order_by(Evidence.name).limit(3)
    return ", ".join(work.session.scalars(names))


def _selected() -> Any:
    return select(Evidence, Blob).outerjoin(Blob, Blob.sha256 == Evidence.sha256)


def _row(found: Evidence, blob: Blob | None) -> EvidenceRow:
    return EvidenceRow(
        id=found.id,
        unit_id=found.unit_id,
        campaign_id=found.campaign_id,
        kind=EvidenceKind(found.kind),
        name=found.name,
        note=found.note,
        proves_on=found.proves_on,
        added_at=found.added_at,
        added_by_name=found.added_by_name,
        added_by_person_id=found.added_by_person_id,
        withdrawn_at=found.withdrawn_at,
        sha256=found.sha256,
        size_bytes=blob.size_bytes if blob else None,
        media_type=blob.media_type if blob else None,
        problem=blob.problem if blob else None,
    )


def _id(given: UUID | str) -> UUID | None:
    if isinstance(given, UUID):
        return given
    try:
        return UUID(given)
    except ValueError:
        return None
