"""What the tablets ask for what they do not have yet: one row for each change of a person, household or stay, written by triggers."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WATCHED = {"person": "people", "household": "households", "stay": "stays"}
FUNCTION = (
    "CREATE OR REPLACE FUNCTION register_changed() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_advisory_xact_lock(1635083369); "
    "INSERT INTO register_changes (kind, entity) VALUES (TG_ARGV[0], NEW.id); RETURN NULL; END $$"
)


def upgrade() -> None:
    """Apply. Entries that are there already are noted, so that tablets find them."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "register_changes",
        sa.Column("number", number, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("entity", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_register_changes")),
    )
    op.drop_index("ix_stays_open", table_name="stays")
    op.create_index("ix_stays_shelter", "stays", ["shelter_id", "ended_at"])
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(FUNCTION)
    for kind, table in WATCHED.items():
        op.execute(f"INSERT INTO register_changes (kind, entity) SELECT '{kind}', id FROM {table}")
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_changed AFTER INSERT OR UPDATE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION register_changed('{kind}')"
            )
            continue
        for verb in ("insert", "update"):
            op.execute(
                f"CREATE TRIGGER {table}_changed_{verb} AFTER {verb} ON {table} "
                f"BEGIN INSERT INTO register_changes (kind, entity) VALUES ('{kind}', NEW.id); END"
            )
