"""A draft keeps the returned spreadsheet that filled it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draft", sa.Column("proof_id", sa.Uuid(), nullable=True))
    op.add_column("draft", sa.Column("filled_in_by", sa.String(length=100), nullable=True))
