"""The schema: bring it to the newest migration in one transaction, and tell whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from disaster.core.db import transaction
from disaster.core.extensions import db

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def newest() -> str | None:
    """The revision that this code needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def present() -> str | None:
    """The revision that the database has; None before the first migration."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(revision: str = "head") -> None:
    """Migrate to the newest revision, or to an earlier one: all of it or nothing, and one process at a time."""
    config = _config()
    with transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(20240101)"))
        config.attributes["connection"] = session.connection()
        command.upgrade(config, revision)


def known(revision: str) -> bool:
    """Whether this code has the revision, so that it can bring such tables up to date."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
