"""Subscriptions that wait for their confirmation, and lists that wait to be taken in."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "pending_subscriptions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("handle", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("choice", sa.LargeBinary(), nullable=True),
        sa.Column("standby", sa.Boolean(), nullable=False),
        sa.Column("subscriber_id", BigId, nullable=True),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guesses", sa.SmallInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_id", BigId, nullable=True),
        sa.Column("messages", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("doubts", sa.SmallInteger(), nullable=False),
        sa.Column("why", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_pending_subscriptions_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_subscriptions")),
        sa.UniqueConstraint("handle", name=op.f("uq_pending_subscriptions_handle")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_pending_subscriptions_code_digest")),
    )
    op.create_index("ix_pending_subscriptions_outbox", "pending_subscriptions", ["state", "due_at"])
    op.create_index("ix_pending_subscriptions_limits", "pending_subscriptions", ["digest", "created_at"])
    op.create_index(op.f("ix_pending_subscriptions_created_at"), "pending_subscriptions", ["created_at"])
    op.create_table(
        "uploaded_lists",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=48), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploaded_lists")),
        sa.UniqueConstraint("key", name=op.f("uq_uploaded_lists_key")),
    )
