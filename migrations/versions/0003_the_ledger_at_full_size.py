"""Tallies of the ledger, a fan-out in chunks, and a queue by transmission with the retries apart."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = "transmission_id, channel, status, code, part, number"
MORE = (
    f"INSERT INTO delivery_tallies ({COLUMNS}) VALUES (NEW.transmission_id, NEW.channel, NEW.status, NEW.code, 0, 1) "
    "ON CONFLICT (transmission_id, channel, status, code, part) DO UPDATE SET number = number + 1;"
)
LESS = (
    "UPDATE delivery_tallies SET number = number - 1 WHERE transmission_id = OLD.transmission_id AND channel = OLD.channel "
    "AND status = OLD.status AND code = OLD.code AND part = 0;"
)
SUM = (
    f"INSERT INTO delivery_tallies ({COLUMNS}) "
    "SELECT transmission_id, channel, status, code, nextval('delivery_tallies_part'), sum(number) FROM ({}) AS changes "
    "GROUP BY transmission_id, channel, status, code HAVING sum(number) <> 0;"
)
NEW = "SELECT transmission_id, channel, status, code, 1 AS number FROM new_rows"
OLD = "SELECT transmission_id, channel, status, code, -1 AS number FROM old_rows"
FUNCTION = "CREATE FUNCTION deliveries_tally_{}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} RETURN NULL; END $$"
TRIGGER = (
    "CREATE TRIGGER deliveries_tally_{0} AFTER {0} ON deliveries REFERENCING {1} "
    "FOR EACH STATEMENT EXECUTE FUNCTION deliveries_tally_{0}()"
)
TALLIED = {
    "sqlite": (
        f"CREATE TRIGGER deliveries_tally_insert AFTER INSERT ON deliveries BEGIN {MORE} END",
        "CREATE TRIGGER deliveries_tally_update AFTER UPDATE OF status, code, channel, transmission_id ON deliveries "
        "WHEN OLD.status <> NEW.status OR OLD.code <> NEW.code OR OLD.channel <> NEW.channel "
        f"OR OLD.transmission_id <> NEW.transmission_id BEGIN {LESS} {MORE} END",
        f"CREATE TRIGGER deliveries_tally_delete AFTER DELETE ON deliveries BEGIN {LESS} END",
    ),
    "postgresql": (
        "CREATE SEQUENCE delivery_tallies_part",
        FUNCTION.format("insert", SUM.format(NEW)),
        FUNCTION.format("update", SUM.format(f"{NEW} UNION ALL {OLD}")),
        FUNCTION.format("delete", SUM.format(OLD)),
        TRIGGER.format("insert", "NEW TABLE AS new_rows"),
        TRIGGER.format("update", "NEW TABLE AS new_rows OLD TABLE AS old_rows"),
        TRIGGER.format("delete", "OLD TABLE AS old_rows"),
    ),
}


def upgrade() -> None:
    """Apply. What is in the ledger already is counted once; from then on the triggers count."""
    op.create_table(
        "delivery_tallies",
        sa.Column("transmission_id", BIG, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("status", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transmission_id"], ["transmissions.id"], name=op.f("fk_delivery_tallies_transmission_id_transmissions")
        ),
        sa.PrimaryKeyConstraint(
            "transmission_id", "channel", "status", "code", "part", name=op.f("pk_delivery_tallies")
        ),
        sqlite_with_rowid=False,
    )
    _index("ix_delivery_tallies_open", "delivery_tallies", ["transmission_id"], "status IN (0, 10, 20)")
    op.create_table(
        "fanouts",
        sa.Column("transmission_id", BIG, autoincrement=False, nullable=False),
        sa.Column("phase", sa.SmallInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["transmission_id"], ["transmissions.id"], name=op.f("fk_fanouts_transmission_id_transmissions")
        ),
        sa.PrimaryKeyConstraint("transmission_id", name=op.f("pk_fanouts")),
    )
    _index("ix_fanouts_open", "fanouts", ["transmission_id"], "finished_at IS NULL")
    op.drop_index("ix_deliveries_queue", "deliveries")
    _index(
        "ix_deliveries_queue", "deliveries", ["transmission_id", "channel", "rank", "id"], "status = 0 AND attempts = 0"
    )
    _index(
        "ix_deliveries_again", "deliveries", ["transmission_id", "channel", "due_at"], "status = 0 AND attempts > 0"
    )
    _index("ix_contacts_usual", "contacts", ["subscriber_id"], "active AND NOT standby")
    _index("ix_contacts_standby", "contacts", ["subscriber_id"], "active AND standby")
    _index("ix_transmissions_open", "transmissions", ["expires_at"], "stopped_at IS NULL")
    op.execute(
        f"INSERT INTO delivery_tallies ({COLUMNS}) SELECT transmission_id, channel, status, code, 0, count(*) "
        "FROM deliveries GROUP BY transmission_id, channel, status, code"
    )
    for statement in TALLIED[op.get_bind().dialect.name]:
        op.execute(statement)


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
