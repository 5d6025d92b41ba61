"""The index of names with birth dates and areas in it: a name, a day or an area that thousands share is read in the index alone."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_search_entries_given_reading": ["given_reading", "birth_date"],
    "ix_search_entries_kanji": ["family_kanji", "given_kanji", "birth_date"],
    "ix_search_entries_given_kanji": ["given_kanji", "birth_date"],
    "ix_search_entries_area": ["area_code", "family_reading", "given_reading", "family_kanji", "given_kanji"],
}


def upgrade() -> None:
    """Apply."""
    for name, columns in INDEXES.items():
        op.drop_index(name, table_name="search_entries")
        op.create_index(name, "search_entries", columns)
