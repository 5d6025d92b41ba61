"""The index by which people are found; how a resident's entry came and went."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "search_names",
        sa.Column("id", _big(), nullable=False),
        sa.Column("script", sa.String(length=1), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("bare", sa.String(length=120), nullable=False),
        sa.Column("latin", sa.String(length=240), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_names")),
        sa.UniqueConstraint("script", "key", name=op.f("uq_search_names_script_key")),
    )
    op.create_index(op.f("ix_search_names_bare"), "search_names", ["bare"])
    op.create_index(op.f("ix_search_names_latin"), "search_names", ["latin"])
    op.create_table(
        "search_slips",
        sa.Column("form", sa.String(length=240), nullable=False),
        sa.Column("name_id", _big(), nullable=False),
        sa.PrimaryKeyConstraint("form", "name_id", name=op.f("pk_search_slips")),
    )
    op.create_table(
        "search_entries",
        sa.Column("id", _big(), nullable=False),
        sa.Column("subject", sa.String(length=8), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("family_reading", _big(), nullable=False),
        sa.Column("given_reading", _big(), nullable=False),
        sa.Column("family_kanji", _big(), nullable=False),
        sa.Column("given_kanji", _big(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_precision", sa.String(length=8), nullable=False),
        sa.Column("area_code", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entries")),
        sa.UniqueConstraint("subject", "subject_id", "part", name=op.f("uq_search_entries_subject_subject_id_part")),
    )
    op.create_index("ix_search_entries_reading", "search_entries", ["family_reading", "given_reading", "birth_date"])
    op.create_index("ix_search_entries_given_reading", "search_entries", ["given_reading", "family_reading"])
    op.create_index("ix_search_entries_kanji", "search_entries", ["family_kanji", "given_kanji"])
    op.create_index("ix_search_entries_given_kanji", "search_entries", ["given_kanji", "family_kanji"])
    op.create_index("ix_search_entries_birth", "search_entries", ["birth_date", "family_reading"])
    op.create_index("ix_search_entries_area", "search_entries", ["area_code", "family_reading"])
