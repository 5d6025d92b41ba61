"""Alembic's environment: the application's own database, every migration in one explicit transaction."""

from alembic import context
from sqlalchemy import Connection

from disaster.core.base import Base

connection: Connection = context.config.attributes["connection"]


def differs(_context: object, _column: object, _metadata_column: object, found: object, wanted: object) -> bool | None:
    """SQLite tells types by affinity only; leave the comparison of types to PostgreSQL."""
    return False if connection.dialect.name == "sqlite" else None


# The caller has begun the transaction (BEGIN IMMEDIATE on SQLite) and commits it: a killed migration leaves the old schema.
context.configure(
    connection=connection, target_metadata=Base.metadata, transactional_ddl=True, render_as_batch=False, compare_type=differs
)
context.run_migrations()
