"""Alembic's environment: the application's own database, every migration in one explicit transaction."""

import sqlalchemy as sa
from alembic import context
from sqlalchemy import Connection

from disaster.core.base import Base, UtcTime

connection: Connection = context.config.attributes["connection"]


def differs(_context: object, _column: object, _metadata_column: object, found: object, wanted: object) -> bool | None:
    """SQLite tells types by affinity only; leave the comparison of types to PostgreSQL."""
    return False if connection.dialect.name == "sqlite" else None


def plainly(kind: str, item: object, _context: object) -> str | bool:
    """Write our own column types as what the database has, so that an old migration never needs today's code."""
    if kind != "type":
        return False
    if isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    if isinstance(item, UtcTime):
        return "sa.DateTime(timezone=True)"
    return f"sa.{item.impl_instance!r}" if isinstance(item, sa.types.TypeDecorator) else False


# The caller has begun the transaction (BEGIN IMMEDIATE on SQLite) and commits it: a killed migration leaves the old schema.
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transactional_ddl=True,
    compare_type=differs,
    render_item=plainly,
)
context.run_migrations()
