"""People choose how they are written to."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notification_choice",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=20), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("first_hour", sa.Integer(), nullable=False),
        sa.Column("last_hour", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("digest IN ('each', 'daily', 'urgent')", name=op.f("ck_notification_choice__digest")),
        sa.CheckConstraint("first_hour <= hour AND hour < last_hour", name=op.f("ck_notification_choice__hour")),
        sa.CheckConstraint(
            "first_hour >= 8 AND first_hour < last_hour AND last_hour <= 20", name=op.f("ck_notification_choice__hours")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notification_choice__person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notification_choice")),
    )
