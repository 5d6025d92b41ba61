"""Failover, breaker, governed settings, rehearsals."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UNWEIGHED = sa.text("weighed = 0 AND status IN (50, 51, 53)")
OPEN = sa.text("state = 'proposed'")


def upgrade() -> None:
    """Apply. The column of the ledger is added in place; old deliveries count as looked at by nobody, and their alerts are over."""
    op.add_column("deliveries", sa.Column("weighed", sa.SmallInteger(), nullable=False, server_default="0"))
    op.create_index(
        "ix_deliveries_unweighed",
        "deliveries",
        ["transmission_id", "id"],
        sqlite_where=UNWEIGHED,
        postgresql_where=UNWEIGHED,
    )
    _failover()
    _governed()
    _waivers()
    _rehearsals()


def _failover() -> None:
    op.create_table(
        "failover_steps",
        _number(),
        _transmission(),
        _instant("at"),
        sa.Column("from_channel", sa.String(length=16), nullable=False),
        sa.Column("to_channel", sa.String(length=16), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("first_id", _big(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failover_steps")),
        _to_transmissions("failover_steps"),
    )
    op.create_index(op.f("ix_failover_steps_transmission_id"), "failover_steps", ["transmission_id"])
    op.create_table(
        "failover_cursors",
        sa.Column("transmission_id", _big(), nullable=False),
        sa.Column("looked_to", _big(), nullable=False),
        sa.PrimaryKeyConstraint("transmission_id", name=op.f("pk_failover_cursors")),
        _to_transmissions("failover_cursors"),
    )


def _governed() -> None:
    op.create_table(
        "governed_values",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("change_id", _big(), nullable=False),
        _instant("changed_at"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_governed_values")),
    )
    op.create_table(
        "governed_changes",
        _number(),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed_by", _big(), nullable=False),
        _instant("proposed_at"),
        _instant("expires_at"),
        sa.Column("decided_by", _big(), nullable=True),
        _instant("decided_at", nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_governed_changes")),
    )
    op.create_index(op.f("ix_governed_changes_name"), "governed_changes", ["name"])
    op.create_index(
        "uq_governed_changes_open",
        "governed_changes",
        ["name"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def _waivers() -> None:
    op.create_table(
        "channel_waivers",
        _number(),
        _transmission(),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", _big(), nullable=False),
        _instant("decided_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_waivers")),
        sa.UniqueConstraint("transmission_id", "channel", name=op.f("uq_channel_waivers_transmission_id_channel")),
        _to_transmissions("channel_waivers"),
    )


def _rehearsals() -> None:
    op.create_table(
        "rehearsal_contacts",
        _number(),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("added_by", _big(), nullable=False),
        _instant("added_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal_contacts")),
        sa.UniqueConstraint("channel", "digest", name=op.f("uq_rehearsal_contacts_channel_digest")),
    )
    op.create_table(
        "rehearsals",
        _number(),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("slot", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("requested_by", _big(), nullable=True),
        _instant("requested_at"),
        _instant("started_at", nullable=True),
        _instant("finished_at", nullable=True),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsals")),
        sa.UniqueConstraint("channel", "slot", name=op.f("uq_rehearsals_channel_slot")),
    )
    op.create_index(op.f("ix_rehearsals_state"), "rehearsals", ["state"])
    op.create_table(
        "rehearsal_messages",
        _number(),
        sa.Column("rehearsal_id", _big(), nullable=False),
        sa.Column("contact_id", _big(), nullable=False),
        sa.Column("reference", sa.String(length=36), nullable=False),
        sa.Column("provider_id", sa.String(length=128), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.String(length=120), nullable=False),
        _instant("at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal_messages")),
        sa.UniqueConstraint("reference", name=op.f("uq_rehearsal_messages_reference")),
        sa.ForeignKeyConstraint(
            ["rehearsal_id"], ["rehearsals.id"], name=op.f("fk_rehearsal_messages_rehearsal_id_rehearsals")
        ),
    )
    op.create_index(op.f("ix_rehearsal_messages_rehearsal_id"), "rehearsal_messages", ["rehearsal_id"])
    op.create_index(op.f("ix_rehearsal_messages_provider_id"), "rehearsal_messages", ["provider_id"])


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number() -> sa.Column[int]:
    return sa.Column("id", _big(), nullable=False)


def _transmission() -> sa.Column[int]:
    return sa.Column("transmission_id", _big(), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to_transmissions(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_transmission_id_transmissions")
    return sa.ForeignKeyConstraint(["transmission_id"], ["transmissions.id"], name=name)
