"""What the sample residents received: a small database of its own, written by the simulated providers, read by the inbox page."""

import contextlib
import json
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FILE = "inbox.sqlite"
PUBLIC = ""  # recipient of a post to everyone

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL,
    headers TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_messages_recipient ON messages (recipient, id);
CREATE INDEX IF NOT EXISTS ix_messages_channel ON messages (channel, id);
"""

_WHERE = """
FROM messages
WHERE (?1 = '' OR channel = ?1) AND (?2 IS NULL OR recipient IN (SELECT value FROM json_each(?2)))
"""
_SELECT = (
    "SELECT id, channel, recipient, sender, subject, body, at, headers" + _WHERE + "ORDER BY id DESC LIMIT ?3 OFFSET ?4"
)
_INSERT = "INSERT INTO messages (channel, recipient, sender, subject, body, at, headers) VALUES (?, ?, ?, ?, ?, ?, ?)"
_COUNT = "SELECT channel, count(*)" + _WHERE + "GROUP BY channel"


@dataclass(frozen=True, slots=True)
class Received:
    """One message exactly as it arrived. ``at`` is aware; ``headers`` are those worth showing (List-Unsubscribe, Message-ID)."""

    id: int
    channel: str
    recipient: str
    sender: str
    subject: str
    body: str
    at: datetime
    headers: dict[str, str]


class Writer:
    """Keeps messages in the inbox at ``path``; one connection that stays open, usable from several threads.

    The last connection that closes copies the whole write-ahead log, which costs more than a hundred messages. What a demonstration
    received may be lost in a power cut, so nothing waits for the disk.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = _connect(path, check_same_thread=False)
        self._connection.execute("PRAGMA synchronous=OFF")

    def store(
        self,
        channel: str,
        recipient: str,
        subject: str,
        body: str,
        at: datetime,
        *,
        sender: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Keep one message that arrived at ``recipient`` (``PUBLIC`` for a post to everyone); ``at`` is aware."""
        row = (channel, recipient, sender, subject, body, at.astimezone(UTC).isoformat(), json.dumps(headers or {}))
        with self._lock:
            self._connection.execute(_INSERT, row)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def _connect(path: Path, *, check_same_thread: bool = True) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=check_same_thread)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(_SCHEMA)
    return connection


def messages(
    path: Path,
    *,
    channel: str = "",
    recipients: list[str] | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[Received]:
    """The newest messages first; of one channel or of some recipients where these are given."""
    chosen = None if recipients is None else json.dumps(recipients)
    with contextlib.closing(_connect(path)) as connection:
        rows = connection.execute(_SELECT, (channel, chosen, limit, offset)).fetchall()
    return [_received(*row) for row in rows]


def counts(path: Path, *, recipients: list[str] | None = None) -> dict[str, int]:
    """How many messages arrived per channel."""
    chosen = None if recipients is None else json.dumps(recipients)
    with contextlib.closing(_connect(path)) as connection:
        return dict(connection.execute(_COUNT, ("", chosen)).fetchall())


def _received(
    number: int, channel: str, recipient: str, sender: str, subject: str, body: str, at: str, headers: str
) -> Received:
    return Received(number, channel, recipient, sender, subject, body, datetime.fromisoformat(at), json.loads(headers))
