"""Writing the audit: rows chained in streams, and seals over the heads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, inspect, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import aliased

from server.actor import Actor
from server.audit.models import AuditRow, AuditSeal, AuditSealed, AuditStream
from server.audit.rules import (
    START_HASH,
    Sealed,
    hash_of_row,
    hash_of_seal,
    masked,
    plain,
    snapshot,
)
from server.audit.rules import Stream as Stream
from server.audit.verbs import Verb
from server.db.rows import insert_values
from server.db.work import Work
from server.errors import Invalid
from server.i18n import Message

HELD = "audit_streams"
"""Where a session keeps the streams it has locked, so that several rows in one unit of work read the end once."""


class Head(NamedTuple):
    """The end of a chain that its owner keeps in a row of its own, and has locked. sequence 0: nothing recorded yet."""

    sequence: int = 0
    row_hash: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing done. subject: what it was done to; details: what else should be known; ids and dates as they are."""

    verb: Verb
    subject: Mapping[str, Any]
    details: Mapping[str, Any]


def record(
    actor: Actor,
    work: Work,
    stream: Stream,
    verb: Verb,
    subject: Mapping[str, Any],
    details: Mapping[str, Any] | None = None,
) -> Head:
    """Append one row; see `record_many`."""
    return record_many(actor, work, stream, [Entry(verb, subject, details or {})])


def record_many(actor: Actor, work: Work, stream: Stream, entries: Sequence[Entry]) -> Head:
    """Append rows to a stream under the lock of its own row, and return its new end.

    Lock instances before calling, streams after them. Phone and identity numbers in details are masked; in a subject,
    which names things, they are refused with Invalid.
    """
    held = _lock(work, stream)
    head = _append(actor, work, (stream, held.id), entries, Head(held.sequence, held.head_hash))
    held.sequence, held.head_hash = head
    return head


def record_on_head(
    actor: Actor,
    work: Work,
    stream: Stream,
    head: Head,
    verb: Verb,
    subject: Mapping[str, Any],
    details: Mapping[str, Any] | None = None,
) -> Head:
    """Append one row to a chain whose end the caller keeps in a row it has locked, and stores again; see `record_many`.

    Reads nothing: one insert. The stream's key is the owner's id. The doors must assemble its `queries.HeadKeepers`.
    """
    return record_many_on_head(actor, work, stream, head, [Entry(verb, subject, details or {})])


def record_many_on_head(actor: Actor, work: Work, stream: Stream, head: Head, entries: Sequence[Entry]) -> Head:
    """As `record_on_head`, for several rows."""
    stream_id = UUID(stream.key)
    if head.sequence == 0:
        new = {"id": stream_id, "kind": stream.kind, "key": stream.key, "held_by_owner": True}
        new |= {"sequence": 0, "head_hash": "", "campaign_id": stream.campaign_id}
        insert_values(work.session, AuditStream, [new])
    return _append(actor, work, (stream, stream_id), entries, head)


def _append(actor: Actor, work: Work, where: tuple[Stream, UUID], entries: Sequence[Entry], head: Head) -> Head:
    stream, stream_id = where
    who = masked(snapshot(actor))
    rows = []
    for entry in entries:
        subject, details = plain(entry.subject), masked(plain(entry.details))
        if masked(subject) != subject:
            raise Invalid(Message("audit-personal-number"))
        sequence, previous = head.sequence + 1, head.row_hash or START_HASH
        row_hash = hash_of_row(stream, sequence, work.now, entry.verb.value, (who, subject, details), previous)
        row = {
            "id": work.ids.new(),
            "stream_id": stream_id,
            "sequence": sequence,
            "at": work.now,
            "verb": entry.verb.value,
            "actor": who,
            "subject": subject,
            "details": details,
            "previous_hash": previous,
            "row_hash": row_hash,
            "campaign_id": stream.campaign_id,
        }
        rows.append(row)
        head = Head(sequence, row_hash)
    insert_values(work.session, AuditRow, rows)
    return head


def _lock(work: Work, stream: Stream) -> AuditStream:
    """The stream's row, locked until the end of the transaction; made when it is new."""
    session = work.session
    held = session.info.setdefault(HELD, {})
    transaction, known = held.get(stream, (None, None))
    if (
        known is not None
        and transaction is session.get_transaction()
        and known in session
        and not inspect(known).expired
    ):
        found: AuditStream = known
        return found
    wanted = (
        select(AuditStream)
        .where(AuditStream.kind == stream.kind, AuditStream.key == stream.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = session.scalars(wanted).one_or_none()
    if row is None:
        upsert = insert_sqlite if session.get_bind().dialect.name == "sqlite" else insert_postgresql
        new = {"id": work.ids.new(), "kind": stream.kind, "key": stream.key}
        fresh = new | {"held_by_owner": False, "sequence": 0, "head_hash": "", "campaign_id": stream.campaign_id}
        session.execute(upsert(AuditStream).values(fresh).on_conflict_do_nothing(index_elements=["kind", "key"]))
        row = session.scalars(wanted).one()
    if row.held_by_owner:
        raise ValueError(f"the end of stream {stream.kind}:{stream.key} is kept by its owner, who must hand it in")
    held[stream] = (session.get_transaction(), row)
    return row


def seal(work: Work) -> Sealed | None:
    """Seal the heads that moved since the last seal; None when nothing did. Of two at once, one fails."""
    session = work.session
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.sequence.desc()).limit(1)).one_or_none()
    moved = _moved(work)
    if not moved:
        return None
    heads = tuple(sorted((kind, key, reached, row_hash) for _, kind, key, reached, row_hash in moved))
    sequence = 1 if last is None else last.sequence + 1
    previous = START_HASH if last is None else last.seal_hash
    seal_hash = hash_of_seal(sequence, work.now, heads, previous)
    session.add(
        AuditSeal(
            id=work.ids.new(),
            sequence=sequence,
            at=work.now,
            heads=[list(head) for head in heads],
            previous_hash=previous,
            seal_hash=seal_hash,
        )
    )
    cursors = {cursor.stream_id: cursor for cursor in session.scalars(select(AuditSealed))}
    for stream_id, _, _, reached, _ in moved:
        if stream_id in cursors:
            cursors[stream_id].sequence = reached
        else:
            session.add(AuditSealed(stream_id=stream_id, sequence=reached))
    session.flush()
    return Sealed(sequence, work.now, heads, previous, seal_hash)


def _moved(work: Work) -> list[tuple[UUID, str, str, int, str]]:
    """Streams with rows beyond the last seal: id, kind, key, last sequence, its hash.

    Found by looking for the row after the sealed one, not by time: a late commit or a stepped clock hides nothing.
    """
    following, later = aliased(AuditRow), aliased(AuditRow)
    sealed = func.coalesce(AuditSealed.sequence, 0)
    last = select(func.max(later.sequence)).where(later.stream_id == AuditStream.id).correlate(AuditStream)
    wanted = (
        select(AuditStream.id, AuditStream.kind, AuditStream.key, AuditRow.sequence, AuditRow.row_hash)
        .outerjoin(AuditSealed, AuditSealed.stream_id == AuditStream.id)
        .join(following, (following.stream_id == AuditStream.id) & (following.sequence == sealed + 1))
        .join(AuditRow, (AuditRow.stream_id == AuditStream.id) & (AuditRow.sequence == last.scalar_subquery()))
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in work.session.execute(wanted)]
