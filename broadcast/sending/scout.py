"""One look at the tallies for all lanes of a worker: idle ones ask it instead of the ledger, so that a quiet worker costs nothing."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator

from sqlalchemy import bindparam, func, literal_column, or_, select
from sqlalchemy.exc import SQLAlchemyError

from broadcast.models.alert import Transmission
from broadcast.models.tally import Tally
from broadcast.sending.tallies import OPEN
from disaster.core.base import UtcTime
from disaster.core.clock import now
from disaster.core.extensions import db

# Built once: building it anew took four fifths of a look.
_NAMED = (
    select(Tally.channel)
    .join(Transmission, Transmission.id == Tally.transmission_id)
    .where(
        Transmission.expires_at > bindparam("at", type_=UtcTime),
        Transmission.stopped_at.is_(None),
        OPEN,
        or_(*(Tally.status == literal_column(status) for status in ("0", "20"))),
    )
    .group_by(Tally.channel)
    .having(func.sum(Tally.number) > 0)
)
ASKS = 0.02  # seconds between two questions whether anybody has written
EVERY, ANYHOW = 0.1, 1.0  # seconds between two looks: where something was written, and where nothing was
ITSELF = 5.0  # seconds after which a lane looks for itself, whatever the tallies say: the rows are the queue, and nothing else


class Scout:
    """Which channels have something queued or in doubt. One thread looks (``run``), idle lanes sleep until it names their channel."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._named: dict[str, threading.Condition] = {}
        self._looks = 0
        self._wanted = False
        self._channels: frozenset[str] = frozenset()

    def run(self, stop: threading.Event) -> None:
        """Look again and again until told to stop; then nobody sleeps any more."""
        with _changes() as changed:
            looked = 0.0
            while not stop.is_set():
                at = time.monotonic()
                if at - looked >= ANYHOW or (at - looked >= EVERY and (self._wanted or changed())):
                    self.look()
                    looked = at
                stop.wait(max(ASKS, EVERY - (time.monotonic() - looked)))
        with self._lock:
            for named in self._named.values():
                named.notify_all()

    def look(self) -> None:
        """Look once, and wake the lanes that have something to do."""
        self._wanted = False
        try:
            channels: frozenset[str] | None = _channels()
        except SQLAlchemyError:  # every lane finds the same trouble, and tells it
            channels = None
        with self._lock:
            self._looks += 1
            self._channels = frozenset(self._named) if channels is None else channels
            for channel in self._channels & self._named.keys():
                self._named[channel].notify_all()

    def wait(self, channel: str, stop: threading.Event, seconds: float = ITSELF) -> None:
        """Sleep until a look from now on names the channel, or it is time to look oneself."""
        with self._lock:
            named = self._named.setdefault(channel, threading.Condition(self._lock))
            seen, self._wanted = self._looks, True  # what was written since it looked itself may have been seen already
            named.wait_for(lambda: stop.is_set() or (self._looks > seen and channel in self._channels), seconds)

    def waiting(self, channel: str) -> bool:
        """Whether the last look found something to do on this channel."""
        with self._lock:
            return channel in self._channels


@contextlib.contextmanager
def _changes() -> Iterator[Callable[[], bool]]:
    """A question whether anybody has written since it was asked last; it costs SQLite a few microseconds. Other databases cannot tell."""
    if db.engine.dialect.name != "sqlite":
        yield lambda: True
        return
    pooled = db.engine.raw_connection()
    pooled.detach()  # kept for as long as the worker runs; it never begins a transaction
    ask, known = pooled.dbapi_connection, [-1]
    assert ask is not None

    def changed() -> bool:
        try:
            version = ask.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:  # whoever looks finds the same trouble; the thread that asks goes on
            return True
        before, known[0] = known[0], version
        return bool(before != version)

    try:
        yield changed
    finally:
        pooled.close()


def _channels() -> frozenset[str]:
    with db.engine.connect() as connection:
        return frozenset(connection.execute(_NAMED, {"at": now()}).scalars())
