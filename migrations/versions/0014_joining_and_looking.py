"""Who looked at whom and what headquarters is told; merges that lend their protection; what became of entries that were put aside."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.add_column("people", sa.Column("own_protection", sa.String(length=16), nullable=True))
    op.add_column("intake_quarantine", sa.Column("decision", sa.String(length=12), nullable=True))
    op.add_column("intake_quarantine", sa.Column("reason", sa.LargeBinary(), nullable=True))
    op.create_index(
        "uq_merge_links_person",
        "merge_links",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "matching_marks",
        sa.Column("id", _big(), nullable=False),
        sa.Column("number", _big(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_marks")),
    )
    op.create_table(
        "person_views",
        sa.Column("id", _big(), nullable=False),
        sa.Column("account_id", _big(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_person_views_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_views")),
    )
    op.create_index("ix_person_views_account", "person_views", ["account_id", "at"], unique=False)
    op.create_index("ix_person_views_subject", "person_views", ["subject", "at"], unique=False)
    op.create_table(
        "access_notices",
        sa.Column("id", _big(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("account_id", _big(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_access_notices_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_notices")),
    )
    op.create_index(op.f("ix_access_notices_account_id"), "access_notices", ["account_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("access_notices")
    op.drop_table("person_views")
    op.drop_table("matching_marks")
    op.drop_index("uq_merge_links_person", table_name="merge_links")
    op.drop_column("intake_quarantine", "reason")
    op.drop_column("intake_quarantine", "decision")
    op.drop_column("people", "own_protection")
