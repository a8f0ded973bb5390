"""Supervision orders, the tasks they are about, their rounds, and the files of replies."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "supervision_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("by_system", sa.Boolean(), nullable=False),
        sa.Column("drafted_by", sa.String(length=200), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_by", sa.String(length=200), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("cause", sa.String(length=2000), nullable=False),
        sa.Column("demand", sa.String(length=2000), nullable=False),
        sa.Column("reply_on", sa.Date(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("unit_name", sa.String(length=200), nullable=False),
        sa.Column("authority_name", sa.String(length=200), nullable=False),
        sa.Column("sent_by_name", sa.String(length=100), nullable=False),
        sa.Column("sent_by_post", sa.String(length=100), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=False),
        sa.Column("ended_by_post", sa.String(length=100), nullable=False),
        sa.Column("ending", sa.String(length=2000), nullable=False),
        sa.CheckConstraint(
            "(state IN ('closed', 'withdrawn', 'discarded')) = (ended_at IS NOT NULL)",
            name=op.f("ck_supervision_order__ended_at"),
        ),
        sa.CheckConstraint(
            "(state IN ('draft', 'discarded')) = (number IS NULL)", name=op.f("ck_supervision_order__number")
        ),
        sa.CheckConstraint("ended_at IS NULL OR ending <> ''", name=op.f("ck_supervision_order__ending")),
        sa.CheckConstraint(
            "number IS NULL OR (sent_by_name <> '' AND seal <> '')", name=op.f("ck_supervision_order__sent_by")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'sent', 'received', 'replied', 'closed', 'withdrawn', 'discarded')",
            name=op.f("ck_supervision_order__state"),
        ),
        sa.CheckConstraint(
            "(number IS NULL) = (sent_at IS NULL) AND (number IS NULL) = (year IS NULL)",
            name=op.f("ck_supervision_order__sent_at"),
        ),
        sa.ForeignKeyConstraint(["authority_id"], ["unit.id"], name=op.f("fk_supervision_order__authority_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_supervision_order__campaign_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_supervision_order__task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_supervision_order__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_order")),
        sa.UniqueConstraint(
            "authority_id", "year", "number", name=op.f("uq_supervision_order__authority_id_year_number")
        ),
    )
    op.create_index("ix_supervision_order__campaign", "supervision_order", ["campaign_id", "state"])
    op.create_index("ix_supervision_order__unit", "supervision_order", ["unit_id", "state"])
    op.create_index(
        "uq_supervision_order__draft",
        "supervision_order",
        ["campaign_id", "unit_id"],
        unique=True,
        sqlite_where=sa.text("state = 'draft'"),
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_table(
        "supervision_item",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days_late", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["supervision_order.id"], name=op.f("fk_supervision_item__order_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_supervision_item__task_id")),
        sa.PrimaryKeyConstraint("order_id", "task_id", name=op.f("pk_supervision_item")),
    )
    op.create_index("ix_supervision_item__task", "supervision_item", ["task_id"])
    op.create_table(
        "supervision_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("asked", sa.String(length=2000), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by", sa.String(length=100), nullable=False),
        sa.Column("received_by_post", sa.String(length=100), nullable=False),
        sa.Column("received_source", sa.String(length=20), nullable=False),
        sa.Column("received_for", sa.String(length=100), nullable=True),
        sa.Column("reply", sa.String(length=4000), nullable=False),
        sa.Column("on_paper", sa.String(length=500), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_by", sa.String(length=100), nullable=False),
        sa.Column("replied_by_post", sa.String(length=100), nullable=False),
        sa.Column("replied_source", sa.String(length=20), nullable=False),
        sa.Column("replied_for", sa.String(length=100), nullable=True),
        sa.CheckConstraint("(number = 1) = (asked = '')", name=op.f("ck_supervision_round__asked")),
        sa.CheckConstraint("(replied_at IS NULL) = (reply = '')", name=op.f("ck_supervision_round__reply")),
        sa.CheckConstraint(
            "replied_at IS NULL OR received_at IS NOT NULL", name=op.f("ck_supervision_round__received_at")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["supervision_order.id"], name=op.f("fk_supervision_round__order_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_supervision_round__task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_round")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_supervision_round__order_id_number")),
        sa.UniqueConstraint("task_id", name=op.f("uq_supervision_round__task_id")),
    )
    op.create_table(
        "supervision_evidence",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_supervision_evidence__evidence_id")),
        sa.ForeignKeyConstraint(["round_id"], ["supervision_round.id"], name=op.f("fk_supervision_evidence__round_id")),
        sa.PrimaryKeyConstraint("round_id", "evidence_id", name=op.f("pk_supervision_evidence")),
    )
