"""Tables of the standard that a scheme version brings."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base


class Criterion(Base):
    """A node of a standard's tree; immutable. Leaves are the scored rows, inner nodes group them.

    key: as the scheme writes it (`2.2.3`), unique within the version. position: order over the whole tree, parents
    first. title: an inner node's name. wording: a leaf's full text as in the notice. points: a leaf's maximum; of an
    inner node what the notice states, None where it states nothing; never repaired to fit the leaves. rule,
    rule_values: kind and parameters of a leaf (`server/standards/rules.py`). may_not_apply: whether an assessor may
    mark the row 不涉及. core: a row also counted apart. lead_role: who looks after the row. lead_unit,
    assisting_units: names or codes of units, as the scheme writes them. source, source_line:
    where it comes from; evidence_source: where the asking for evidence does.
    """

    __tablename__ = "criterion"
    __table_args__ = (
        UniqueConstraint("scheme_version_id", "key"),
        UniqueConstraint("scheme_version_id", "position"),
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        CheckConstraint("(level = 1) = (parent_id IS NULL)", name="parent"),
        CheckConstraint("(rule IS NULL) OR (points IS NOT NULL AND wording <> '')", name="leaf"),
        CheckConstraint("points IS NULL OR points >= 0", name="points"),
        Index("ix_criterion__parent", "parent_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scheme_version_id: Mapped[UUID] = mapped_column(ForeignKey("scheme_version.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("criterion.id"))
    key: Mapped[str] = mapped_column(String(60))
    level: Mapped[int]
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(300), default="")
    wording: Mapped[str] = mapped_column(String(4000), default="")
    points: Mapped[Decimal | None]
    rule: Mapped[str | None] = mapped_column(String(40))
    rule_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    may_not_apply: Mapped[bool] = mapped_column(default=False)
    core: Mapped[bool] = mapped_column(default=False)
    evidence_asked: Mapped[str] = mapped_column(String(1000), default="")
    evidence_source: Mapped[str] = mapped_column(String(40), default="")
    lead_role: Mapped[str | None] = mapped_column(String(100))
    lead_unit: Mapped[str] = mapped_column(String(200), default="", server_default=text("''"))
    assisting_units: Mapped[list[Any]] = mapped_column(default=list)
    source: Mapped[str] = mapped_column(String(40), default="")
    source_line: Mapped[int | None]
