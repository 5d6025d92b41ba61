"""That something in the register is other than before: what the tablets ask for what they do not have yet."""

from sqlalchemy import DDL, String, Table, event
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId
from registry.models.people import Household, Person, Stay


class RegisterChange(Base):
    """One change of a person, household or stay, by whatever step.

    Triggers write it, so that no step can forget it. On PostgreSQL they take the lock of the audit log before the number, so that a lower number
    never appears after a higher one was read.
    """

    __tablename__ = "register_changes"

    number: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    entity: Mapped[str] = mapped_column(String(36))


_WATCHED: dict[str, Table] = {"person": Person.__table__, "household": Household.__table__, "stay": Stay.__table__}  # type: ignore[dict-item]
# One statement each, which the migration repeats.
_SQLITE = (
    "CREATE TRIGGER {table}_changed_{verb} AFTER {verb} ON {table} "
    "BEGIN INSERT INTO register_changes (kind, entity) VALUES ('{kind}', NEW.id); END"
)
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION register_changed() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_advisory_xact_lock(1635083369); "
    "INSERT INTO register_changes (kind, entity) VALUES (TG_ARGV[0], NEW.id); RETURN NULL; END $$"
)
_POSTGRESQL = (
    "CREATE TRIGGER {table}_changed AFTER INSERT OR UPDATE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION register_changed('{kind}')"
)


def statements(dialect: str) -> dict[str, list[str]]:
    """The statements that make the triggers, by table."""
    if dialect == "sqlite":
        verbs = ("insert", "update")
        return {
            table.name: [_SQLITE.format(table=table.name, verb=verb, kind=kind) for verb in verbs]
            for kind, table in _WATCHED.items()
        }
    return {
        table.name: [_FUNCTION, _POSTGRESQL.format(table=table.name, kind=kind)] for kind, table in _WATCHED.items()
    }


for _dialect in ("sqlite", "postgresql"):
    for _table in _WATCHED.values():
        for _statement in statements(_dialect)[_table.name]:
            event.listen(_table, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
