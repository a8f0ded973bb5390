"""Tables of the audit: streams, their chained rows, and the seals over all heads."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, CheckConstraint, ForeignKey, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class StreamKind(StrEnum):
    INSTANCE = "instance"
    SCHEME = "scheme"
    UNIT = "unit"
    LOGIN = "login"
    CAMPAIGN = "campaign"


class AuditStream(Base):
    """One chain of rows. sequence, head_hash: its end, unless `held_by_owner`.

    held_by_owner: the end lies in the row that the owner rewrites anyway (a process instance), and is read from there.
    """

    __tablename__ = "audit_stream"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        CheckConstraint(f"kind IN ({', '.join(repr(kind.value) for kind in StreamKind)})", name="kind"),
        CheckConstraint("sequence >= 0", name="sequence"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(100))
    held_by_owner: Mapped[bool] = mapped_column(default=False)
    sequence: Mapped[int] = mapped_column(default=0)
    head_hash: Mapped[str] = mapped_column(String(64), default="")
    campaign_id: Mapped[UUID | None]


class AuditRow(Base):
    """One thing done. row_hash covers the stream's kind and key and all columns here but the ids."""

    __tablename__ = "audit_row"
    __table_args__ = (
        UniqueConstraint("stream_id", "sequence"),
        CheckConstraint("sequence >= 1", name="sequence"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    stream_id: Mapped[UUID] = mapped_column(ForeignKey("audit_stream.id"))
    sequence: Mapped[int]
    at: Mapped[datetime]
    verb: Mapped[str] = mapped_column(String(60))
    actor: Mapped[dict[str, Any]]
    subject: Mapped[dict[str, Any]]
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    row_hash: Mapped[str] = mapped_column(String(64))
    campaign_id: Mapped[UUID | None]


class AuditSeal(Base):
    """The heads that moved since the seal before, chained; a copy kept elsewhere betrays a rebuilt audit.

    heads: `[[kind, key, sequence, row_hash], ...]` sorted by kind and key.
    """

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("sequence"), CheckConstraint("sequence >= 1", name="sequence"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    at: Mapped[datetime]
    heads: Mapped[list[Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    seal_hash: Mapped[str] = mapped_column(String(64))


class AuditSealed(Base):
    """How far each stream has been sealed; only a cursor, the seals themselves are the evidence."""

    __tablename__ = "audit_sealed"

    stream_id: Mapped[UUID] = mapped_column(ForeignKey("audit_stream.id"), primary_key=True)
    sequence: Mapped[int]


def append_only_sqlite(table: str) -> tuple[str, ...]:
    """Triggers that refuse to change or delete rows of a table; SQLite."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
    )


def append_only_postgresql(table: str) -> tuple[str, ...]:
    """Function and triggers that refuse to change, delete or truncate rows of a table; PostgreSQL."""
    refuse = f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    run = f"EXECUTE FUNCTION {table}_refuse()"
    return (
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS {refuse}",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {run}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {run}",
    )


APPEND_ONLY = {"sqlite": append_only_sqlite, "postgresql": append_only_postgresql}
"""Statements that make a table append-only, by dialect; run by the metadata, and by the migration."""

APPEND_ONLY_TABLES = (AuditRow.__tablename__, AuditSeal.__tablename__)

for _model in (AuditRow, AuditSeal):
    for _dialect, _statements in APPEND_ONLY.items():
        for _statement in _statements(_model.__tablename__):
            _ddl = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
            event.listen(_model.__table__, "after_create", _ddl)
