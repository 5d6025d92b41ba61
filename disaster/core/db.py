"""The database: how a transaction begins, and the pragmas without which SQLite loses acknowledged rows."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from disaster.core.errors import Busy, DiskFull, DomainError
from disaster.core.extensions import db

BUSY_TIMEOUT_MS = 5000
_USUAL_KB, _ROOM_KB = 2_000, 65_536  # SQLite's own size of its page cache; that of a long list
ASK_AGAIN = 0.001  # seconds between two questions for the write lock
_WRITING = "IMMEDIATE"
_BUSY = ("locked", "deadlock detected", "lock timeout")
_FULL = ("disk is full", "disk I/O error", "readonly database", "No space left", "could not extend file")
_begin: ContextVar[str] = ContextVar("sqlite_begin", default="DEFERRED")
# SQLite's writers of other processes ask for the one write lock again and again, up to a tenth of a second apart; those of this
# process stand in a row, so that the lock goes from one to the next at once and nobody is passed over.
_row = threading.RLock()


def init_app(app: Flask, url: str) -> None:
    """Bind the database to the application and set SQLite up for durability.

    ``synchronous=FULL`` because NORMAL lost acknowledged rows in power cuts; ``BEGIN IMMEDIATE`` for writing because a
    read transaction that turns into a writing one fails at once instead of waiting.
    """
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_pre_ping": not url.startswith("sqlite"),
        "hide_parameters": True,  # values would stand in every error and so in the log
    }
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _durable_sqlite(db.engine)


def _durable_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        if _begin.get() == _WRITING:
            _begin_writing(connection)
        else:
            connection.exec_driver_sql(f"BEGIN {_begin.get()}")


def _begin_writing(connection: Connection) -> None:
    """Ask for the one write lock every millisecond. SQLite's own waiting sleeps longer and longer, up to a tenth of a second, while a
    transaction takes ten milliseconds: with two workers that send, the lock lay free a good part of the time.

    Raises:
        OperationalError: another process held it for ``BUSY_TIMEOUT_MS``.
    """
    plain: Any = connection.connection.dbapi_connection
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    plain.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < until:
            try:
                plain.execute(f"BEGIN {_WRITING}")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    break  # said once more below, as the library's own error
                time.sleep(ASK_AGAIN)
            else:
                return
        connection.exec_driver_sql(f"BEGIN {_WRITING}")
    finally:
        plain.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


@contextlib.contextmanager
def room_for_many(session: Session) -> Iterator[None]:
    """Let SQLite keep 64 MB of pages instead of 2 while thousands of rows are written in this transaction: with keys that fall anywhere in
    their index nearly every row touches another page, and what does not fit is written out and read in again.
    """
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql(f"PRAGMA cache_size=-{_ROOM_KB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size=-{_USUAL_KB}")


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """One writing transaction: taken at once, committed at the end, rolled back by any error.

    A read that went before is ended first, so what is read inside is current. Every step writes inside one of these,
    with its audit record, and nothing else commits.

    Raises:
        Busy: another writer held the database for longer than it is willing to wait, or two waited for each other.
        DiskFull: there is no room to write.
    """
    session: Session = db.session()
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("a change was made outside of a transaction")
    session.commit()
    session.expire_all()
    with _in_a_row(session), _writing(session):
        yield session


@contextlib.contextmanager
def _in_a_row(session: Session) -> Iterator[None]:
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    if not _row.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
        raise Busy
    try:
        yield
    finally:
        _row.release()


@contextlib.contextmanager
def _writing(session: Session) -> Iterator[None]:
    token = _begin.set(_WRITING)
    try:
        yield
        session.commit()
    except OperationalError as error:
        session.rollback()
        if found := _told(error):
            raise found from error
        raise
    except BaseException:
        session.rollback()
        raise
    finally:
        _begin.reset(token)


def _told(error: OperationalError) -> DomainError | None:
    """What the database says, as the kind of error that a person can be told; None where it is neither held nor full."""
    said = str(error.orig)
    if any(words in said for words in _BUSY):
        return Busy()
    return DiskFull() if any(words in said for words in _FULL) else None
