"""The tables of the database: brought up to date by Alembic, each migration in one explicit transaction."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from disaster.core.base import Base
from disaster.core.extensions import db

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def upgrade(app: Flask) -> None:
    """Bring the database of the application up to date; does nothing when it is."""
    with app.app_context():
        if has_history():
            command.upgrade(_config(), "head")
        else:
            Base.metadata.create_all(db.engine)
        db.engine.dispose()


def is_current(app: Flask) -> bool:
    """Whether the database has exactly the tables of this version of the code.

    Raises:
        sqlalchemy.exc.OperationalError: the database does not answer.
    """
    with app.app_context(), db.engine.connect() as connection:
        if not has_history():
            return not set(Base.metadata.tables) - set(db.inspect(connection).get_table_names())
        return set(MigrationContext.configure(connection).get_current_heads()) == set(_scripts().get_heads())


def has_history() -> bool:
    """Whether there are migrations (before the first one, tables come from the models)."""
    return (MIGRATIONS / "env.py").is_file() and any((MIGRATIONS / "versions").glob("*.py"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
