"""Tables of the bulletins: what was received, what holds now for the municipality, what was proposed, how the feeds are."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime


class FeedState(Base):
    """One Atom feed (``extra``, ``eqvol``): validators of the last answer whose entries are committed, and its health."""

    __tablename__ = "bulletin_feeds"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    etag: Mapped[str] = mapped_column(String(200), default="")
    last_modified: Mapped[str] = mapped_column(String(60), default="")
    checked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    succeeded_at: Mapped[datetime | None] = mapped_column(UtcTime)
    feed_updated_at: Mapped[datetime | None] = mapped_column(UtcTime)
    problem: Mapped[str] = mapped_column(String(300), default="")


class Telegram(Base):
    """One telegram as it came in.

    ``document`` is its address in the feed, or ``hand:<sha256>``. ``stream`` names the sequence in which it is one full state (see
    ``streams.py``), "" where it only informs; 訓練 has streams of its own, 試験 none. ``town_step`` is what it says for the
    municipality: 警戒レベル相当 2 to 5, or the rank of 震度 (5弱 is 1, 7 is 5); None is no level in force. ``town_active`` is whether
    anything is in force, with or without a level. ``body`` is compressed (zlib), None where the telegram does not concern the
    municipality.
    """

    __tablename__ = "bulletin_telegrams"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document: Mapped[str] = mapped_column(String(300), unique=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    source: Mapped[str] = mapped_column(String(10))  # feed, hand, sample
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    type: Mapped[str | None] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(120))
    status: Mapped[str] = mapped_column(String(10))
    info_type: Mapped[str] = mapped_column(String(10))
    report_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    event_id: Mapped[str] = mapped_column(String(120))
    serial: Mapped[str] = mapped_column(String(10))
    office: Mapped[str] = mapped_column(String(120))
    head_title: Mapped[str] = mapped_column(String(120))
    headline: Mapped[str] = mapped_column(Text)
    relevant: Mapped[bool] = mapped_column(Boolean)
    stream: Mapped[str] = mapped_column(String(120), index=True)
    town_step: Mapped[int | None] = mapped_column(Integer)
    town_active: Mapped[bool] = mapped_column(Boolean)
    town_words: Mapped[str] = mapped_column(String(300))
    held: Mapped[bool] = mapped_column(Boolean, default=False)  # dated in the future: counts when its time has come
    body: Mapped[bytes | None] = mapped_column(LargeBinary)

    @property
    def drill(self) -> bool:
        """Whether it is 訓練."""
        return self.status == "訓練"


class Phenomenon(Base):
    """What holds now for the municipality: one row per stream (telegram type and prefecture, river or earthquake)."""

    __tablename__ = "bulletin_phenomena"
    __table_args__ = (UniqueConstraint("stream", "city_code"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    stream: Mapped[str] = mapped_column(String(120))
    city_code: Mapped[str] = mapped_column(String(7))
    type: Mapped[str] = mapped_column(String(10))
    step: Mapped[int | None] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean)
    words: Mapped[str] = mapped_column(String(300))
    since: Mapped[datetime] = mapped_column(UtcTime)
    report_at: Mapped[datetime] = mapped_column(UtcTime)
    telegram_id: Mapped[int] = mapped_column(ForeignKey("bulletin_telegrams.id"))
    drill: Mapped[bool] = mapped_column(Boolean)


class Proposal(Base):
    """A draft that the municipality's rules propose; nothing is ever sent by it.

    ``hazard`` and ``kind`` are the words of the alert's vocabulary; ``level_equivalent`` is 警戒レベル相当 of the telegram (None
    for earthquakes), never the municipality's level. Once per event and phase.
    """

    __tablename__ = "bulletin_proposals"
    __table_args__ = (UniqueConstraint("event_key", "phase"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    stream: Mapped[str] = mapped_column(String(120), index=True)
    event_key: Mapped[str] = mapped_column(String(160))
    phase: Mapped[str] = mapped_column(String(20))
    hazard: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    level_equivalent: Mapped[int | None] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    report_at: Mapped[datetime] = mapped_column(UtcTime)
    telegram_id: Mapped[int] = mapped_column(ForeignKey("bulletin_telegrams.id"))
    status: Mapped[str] = mapped_column(String(10), default="open")  # open, used, dismissed, withdrawn
    alert_id: Mapped[int | None] = mapped_column(BigId)
    drill: Mapped[bool] = mapped_column(Boolean)
