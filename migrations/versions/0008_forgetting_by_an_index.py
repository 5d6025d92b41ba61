"""Addresses of those who left are found by an index when their month is over, and not by reading everybody's."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    stopped = sa.text("stopped_at IS NOT NULL")
    op.create_index("ix_contacts_stopped", "contacts", ["stopped_at"], sqlite_where=stopped, postgresql_where=stopped)
