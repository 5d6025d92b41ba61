"""A disaster (災害): what people are registered for, and whose counts are reported."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime

RUNNING = "ended_at IS NULL"


class Incident(Base):
    """One disaster in the municipality; at most one runs. ``name`` is what documents call it, ``cause`` the 罹災原因."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index(
            "uq_incidents_running",
            text("(1)"),
            unique=True,
            sqlite_where=text(RUNNING),
            postgresql_where=text(RUNNING),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    cause: Mapped[str] = mapped_column(String(120), default="")
    occurred_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(String(40))  # actor


class LegalSwitch(Base):
    """That a law was applied to a disaster, decided above the town (``disaster.incidents.laws``); from which day on."""

    __tablename__ = "legal_switches"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    law: Mapped[str] = mapped_column(String(16), primary_key=True)
    applied_on: Mapped[date] = mapped_column(Date)
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class ExerciseWindow(Base):
    """A time in which drill is the default mode of new alerts (DESIGN 3.7); open while ``closed_at`` is empty and ``ends_at`` ahead."""

    __tablename__ = "exercise_windows"
    __table_args__ = (
        Index(
            "uq_exercise_windows_open",
            text("(1)"),
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    opened_by: Mapped[int] = mapped_column(BigId)
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    ends_at: Mapped[datetime] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
