"""A copy of a PostgreSQL database that runs (``pg_dump`` of one snapshot), and putting one back."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import URL

from disaster.backup import fingerprint
from disaster.core.errors import Invalid

NAME = "database.dump"


def copy(engine: Engine, to: Path) -> dict[str, tuple[int, str]]:
    """Write a dump and give the fingerprint of the very rows that are in it.

    Raises:
        Invalid: ``pg_dump`` is missing or fails.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar()
        words = ["--format=custom", "--no-owner", "--schema=public", f"--snapshot={snapshot}", f"--file={to}"]
        _run("pg_dump", engine.url, *words)
        to.chmod(0o600)
        return fingerprint.of(connection)


def look(url: URL) -> dict[str, tuple[int, str]]:
    """The fingerprint of a database."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return fingerprint.of(connection)
    finally:
        engine.dispose()


def put(copied: Path, url: URL, aside: str) -> None:
    """Put a dump into a database; what stood there stays in a schema of another name.

    Raises:
        Invalid: ``pg_restore`` is missing or fails; then the database is as it was.
    """
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            moved = _set_aside(connection, aside)
        try:
            _run(
                "pg_restore",
                url,
                "--no-owner",
                "--schema=public",
                "--single-transaction",
                "--exit-on-error",
                str(copied),
            )
        except Invalid:
            with engine.begin() as connection:
                _bring_back(connection, aside, moved)
            raise
    finally:
        engine.dispose()


def _set_aside(connection: Connection, aside: str) -> bool:
    if not inspect(connection).get_table_names(schema="public"):
        return False
    name = connection.dialect.identifier_preparer.quote(aside)
    connection.execute(text(f"ALTER SCHEMA public RENAME TO {name}"))
    connection.execute(text("CREATE SCHEMA public"))
    return True


def _bring_back(connection: Connection, aside: str, moved: bool) -> None:
    if moved:
        name = connection.dialect.identifier_preparer.quote(aside)
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text(f"ALTER SCHEMA {name} RENAME TO public"))


def _run(program: str, url: URL, *words: str) -> None:
    found = shutil.which(program)
    if not found:
        raise Invalid(f"{program} が見つかりません（Debian では postgresql-client を入れます）。")
    at = {"PGHOST": url.host, "PGPORT": str(url.port or 5432), "PGUSER": url.username, "PGPASSWORD": url.password}
    at |= {f"PG{name.upper()}": url.query.get(name) for name in ("sslmode", "sslrootcert", "sslcert", "sslkey")}  # type: ignore[misc]
    given = {"PATH": os.defpath, **{name: str(value) for name, value in at.items() if value}}
    if program == "pg_restore":
        words = ("--dbname", str(url.database), *words)
    else:
        given["PGDATABASE"] = str(url.database)
    done = subprocess.run([str(found), *words], env=given, capture_output=True, text=True, check=False)  # noqa: S603 ours
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["?"])[-1][:300]
        raise Invalid(f"{program} が失敗しました：{last}")
