"""The migrations make exactly the tables that the code knows, all of them or none."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

from disaster.app import create_app
from disaster.core import schema
from disaster.core.base import Base
from disaster.core.extensions import db
from disaster.core.settings import Settings
from tests.postgresql import PostgresServer


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database without any table."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        name = server.create()
        settings = settings.model_copy(update={"database_url": server.url(name)})
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    if request.param == "postgresql":
        server.drop(name)


def test_the_migrations_make_the_tables_that_the_code_knows(empty: Flask) -> None:
    assert schema.present() is None
    schema.upgrade()
    assert schema.present() == schema.newest()
    with db.engine.connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*expression-based index.*")
        options = {"compare_type": connection.dialect.name != "sqlite"}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    ignored = ("uq_exercise_windows_open", "test_")  # an expression that cannot be compared; tables of test modules
    assert [d for d in differences if not any(name in str(d) for name in ignored)] == []


def test_a_second_upgrade_changes_nothing(empty: Flask) -> None:
    schema.upgrade()
    schema.upgrade()
    assert schema.present() == schema.newest()


def test_a_migration_that_breaks_off_leaves_nothing_behind(empty: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE shelters (id INTEGER PRIMARY KEY)"))
    with pytest.raises((OperationalError, ProgrammingError)):
        schema.upgrade()
    assert inspect(db.engine).get_table_names() == ["shelters"]
    assert schema.present() is None


def test_the_migrated_audit_log_refuses_changes(empty: Flask) -> None:
    schema.upgrade()
    with db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO audit_entries (id, at, actor, action, subject, detail, previous, hash) "
                "VALUES (1, '2026-01-01 00:00:00', 'cli', 'x', '', '{}', '', '')"
            )
        )
    for change in ("UPDATE audit_entries SET action = 'y'", "DELETE FROM audit_entries"):
        with pytest.raises(DatabaseError, match="append-only"), db.engine.begin() as connection:
            connection.execute(text(change))


def test_only_one_exercise_window_is_open_in_a_migrated_database(empty: Flask) -> None:
    schema.upgrade()
    row = "INSERT INTO exercise_windows (name, opened_by, opened_at, ends_at) VALUES ('a', 1, '2026-01-01 00:00:00', '2026-01-02 00:00:00')"
    with db.engine.begin() as connection:
        connection.execute(text(row))
    with pytest.raises(DatabaseError), db.engine.begin() as connection:
        connection.execute(text(row))


def test_what_was_paid_before_payments_had_rows_keeps_its_sum(empty: Flask) -> None:
    schema.upgrade("0026")
    case = (
        "INSERT INTO aid_cases (id, incident_id, programme, programme_version, unit_id, state, version, circumstances, choices, hand_reason, "
        "paid_yen, paid_on, created_at, changed_at) VALUES "
    )
    at = "'2026-11-02 01:00:00'"
    with db.engine.begin() as connection:
        for line in (
            f"INSERT INTO incidents (id, name, cause, occurred_at, created_by) VALUES (1, 'a', '', {at}, 'cli')",
            f"{case}(1, 1, 'loan', 0, 'a', 'paid', 5, '[]', '[]', '', 500000, '2026-10-30', {at}, {at})",
            f"{case}(2, 1, 'loan', 0, 'b', 'returned', 6, '[]', '[]', '', 70000, '2026-10-30', {at}, {at})",
            f"{case}(3, 1, 'loan', 0, 'c', 'decided', 4, '[]', '[]', '', NULL, NULL, {at}, {at})",
            f"INSERT INTO aid_events (id, case_id, state, at, by) VALUES (1, 1, 'paid', {at}, 'account:7')",
            "INSERT INTO aid_events (id, case_id, state, at, by) VALUES (2, 2, 'returned', '2026-11-03 20:00:00', 'account:8')",
        ):
            connection.execute(text(line))
    schema.upgrade()
    with db.engine.connect() as connection:
        rows = connection.execute(text("SELECT case_id, yen, paid_on, by FROM aid_payments ORDER BY id")).all()
        sums = connection.execute(text("SELECT id, paid_yen FROM aid_cases ORDER BY id")).all()
    assert [(row[0], row[1], str(row[2]), row[3]) for row in rows] == [
        (1, 500_000, "2026-10-30", "account:7"),
        (2, 70_000, "2026-10-30", "system:aid"),
        (2, -70_000, "2026-11-04", "account:8"),
    ]
    assert [tuple(row) for row in sums] == [(1, 500_000), (2, 0), (3, None)]
