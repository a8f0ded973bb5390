"""Requests for more time; a task knows since when one waits."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "time_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("wanted_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("decided_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion", sa.String(length=2000), nullable=False),
        sa.CheckConstraint("state IN ('open', 'granted', 'refused', 'dropped')", name=op.f("ck_time_request__state")),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_time_request__decided_at")),
        sa.CheckConstraint(
            "(state = 'granted') = (decided_due_at IS NOT NULL)", name=op.f("ck_time_request__decided_due_at")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_time_request__task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_time_request")),
    )
    op.create_index(
        "uq_time_request__open",
        "time_request",
        ["task_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.add_column("task", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
