"""A copy of a SQLite database that runs, and putting one back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from disaster.backup import fingerprint
from disaster.core.errors import Invalid

NAME = "database.sqlite"


def copy(engine: Engine, to: Path) -> dict[str, tuple[int, str]]:
    """Write a consistent copy (``VACUUM INTO``; ``cp`` of a running database misses acknowledged rows) and give its fingerprint."""
    descriptor = os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    os.close(descriptor)  # SQLite accepts an empty file, and this one is readable by nobody else
    connection = engine.raw_connection()  # without a transaction around it
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(to),))
    finally:
        connection.close()
    return look(to)


def look(path: Path) -> dict[str, tuple[int, str]]:
    """The fingerprint of a database file.

    Raises:
        Invalid: it is no database, or damaged.
    """
    with _file(path) as engine, engine.connect() as connection:
        said = connection.execute(text("PRAGMA integrity_check")).scalar()
        broken = connection.execute(text("PRAGMA foreign_key_check")).first()
        if said != "ok" or broken is not None:
            raise Invalid("控えの中のデータベースが壊れています。ほかの控えを使ってください。")
        return fingerprint.of(connection)


@contextmanager
def _file(path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{path}")
    try:
        yield engine
    finally:
        engine.dispose()


def put(copied: Path, to: Path, aside: str) -> None:
    """Put a copy in the place of the database; what stood there stays beside it under another name."""
    for part in ("", "-wal", "-shm"):  # SQLite finds a log by its database's name
        if (to.parent / f"{to.name}{part}").exists():
            (to.parent / f"{to.name}{part}").rename(to.parent / f"{to.name}.{aside}{part}")
    copied.rename(to)
    folder = os.open(to.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
