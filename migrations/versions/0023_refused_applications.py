"""Applications for information of the ledger that were refused, with what was asked for and why."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply. Everything is new."""
    op.create_table(
        "refused_applications",
        sa.Column("id", _big(), nullable=False),
        sa.Column("ground", sa.String(length=16), nullable=False),
        sa.Column("recipient_class", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", _big(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_applications")),
        sa.ForeignKeyConstraint(["by"], ["accounts.id"], name=op.f("fk_refused_applications_by_accounts")),
    )
    op.create_index(op.f("ix_refused_applications_at"), "refused_applications", ["at"])
    op.create_index(op.f("ix_refused_applications_by"), "refused_applications", ["by"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("refused_applications")
