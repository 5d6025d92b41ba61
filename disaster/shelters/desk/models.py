"""Tables of a shelter's desk. Every record belongs to a shelter and a disaster; times are the server's."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime, words
from disaster.core.sealed import Sealed
from disaster.shelters.desk.vocabulary import Supply

OPEN = "closed_at IS NULL"


class ShelterOpening(Base):
    """That a shelter was open in a disaster, from when until when and by whom; at most one is open at a place.

    ``hazards`` are those that ran when it opened; ``reason`` says why it opened although a list forbids it for one of them.
    """

    __tablename__ = "shelter_openings"
    __table_args__ = (
        Index(
            "uq_shelter_openings_open", "shelter_id", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id"), index=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    hazards: Mapped[list[Any]] = mapped_column(JSON, default=list)
    reason: Mapped[str] = mapped_column(String(200), default="")
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    opened_by: Mapped[str] = mapped_column(String(40))  # actor
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    closed_by: Mapped[str | None] = mapped_column(String(40))


class ShelterCondition(Base):
    """What somebody counted at the place: toilets, baths, floor for people to lie on (m²). None: not counted, never 0.

    A new count is a new row; the newest stands. ``toilets_shared`` are for everybody, ``toilets_accessible`` (多目的) are among no other figure.
    """

    __tablename__ = "shelter_conditions"
    __table_args__ = (Index("ix_shelter_conditions_newest", "shelter_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id"))
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    toilets_men: Mapped[int | None]
    toilets_women: Mapped[int | None]
    toilets_shared: Mapped[int | None]
    toilets_accessible: Mapped[int | None]
    baths: Mapped[int | None]
    area_m2: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class DailyReport(Base):
    """One version of one day's report (日報). Never changed: a correction is the next version.

    ``figures`` is ``{key: {"value": 42, "counted": 40, "reason": "…"}}`` for numbers (``counted``: what the register said at that moment) and
    ``states`` ``{key: word}`` for the rest, with the keys of ``disaster/shelters/desk/report_form.py``. ``remarks`` may name people and is sealed.
    """

    __tablename__ = "daily_reports"
    __table_args__ = (UniqueConstraint("shelter_id", "incident_id", "day", "version"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id"))
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    day: Mapped[date] = mapped_column(Date)  # JST
    version: Mapped[int]
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    states: Mapped[dict[str, Any]] = mapped_column(JSON)
    remarks: Mapped[str | None] = mapped_column(Sealed("shelter-desk"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class SupplyRequest(Base):
    """Something that a shelter needs (物資要請). ``version`` rises with every change; ``arrived`` counts what has come so far.

    ``item`` is a code of ``ITEMS`` or ``other``, then ``label`` says what. ``needed_by`` None: as soon as possible.
    """

    __tablename__ = "supply_requests"
    __table_args__ = (Index("ix_supply_requests_shelter", "shelter_id", "incident_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id"))
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    item: Mapped[str] = mapped_column(String(20))
    label: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[int]
    unit: Mapped[str] = mapped_column(String(20))
    for_whom: Mapped[str] = mapped_column(String(120), default="")  # kinds of people, no names
    needed_by: Mapped[datetime | None] = mapped_column(UtcTime)
    state: Mapped[Supply] = mapped_column(words(Supply), default=Supply.REQUESTED, index=True)
    arrived: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(String(40))
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


class SupplyMove(Base):
    """One step of a request, appended: who moved it where, how much, what they said."""

    __tablename__ = "supply_moves"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("supply_requests.id"), index=True)
    state: Mapped[Supply] = mapped_column(words(Supply))
    quantity: Mapped[int | None]  # arrived with this step
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class HandoverNote(Base):
    """What one shift tells the next (引継ぎ). The text may name people and is sealed. ``task``: something to do, until ``done_at``."""

    __tablename__ = "handover_notes"
    __table_args__ = (Index("ix_handover_notes_shelter", "shelter_id", "incident_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id"))
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    body: Mapped[str] = mapped_column(Sealed("shelter-desk"))
    task: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)
    done_by: Mapped[str | None] = mapped_column(String(40))


class NoteRead(Base):
    """That a person of the next shift has read a note."""

    __tablename__ = "handover_reads"

    note_id: Mapped[int] = mapped_column(ForeignKey("handover_notes.id"), primary_key=True)
    by: Mapped[str] = mapped_column(String(40), primary_key=True)  # actor
    at: Mapped[datetime] = mapped_column(UtcTime)
