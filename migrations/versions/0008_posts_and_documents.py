"""Nothing: social channels and documents keep nothing in the database (the number stands in the chain)."""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
