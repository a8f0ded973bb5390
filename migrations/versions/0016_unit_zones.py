"""The few units in another zone, and timers that are due in the very order in which they are claimed."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    elsewhere = sa.text("zone <> 'Asia/Shanghai'")
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index("ix_unit__zone", ["zone"], sqlite_where=elsewhere, postgresql_where=elsewhere)
    armed = sa.text("fired_at IS NULL AND cancelled_at IS NULL")
    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.drop_index("ix_timer__due")
        batch_op.create_index("ix_timer__due", ["next_try_at", "id"], sqlite_where=armed, postgresql_where=armed)
