"""Applications for certificates, surveys of buildings, certificates; what was judged and issued cannot be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

FROZEN = {
    "certificates": (
        "id", "incident_id", "application_id", "household_id", "dwelling_id", "survey_id", "kind", "number", "version", "head_address",
        "head_name", "cause", "place", "damage", "grade", "extra", "issuer", "issued_on", "issued_at", "issued_by",
    ),
    "damage_surveys": (
        "id", "incident_id", "dwelling_id", "round", "round_number", "method", "ratio", "flood", "flood_cm", "grade", "surveyors",
        "surveyed_on", "remarks", "created_at", "created_by", "judged_at", "judged_by",
    ),
}
# From when on a row is frozen, and the one change that is still allowed.
APPLIES = {"certificates": "1 = 1", "damage_surveys": "OLD.state IN ('judged', 'approved', 'cancelled')"}
ALLOWED = {
    "certificates": "OLD.void_at IS NULL AND NEW.void_at IS NOT NULL AND NEW.void_by IS NOT NULL AND NEW.void_reason IS NOT NULL",
    "damage_surveys": "OLD.state = 'judged' AND NEW.state IN ('approved', 'cancelled')",
}


def _triggers(table: str, dialect: str) -> list[str]:
    said = f"a row of {table} is never changed in place"
    if dialect == "sqlite":
        same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in FROZEN[table])
        refuse = f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        return [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN {APPLIES[table]} AND NOT ({ALLOWED[table]} AND {same}) {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN {APPLIES[table]} {refuse}",
        ]
    same = " AND ".join(f"NEW.{column}::text IS NOT DISTINCT FROM OLD.{column}::text" for column in FROZEN[table])
    run = f"EXECUTE FUNCTION {table}_refuse()"
    return [
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{said}'; END $$",
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({APPLIES[table]} AND NOT ({ALLOWED[table]} AND {same})) {run}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW WHEN ({APPLIES[table]}) {run}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {run}",
    ]


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, _big(), nullable=nullable)


def _whole(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _sealed(name: str, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _time(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _indexes(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    """Apply. Everything is new; no present table is changed."""
    _applications()
    _surveys()
    _certificates()
    dialect = op.get_bind().dialect.name
    for table in FROZEN:
        for statement in _triggers(table, dialect):
            op.execute(statement)


def _applications() -> None:
    name = "damage_applications"
    op.create_table(
        name, _text("id", 36), _id("incident_id"), _text("number", 10), _text("kind", 16), _text("state", 16), _whole("version"),
        _text("channel", 12), _sealed("given"), _text("place", 300), _text("area_code", 16), sa.Column("self_judged", sa.Boolean(), nullable=False),
        _text("pair_digest", 64), _text("form_digest", 64, nullable=True), _text("client", 64), _text("household_id", 36, nullable=True),
        _text("dwelling_id", 36, nullable=True), _time("received_at"), _text("received_by", 40), _time("changed_at"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")), _to(name, "incident_id", "incidents"),
        _to(name, "household_id", "affected_households"), _to(name, "dwelling_id", "dwellings"),
        sa.UniqueConstraint("number", name=op.f(f"uq_{name}_number")), sa.UniqueConstraint("form_digest", name=op.f(f"uq_{name}_form_digest")),
    )  # fmt: skip
    _indexes(name, "incident_id", "state", "area_code", "pair_digest", "household_id", "dwelling_id")
    op.create_index("ix_damage_applications_client", name, ["client", "received_at"])
    op.create_table(
        "application_moves", _id("id"), _text("application_id", 36), _text("state", 16), _sealed("note", nullable=True), _time("at"), _text("by", 40),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_moves")), _to("application_moves", "application_id", name),
    )  # fmt: skip
    _indexes("application_moves", "application_id")


def _surveys() -> None:
    name, files = "damage_surveys", "application_files"
    op.create_table(
        name, _id("id"), _id("incident_id"), _text("dwelling_id", 36), _text("round", 16), _whole("round_number"), _text("state", 16),
        _whole("version"), _text("method", 16, nullable=True), _whole("ratio", nullable=True), _text("flood", 16), _whole("flood_cm", nullable=True),
        _text("grade", 16, nullable=True), sa.Column("surveyors", sa.JSON(), nullable=False), sa.Column("surveyed_on", sa.Date(), nullable=True),
        _sealed("remarks", nullable=True), _time("created_at"), _text("created_by", 40), _time("judged_at", nullable=True),
        _text("judged_by", 40, nullable=True), _time("approved_at", nullable=True), _text("approved_by", 40, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")), _to(name, "incident_id", "incidents"), _to(name, "dwelling_id", "dwellings"),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> judged_by", name=op.f(f"ck_{name}_two_persons")),
        sa.CheckConstraint("ratio IS NULL OR ratio BETWEEN 0 AND 10000", name=op.f(f"ck_{name}_ratio")),
    )  # fmt: skip
    _indexes(name, "incident_id", "dwelling_id", "state")
    standing = sa.text("state <> 'cancelled'")
    op.create_index(
        "uq_damage_surveys_round", name, ["dwelling_id", "round", "round_number"], unique=True, sqlite_where=standing, postgresql_where=standing
    )
    op.create_table(
        files, _text("id", 36), _text("application_id", 36), _id("survey_id", nullable=True), _text("media_type", 20), _whole("size"),
        _whole("width", nullable=True), _whole("height", nullable=True), _text("sha256", 64), _sealed("content"), _time("at"), _text("by", 40),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{files}")), _to(files, "application_id", "damage_applications"), _to(files, "survey_id", name),
        sa.UniqueConstraint("application_id", "sha256", name=op.f(f"uq_{files}_application_id_sha256")),
    )  # fmt: skip
    _indexes(files, "survey_id")


def _certificates() -> None:
    name, changes = "certificates", "certificate_changes"
    op.create_table(
        name, _id("id"), _id("incident_id"), _text("application_id", 36), _text("household_id", 36, nullable=True),
        _text("dwelling_id", 36, nullable=True), _id("survey_id", nullable=True), _text("kind", 16), _text("number", 24), _whole("version"),
        _sealed("head_address"), _sealed("head_name"), _text("cause", 200), _sealed("place"), _text("damage", 200), _text("grade", 16, nullable=True),
        _sealed("extra"), _text("issuer", 80), sa.Column("issued_on", sa.Date(), nullable=False), _time("issued_at"), _text("issued_by", 40),
        _time("void_at", nullable=True), _text("void_by", 40, nullable=True), _sealed("void_reason", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")), _to(name, "incident_id", "incidents"), _to(name, "application_id", "damage_applications"),
        _to(name, "household_id", "affected_households"), _to(name, "dwelling_id", "dwellings"), _to(name, "survey_id", "damage_surveys"),
        sa.UniqueConstraint("application_id", "version", name=op.f(f"uq_{name}_application_id_version")),
        sa.UniqueConstraint("number", "version", name=op.f(f"uq_{name}_number_version")),
    )  # fmt: skip
    _indexes(name, "incident_id")
    standing = sa.text("void_at IS NULL")
    op.create_index(
        "uq_certificates_survey", name, ["application_id", "survey_id"], unique=True, sqlite_where=standing, postgresql_where=standing
    )
    op.create_index("ix_certificates_household", name, ["household_id", "id"])
    op.create_table(
        changes, _id("id"), _id("incident_id"), _id("certificate_id"), _text("household_id", 36, nullable=True), _text("what", 8),
        _text("grade_before", 16, nullable=True), _text("grade_after", 16, nullable=True), _time("at"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{changes}")), _to(changes, "incident_id", "incidents"),
        _to(changes, "certificate_id", name), _to(changes, "household_id", "affected_households"),
    )  # fmt: skip
    _indexes(changes, "certificate_id", "household_id")
