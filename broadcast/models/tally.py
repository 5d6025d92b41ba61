"""Tallies of the ledger: how many deliveries stand where, kept by the database itself, so that progress is read and never counted.

Triggers keep them in the transaction of every change, whoever makes it. On SQLite, with its one writer, each row of ``deliveries`` moves one
number in place. On PostgreSQL several workers write at once and would wait for each other at one row, so each statement appends
its differences under a number of its own (``part``); the sum is the truth, and ``tallies.compact`` makes few rows of many.
"""

from sqlalchemy import DDL, BigInteger, ForeignKey, Index, SmallInteger, String, Table, event, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.models.delivery import Delivery
from disaster.core.base import Base


class Tally(Base):
    """A number of deliveries of one transmission on one channel with one status and code; the sum over ``part`` counts."""

    __tablename__ = "delivery_tallies"
    __table_args__ = (
        Index(
            "ix_delivery_tallies_open",
            "transmission_id",
            sqlite_where=text("status IN (0, 10, 20)"),
            postgresql_where=text("status IN (0, 10, 20)"),
        ),
        {"sqlite_with_rowid": False},
    )

    transmission_id: Mapped[int] = mapped_column(ForeignKey("transmissions.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    status: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    part: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)


_MORE = (
    "INSERT INTO delivery_tallies (transmission_id, channel, status, code, part, number) "
    "VALUES (NEW.transmission_id, NEW.channel, NEW.status, NEW.code, 0, 1) "
    "ON CONFLICT (transmission_id, channel, status, code, part) DO UPDATE SET number = number + 1;"
)
_LESS = (
    "UPDATE delivery_tallies SET number = number - 1 WHERE transmission_id = OLD.transmission_id AND channel = OLD.channel "
    "AND status = OLD.status AND code = OLD.code AND part = 0;"
)
_SUM = (
    "INSERT INTO delivery_tallies (transmission_id, channel, status, code, part, number) "
    "SELECT transmission_id, channel, status, code, nextval('delivery_tallies_part'), sum(number) FROM ({}) AS changes "
    "GROUP BY transmission_id, channel, status, code HAVING sum(number) <> 0;"
)
_NEW = "SELECT transmission_id, channel, status, code, 1 AS number FROM new_rows"
_OLD = "SELECT transmission_id, channel, status, code, -1 AS number FROM old_rows"
_CHANGED = (
    "OLD.status <> NEW.status OR OLD.code <> NEW.code OR OLD.channel <> NEW.channel "
    "OR OLD.transmission_id <> NEW.transmission_id"
)


def _function(name: str, rows: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_SUM.format(rows)} RETURN NULL; END $$"
    )


def _trigger(name: str, change: str, tables: str) -> str:
    return (
        f"CREATE TRIGGER {name} AFTER {change} ON deliveries REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


# One statement each, for tables that the models make (the migration has its own copy, which stays as it is).
TRIGGERS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        f"CREATE TRIGGER deliveries_tally_insert AFTER INSERT ON deliveries BEGIN {_MORE} END",
        "CREATE TRIGGER deliveries_tally_update AFTER UPDATE OF status, code, channel, transmission_id ON deliveries "
        f"WHEN {_CHANGED} BEGIN {_LESS} {_MORE} END",
        f"CREATE TRIGGER deliveries_tally_delete AFTER DELETE ON deliveries BEGIN {_LESS} END",
    ),
    "postgresql": (
        "CREATE SEQUENCE delivery_tallies_part",
        _function("deliveries_tally_insert", _NEW),
        _function("deliveries_tally_update", f"{_NEW} UNION ALL {_OLD}"),
        _function("deliveries_tally_delete", _OLD),
        _trigger("deliveries_tally_insert", "INSERT", "NEW TABLE AS new_rows"),
        _trigger("deliveries_tally_update", "UPDATE", "NEW TABLE AS new_rows OLD TABLE AS old_rows"),
        _trigger("deliveries_tally_delete", "DELETE", "OLD TABLE AS old_rows"),
    ),
}
_TABLE: Table = Tally.__table__  # type: ignore[assignment]
_TABLE.add_is_dependent_on(Delivery.__table__)  # type: ignore[arg-type]  # the triggers stand on the deliveries and write here
for _dialect, _statements in TRIGGERS.items():
    for _statement in _statements:
        event.listen(_TABLE, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
