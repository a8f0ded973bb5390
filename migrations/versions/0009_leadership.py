"""Conditions of a gate's yes, and the phrases people decide with."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opinion_phrase",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=100), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict IN ('approve', 'conditional', 'return')", name=op.f("ck_opinion_phrase__verdict")),
        sa.CheckConstraint("words <> ''", name=op.f("ck_opinion_phrase__words")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_opinion_phrase__person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_phrase")),
        sa.UniqueConstraint("person_id", "verdict", "words", name=op.f("uq_opinion_phrase__person_id_verdict_words")),
    )
    op.create_table(
        "gate_condition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("what <> ''", name=op.f("ck_gate_condition__what")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_gate_condition__campaign_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_gate_condition__task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_gate_condition__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_condition")),
        sa.UniqueConstraint("task_id", "position", name=op.f("uq_gate_condition__task_id_position")),
    )
    op.create_index("ix_gate_condition__campaign", "gate_condition", ["campaign_id"])
