"""Each payment of a case of aid, and each repayment, is a row that nothing changes; what was paid so far is the first."""

from datetime import date, datetime, timedelta, timezone

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

JST = timezone(timedelta(hours=9))
_cases = sa.table(
    "aid_cases", sa.column("id"), sa.column("state"), sa.column("paid_yen"), sa.column("paid_on", sa.Date()),
    sa.column("changed_at", sa.DateTime(timezone=True)),
)  # fmt: skip
_events = sa.table(
    "aid_events", sa.column("id"), sa.column("case_id"), sa.column("state"), sa.column("by"),
    sa.column("at", sa.DateTime(timezone=True)),
)  # fmt: skip
_payments = sa.table(
    "aid_payments", sa.column("case_id"), sa.column("yen"), sa.column("paid_on", sa.Date()),
    sa.column("at", sa.DateTime(timezone=True)), sa.column("by"),
)  # fmt: skip


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply. What was paid becomes one payment by who recorded it; what was returned, one more that takes it back."""
    op.create_table(
        "aid_payments",
        sa.Column("id", _big(), nullable=False),
        sa.Column("case_id", _big(), nullable=False),
        sa.Column("yen", sa.Integer(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid_payments")),
        sa.ForeignKeyConstraint(["case_id"], ["aid_cases.id"], name=op.f("fk_aid_payments_case_id_aid_cases")),
        sa.CheckConstraint("yen <> 0", name=op.f("ck_aid_payments_something")),
    )
    op.create_index(op.f("ix_aid_payments_case_id"), "aid_payments", ["case_id"])
    _first_payments(op.get_bind())
    for statement in _triggers(op.get_bind().dialect.name):
        op.execute(statement)


def _first_payments(connection: sa.Connection) -> None:
    paid = sa.select(_cases).where(_cases.c.paid_yen.is_not(None), _cases.c.paid_yen != 0).order_by(_cases.c.id)
    for case in connection.execute(paid).all():
        at, by = _step(connection, case.id, "paid", case.changed_at)
        _add(connection, case.id, case.paid_yen, case.paid_on, at, by)
        if case.state == "returned":
            at, by = _step(connection, case.id, "returned", case.changed_at)
            day = (at.replace(tzinfo=timezone.utc) if at.tzinfo is None else at).astimezone(JST).date()
            _add(connection, case.id, -case.paid_yen, day, at, by)
            connection.execute(_cases.update().where(_cases.c.id == case.id).values(paid_yen=0, paid_on=day))


def _step(connection: sa.Connection, case: int, state: str, otherwise: datetime) -> tuple[datetime, str]:
    """When a case came into a state, and who brought it there."""
    mine = (_events.c.case_id == case) & (_events.c.state == state)
    row = connection.execute(sa.select(_events.c.at, _events.c.by).where(mine).order_by(_events.c.id).limit(1)).first()
    return (row.at, row.by) if row else (otherwise, "system:aid")


def _add(connection: sa.Connection, case: int, yen: int, day: date, at: datetime, by: str) -> None:
    connection.execute(_payments.insert().values(case_id=case, yen=yen, paid_on=day, at=at, by=by))


def _triggers(dialect: str) -> list[str]:
    said = "a row of aid_payments is never changed in place"
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        return [
            f"CREATE TRIGGER aid_payments_no_{verb.lower()} BEFORE {verb} ON aid_payments {refuse}"
            for verb in ("UPDATE", "DELETE")
        ]
    run = "EXECUTE FUNCTION aid_payments_refuse()"
    return [
        f"CREATE FUNCTION aid_payments_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{said}'; END $$",
        f"CREATE TRIGGER aid_payments_no_change BEFORE UPDATE OR DELETE ON aid_payments FOR EACH ROW {run}",
        f"CREATE TRIGGER aid_payments_no_truncate BEFORE TRUNCATE ON aid_payments FOR EACH STATEMENT {run}",
    ]


def downgrade() -> None:
    """Take back. The sums stay at the cases."""
    op.drop_table("aid_payments")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION aid_payments_refuse()")
