"""A leader's secretary: what is made ready for a gate, and the permission to do so."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MAY = (
    "(domain = 'business' AND permission IN ('organisation.manage', 'scheme.manage', 'campaign.manage', "
    "'campaign.view', 'task.on_behalf', 'task.rescue', 'process.operate', 'verification.do', 'gate.decide', "
    "'gate.prepare', 'unit.work')) OR (domain = 'system' AND permission IN ('organisation.manage', 'scheme.manage', "
    "'process.operate', 'system.manage')) OR (domain = 'security' AND permission IN ('account.manage')) OR "
    "(domain = 'audit' AND permission IN ('audit.read'))"
)
GIVEN = ("gate.prepare", "campaign.view")


def upgrade() -> None:
    op.create_table(
        "gate_preparation",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("opinion", sa.String(length=1000), nullable=False),
        sa.Column("questions", sa.String(length=2000), nullable=False),
        sa.Column("presented_on", sa.Date(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_gate_preparation__person_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_gate_preparation__task_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_gate_preparation")),
    )
    with op.batch_alter_table("permission_grant") as batch:
        batch.drop_constraint(op.f("ck_permission_grant__domain_permission"), type_="check")
        batch.create_check_constraint(op.f("ck_permission_grant__domain_permission"), MAY)
    _grant()


def _grant() -> None:
    """Where grants stand already, secretaries get theirs: over their own unit, and where the leaders decide."""
    to = op.get_bind()
    kinds = sa.table("post_kind_domain", sa.column("post_kind", sa.String), sa.column("domain", sa.String))
    grants = sa.table(
        "permission_grant",
        sa.column("id", sa.Uuid),
        sa.column("post_kind", sa.String),
        sa.column("domain", sa.String),
        sa.column("permission", sa.String),
        sa.column("unit_id", sa.Uuid),
        sa.column("holder_unit_id", sa.Uuid),
    )
    known = to.execute(sa.select(kinds.c.domain).where(kinds.c.post_kind == "secretary")).scalar()
    if known not in (None, "business") or to.execute(sa.select(sa.func.count()).select_from(grants)).scalar() == 0:
        return
    decides = (grants.c.post_kind == "leader") & (grants.c.permission == "gate.decide")
    where = {
        (row[0], row[1]) for row in to.execute(sa.select(grants.c.unit_id, grants.c.holder_unit_id).where(decides))
    }
    standing = sa.select(grants.c.permission, grants.c.unit_id, grants.c.holder_unit_id)
    there = {tuple(row) for row in to.execute(standing.where(grants.c.post_kind == "secretary"))}
    if known is None:
        to.execute(kinds.insert().values(post_kind="secretary", domain="business"))
    for unit_id, holder_unit_id in {(None, None), *where}:
        for permission in GIVEN:
            if (permission, unit_id, holder_unit_id) not in there:
                row = {"post_kind": "secretary", "domain": "business", "permission": permission}
                row |= {"unit_id": unit_id, "holder_unit_id": holder_unit_id}
                to.execute(grants.insert().values(id=uuid4(), **row))
