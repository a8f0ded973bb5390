"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tables()
    create_late_references()
    refuse_changes("audit_row")
    refuse_changes("audit_seal")


def create_late_references() -> None:
    """References that go round in a circle; SQLite has them in the tables already."""
    if op.get_bind().dialect.name == "postgresql":
        op.create_foreign_key(op.f("fk_fan_out__instance_id"), "fan_out", "process_instance", ["instance_id"], ["id"])


def refuse_changes(table: str) -> None:
    """Make the rows of a table append-only."""
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
        return
    refuse = f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    run = f"EXECUTE FUNCTION {table}_refuse()"
    op.execute(f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS {refuse}")
    op.execute(f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {run}")
    op.execute(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {run}")


def create_tables() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heads", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("seal_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_audit_seal__sequence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("sequence", name=op.f("uq_audit_seal__sequence")),
    )
    op.create_table(
        "audit_stream",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("held_by_owner", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('instance', 'scheme', 'unit', 'login', 'campaign')", name=op.f("ck_audit_stream__kind")
        ),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_audit_stream__sequence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_stream")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_audit_stream__kind_key")),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=20), nullable=True),
        sa.CheckConstraint("problem IS NULL OR problem IN ('missing', 'altered')", name=op.f("ck_blob__problem")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_blob__sha256")),
        sa.CheckConstraint("problem IS NULL OR checked_at IS NOT NULL", name=op.f("ck_blob__checked_at")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_blob__size_bytes")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "deadline_extension",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("granted_by", sa.String(length=200), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_extension")),
    )
    op.create_index("ix_deadline_extension__task", "deadline_extension", ["task_id"], unique=False)
    op.create_table(
        "fan_out",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("element_id", sa.String(length=100), nullable=False),
        sa.Column("process_key", sa.String(length=100), nullable=False),
        sa.Column("collection", sa.String(length=100), nullable=True),
        sa.Column("opens", sa.String(length=20), nullable=False),
        sa.Column("opens_at", sa.Integer(), nullable=True),
        sa.Column("deadline_key", sa.String(length=100), nullable=True),
        sa.Column("open_children", sa.String(length=20), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_because", sa.String(length=20), nullable=True),
        sa.CheckConstraint(
            "(state IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)", name=op.f("ck_fan_out__closed_at")
        ),
        sa.CheckConstraint("state IN ('filling', 'open', 'closed', 'cancelled')", name=op.f("ck_fan_out__state")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["process_instance.id"], name=op.f("fk_fan_out__instance_id"), use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fan_out")),
        sa.UniqueConstraint("task_id", name=op.f("uq_fan_out__task_id")),
    )
    op.create_index("ix_fan_out__instance", "fan_out", ["instance_id"], unique=False)
    op.create_index("ix_fan_out__state", "fan_out", ["state"], unique=False)
    op.create_table(
        "file_content",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_file_content")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status = 0 OR status BETWEEN 200 AND 299", name=op.f("ck_idempotency_key__status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("scope", "key", name=op.f("uq_idempotency_key__scope_key")),
    )
    op.create_index("ix_idempotency_key__at", "idempotency_key", ["at"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("element_id", sa.String(length=100), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.String(length=2000), nullable=False),
        sa.Column("retry", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.String(length=500), nullable=True),
        sa.CheckConstraint("(resolved_at IS NULL) = (resolution IS NULL)", name=op.f("ck_incident__resolved")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index("ix_incident__instance", "incident", ["instance_id"], unique=False)
    op.create_index("ix_incident__open", "incident", ["resolved_at", "raised_at"], unique=False)
    op.create_table(
        "node_heartbeat",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node_heartbeat")),
    )
    op.create_table(
        "organisation_upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_key", sa.String(length=80), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_upload")),
    )
    op.create_index("ix_organisation_upload__created", "organisation_upload", ["created_at"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("code", name=op.f("uq_person__code")),
    )
    op.create_index("ix_person__name", "person", ["name"], unique=False)
    op.create_table(
        "post_kind_domain",
        sa.Column("post_kind", sa.String(length=40), nullable=False),
        sa.Column("domain", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "(domain = 'system' AND post_kind = 'system_administrator') OR (domain = 'security' AND post_kind = 'security_administrator') OR (domain = 'audit' AND post_kind = 'audit_administrator') OR (domain = 'business' AND post_kind NOT IN ('system_administrator', 'security_administrator', 'audit_administrator'))",
            name=op.f("ck_post_kind_domain__domain"),
        ),
        sa.PrimaryKeyConstraint("post_kind", name=op.f("pk_post_kind_domain")),
        sa.UniqueConstraint("post_kind", "domain", name=op.f("uq_post_kind_domain__post_kind_domain")),
    )
    op.create_table(
        "schedule_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_entry")),
        sa.UniqueConstraint("campaign_id", "key", name=op.f("uq_schedule_entry__campaign_id_key")),
    )
    op.create_table(
        "scheme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme")),
        sa.UniqueConstraint("key", name=op.f("uq_scheme__key")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=60), nullable=False),
        sa.Column(
            "path",
            sa.String(length=1000).with_variant(sa.String(length=1000, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "opened_on IS NULL OR closed_on IS NULL OR closed_on >= opened_on", name=op.f("ck_unit__closed_on")
        ),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_unit__parent")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit__parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit__code")),
        sa.UniqueConstraint("path", name=op.f("uq_unit__path")),
    )
    op.create_index("ix_unit__parent", "unit", ["parent_id", "code"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_failure_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("first_token_hash", sa.String(length=64), nullable=True),
        sa.Column("first_token_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'locked') = (locked_until_at IS NOT NULL)", name=op.f("ck_account__locked_until_at")
        ),
        sa.CheckConstraint("state IN ('active', 'locked', 'disabled')", name=op.f("ck_account__state")),
        sa.CheckConstraint(
            "(first_token_hash IS NULL) = (first_token_until_at IS NULL)", name=op.f("ck_account__first_token")
        ),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_account__failures")),
        sa.CheckConstraint("login = lower(login)", name=op.f("ck_account__login")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account__person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account__login")),
        sa.UniqueConstraint("person_id", name=op.f("uq_account__person_id")),
    )
    op.create_table(
        "audit_row",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verb", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.JSON(), nullable=False),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_audit_row__sequence")),
        sa.ForeignKeyConstraint(["stream_id"], ["audit_stream.id"], name=op.f("fk_audit_row__stream_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_row")),
        sa.UniqueConstraint("stream_id", "sequence", name=op.f("uq_audit_row__stream_id_sequence")),
    )
    op.create_table(
        "audit_sealed",
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["stream_id"], ["audit_stream.id"], name=op.f("fk_audit_sealed__stream_id")),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_audit_sealed")),
    )
    op.create_table(
        "deadline_override",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_deadline_override__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_override")),
        sa.UniqueConstraint(
            "campaign_id", "unit_id", "key", name=op.f("uq_deadline_override__campaign_id_unit_id_key")
        ),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("proves_on", sa.Date(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_person_id", sa.Uuid(), nullable=True),
        sa.Column("added_by_name", sa.String(length=100), nullable=False),
        sa.Column("actor", sa.JSON(), nullable=False),
        sa.Column("request_key", sa.String(length=100), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'file') = (sha256 IS NOT NULL)", name=op.f("ck_evidence__sha256")),
        sa.CheckConstraint("kind = 'file' OR note <> ''", name=op.f("ck_evidence__note")),
        sa.CheckConstraint("kind IN ('file', 'paper', 'withheld')", name=op.f("ck_evidence__kind")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_evidence__sha256")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_evidence__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("unit_id", "request_key", name=op.f("uq_evidence__unit_id_request_key")),
    )
    op.create_index("ix_evidence__campaign", "evidence", ["campaign_id"], unique=False)
    op.create_index("ix_evidence__sha256", "evidence", ["sha256"], unique=False)
    op.create_index("ix_evidence__unit", "evidence", ["unit_id", "added_at"], unique=False)
    op.create_table(
        "fan_out_item",
        sa.Column("fan_out_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=200), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=True),
        sa.Column("business_key", sa.String(length=200), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("state <> 'left_out' OR reason <> ''", name=op.f("ck_fan_out_item__left_out_reason")),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'withdrawn', 'left_out')",
            name=op.f("ck_fan_out_item__state"),
        ),
        sa.ForeignKeyConstraint(["fan_out_id"], ["fan_out.id"], name=op.f("fk_fan_out_item__fan_out_id")),
        sa.PrimaryKeyConstraint("fan_out_id", "item_key", name=op.f("pk_fan_out_item")),
    )
    op.create_index("ix_fan_out_item__instance", "fan_out_item", ["instance_id"], unique=False)
    op.create_index("ix_fan_out_item__state", "fan_out_item", ["fan_out_id", "state"], unique=False)
    op.create_table(
        "permission_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_kind", sa.String(length=40), nullable=False),
        sa.Column("domain", sa.String(length=20), nullable=False),
        sa.Column("permission", sa.String(length=40), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("holder_unit_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(domain = 'business' AND permission IN ('organisation.manage', 'scheme.manage', 'campaign.manage', 'campaign.view', 'task.on_behalf', 'task.rescue', 'process.operate', 'verification.do', 'gate.decide', 'unit.work')) OR (domain = 'system' AND permission IN ('organisation.manage', 'scheme.manage', 'process.operate', 'system.manage')) OR (domain = 'security' AND permission IN ('account.manage')) OR (domain = 'audit' AND permission IN ('audit.read'))",
            name=op.f("ck_permission_grant__domain_permission"),
        ),
        sa.CheckConstraint(
            "(unit_id IS NULL) = (holder_unit_id IS NULL)", name=op.f("ck_permission_grant__holder_unit")
        ),
        sa.ForeignKeyConstraint(["holder_unit_id"], ["unit.id"], name=op.f("fk_permission_grant__holder_unit_id")),
        sa.ForeignKeyConstraint(
            ["post_kind", "domain"],
            ["post_kind_domain.post_kind", "post_kind_domain.domain"],
            name=op.f("fk_permission_grant__post_kind_domain"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_permission_grant__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permission_grant")),
        sa.UniqueConstraint("post_kind", "permission", "unit_id", "holder_unit_id", name="uq_permission_grant__over"),
    )
    op.create_index(
        "uq_permission_grant__own",
        "permission_grant",
        ["post_kind", "permission"],
        unique=True,
        sqlite_where=sa.text("unit_id IS NULL"),
        postgresql_where=sa.text("unit_id IS NULL"),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_post__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("unit_id", "kind", "title", name=op.f("uq_post__unit_id_kind_title")),
    )
    op.create_index("ix_post__kind", "post", ["kind", "unit_id"], unique=False)
    op.create_table(
        "scheme_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.CheckConstraint("state IN ('published', 'archived')", name=op.f("ck_scheme_version__state")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_scheme_version__number")),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_scheme_version__scheme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_version")),
        sa.UniqueConstraint("scheme_id", "number", name=op.f("uq_scheme_version__scheme_id_number")),
        sa.UniqueConstraint("scheme_id", "version_hash", name=op.f("uq_scheme_version__scheme_id_version_hash")),
    )
    op.create_table(
        "unit_name",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=60), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_name__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_name")),
    )
    op.create_index("ix_unit_name__unit", "unit_name", ["unit_id", "from_on"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_api_token__account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_token__secret_hash")),
    )
    op.create_index("ix_api_token__account", "api_token", ["account_id"], unique=False)
    op.create_table(
        "campaign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_version_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("root_instance_id", sa.Uuid(), nullable=True),
        sa.Column("opening_key", sa.String(length=80), nullable=False),
        sa.Column("opened_by", sa.String(length=200), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('opening', 'running', 'ended', 'cancelled')", name=op.f("ck_campaign__state")),
        sa.ForeignKeyConstraint(
            ["scheme_version_id"], ["scheme_version.id"], name=op.f("fk_campaign__scheme_version_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_campaign__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint(
            "unit_id",
            "scheme_version_id",
            "year",
            "opening_key",
            name=op.f("uq_campaign__unit_id_scheme_version_id_year_opening_key"),
        ),
    )
    op.create_index("ix_campaign__unit", "campaign", ["unit_id"], unique=False)
    op.create_table(
        "criterion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_version_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("wording", sa.String(length=4000), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(length=40), nullable=True),
        sa.Column("rule_values", sa.JSON(), nullable=False),
        sa.Column("may_not_apply", sa.Boolean(), nullable=False),
        sa.Column("core", sa.Boolean(), nullable=False),
        sa.Column("evidence_asked", sa.String(length=1000), nullable=False),
        sa.Column("evidence_source", sa.String(length=40), nullable=False),
        sa.Column("lead_role", sa.String(length=100), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("source_line", sa.Integer(), nullable=True),
        sa.CheckConstraint("(rule IS NULL) OR (points IS NOT NULL AND wording <> '')", name=op.f("ck_criterion__leaf")),
        sa.CheckConstraint("(level = 1) = (parent_id IS NULL)", name=op.f("ck_criterion__parent")),
        sa.CheckConstraint("level BETWEEN 1 AND 3", name=op.f("ck_criterion__level")),
        sa.CheckConstraint("points IS NULL OR points >= 0", name=op.f("ck_criterion__points")),
        sa.ForeignKeyConstraint(["parent_id"], ["criterion.id"], name=op.f("fk_criterion__parent_id")),
        sa.ForeignKeyConstraint(
            ["scheme_version_id"], ["scheme_version.id"], name=op.f("fk_criterion__scheme_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criterion")),
        sa.UniqueConstraint("scheme_version_id", "key", name=op.f("uq_criterion__scheme_version_id_key")),
        sa.UniqueConstraint("scheme_version_id", "position", name=op.f("uq_criterion__scheme_version_id_position")),
    )
    op.create_index("ix_criterion__parent", "criterion", ["parent_id"], unique=False)
    op.create_table(
        "holding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name=op.f("ck_holding__until_on")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_holding__person_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_holding__post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holding")),
        sa.UniqueConstraint("post_id", "person_id", "from_on", name=op.f("uq_holding__post_id_person_id_from_on")),
    )
    op.create_index("ix_holding__person", "holding", ["person_id"], unique=False)
    op.create_table(
        "kept_form",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_kept_form__account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_form")),
    )
    op.create_index("ix_kept_form__created", "kept_form", ["created_at"], unique=False)
    op.create_table(
        "kept_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_kept_file__account_id")),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_kept_file__sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_file")),
    )
    op.create_index("ix_kept_file__account", "kept_file", ["account_id", "created_at"], unique=False)
    op.create_table(
        "login_session",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("strong_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_login_session__account_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_login_session__post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
    )
    op.create_index("ix_login_session__account", "login_session", ["account_id"], unique=False)
    op.create_index("ix_login_session__expires", "login_session", ["expires_at"], unique=False)
    op.create_table(
        "process_definition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scheme_version_id", sa.Uuid(), nullable=False),
        sa.Column("process_key", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_version_id"], ["scheme_version.id"], name=op.f("fk_process_definition__scheme_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_definition")),
        sa.UniqueConstraint(
            "scheme_version_id", "process_key", name=op.f("uq_process_definition__scheme_version_id_process_key")
        ),
    )
    op.create_table(
        "scheme_file",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["file_content.sha256"], name=op.f("fk_scheme_file__sha256")),
        sa.ForeignKeyConstraint(["version_id"], ["scheme_version.id"], name=op.f("fk_scheme_file__version_id")),
        sa.PrimaryKeyConstraint("version_id", "path", name=op.f("pk_scheme_file")),
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("concluded", sa.String(length=20), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state = 'active' OR reason <> ''", name=op.f("ck_participant__reason")),
        sa.CheckConstraint("state IN ('active', 'withdrawn', 'exempt')", name=op.f("ck_participant__state")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_participant__campaign_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_participant__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_participant__campaign_id_number")),
        sa.UniqueConstraint("campaign_id", "unit_id", name=op.f("uq_participant__campaign_id_unit_id")),
    )
    op.create_table(
        "process_instance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("definition_id", sa.Uuid(), nullable=False),
        sa.Column("process_key", sa.String(length=100), nullable=False),
        sa.Column("business_key", sa.String(length=200), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("root_id", sa.Uuid(), nullable=False),
        sa.Column("parent_fan_out_id", sa.Uuid(), nullable=True),
        sa.Column("item_key", sa.String(length=200), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("owner_unit_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=100), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("audit_sequence", sa.Integer(), nullable=False),
        sa.Column("audit_head", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f("ck_process_instance__ended_at")),
        sa.CheckConstraint("state IN ('running', 'ended', 'cancelled')", name=op.f("ck_process_instance__state")),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["process_definition.id"], name=op.f("fk_process_instance__definition_id")
        ),
        sa.ForeignKeyConstraint(["owner_unit_id"], ["unit.id"], name=op.f("fk_process_instance__owner_unit_id")),
        sa.ForeignKeyConstraint(
            ["parent_fan_out_id"], ["fan_out.id"], name=op.f("fk_process_instance__parent_fan_out_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_process_instance__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_instance")),
        sa.UniqueConstraint(
            "parent_fan_out_id",
            "item_key",
            "attempt",
            name=op.f("uq_process_instance__parent_fan_out_id_item_key_attempt"),
        ),
    )
    op.create_index(
        "ix_process_instance__campaign", "process_instance", ["campaign_id", "process_key", "state"], unique=False
    )
    op.create_index("ix_process_instance__unit", "process_instance", ["unit_id"], unique=False)
    op.create_index(
        "uq_process_instance__running_business_key",
        "process_instance",
        ["process_key", "business_key"],
        unique=True,
        sqlite_where=sa.text("state = 'running' AND parent_fan_out_id IS NULL"),
        postgresql_where=sa.text("state = 'running' AND parent_fan_out_id IS NULL"),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("instance_id", sa.Uuid(), nullable=True),
        sa.Column("definition_id", sa.Uuid(), nullable=True),
        sa.Column("element_id", sa.String(length=100), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("matter", sa.String(length=300), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("phase", sa.String(length=100), nullable=True),
        sa.Column("role", sa.String(length=100), nullable=True),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("policy_at", sa.Integer(), nullable=True),
        sa.Column("votes", sa.String(length=20), nullable=False),
        sa.Column("deadline_key", sa.String(length=100), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("returned_reason", sa.String(length=2000), nullable=True),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_task__closed_at")),
        sa.CheckConstraint("origin <> 'process' OR instance_id IS NOT NULL", name=op.f("ck_task__process_instance")),
        sa.CheckConstraint(
            "origin IN ('process', 'ledger', 'activity', 'supervision', 'request')", name=op.f("ck_task__origin")
        ),
        sa.CheckConstraint(
            "policy IN ('one', 'all', 'count', 'percent', 'sequence', 'weighted')", name=op.f("ck_task__policy")
        ),
        sa.CheckConstraint(
            "(policy IN ('count', 'percent', 'weighted')) = (policy_at IS NOT NULL)", name=op.f("ck_task__policy_at")
        ),
        sa.CheckConstraint("state IN ('open', 'done', 'cancelled')", name=op.f("ck_task__state")),
        sa.CheckConstraint("votes IN ('veto', 'majority', 'collect')", name=op.f("ck_task__votes")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_task__instance_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_task__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index("ix_task__campaign", "task", ["campaign_id", "state", "due_at"], unique=False)
    op.create_index("ix_task__deadline", "task", ["campaign_id", "deadline_key", "state"], unique=False)
    op.create_index("ix_task__instance", "task", ["instance_id", "state"], unique=False)
    op.create_index("ix_task__unit", "task", ["unit_id", "state"], unique=False)
    op.create_table(
        "timer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("element_id", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_timer__instance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
    )
    op.create_index(
        "ix_timer__due",
        "timer",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("fired_at IS NULL AND cancelled_at IS NULL"),
        postgresql_where=sa.text("fired_at IS NULL AND cancelled_at IS NULL"),
    )
    op.create_index("ix_timer__instance", "timer", ["instance_id"], unique=False)
    op.create_index("ix_timer__key", "timer", ["campaign_id", "key"], unique=False)
    op.create_table(
        "assessment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(length=20), nullable=False),
        sa.Column("assessor_key", sa.String(length=80), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("based_on_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("total_exact", sa.String(length=80), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("report", sa.String(length=20000), nullable=False),
        sa.Column("seal_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("by_post", sa.String(length=100), nullable=False),
        sa.Column("by_unit", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(verdict = 'undecided') = (passed IS NULL)", name=op.f("ck_assessment__passed")),
        sa.CheckConstraint("body IN ('self', 'verification', 'second', 'final')", name=op.f("ck_assessment__body")),
        sa.CheckConstraint("state IN ('sealed', 'superseded')", name=op.f("ck_assessment__state")),
        sa.CheckConstraint(
            "verdict = 'undecided' OR (verdict = 'met') = passed", name=op.f("ck_assessment__verdict_passed")
        ),
        sa.CheckConstraint("verdict IN ('met', 'not_met', 'undecided')", name=op.f("ck_assessment__verdict")),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_assessment__attempt")),
        sa.CheckConstraint("length(seal_hash) = 64", name=op.f("ck_assessment__seal_hash")),
        sa.CheckConstraint("total >= 0", name=op.f("ck_assessment__total")),
        sa.ForeignKeyConstraint(["based_on_id"], ["assessment.id"], name=op.f("fk_assessment__based_on_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_assessment__campaign_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_assessment__instance_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_assessment__participant_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_assessment__task_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assessment__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint(
            "campaign_id",
            "subject_id",
            "body",
            "assessor_key",
            "attempt",
            name=op.f("uq_assessment__campaign_id_subject_id_body_assessor_key_attempt"),
        ),
        sa.UniqueConstraint("task_id", name=op.f("uq_assessment__task_id")),
    )
    op.create_index("ix_assessment__instance", "assessment", ["instance_id"], unique=False)
    op.create_index("ix_assessment__participant", "assessment", ["participant_id", "sealed_at"], unique=False)
    op.create_index(
        "uq_assessment__sealed",
        "assessment",
        ["campaign_id", "subject_id", "body", "assessor_key"],
        unique=True,
        sqlite_where=sa.text("state = 'sealed'"),
        postgresql_where=sa.text("state = 'sealed'"),
    )
    op.create_table(
        "draft",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_draft__task_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "seat",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.CheckConstraint("state IN ('open', 'decided', 'removed')", name=op.f("ck_seat__state")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_seat__post_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_seat__task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("task_id", "key", name=op.f("uq_seat__task_id_key")),
    )
    op.create_index("ix_seat__key", "seat", ["key", "state"], unique=False)
    op.create_table(
        "assessment_evidence",
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name=op.f("fk_assessment_evidence__assessment_id")
        ),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_assessment_evidence__evidence_id")),
        sa.PrimaryKeyConstraint("assessment_id", "evidence_id", name=op.f("pk_assessment_evidence")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("opinion", sa.String(length=4000), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("seen_hash", sa.String(length=64), nullable=False),
        sa.Column("actor_key", sa.String(length=80), nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("post_title", sa.String(length=100), nullable=False),
        sa.Column("unit_name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("behalf_name", sa.String(length=100), nullable=True),
        sa.Column("behalf_note", sa.String(length=500), nullable=True),
        sa.Column("scan_evidence_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(source = 'self') = (behalf_name IS NULL)", name=op.f("ck_decision__behalf")),
        sa.CheckConstraint("source IN ('self', 'phone', 'paper', 'file', 'meeting')", name=op.f("ck_decision__source")),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_decision__seat_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_decision__task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("actor_key", "idempotency_key", name=op.f("uq_decision__actor_key_idempotency_key")),
    )
    op.create_index("ix_decision__person", "decision", ["person_id", "decided_at"], unique=False)
    op.create_index("ix_decision__task", "decision", ["task_id"], unique=False)
    op.create_index(
        "uq_decision__seat",
        "decision",
        ["seat_id"],
        unique=True,
        sqlite_where=sa.text("taken_back_at IS NULL"),
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("max_points", sa.Integer(), nullable=False),
        sa.Column("got_points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("instance_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_name", sa.String(length=100), nullable=False),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_finding__closed_at")),
        sa.CheckConstraint("kind IN ('blocking', 'advice')", name=op.f("ck_finding__kind")),
        sa.CheckConstraint(
            "state IN ('open', 'mended', 'closed', 'not_mended', 'withdrawn')", name=op.f("ck_finding__state")
        ),
        sa.CheckConstraint("got_points >= 0 AND got_points < max_points", name=op.f("ck_finding__points")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_finding__assessment_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_finding__campaign_id")),
        sa.ForeignKeyConstraint(["criterion_id"], ["criterion.id"], name=op.f("fk_finding__criterion_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_finding__instance_id")),
        sa.ForeignKeyConstraint(["participant_id"], ["participant.id"], name=op.f("fk_finding__participant_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_finding__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("assessment_id", "criterion_id", name=op.f("uq_finding__assessment_id_criterion_id")),
    )
    op.create_index("ix_finding__campaign", "finding", ["campaign_id", "state", "due_at"], unique=False)
    op.create_index("ix_finding__instance", "finding", ["instance_id"], unique=False)
    op.create_index("ix_finding__participant", "finding", ["participant_id", "state"], unique=False)
    op.create_table(
        "recognition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("unit_name", sa.String(length=200), nullable=False),
        sa.Column("scheme_key", sa.String(length=100), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(how = 'earned') = (assessment_id IS NOT NULL)", name=op.f("ck_recognition__assessment")),
        sa.CheckConstraint("how IN ('earned', 'exempt')", name=op.f("ck_recognition__how")),
        sa.CheckConstraint("revoked_at IS NULL OR revoked_reason <> ''", name=op.f("ck_recognition__revoked_reason")),
        sa.CheckConstraint("(assessment_id IS NULL) = (total IS NULL)", name=op.f("ck_recognition__total")),
        sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name=op.f("ck_recognition__until_on")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_recognition__assessment_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_recognition__campaign_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_recognition__unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognition")),
        sa.UniqueConstraint("campaign_id", "subject_id", name=op.f("uq_recognition__campaign_id_subject_id")),
    )
    op.create_index("ix_recognition__scheme", "recognition", ["scheme_key", "year"], unique=False)
    op.create_index("ix_recognition__unit", "recognition", ["unit_id"], unique=False)
    op.create_table(
        "score",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("criterion_id", sa.Uuid(), nullable=False),
        sa.Column("claim", sa.JSON(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("not_applicable", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("on_paper", sa.String(length=500), nullable=False),
        sa.Column("carried", sa.Boolean(), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_score__points")),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"], name=op.f("fk_score__assessment_id")),
        sa.ForeignKeyConstraint(["criterion_id"], ["criterion.id"], name=op.f("fk_score__criterion_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score")),
        sa.UniqueConstraint("assessment_id", "criterion_id", name=op.f("uq_score__assessment_id_criterion_id")),
    )
    op.create_index("ix_score__campaign_criterion", "score", ["campaign_id", "criterion_id"], unique=False)
    op.create_table(
        "mending",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("done", sa.String(length=4000), nullable=False),
        sa.Column("on_paper", sa.String(length=500), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("by_post", sa.String(length=100), nullable=False),
        sa.Column("by_unit", sa.String(length=200), nullable=False),
        sa.Column("review_task_id", sa.Uuid(), nullable=True),
        sa.Column("mended", sa.Boolean(), nullable=True),
        sa.Column("review_reason", sa.String(length=2000), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by_name", sa.String(length=100), nullable=False),
        sa.CheckConstraint("mended IS NULL OR mended OR review_reason <> ''", name=op.f("ck_mending__review_reason")),
        sa.CheckConstraint("(mended IS NULL) = (reviewed_at IS NULL)", name=op.f("ck_mending__reviewed_at")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_mending__finding_id")),
        sa.ForeignKeyConstraint(["review_task_id"], ["task.id"], name=op.f("fk_mending__review_task_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_mending__task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mending")),
        sa.UniqueConstraint("finding_id", "attempt", name=op.f("uq_mending__finding_id_attempt")),
        sa.UniqueConstraint("review_task_id", name=op.f("uq_mending__review_task_id")),
        sa.UniqueConstraint("task_id", name=op.f("uq_mending__task_id")),
    )
    op.create_table(
        "score_evidence",
        sa.Column("score_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_score_evidence__evidence_id")),
        sa.ForeignKeyConstraint(["score_id"], ["score.id"], name=op.f("fk_score_evidence__score_id")),
        sa.PrimaryKeyConstraint("score_id", "evidence_id", name=op.f("pk_score_evidence")),
    )
    op.create_table(
        "mending_evidence",
        sa.Column("mending_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_mending_evidence__evidence_id")),
        sa.ForeignKeyConstraint(["mending_id"], ["mending.id"], name=op.f("fk_mending_evidence__mending_id")),
        sa.PrimaryKeyConstraint("mending_id", "evidence_id", name=op.f("pk_mending_evidence")),
    )
