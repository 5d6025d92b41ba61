"""Bounces and what was read of the bounce mailbox."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Columns are added in place: rebuilding a table on SQLite would drop it, and with it every row that refers to it."""
    op.add_column("contacts", sa.Column("flagged_detail", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("contacts", sa.Column("flagged_times", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_contacts_flagged",
        "contacts",
        ["flagged_at", "id"],
        sqlite_where=sa.text("flagged_at IS NOT NULL"),
        postgresql_where=sa.text("flagged_at IS NOT NULL"),
    )
    op.create_table(
        "hook_events",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_events")),
    )
    op.create_index(op.f("ix_hook_events_at"), "hook_events", ["at"])
