"""Whom somebody asked after, until a worker has looked, and that a protected person was asked after."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply. Everything is new."""
    op.create_table(
        "asked_after",
        sa.Column("id", _big(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        *_who("asked_after"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_after")),
    )
    op.create_table(
        "protection_sought",
        sa.Column("id", _big(), nullable=False),
        sa.Column("order_id", _big(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        *_who("protection_sought"),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", _big(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protection_sought")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["protection_orders.id"], name=op.f("fk_protection_sought_order_id_protection_orders")
        ),
        sa.ForeignKeyConstraint(["seen_by"], ["accounts.id"], name=op.f("fk_protection_sought_seen_by_accounts")),
    )
    op.create_index(op.f("ix_protection_sought_order_id"), "protection_sought", ["order_id"])


def _who(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("account_id", _big(), nullable=False),
        sa.Column("inquiry_id", _big(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["safety_inquiries.id"], name=op.f(f"fk_{table}_inquiry_id_safety_inquiries")
        ),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("protection_sought")
    op.drop_table("asked_after")
