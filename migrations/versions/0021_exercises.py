"""What was entered, and which shelters were opened, in an exercise (訓練)."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. What is there was no exercise, as far as anybody knows."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("intake_events", sa.Column("exercise_id", big, nullable=True))
    op.create_index(
        "ix_intake_events_exercise",
        "intake_events",
        ["exercise_id"],
        sqlite_where=sa.text("exercise_id IS NOT NULL"),
        postgresql_where=sa.text("exercise_id IS NOT NULL"),
    )
    op.add_column("shelter_states", sa.Column("exercise", sa.Boolean(), nullable=False, server_default=sa.false()))
