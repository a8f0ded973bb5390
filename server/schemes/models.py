"""Tables of schemes, their immutable versions, and the files of each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class Scheme(Base):
    """A scheme by its key; its versions hold everything else."""

    __tablename__ = "scheme"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    archived_at: Mapped[datetime | None]


class SchemeVersion(Base):
    """A published version; never changed. version_hash: see `server.schemes.package.version_hash`."""

    __tablename__ = "scheme_version"
    __table_args__ = (
        UniqueConstraint("scheme_id", "number"),
        UniqueConstraint("scheme_id", "version_hash"),
        CheckConstraint("state IN ('published', 'archived')", name="state"),
        CheckConstraint("number >= 1", name="number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey("scheme.id"))
    number: Mapped[int]
    version_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20), default="published")
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(500), default="")


class FileContent(Base):
    """Bytes by their hash, kept once however many versions hold them."""

    __tablename__ = "file_content"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(deferred=True)


class SchemeFile(Base):
    """One file of a version. Only files under `i18n/`, which are no part of the version's hash, are ever replaced."""

    __tablename__ = "scheme_file"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("scheme_version.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("file_content.sha256"))
