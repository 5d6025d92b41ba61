"""What a resident chose, the order of a person's addresses, and what was found wrong with one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SUBSCRIBERS = (
    sa.Column("wants_shelters", sa.Boolean(), nullable=False, server_default=sa.true()),
    sa.Column("wants_notices", sa.Boolean(), nullable=False, server_default=sa.true()),
    sa.Column("source", sa.String(length=16), nullable=False, server_default=""),
    sa.Column("import_key", sa.String(length=64), nullable=True),
)
CONTACTS = (
    sa.Column("priority", sa.SmallInteger(), nullable=False, server_default="0"),
    sa.Column("standby", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("route", sa.String(length=40), nullable=False, server_default=""),
    sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("flagged_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("flagged_why", sa.String(length=24), nullable=False, server_default=""),
)


def upgrade() -> None:
    """Apply. Columns are added in place: rebuilding a table on SQLite would drop it, and with it every row that refers to it."""
    for column in SUBSCRIBERS:
        op.add_column("subscribers", column)
    op.create_index(op.f("ix_subscribers_import_key"), "subscribers", ["import_key"], unique=True)
    for column in CONTACTS:
        op.add_column("contacts", column)
