"""The units that lead and assist on a row."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("criterion", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lead_unit", sa.String(length=200), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("assisting_units", sa.JSON(), nullable=True))
    # A default for JSON cannot be compared on PostgreSQL: the rows that are there are filled instead.
    op.execute(sa.text("UPDATE criterion SET assisting_units = '[]'"))
    with op.batch_alter_table("criterion", schema=None) as batch_op:
        batch_op.alter_column("assisting_units", existing_type=sa.JSON(), nullable=False)
