"""What each list says of a shelter beside its suitability; lists that were uploaded and wait for their officer."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply. Columns are added with their default, so that no row is written anew."""
    op.add_column("shelter_claims", sa.Column("ref", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("shelter_claims", sa.Column("facts", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "kept_uploads",
        sa.Column("id", _big(), nullable=False),
        sa.Column("key", sa.String(length=48), nullable=False),
        sa.Column("account_id", _big(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_uploads")),
        sa.UniqueConstraint("key", name=op.f("uq_kept_uploads_key")),
    )
    op.create_index(op.f("ix_kept_uploads_created_at"), "kept_uploads", ["created_at"], unique=False)
