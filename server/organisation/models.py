"""Tables of units, their names over time, people, posts and who holds them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base

DEFAULT_ZONE = "Asia/Shanghai"
IN_ANOTHER_ZONE = text(f"zone <> '{DEFAULT_ZONE}'")
"""Few units or none: an index of these alone answers at once which other zones there are."""


class Unit(Base):
    """A node of the one tree. Its id is its identity; name, parent and state may change.

    path: `/<root id hex>/.../<own id hex>/`, so that a subtree is a prefix (bytewise collation, so
    that the index serves it). opened_on, closed_on: first and last day.
    """

    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("path"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="parent"),
        CheckConstraint("opened_on IS NULL OR closed_on IS NULL OR closed_on >= opened_on", name="closed_on"),
        Index("ix_unit__parent", "parent_id", "code"),
        Index("ix_unit__zone", "zone", sqlite_where=IN_ANOTHER_ZONE, postgresql_where=IN_ANOTHER_ZONE),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(60), default="")
    path: Mapped[str] = mapped_column(String(1000).with_variant(String(1000, collation="C"), "postgresql"))
    zone: Mapped[str] = mapped_column(String(64), default=DEFAULT_ZONE)
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]


class UnitName(Base):
    """A name that a unit has borne, from a day on; the newest is the unit's own."""

    __tablename__ = "unit_name"
    __table_args__ = (Index("ix_unit_name__unit", "unit_id", "from_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(60), default="")
    from_on: Mapped[date]


class Person(Base):
    """Somebody who may hold posts, with or without an account. code: staff number or wanted login; parts namesakes."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("code"), Index("ix_person__name", "name"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(100))
    phone: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(200))


class Post(Base):
    """What a person may hold in a unit. kind: a free key that roles and permissions name; lower rank comes first."""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("unit_id", "kind", "title"), Index("ix_post__kind", "kind", "unit_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(100))
    rank: Mapped[int] = mapped_column(default=100)


class Holding(Base):
    """A person on a post from a day to a day, both included; until_on None while nobody knows the end.

    delegated_by: whose post it is, when its holder lets somebody act there for a while.
    """

    __tablename__ = "holding"
    __table_args__ = (
        UniqueConstraint("post_id", "person_id", "from_on"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="until_on"),
        CheckConstraint(
            "delegated_by IS NULL OR (delegated_by <> person_id AND until_on IS NOT NULL)", name="delegated"
        ),
        Index("ix_holding__person", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    post_id: Mapped[UUID] = mapped_column(ForeignKey("post.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    delegated_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class OrganisationUpload(Base):
    """Files of an import between preview and confirmation; only for who handed them in, and gone after a day."""

    __tablename__ = "organisation_upload"
    __table_args__ = (Index("ix_organisation_upload__created", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_key: Mapped[str] = mapped_column(String(80))
    names: Mapped[list[Any]]
    content: Mapped[bytes]
    created_at: Mapped[datetime]
