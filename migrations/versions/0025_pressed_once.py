"""Forms that were sent, so that a second press makes no second record; files of disclosures, kept sealed for an hour."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply. Everything is new."""
    op.create_table(
        "pressed_forms",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("result", sa.String(length=48), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_pressed_forms")),
    )
    op.create_index(op.f("ix_pressed_forms_at"), "pressed_forms", ["at"])
    op.create_table(
        "disclosure_files",
        sa.Column("disclosure_id", _big(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("mimetype", sa.String(length=40), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("disclosure_id", name=op.f("pk_disclosure_files")),
        sa.ForeignKeyConstraint(
            ["disclosure_id"], ["disclosures.id"], name=op.f("fk_disclosure_files_disclosure_id_disclosures")
        ),
    )
    op.create_index(op.f("ix_disclosure_files_at"), "disclosure_files", ["at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("disclosure_files")
    op.drop_table("pressed_forms")
