"""Ground of the victim ledger: victims, what is known of them, households as they were at the disaster, buildings."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _time(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def upgrade() -> None:
    """Apply. Everything is new; no present table is changed."""
    op.create_table(
        "victims",
        _text("id", 36),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("person_id", 36, nullable=True),
        sa.Column("resident_id", _big(), nullable=True),
        _time("created_at"),
        _text("created_by", 40),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_victims")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_victims_incident_id_incidents")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_victims_resident_id_residents")),
        sa.UniqueConstraint("incident_id", "person_id", name=op.f("uq_victims_incident_id_person_id")),
        sa.UniqueConstraint("incident_id", "resident_id", name=op.f("uq_victims_incident_id_resident_id")),
        sa.UniqueConstraint("incident_id", "number", name=op.f("uq_victims_incident_id_number")),
    )
    op.create_index(op.f("ix_victims_incident_id"), "victims", ["incident_id"])
    op.create_index(op.f("ix_victims_person_id"), "victims", ["person_id"])
    op.create_index(op.f("ix_victims_resident_id"), "victims", ["resident_id"])
    op.create_table(
        "victim_facts",
        sa.Column("id", _big(), nullable=False),
        _text("victim_id", 36),
        _text("item", 2),
        _text("field", 40),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        _text("source", 16),
        _text("source_ref", 60),
        _text("note", 200),
        _time("at"),
        _text("by", 40),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_victim_facts")),
        sa.ForeignKeyConstraint(["victim_id"], ["victims.id"], name=op.f("fk_victim_facts_victim_id_victims")),
    )
    op.create_index("ix_victim_facts_victim", "victim_facts", ["victim_id", "item", "field", "at"])
    op.create_table(
        "affected_households",
        _text("id", 36),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        _text("address", 300),
        _text("area_code", 16),
        _text("resident_household", 64, nullable=True),
        _time("frozen_at"),
        _text("frozen_by", 40),
        _text("corrected_from", 36, nullable=True),
        _time("void_at", nullable=True),
        _text("void_by", 40, nullable=True),
        _text("void_reason", 200),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affected_households")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_affected_households_incident_id_incidents")
        ),
        sa.UniqueConstraint("incident_id", "number", name=op.f("uq_affected_households_incident_id_number")),
    )
    for column in ("incident_id", "area_code", "resident_household"):
        op.create_index(op.f(f"ix_affected_households_{column}"), "affected_households", [column])
    op.create_table(
        "affected_members",
        _text("household_id", 36),
        _text("victim_id", 36),
        _text("relation", 40),
        sa.Column("head", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "victim_id", name=op.f("pk_affected_members")),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["affected_households.id"],
            name=op.f("fk_affected_members_household_id_affected_households"),
        ),
        sa.ForeignKeyConstraint(["victim_id"], ["victims.id"], name=op.f("fk_affected_members_victim_id_victims")),
    )
    op.create_index(op.f("ix_affected_members_victim_id"), "affected_members", ["victim_id"])
    op.create_index(
        "uq_affected_members_head",
        "affected_members",
        ["household_id"],
        unique=True,
        sqlite_where=sa.text("head"),
        postgresql_where=sa.text("head"),
    )
    op.create_table(
        "dwellings",
        _text("id", 36),
        sa.Column("incident_id", _big(), nullable=False),
        _text("kind", 12),
        _text("address", 300),
        _text("area_code", 16),
        _text("building", 200),
        _text("structure", 40),
        _text("use", 40),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lng", sa.Float(), nullable=True),
        sa.Column("owner", sa.LargeBinary(), nullable=True),
        _text("owner_victim_id", 36, nullable=True),
        _time("created_at"),
        _text("created_by", 40),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dwellings")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_dwellings_incident_id_incidents")),
        sa.ForeignKeyConstraint(["owner_victim_id"], ["victims.id"], name=op.f("fk_dwellings_owner_victim_id_victims")),
    )
    for column in ("incident_id", "area_code"):
        op.create_index(op.f(f"ix_dwellings_{column}"), "dwellings", [column])
    op.create_table(
        "occupancies",
        _text("dwelling_id", 36),
        _text("household_id", 36),
        _text("tenure", 12),
        sa.PrimaryKeyConstraint("dwelling_id", "household_id", name=op.f("pk_occupancies")),
        sa.ForeignKeyConstraint(["dwelling_id"], ["dwellings.id"], name=op.f("fk_occupancies_dwelling_id_dwellings")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["affected_households.id"], name=op.f("fk_occupancies_household_id_affected_households")
        ),
    )
    op.create_index(op.f("ix_occupancies_household_id"), "occupancies", ["household_id"])
