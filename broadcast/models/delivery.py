"""The ledger, which is also the queue: one row per transmission, channel and recipient, and every outcome appended."""

from datetime import datetime
from enum import IntEnum

from sqlalchemy import ForeignKey, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.cap.vocabulary import Language
from disaster.core.base import Base, BigId, UtcTime, words

PUBLIC = 0  # contact_id of a delivery that speaks to everyone (a post, the radio feed)


class Status(IntEnum):
    """State of a delivery in rank order: a lower rank never overwrites a higher one (DESIGN 3)."""

    QUEUED = 0
    SENDING = 10
    UNCERTAIN = 20
    ACCEPTED = 30
    DELIVERED = 40
    # ends without arrival
    FAILED = 50  # gave up
    UNDELIVERABLE = 51  # the address does not work
    EXPIRED = 52  # not sent any more: the alert's time was over
    SKIPPED = 53  # not to be sent: opted out, stopped by an officer, channel not set up


class Delivery(Base):
    """One message to one recipient (or one post to the public)."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("transmission_id", "channel", "contact_id"),
        Index(  # first tries, in order of risk
            "ix_deliveries_queue",
            "transmission_id",
            "channel",
            "rank",
            "id",
            sqlite_where=text("status = 0 AND attempts = 0"),
            postgresql_where=text("status = 0 AND attempts = 0"),
        ),
        Index(  # deferred ones, in the order in which they fall due
            "ix_deliveries_again",
            "transmission_id",
            "channel",
            "due_at",
            sqlite_where=text("status = 0 AND attempts > 0"),
            postgresql_where=text("status = 0 AND attempts > 0"),
        ),
        Index(
            "ix_deliveries_leased",
            "channel",
            "lease_until",
            sqlite_where=text("status IN (10, 20)"),
            postgresql_where=text("status IN (10, 20)"),
        ),
        Index(
            "ix_deliveries_provider",
            "channel",
            "provider_id",
            sqlite_where=text("provider_id IS NOT NULL"),
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
        Index(
            "ix_deliveries_unweighed",
            "transmission_id",
            "id",
            sqlite_where=text("weighed = 0 AND status IN (50, 51, 53)"),
            postgresql_where=text("weighed = 0 AND status IN (50, 51, 53)"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    transmission_id: Mapped[int] = mapped_column(ForeignKey("transmissions.id"))
    channel: Mapped[str] = mapped_column(String(16))
    contact_id: Mapped[int] = mapped_column(BigId)  # PUBLIC for everyone
    language: Mapped[Language] = mapped_column(words(Language))
    rank: Mapped[int] = mapped_column(SmallInteger)  # order of sending, lower first
    status: Mapped[int] = mapped_column(SmallInteger, default=Status.QUEUED)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    due_at: Mapped[datetime] = mapped_column(UtcTime)  # not before
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    provider_id: Mapped[str | None] = mapped_column(String(128))
    code: Mapped[str] = mapped_column(
        String(12), default=""
    )  # contract.Code of the last refusal, or stopped, superseded
    weighed: Mapped[int] = mapped_column(
        SmallInteger, default=0, server_default="0"
    )  # 1: it ended without arrival, and failover has looked for the person's next address
    detail: Mapped[str] = mapped_column(String(120), default="")  # the provider's own code
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class DeliveryEvent(Base):
    """One outcome or receipt, appended; ``source_id`` is the provider's event so that each counts once."""

    __tablename__ = "delivery_events"
    __table_args__ = (UniqueConstraint("source_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(BigId, index=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    status: Mapped[int] = mapped_column(SmallInteger)
    code: Mapped[str] = mapped_column(String(12), default="")
    detail: Mapped[str] = mapped_column(String(120), default="")
    source_id: Mapped[str | None] = mapped_column(String(160))
