"""Aid: laws that apply to a disaster, what officers set for a measure, cases with their history, reviews."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply. Everything is new."""
    op.create_table(
        "legal_switches",
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("law", sa.String(length=16), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "law", name=op.f("pk_legal_switches")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_legal_switches_incident_id_incidents")
        ),
    )
    op.create_table(
        "programme_versions",
        sa.Column("id", _big(), nullable=False),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_versions")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_programme_versions_incident_id_incidents")
        ),
        sa.UniqueConstraint(
            "incident_id", "key", "version", name=op.f("uq_programme_versions_incident_id_key_version")
        ),
    )
    op.create_table(
        "aid_cases",
        sa.Column("id", _big(), nullable=False),
        sa.Column("incident_id", _big(), nullable=False),
        sa.Column("programme", sa.String(length=32), nullable=False),
        sa.Column("programme_version", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=36), nullable=True),
        sa.Column("victim_id", sa.String(length=36), nullable=True),
        sa.Column("certificate_id", _big(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=16), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("circumstances", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("yen", sa.Integer(), nullable=True),
        sa.Column("yen_by_hand", sa.Integer(), nullable=True),
        sa.Column("hand_reason", sa.String(length=200), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("account", sa.LargeBinary(), nullable=True),
        sa.Column("account_digest", sa.String(length=64), nullable=True),
        sa.Column("paid_yen", sa.Integer(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("informed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid_cases")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_aid_cases_incident_id_incidents")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["affected_households.id"], name=op.f("fk_aid_cases_household_id_affected_households")
        ),
        sa.ForeignKeyConstraint(["victim_id"], ["victims.id"], name=op.f("fk_aid_cases_victim_id_victims")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificates.id"], name=op.f("fk_aid_cases_certificate_id_certificates")
        ),
        sa.UniqueConstraint(
            "incident_id", "programme", "unit_id", name=op.f("uq_aid_cases_incident_id_programme_unit_id")
        ),
        sa.CheckConstraint("paid_yen IS NULL OR paid_on IS NOT NULL", name=op.f("ck_aid_cases_paid_when")),
    )
    op.create_index("ix_aid_cases_state", "aid_cases", ["incident_id", "state"])
    for column in ("household_id", "victim_id", "certificate_id", "account_digest"):
        op.create_index(op.f(f"ix_aid_cases_{column}"), "aid_cases", [column])
    op.create_table(
        "aid_events",
        sa.Column("id", _big(), nullable=False),
        sa.Column("case_id", _big(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("yen", sa.Integer(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid_events")),
        sa.ForeignKeyConstraint(["case_id"], ["aid_cases.id"], name=op.f("fk_aid_events_case_id_aid_cases")),
    )
    op.create_index(op.f("ix_aid_events_case_id"), "aid_events", ["case_id"])
    op.create_table(
        "aid_reviews",
        sa.Column("id", _big(), nullable=False),
        sa.Column("case_id", _big(), nullable=False),
        sa.Column("certificate_id", _big(), nullable=True),
        sa.Column("grade_before", sa.String(length=16), nullable=True),
        sa.Column("grade_after", sa.String(length=16), nullable=True),
        sa.Column("yen_before", sa.Integer(), nullable=True),
        sa.Column("yen_after", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid_reviews")),
        sa.ForeignKeyConstraint(["case_id"], ["aid_cases.id"], name=op.f("fk_aid_reviews_case_id_aid_cases")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificates.id"], name=op.f("fk_aid_reviews_certificate_id_certificates")
        ),
        sa.UniqueConstraint("case_id", "certificate_id", name=op.f("uq_aid_reviews_case_id_certificate_id")),
    )
    op.create_index(op.f("ix_aid_reviews_closed_at"), "aid_reviews", ["closed_at"])
