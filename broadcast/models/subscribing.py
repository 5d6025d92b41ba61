"""Subscriptions that wait for their owner's word, and uploaded lists that wait for an officer's. Both are wiped when their time is over."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.cap.vocabulary import Language
from disaster.core.base import Base, BigId, UtcTime, words
from disaster.core.sealed import Sealed


class Pending(Base):
    """Somebody asked to join, to add an address, or to see their record, and has not yet shown that the address is theirs.

    The row is also its message's place in the outbox (``state``, ``due_at``, ``leased_until``). ``handle`` stands in the address of the
    waiting page; codes and links are derived from it with the data key, so that neither stands in the database. ``address`` and ``choice``
    are wiped as soon as they are not needed; ``digest`` and ``client`` stay until ``expires_at``, for the limits.
    """

    __tablename__ = "pending_subscriptions"
    __table_args__ = (
        Index("ix_pending_subscriptions_outbox", "state", "due_at"),
        Index("ix_pending_subscriptions_limits", "digest", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    handle: Mapped[str] = mapped_column(String(32), unique=True)
    purpose: Mapped[str] = mapped_column(String(8))  # join, add, manage
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; empty for LINE until the code arrives
    digest: Mapped[str] = mapped_column(String(64))
    language: Mapped[Language] = mapped_column(words(Language))
    choice: Mapped[str | None] = mapped_column(Sealed("choice"))  # JSON
    standby: Mapped[bool] = mapped_column(default=False)
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"))
    client: Mapped[str] = mapped_column(String(64))  # digest of the asker's network
    code_digest: Mapped[str | None] = mapped_column(String(64), unique=True)  # of a LINE link code
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    guesses: Mapped[int] = mapped_column(SmallInteger, default=0)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    contact_id: Mapped[int | None] = mapped_column(BigId)  # what came of it
    messages: Mapped[int] = mapped_column(SmallInteger, default=0)  # asked for
    state: Mapped[str] = mapped_column(String(8), default="none")  # none, queued, sending, sent, failed
    due_at: Mapped[datetime | None] = mapped_column(UtcTime)
    leased_until: Mapped[datetime | None] = mapped_column(UtcTime)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    doubts: Mapped[int] = mapped_column(SmallInteger, default=0)
    why: Mapped[str] = mapped_column(String(24), default="")


class UploadedList(Base):
    """A list of the town that an officer uploaded and looks at before it is taken in; sealed, and gone after an hour."""

    __tablename__ = "uploaded_lists"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(48), unique=True)
    account_id: Mapped[int] = mapped_column(BigId)
    content: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    created_at: Mapped[datetime] = mapped_column(UtcTime)
