"""The papers of a shelter's desk: openings, conditions, daily reports, requests for supplies, hand-over notes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply. Everything is new; no present table is changed."""
    op.create_table(
        "daily_reports",
        sa.Column("id", _big(), nullable=False),
        sa.Column("shelter_id", _big(), nullable=False),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("states", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_daily_reports_incident_id_incidents")),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_daily_reports_shelter_id_shelters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_reports")),
        sa.UniqueConstraint(
            "shelter_id",
            "incident_id",
            "day",
            "version",
            name=op.f("uq_daily_reports_shelter_id_incident_id_day_version"),
        ),
    )
    op.create_table(
        "handover_notes",
        sa.Column("id", _big(), nullable=False),
        sa.Column("shelter_id", _big(), nullable=False),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("task", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_handover_notes_incident_id_incidents")
        ),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_handover_notes_shelter_id_shelters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_notes")),
    )
    op.create_index("ix_handover_notes_shelter", "handover_notes", ["shelter_id", "incident_id"], unique=False)
    op.create_table(
        "shelter_conditions",
        sa.Column("id", _big(), nullable=False),
        sa.Column("shelter_id", _big(), nullable=False),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("toilets_men", sa.Integer(), nullable=True),
        sa.Column("toilets_women", sa.Integer(), nullable=True),
        sa.Column("toilets_shared", sa.Integer(), nullable=True),
        sa.Column("toilets_accessible", sa.Integer(), nullable=True),
        sa.Column("baths", sa.Integer(), nullable=True),
        sa.Column("area_m2", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_shelter_conditions_incident_id_incidents")
        ),
        sa.ForeignKeyConstraint(
            ["shelter_id"], ["shelters.id"], name=op.f("fk_shelter_conditions_shelter_id_shelters")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelter_conditions")),
    )
    op.create_index("ix_shelter_conditions_newest", "shelter_conditions", ["shelter_id", "id"], unique=False)
    op.create_table(
        "shelter_openings",
        sa.Column("id", _big(), nullable=False),
        sa.Column("shelter_id", _big(), nullable=False),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("hazards", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=40), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_shelter_openings_incident_id_incidents")
        ),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_shelter_openings_shelter_id_shelters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelter_openings")),
    )
    op.create_index(op.f("ix_shelter_openings_incident_id"), "shelter_openings", ["incident_id"], unique=False)
    op.create_index(op.f("ix_shelter_openings_shelter_id"), "shelter_openings", ["shelter_id"], unique=False)
    op.create_index(
        "uq_shelter_openings_open",
        "shelter_openings",
        ["shelter_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "supply_requests",
        sa.Column("id", _big(), nullable=False),
        sa.Column("shelter_id", _big(), nullable=False),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("for_whom", sa.String(length=120), nullable=False),
        sa.Column("needed_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("arrived", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_supply_requests_incident_id_incidents")
        ),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_supply_requests_shelter_id_shelters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_requests")),
    )
    op.create_index("ix_supply_requests_shelter", "supply_requests", ["shelter_id", "incident_id"], unique=False)
    op.create_index(op.f("ix_supply_requests_state"), "supply_requests", ["state"], unique=False)
    op.create_table(
        "handover_reads",
        sa.Column("note_id", _big(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["handover_notes.id"], name=op.f("fk_handover_reads_note_id_handover_notes")
        ),
        sa.PrimaryKeyConstraint("note_id", "by", name=op.f("pk_handover_reads")),
    )
    op.create_table(
        "supply_moves",
        sa.Column("id", _big(), nullable=False),
        sa.Column("request_id", _big(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["supply_requests.id"], name=op.f("fk_supply_moves_request_id_supply_requests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_moves")),
    )
    op.create_index(op.f("ix_supply_moves_request_id"), "supply_moves", ["request_id"], unique=False)
