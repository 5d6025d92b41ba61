"""The room of welfare: contacts, equipment, assessments, referrals."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _time(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _sealed(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _table(name: str, *columns: sa.Column, constraints: tuple = ()) -> None:
    """A table of rows that belong to a person and come from a form."""
    op.create_table(
        name,
        sa.Column("id", _big(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("form_key", sa.String(length=36), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f(f"fk_{name}_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("form_key", name=op.f(f"uq_{name}_form_key")),
        *constraints,
    )


def _word(name: str) -> sa.Column:
    return sa.Column(name, sa.String(length=16), nullable=False)


def _by() -> tuple[sa.Column, sa.Column]:
    return _time("at"), sa.Column("by", sa.String(length=40), nullable=False)


def upgrade() -> None:
    """Apply. Everything is new."""
    _table("care_contacts", _word("result"), _sealed("note"), *_by())
    _table(
        "care_equipment",
        _sealed("said", nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        _time("runs_out_at", nullable=True),
        *_by(),
    )
    _table(
        "care_assessments",
        sa.Column("version", sa.Integer(), nullable=False),
        _word("judgement"),
        _word("urgency"),
        sa.Column("due", sa.Date(), nullable=True),
        _sealed("note"),
        *_by(),
        constraints=(sa.UniqueConstraint("person_id", "version", name=op.f("uq_care_assessments_person_id_version")),),
    )
    _table(
        "care_referrals",
        sa.Column("shelter_id", _big(), nullable=True),
        _sealed("place"),
        _sealed("carer"),
        _word("state"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("next_id", _big(), nullable=True),
        _time("requested_at"),
        _time("changed_at"),
        constraints=(
            sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_care_referrals_shelter_id_shelters")),
            sa.ForeignKeyConstraint(["next_id"], ["care_referrals.id"], name=op.f("fk_care_referrals_next_id_care_referrals")),
        ),
    )
    op.create_table(
        "care_referral_steps",
        sa.Column("id", _big(), nullable=False),
        sa.Column("referral_id", _big(), nullable=False),
        _word("state"),
        _sealed("note"),
        *_by(),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["care_referrals.id"], name=op.f("fk_care_referral_steps_referral_id_care_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_referral_steps")),
    )
    for table in ("care_contacts", "care_equipment", "care_referrals"):
        op.create_index(op.f(f"ix_{table}_person_id"), table, ["person_id"])
    op.create_index("ix_care_referrals_state", "care_referrals", ["state", "requested_at"])
    op.create_index(op.f("ix_care_referral_steps_referral_id"), "care_referral_steps", ["referral_id"])


def downgrade() -> None:
    """Take back."""
    for table in ("care_referral_steps", "care_referrals", "care_assessments", "care_equipment", "care_contacts"):
        op.drop_table(table)
