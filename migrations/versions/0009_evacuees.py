"""Evacuees: disasters, tablets and what they sent, people, groups, stays, counts, the residents' list."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply. Everything is new; no present table is changed."""
    op.create_table(
        "incidents",
        sa.Column("id", _big(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    running = sa.text("ended_at IS NULL")  # at most one
    op.create_index(
        "uq_incidents_running",
        "incidents",
        [sa.text("(1)")],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_table(
        "match_pairs",
        sa.Column("id", _big(), nullable=False),
        sa.Column("first_id", sa.String(length=36), nullable=False),
        sa.Column("second_id", sa.String(length=36), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_pairs")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_match_pairs_first_id_second_id")),
    )
    op.create_index(op.f("ix_match_pairs_decision"), "match_pairs", ["decision"], unique=False)
    op.create_index(op.f("ix_match_pairs_second_id"), "match_pairs", ["second_id"], unique=False)
    op.create_table(
        "merge_links",
        sa.Column("id", _big(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("into_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_links")),
    )
    op.create_index(op.f("ix_merge_links_into_id"), "merge_links", ["into_id"], unique=False)
    op.create_index(op.f("ix_merge_links_person_id"), "merge_links", ["person_id"], unique=False)
    op.create_table(
        "residents",
        sa.Column("id", _big(), nullable=False),
        sa.Column("source_key", sa.String(length=64), nullable=False),
        sa.Column("household_key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kana", sa.String(length=400), nullable=False),
        sa.Column("birth_raw", sa.String(length=60), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_precision", sa.String(length=8), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("area_code", sa.String(length=16), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("phone_digest", sa.String(length=64), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.String(length=16), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residents")),
        sa.UniqueConstraint("source_key", name=op.f("uq_residents_source_key")),
    )
    op.create_index("ix_residents_area", "residents", ["area_code"], unique=False)
    op.create_index("ix_residents_birth", "residents", ["birth_date"], unique=False)
    op.create_index(op.f("ix_residents_household_key"), "residents", ["household_key"], unique=False)
    op.create_index(op.f("ix_residents_phone_digest"), "residents", ["phone_digest"], unique=False)
    op.create_table(
        "conflicts",
        sa.Column("id", _big(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("sides", sa.JSON(), nullable=False),
        sa.Column("shelter_id", _big(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=40), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_conflicts_shelter_id_shelters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
        sa.UniqueConstraint("key", name=op.f("uq_conflicts_key")),
    )
    op.create_index(op.f("ix_conflicts_subject"), "conflicts", ["subject"], unique=False)
    op.create_table(
        "devices",
        sa.Column("id", _big(), nullable=False),
        sa.Column("shelter_id", _big(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=True),
        sa.Column("code_digest", sa.String(length=64), nullable=True),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("enrolled_by", sa.String(length=40), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("clock_offset", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_devices_shelter_id_shelters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_devices_code_digest")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_devices_token_digest")),
    )
    op.create_index(op.f("ix_devices_shelter_id"), "devices", ["shelter_id"], unique=False)
    op.create_table(
        "households",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=True),
        sa.Column("card", sa.String(length=36), nullable=True),
        sa.Column("surname", sa.String(length=200), nullable=False),
        sa.Column("kana", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("area_code", sa.String(length=16), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_digest", sa.String(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("care_asked", sa.Boolean(), nullable=False),
        sa.Column("consent", sa.JSON(), nullable=False),
        sa.Column("pets", sa.JSON(), nullable=False),
        sa.Column("goods_shelter_id", _big(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["goods_shelter_id"], ["shelters.id"], name=op.f("fk_households_goods_shelter_id_shelters")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_households_incident_id_incidents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
        sa.UniqueConstraint("code", name=op.f("uq_households_code")),
    )
    op.create_index(op.f("ix_households_area_code"), "households", ["area_code"], unique=False)
    op.create_index(op.f("ix_households_card"), "households", ["card"], unique=False)
    op.create_index(op.f("ix_households_incident_id"), "households", ["incident_id"], unique=False)
    op.create_index(op.f("ix_households_phone_digest"), "households", ["phone_digest"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=True),
        sa.Column("resident_id", _big(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("family", sa.String(length=200), nullable=False),
        sa.Column("given", sa.String(length=200), nullable=False),
        sa.Column("kana", sa.String(length=400), nullable=False),
        sa.Column("kana_family", sa.String(length=200), nullable=False),
        sa.Column("kana_given", sa.String(length=200), nullable=False),
        sa.Column("romaji", sa.String(length=200), nullable=False),
        sa.Column("birth_raw", sa.String(length=60), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_precision", sa.String(length=8), nullable=False),
        sa.Column("age_stated", sa.Integer(), nullable=True),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("area_code", sa.String(length=16), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_digest", sa.String(length=64), nullable=True),
        sa.Column("nationality", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("safety", sa.String(length=16), nullable=False),
        sa.Column("care", sa.JSON(), nullable=False),
        sa.Column("visitor", sa.Boolean(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=True),
        sa.Column("protection", sa.String(length=16), nullable=False),
        sa.Column("merged_into", sa.String(length=36), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_people_incident_id_incidents")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_people_resident_id_residents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index("ix_people_birth", "people", ["birth_date"], unique=False)
    op.create_index(op.f("ix_people_household_id"), "people", ["household_id"], unique=False)
    op.create_index(op.f("ix_people_incident_id"), "people", ["incident_id"], unique=False)
    op.create_index(op.f("ix_people_merged_into"), "people", ["merged_into"], unique=False)
    op.create_index(op.f("ix_people_phone_digest"), "people", ["phone_digest"], unique=False)
    op.create_index(op.f("ix_people_protection"), "people", ["protection"], unique=False)
    op.create_index(op.f("ix_people_resident_id"), "people", ["resident_id"], unique=False)
    op.create_table(
        "shelter_areas",
        sa.Column("shelter_id", _big(), nullable=False),
        sa.Column("area_code", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_shelter_areas_shelter_id_shelters")),
        sa.PrimaryKeyConstraint("shelter_id", "area_code", name=op.f("pk_shelter_areas")),
    )
    op.create_table(
        "shelter_staff",
        sa.Column("account_id", _big(), nullable=False),
        sa.Column("shelter_id", _big(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_shelter_staff_account_id_accounts")),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_shelter_staff_shelter_id_shelters")),
        sa.PrimaryKeyConstraint("account_id", "shelter_id", name=op.f("pk_shelter_staff")),
    )
    op.create_index(op.f("ix_shelter_staff_shelter_id"), "shelter_staff", ["shelter_id"], unique=False)
    op.create_table(
        "stays",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("shelter_id", _big(), nullable=True),
        sa.Column("goods_shelter_id", _big(), nullable=True),
        sa.Column("slot", sa.String(length=40), nullable=False),
        sa.Column("nights", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exit_reason", sa.String(length=16), nullable=True),
        sa.Column("exit_place", sa.String(length=200), nullable=False),
        sa.Column("next_contact", sa.LargeBinary(), nullable=True),
        sa.Column("out_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("followed_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["goods_shelter_id"], ["shelters.id"], name=op.f("fk_stays_goods_shelter_id_shelters")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_stays_incident_id_incidents")),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_stays_shelter_id_shelters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays")),
    )
    op.create_index(op.f("ix_stays_incident_id"), "stays", ["incident_id"], unique=False)
    op.create_index(
        "ix_stays_open",
        "stays",
        ["shelter_id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_stays_person_id"), "stays", ["person_id"], unique=False)
    op.create_index(
        "uq_stays_confirmed",
        "stays",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("confirmed AND ended_at IS NULL"),
        postgresql_where=sa.text("confirmed AND ended_at IS NULL"),
    )
    op.create_table(
        "tallies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("shelter_id", _big(), nullable=False),
        sa.Column("at", _big(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("delta", sa.Integer(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("elderly", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_tallies_incident_id_incidents")),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_tallies_shelter_id_shelters")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tallies")),
    )
    op.create_index("ix_tallies_shelter", "tallies", ["incident_id", "shelter_id", "at"], unique=False)
    op.create_table(
        "intake_events",
        sa.Column("number", _big(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("entity", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("device_id", _big(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("shelter_id", _big(), nullable=True),
        sa.Column("at", _big(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_intake_events_device_id_devices")),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelters.id"], name=op.f("fk_intake_events_shelter_id_shelters")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_intake_events")),
        sa.UniqueConstraint("id", name=op.f("uq_intake_events_id")),
    )
    op.create_index(op.f("ix_intake_events_entity"), "intake_events", ["entity"], unique=False)
    op.create_index("ix_intake_events_shelter", "intake_events", ["shelter_id", "number"], unique=False)
    op.create_table(
        "intake_quarantine",
        sa.Column("id", _big(), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("device_id", _big(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_intake_quarantine_device_id_devices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_quarantine")),
        sa.UniqueConstraint("payload_hash", name=op.f("uq_intake_quarantine_payload_hash")),
    )
    op.create_index(op.f("ix_intake_quarantine_event_id"), "intake_quarantine", ["event_id"], unique=False)
