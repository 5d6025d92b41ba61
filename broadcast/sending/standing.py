"""How a lane stands with its provider: reachable or down, and what the headquarters page is told of it."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from broadcast.models.health import ChannelHealth
from disaster.core.db import transaction

log = structlog.get_logger()
NOTE_EVERY = timedelta(seconds=5)
DOWN_WAITS = (2, 5, 10, 30, 60)  # seconds between tries while the provider cannot be reached


class Standing:
    """The memory of one lane."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self._downs = 0
        self._blocked_until: datetime | None = None
        self._noted: datetime | None = None

    def blocked(self, at: datetime) -> bool:
        """Whether to wait. A wait longer than the longest can only come from a clock that was set back; it holds up nothing."""
        wait = (self._blocked_until or at) - at
        return timedelta(0) < wait <= timedelta(seconds=DOWN_WAITS[-1])

    def down(self, session: Session, cause: str, at: datetime) -> None:
        """The provider cannot be reached: wait, longer each time; other lanes do not notice. In the caller's transaction."""
        wait = DOWN_WAITS[min(self._downs, len(DOWN_WAITS) - 1)]
        self._downs += 1
        self._blocked_until = at + timedelta(seconds=wait)
        log.warning("channel down", channel=self.channel, wait_seconds=wait)
        health = self._row(session)
        health.down_since = health.down_since or at
        health.cause = cause[:200]

    def well(self, at: datetime) -> None:
        """It answers; written down every few seconds only."""
        if not self._downs and self._noted and abs(at - self._noted) < NOTE_EVERY:
            return
        self._downs, self._blocked_until, self._noted = 0, None, at
        with transaction() as session:
            health = self._row(session)
            health.last_success_at, health.down_since, health.cause = at, None, ""

    def _row(self, session: Session) -> ChannelHealth:
        """Made by whichever lane is first; the other one of the channel may be doing the same at this moment."""
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(dialect.insert(ChannelHealth).values(channel=self.channel, cause="").on_conflict_do_nothing())
        return session.get_one(ChannelHealth, self.channel, populate_existing=True)
