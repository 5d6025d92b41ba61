"""What keeps sending trustworthy: steps of failover, settings that two people changed, waived channels, rehearsals."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime, words


class FailoverStep(Base):
    """People who were not reached on one channel and were given a delivery on another, in one transaction.

    ``first_id`` is the first of these deliveries: every delivery of the transmission from it on is a later one.
    """

    __tablename__ = "failover_steps"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    transmission_id: Mapped[int] = mapped_column(ForeignKey("transmissions.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    from_channel: Mapped[str] = mapped_column(String(16))
    to_channel: Mapped[str] = mapped_column(String(16))
    people: Mapped[int]
    first_id: Mapped[int] = mapped_column(BigId)


class FailoverCursor(Base):
    """Up to which delivery of a transmission it was looked whether the set minutes went by without arrival."""

    __tablename__ = "failover_cursors"

    transmission_id: Mapped[int] = mapped_column(ForeignKey("transmissions.id"), primary_key=True)
    looked_to: Mapped[int] = mapped_column(BigId)


class GovernedValue(Base):
    """A setting that two people changed; one that nobody changed has its default from the code and no row."""

    __tablename__ = "governed_values"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    change_id: Mapped[int] = mapped_column(BigId)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


class ChangeState(StrEnum):
    """Where a proposed change stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return {
            "proposed": "確認待ち",
            "confirmed": "確認されて有効",
            "refused": "断られた",
            "withdrawn": "取り下げ",
            "expired": "時間切れ",
        }[self]


class GovernedChange(Base):
    """A change that one person proposed with a reason, and what another decided. ``seen`` is the value that it replaces."""

    __tablename__ = "governed_changes"
    __table_args__ = (
        Index(
            "uq_governed_changes_open",
            "name",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), index=True)
    value: Mapped[str] = mapped_column(Text)
    seen: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[ChangeState] = mapped_column(words(ChangeState), default=ChangeState.PROPOSED)
    proposed_by: Mapped[int] = mapped_column(BigId)
    proposed_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    decided_by: Mapped[int | None] = mapped_column(BigId)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    note: Mapped[str] = mapped_column(Text, default="")


class ChannelWaiver(Base):
    """A channel that did not send, and what a person decided about it: told by hand, or not needed, with the reason."""

    __tablename__ = "channel_waivers"
    __table_args__ = (UniqueConstraint("transmission_id", "channel"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    transmission_id: Mapped[int] = mapped_column(ForeignKey("transmissions.id"))
    channel: Mapped[str] = mapped_column(String(16))
    by_hand: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int] = mapped_column(BigId)
    decided_at: Mapped[datetime] = mapped_column(UtcTime)


class RehearsalContact(Base):
    """A test recipient of the town's own (a telephone or mailbox of the office), never a resident's.

    It is written to only while the setting ``rehearsal_contacts`` names its number.
    """

    __tablename__ = "rehearsal_contacts"
    __table_args__ = (UniqueConstraint("channel", "digest"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    digest: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(60))  # 防災安全課の携帯電話
    added_by: Mapped[int] = mapped_column(BigId)
    added_at: Mapped[datetime] = mapped_column(UtcTime)


class RehearsalState(StrEnum):
    """How far a rehearsal is."""

    REQUESTED = "requested"
    RUNNING = "running"
    PROVEN = "proven"
    FAILED = "failed"


class Rehearsal(Base):
    """One channel's rehearsal. ``slot`` is the day of a scheduled one or the key of one that a person asked for: each runs once."""

    __tablename__ = "rehearsals"
    __table_args__ = (UniqueConstraint("channel", "slot"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    slot: Mapped[str] = mapped_column(String(40))
    state: Mapped[RehearsalState] = mapped_column(words(RehearsalState), default=RehearsalState.REQUESTED, index=True)
    requested_by: Mapped[int | None] = mapped_column(BigId)  # staff account; None for the schedule
    requested_at: Mapped[datetime] = mapped_column(UtcTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    cause: Mapped[str] = mapped_column(String(200), default="")


class RehearsalMessage(Base):
    """One test message: ``state`` is sending, accepted, delivered or failed; ``reference`` is ours at the provider."""

    __tablename__ = "rehearsal_messages"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    rehearsal_id: Mapped[int] = mapped_column(ForeignKey("rehearsals.id"), index=True)
    contact_id: Mapped[int] = mapped_column(BigId)
    reference: Mapped[str] = mapped_column(String(36), unique=True)
    provider_id: Mapped[str | None] = mapped_column(String(128), index=True)
    state: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(String(120), default="")
    at: Mapped[datetime] = mapped_column(UtcTime)
