"""Working days: periods over the published holidays; dates that wait for an event are counted in steps."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_period",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_kind", sa.String(length=40), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("added_by", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_calendar_period__until_on")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_period")),
    )
    op.create_index("ix_calendar_period__until", "calendar_period", ["until_on"])
    _count_in_steps()


def _count_in_steps() -> None:
    entry = sa.table("schedule_entry", sa.column("id", sa.Uuid()), sa.column("rule", sa.JSON()))
    connection = op.get_bind()
    for row_id, rule in connection.execute(sa.select(entry.c.id, entry.c.rule)).all():
        if isinstance(rule, dict) and "days" in rule:
            steps: dict[str, Any] = {"event": rule["event"], "steps": [[rule["days"], rule.get("months", 0), False]]}
            connection.execute(sa.update(entry).where(entry.c.id == row_id).values(rule=steps))
