"""One look at the tallies for all lanes of a worker: idle ones ask it instead of the ledger, so that a quiet worker costs nothing."""

import threading
import time

from sqlalchemy import func, literal_column, or_, select
from sqlalchemy.exc import SQLAlchemyError

from broadcast.models.alert import Transmission
from broadcast.models.tally import Tally
from broadcast.tallies import OPEN
from disaster.core.clock import now
from disaster.core.extensions import db

FRESH = 0.1  # seconds for which a look is good
ITSELF = 2.0  # seconds after which a lane looks for itself, whatever the tallies say: the rows are the queue, and nothing else


class Scout:
    """Which channels have something queued or in doubt; asked from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked = 0.0
        self._channels: frozenset[str] = frozenset()

    def waiting(self, channel: str) -> bool:
        """Whether there may be something to do on this channel, as of a tenth of a second ago."""
        with self._lock:
            if time.monotonic() - self._looked > FRESH:
                try:
                    self._channels = _channels()
                except SQLAlchemyError:  # the lane finds the same trouble, and tells it
                    return True
                self._looked = time.monotonic()
            return channel in self._channels


def _channels() -> frozenset[str]:
    waiting = or_(*(Tally.status == literal_column(status) for status in ("0", "20")))
    try:
        found = db.session.execute(
            select(Tally.channel)
            .join(Transmission, Transmission.id == Tally.transmission_id)
            .where(Transmission.expires_at > now(), Transmission.stopped_at.is_(None), OPEN, waiting)
            .group_by(Tally.channel)
            .having(func.sum(Tally.number) > 0)
        ).scalars()
        return frozenset(found)
    finally:
        db.session.remove()
