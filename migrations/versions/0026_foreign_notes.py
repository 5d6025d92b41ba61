"""Which notes of services for missing people were taken in, and what those services said last."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. What came in before keeps its note; a note whose words stand there already is not added again."""
    op.add_column("foreign_records", sa.Column("said_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("foreign_records", sa.Column("said", sa.LargeBinary(), nullable=True))
    op.create_table(
        "foreign_notes",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "digest", name=op.f("pk_foreign_notes")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_foreign_notes_person_id_people")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("foreign_notes")
    op.drop_column("foreign_records", "said")
    op.drop_column("foreign_records", "said_at")
