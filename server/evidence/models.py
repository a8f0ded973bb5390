"""Tables of stored contents and of the evidence that refers to them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class EvidenceKind(StrEnum):
    """A file; an original that lies on paper; or something that may not be uploaded, named without it."""

    FILE = "file"
    PAPER = "paper"
    WITHHELD = "withheld"


class BlobProblem(StrEnum):
    MISSING = "missing"
    ALTERED = "altered"


class Blob(Base):
    """A content in the store, by the hex SHA-256 of its bytes. problem: what the last check found, at checked_at."""

    __tablename__ = "blob"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint("size_bytes > 0", name="size_bytes"),
        CheckConstraint("problem IS NULL OR problem IN ('missing', 'altered')", name="problem"),
        CheckConstraint("problem IS NULL OR checked_at IS NOT NULL", name="checked_at"),
    )

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size_bytes: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    stored_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(20))


class KeptFile(Base):
    """A file that came with a form after its session had ended; its account may hand it in after logging in again."""

    __tablename__ = "kept_file"
    __table_args__ = (Index("ix_kept_file__account", "account_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    field: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    created_at: Mapped[datetime]


class Evidence(Base):
    """One piece of evidence of a unit; never changed, at most withdrawn.

    proves_on: the day it proves something for. note: where the paper lies, or why it is withheld. actor: who added it,
    as they were then. request_key: of the request that added it, so that the same request adds it once.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("unit_id", "request_key"),
        CheckConstraint("kind IN ('file', 'paper', 'withheld')", name="kind"),
        CheckConstraint("(kind = 'file') = (sha256 IS NOT NULL)", name="sha256"),
        CheckConstraint("kind = 'file' OR note <> ''", name="note"),
        Index("ix_evidence__unit", "unit_id", "added_at"),
        Index("ix_evidence__campaign", "campaign_id"),
        Index("ix_evidence__sha256", "sha256"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    campaign_id: Mapped[UUID | None]
    sha256: Mapped[str | None] = mapped_column(ForeignKey("blob.sha256"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(500), default="")
    proves_on: Mapped[date | None]
    added_at: Mapped[datetime]
    added_by_person_id: Mapped[UUID | None]
    added_by_name: Mapped[str] = mapped_column(String(100))
    actor: Mapped[dict[str, Any]]
    request_key: Mapped[str | None] = mapped_column(String(100))
    withdrawn_at: Mapped[datetime | None]
