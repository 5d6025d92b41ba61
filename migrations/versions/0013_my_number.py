"""Entries of the ledger that turned out to be another's; My Number in tables of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("victims", sa.Column("same_as", sa.String(length=36), nullable=True))
    op.create_table(
        "my_numbers",
        sa.Column("victim_id", sa.String(length=36), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("victim_id", name=op.f("pk_my_numbers")),
        sa.ForeignKeyConstraint(["victim_id"], ["victims.id"], name=op.f("fk_my_numbers_victim_id_victims")),
        sa.UniqueConstraint("digest", name=op.f("uq_my_numbers_digest")),
    )
    op.create_table(
        "my_number_log",
        sa.Column("id", number, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("victim_id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_my_number_log")),
    )
    op.create_index(op.f("ix_my_number_log_victim_id"), "my_number_log", ["victim_id"])
