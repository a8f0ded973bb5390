"""Requests that carry a key: answered again with the same answer, never carried out twice.

A request takes its key by inserting the row, in the transaction of what it does: another one with the same key waits at
the unique constraint until the first has committed (and then finds the answer) or failed (and then does it itself).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, Uuid, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base
from server.db.work import Work, rows_changed
from server.errors import Invalid
from server.i18n import Message

KEEP_FOR = timedelta(days=7)
"""How long an answer is remembered."""


class IdempotencyKey(Base):
    """One request that was carried out. scope: whose keys are told apart. fingerprint: sha256 over what was asked, hex.

    status, body: the answer; status 0 only inside the transaction that carries it out.
    """

    __tablename__ = "idempotency_key"
    __table_args__ = (
        UniqueConstraint("scope", "key"),
        CheckConstraint("status = 0 OR status BETWEEN 200 AND 299", name="status"),
        Index("ix_idempotency_key__at", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(80))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]


_TABLE: Any = IdempotencyKey.__table__
# Made once: every request that starts something asks them.
_TAKE = {
    name: insert(_TABLE).on_conflict_do_nothing(index_elements=["scope", "key"]).returning(_TABLE.c.id)
    for name, insert in (("postgresql", insert_postgresql), ("sqlite", insert_sqlite))
}
_ANSWER = update(_TABLE).where(_TABLE.c.id == bindparam("claimed", type_=Uuid()))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with. body: plain JSON."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that this unit of work has taken. answer: what the same request was answered before; None for a new one."""

    id: UUID
    answer: Answer | None = None


def claim(work: Work, scope: str, key: str, fingerprint: str) -> Claim:
    """Take a key before doing anything. Raises Invalid when it was used for something else.

    Waits for another request with the same key. The caller of a new claim hands the answer to `keep`.
    """
    connection = work.session.connection()
    row_id = work.ids.new()
    asked = {"scope": scope, "key": key, "fingerprint": fingerprint}
    new = asked | {"id": row_id, "status": 0, "body": {}, "at": work.now}
    if connection.execute(_TAKE[connection.dialect.name], new).first() is not None:
        return Claim(row_id)
    known = work.session.execute(
        select(IdempotencyKey.id, IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.body).where(
            IdempotencyKey.scope == scope, IdempotencyKey.key == key
        )
    ).one()
    if known.fingerprint != fingerprint:
        raise Invalid(Message("api-key-used"))
    return Claim(known.id, Answer(known.status, known.body))


def keep(work: Work, claimed: Claim, answer: Answer) -> None:
    """Store the answer with its key, in the transaction of what was done."""
    said = {"claimed": claimed.id, "status": answer.status, "body": dict(answer.body)}
    work.session.connection().execute(_ANSWER, said)


def forget(work: Work, *, at_most: int = 1000) -> int:
    """Remove a batch of the answers that are older than `KEEP_FOR`; returns how many went."""
    old = select(IdempotencyKey.id).where(IdempotencyKey.at < work.now - KEEP_FOR).limit(at_most)
    gone = work.session.execute(
        delete(IdempotencyKey).where(IdempotencyKey.id.in_(old)).execution_options(synchronize_session=False)
    )
    return rows_changed(gone)
