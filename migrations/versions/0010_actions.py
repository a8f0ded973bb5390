"""Tasks remember what opened them and who has claimed them, and copies of them are sent."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("after_id", sa.Uuid(), nullable=True))
    op.add_column("task", sa.Column("claimed_by", sa.Uuid(), nullable=True))
    op.add_column("task", sa.Column("claimed_name", sa.String(length=100), nullable=True))
    op.add_column("task", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("task", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "task_copy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("sent_by", sa.String(length=200), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by", sa.String(length=100), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(read_at IS NULL) = (read_by IS NULL)", name=op.f("ck_task_copy__read_by")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_copy__task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_copy")),
        sa.UniqueConstraint("task_id", "key", name=op.f("uq_task_copy__task_id_key")),
    )
    op.create_index("ix_task_copy__key", "task_copy", ["key", "sent_at"])
