"""Reading the audit: pages for people, and the check that nothing was changed, taken out, cut off or put elsewhere."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.audit.models import AuditRow, AuditSeal, AuditStream, StreamKind
from server.audit.rules import START_HASH, Sealed, Stream, hash_of_row, hash_of_seal
from server.db.work import Work
from server.i18n import Message

PAGE_SIZE = 50
BATCH = 1000

Keeper = Callable[[Session], Iterable[tuple[UUID, int, str]]]
"""Reads (stream id, sequence, head hash) of all streams of one kind from the rows of their owners."""


class HeadKeepers:
    """Who keeps the ends of which kind of stream; assembled by the doors."""

    def __init__(self, keepers: Mapping[StreamKind, Keeper]) -> None:
        self.keepers = dict(keepers)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the audit. what: changed, broken, missing, cut, unkept, seal. place: stream and sequence."""

    what: str
    place: str
    message: Message


@dataclass(frozen=True, slots=True)
class Line:
    """One row for a screen."""

    stream: Stream
    sequence: int
    at: datetime
    verb: str
    actor: Mapping[str, Any]
    subject: Mapping[str, Any]
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    lines: tuple[Line, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


def lines(session: Session, *, kind: StreamKind | None = None, key: str = "", verb: str = "", page: int = 1) -> Page:
    """Rows, newest first; within one instant by stream and sequence."""
    wanted = select(AuditRow, AuditStream).join(AuditStream, AuditStream.id == AuditRow.stream_id)
    if kind is not None:
        wanted = wanted.where(AuditStream.kind == kind)
    if key:
        wanted = wanted.where(AuditStream.key == key)
    if verb:
        wanted = wanted.where(AuditRow.verb == verb)
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(AuditRow.id).subquery())) or 0
    ordered = wanted.order_by(AuditRow.at.desc(), AuditStream.kind, AuditStream.key, AuditRow.sequence.desc())
    rows = session.execute(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    found = tuple(Line(Stream(s.kind, s.key), r.sequence, r.at, r.verb, r.actor, r.subject, r.details) for r, s in rows)
    return Page(found, page, total)


def export_seals(session: Session, *, after: int = 0) -> Iterator[Sealed]:
    """Seals in order, from the one after `after`; a copy kept elsewhere is what betrays a rebuilt audit."""
    for row in session.scalars(select(AuditSeal).where(AuditSeal.sequence > after).order_by(AuditSeal.sequence)):
        yield Sealed(
            row.sequence, row.at, tuple((k, s, n, h) for k, s, n, h in row.heads), row.previous_hash, row.seal_hash
        )


def check_chains(work: Work) -> list[Problem]:
    """Every chain against itself, its kept end, and the seals. Empty when the audit is whole."""
    streams = {row.id: row for row in work.session.scalars(select(AuditStream))}
    sealed = _sealed_heads(work.session)
    problems: list[Problem] = []
    ends: dict[UUID, tuple[int, str]] = {}
    for row in _all_rows(work.session):
        if row.stream_id not in streams:
            place = f"{row.stream_id}#{row.sequence}"
            problems.append(Problem("missing", place, Message("audit-problem-missing", {"place": place})))
            continue
        stream = Stream(streams[row.stream_id].kind, streams[row.stream_id].key)
        problems += _check_row(stream, row, ends.get(row.stream_id, (0, START_HASH)))
        ends[row.stream_id] = (row.sequence, row.row_hash)
        expected = sealed.pop((stream.kind, stream.key, row.sequence), row.row_hash)
        if expected != row.row_hash:
            problems.append(_problem("seal", stream, row.sequence))
    problems += [_problem("seal", Stream(kind, key), number) for kind, key, number in sealed]
    problems += _check_ends(work, streams, ends)
    problems += _check_seal_chain(work.session)
    return problems


def check_against(session: Session, kept: Sequence[Sealed]) -> list[Problem]:
    """Our seals against a copy kept outside the database; finds a rebuilt audit that is sound in itself."""
    ours = {seal.sequence: seal for seal in export_seals(session)}
    return [
        Problem("seal", f"#{seal.sequence}", Message("audit-problem-seal", {"place": f"#{seal.sequence}"}))
        for seal in kept
        if seal.sequence not in ours
        or ours[seal.sequence].seal_hash != seal.seal_hash
        or hash_of_seal(seal.sequence, seal.at, seal.heads, seal.previous_hash) != seal.seal_hash
    ]


def _all_rows(session: Session) -> Iterator[Any]:
    columns = [column for column in AuditRow.__table__.columns if column.name != "id"]
    wanted = select(*columns).order_by(AuditRow.stream_id, AuditRow.sequence)
    return iter(session.execute(wanted.execution_options(yield_per=BATCH)))


def _check_row(stream: Stream, row: Any, end: tuple[int, str]) -> Iterator[Problem]:
    reached, last_hash = end
    content = (row.actor, row.subject, row.details)
    if hash_of_row(stream, row.sequence, row.at, row.verb, content, row.previous_hash) != row.row_hash:
        yield _problem("changed", stream, row.sequence)
    if row.sequence != reached + 1:
        yield _problem("missing", stream, reached + 1)
    elif row.previous_hash != last_hash:
        yield _problem("broken", stream, row.sequence)


def _check_ends(
    work: Work, streams: Mapping[UUID, AuditStream], ends: Mapping[UUID, tuple[int, str]]
) -> Iterator[Problem]:
    """The kept end of each stream against its last row: a cut tail leaves the end behind."""
    kept: dict[UUID, tuple[int, str]] = {
        stream.id: (stream.sequence, stream.head_hash) for stream in streams.values() if not stream.held_by_owner
    }
    try:
        keepers = work.part(HeadKeepers).keepers
    except LookupError:
        keepers = {}
    for keeper in keepers.values():
        kept |= {stream_id: (sequence, head) for stream_id, sequence, head in keeper(work.session) if sequence}
    for stream_id, stream in streams.items():
        if stream_id not in kept:
            what = "missing" if StreamKind(stream.kind) in keepers else "unkept"
            yield _problem(what, Stream(stream.kind, stream.key), 0)
    for stream_id, (sequence, head) in kept.items():
        if ends.get(stream_id, (0, "")) == (sequence, head):
            continue
        known = streams.get(stream_id)
        if known is None:
            yield Problem("cut", str(stream_id), Message("audit-problem-cut", {"place": str(stream_id)}))
        else:
            yield _problem("cut", Stream(known.kind, known.key), sequence)


def _sealed_heads(session: Session) -> dict[tuple[str, str, int], str]:
    return {(kind, key, number): head for seal in export_seals(session) for kind, key, number, head in seal.heads}


def _check_seal_chain(session: Session) -> Iterator[Problem]:
    previous, reached = START_HASH, 0
    for seal in export_seals(session):
        good = (
            seal.sequence == reached + 1
            and seal.previous_hash == previous
            and seal.seal_hash == hash_of_seal(seal.sequence, seal.at, seal.heads, seal.previous_hash)
        )
        if not good:
            place = f"#{seal.sequence}"
            yield Problem("seal", place, Message("audit-problem-seal", {"place": place}))
        previous, reached = seal.seal_hash, seal.sequence


def _problem(what: str, stream: Stream, sequence: int) -> Problem:
    place = f"{stream.kind}:{stream.key}#{sequence}"
    return Problem(what, place, Message(f"audit-problem-{what}", {"place": place}))
