"""Departures: who leaves, and who follows on which post."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("person_name", sa.String(length=100), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tasks_to", sa.Uuid(), nullable=True),
        sa.Column("account_closed", sa.Boolean(), nullable=False),
        sa.Column("tasks_moved", sa.Integer(), nullable=False),
        sa.Column("planned_by", sa.String(length=200), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'planned') = (closed_at IS NULL)", name=op.f("ck_departure__closed_at")),
        sa.CheckConstraint("state IN ('planned', 'done', 'called_off')", name=op.f("ck_departure__state")),
        sa.CheckConstraint("tasks_to IS NULL OR tasks_to <> person_id", name=op.f("ck_departure__tasks_to")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_departure__person_id")),
        sa.ForeignKeyConstraint(["tasks_to"], ["person.id"], name=op.f("fk_departure__tasks_to")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_departure__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure")),
    )
    with op.batch_alter_table("departure", schema=None) as batch_op:
        batch_op.create_index("ix_departure__due", ["state", "ends_at"], unique=False)
        batch_op.create_index("ix_departure__unit", ["unit_id"], unique=False)
        batch_op.create_index(
            "uq_departure__planned",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )

    op.create_table(
        "departure_post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("departure_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("holding_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_before", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Uuid(), nullable=True),
        sa.Column("successor_holding_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["departure_id"], ["departure.id"], name=op.f("fk_departure_post__departure_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_departure_post__post_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["person.id"], name=op.f("fk_departure_post__successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure_post")),
        sa.UniqueConstraint(
            "departure_id", "post_id", "from_on", name=op.f("uq_departure_post__departure_id_post_id_from_on")
        ),
    )
