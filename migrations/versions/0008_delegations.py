"""Who lets whom act on a post for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("holding") as batch:
        batch.add_column(sa.Column("delegated_by", sa.Uuid(), nullable=True))
        batch.create_foreign_key("fk_holding__delegated_by", "person", ["delegated_by"], ["id"])
        batch.create_check_constraint(
            "delegated", "delegated_by IS NULL OR (delegated_by <> person_id AND until_on IS NOT NULL)"
        )
