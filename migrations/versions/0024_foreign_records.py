"""Until when a service for missing people lets us keep what came from it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Everything is new."""
    op.create_table(
        "foreign_records",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_foreign_records")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_foreign_records_person_id_people")),
    )
    op.create_index(op.f("ix_foreign_records_expires_at"), "foreign_records", ["expires_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("foreign_records")
