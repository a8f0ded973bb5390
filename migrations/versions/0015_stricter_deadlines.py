"""A campaign may be stricter with what is late than its scheme."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("schedule_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("late", sa.String(length=10), nullable=True))
        batch_op.create_check_constraint(op.f("ck_schedule_entry__late"), "late IN ('ask', 'refuse')")
