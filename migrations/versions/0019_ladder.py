"""The ladder of supervision and sprint windows in the schedule; which reminder a task has had."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Campaigns that are open keep the usual ladder, and have neither windows nor dates that the notice has fixed."""
    with op.batch_alter_table("schedule_entry", schema=None) as batch_op:
        batch_op.add_column(sa.Column("latest_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ladder", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("sprint", sa.JSON(), nullable=True))
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reminded_on", sa.Date(), nullable=True))
