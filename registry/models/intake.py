"""Tablets, and what they sent: events are appended facts and the truth; the tables of ``people`` are derived from them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime, words
from disaster.core.sealed import Sealed
from registry.vocabulary import Outcome


class Device(Base):
    """One tablet, enrolled by headquarters for one shelter. The token itself is not kept, only its digest; ``revoked_at`` ends it at once."""

    __tablename__ = "devices"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)  # None: the code was not used yet
    code_digest: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the enrolment code, used once
    code_until: Mapped[datetime | None] = mapped_column(UtcTime)
    enrolled_by: Mapped[str] = mapped_column(String(40))  # actor
    enrolled_at: Mapped[datetime] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcTime)
    waiting: Mapped[int] = mapped_column(default=0)  # entries it said it still holds
    clock_offset: Mapped[int] = mapped_column(default=0)  # seconds that its clock is behind ours


class IntakeEvent(Base):
    """One event as it came: never changed, never deleted. ``number`` orders what tablets pull, without any clock.

    ``at`` is the tablet's time with the offset of its clock taken out, in milliseconds since 1970: what orders values of different devices.
    ``payload`` is the canonical JSON of ``registry.intake.schemas.Event``, sealed; ``payload_hash`` its SHA-256.
    """

    __tablename__ = "intake_events"
    __table_args__ = (
        Index("ix_intake_events_shelter", "shelter_id", "number"),
        Index(
            "ix_intake_events_exercise",
            "exercise_id",
            sqlite_where=text("exercise_id IS NOT NULL"),
            postgresql_where=text("exercise_id IS NOT NULL"),
        ),
    )

    number: Mapped[int] = mapped_column(BigId, primary_key=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    entity: Mapped[str] = mapped_column(String(36), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))  # None: entered at headquarters
    seq: Mapped[int] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(String(40))  # account:7, or device:3
    shelter_id: Mapped[int | None] = mapped_column(ForeignKey("shelters.id"))
    at: Mapped[int] = mapped_column(BigId)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    payload_hash: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[Outcome] = mapped_column(words(Outcome))
    exercise_id: Mapped[int | None] = mapped_column(BigId)  # the exercise window that its writer was told of


class Quarantined(Base):
    """What could not be taken: the same id with other content, or a body that is no event. Kept for a person, never applied."""

    __tablename__ = "intake_quarantine"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[str] = mapped_column(String(64), index=True)
    payload_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    why: Mapped[str] = mapped_column(String(200))
    payload: Mapped[str] = mapped_column(Sealed("intake"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    decided_by: Mapped[str | None] = mapped_column(String(40))
    decision: Mapped[str | None] = mapped_column(String(12))  # taken: brought in under a new id; dismissed
    reason: Mapped[str | None] = mapped_column(Sealed("intake"))  # why it was dismissed
