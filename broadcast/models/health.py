"""How the sending side is: one row per channel, one per worker, for the headquarters page and the health check."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, UtcTime


class ChannelHealth(Base):
    """What a channel last did: a success, or the cause for which it sent nothing."""

    __tablename__ = "channel_health"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    last_success_at: Mapped[datetime | None] = mapped_column(UtcTime)
    down_since: Mapped[datetime | None] = mapped_column(UtcTime)
    cause: Mapped[str] = mapped_column(String(200), default="")


class WorkerBeat(Base):
    """A sign of life of a worker process."""

    __tablename__ = "worker_beats"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
