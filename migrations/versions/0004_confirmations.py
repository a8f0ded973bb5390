"""What the one concerned says of entries on their behalf."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "confirmation",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("by_link", sa.Boolean(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("agreed OR note <> ''", name=op.f("ck_confirmation__note")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_confirmation__decision_id")),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_confirmation")),
    )
