"""Shelters: what a list says about them, and how they stand right now.

指定緊急避難場所 (災害対策基本法 第49条の4, where one flees) and 指定避難所 (第49条の7, where one stays) are separate points with separate ids, also
where they share an address: three places of 東員町 stand at 山田1600, and a school is not its 校庭.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from disaster.core.base import Base, BigId, UtcTime
from disaster.shelters.vocabulary import Crowding, Opening, ShelterKind, Status, Suitability


class Shelter(Base):
    """One place. ``capacity`` None means that nobody published one, never 0.

    The eight hazard columns hold the merged suitability (``disaster/shelters/claims.py``): where sources disagree, the safer value.
    ``source_id`` is the national 共通ID where there is one. Latitude and longitude in degrees (JGD2011, WGS 84 for our purposes).
    """

    __tablename__ = "shelters"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[ShelterKind] = mapped_column(String(12))
    welfare: Mapped[bool] = mapped_column(default=False)  # 福祉避難所, or one that takes certain people only
    accepts: Mapped[str] = mapped_column(Text, default="")  # 受入対象者, as the list says it
    name: Mapped[str] = mapped_column(String(200))
    kana: Mapped[str] = mapped_column(String(200), default="")
    name_en: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    lat: Mapped[float]
    lng: Mapped[float]
    capacity: Mapped[int | None]
    flood: Mapped[Suitability] = mapped_column(String(8), default=Suitability.UNKNOWN)
    landslide: Mapped[Suitability] = mapped_column(String(8), default=Suitability.UNKNOWN)
    storm_surge: Mapped[Suitability] = mapped_column(String(8), default=Suitability.UNKNOWN)
    earthquake: Mapped[Suitability] = mapped_column(String(8), default=Suitability.UNKNOWN)
    tsunami: Mapped[Suitability] = mapped_column(String(8), default=Suitability.UNKNOWN)
    fire: Mapped[Suitability] = mapped_column(String(8), default=Suitability.UNKNOWN)
    inundation: Mapped[Suitability] = mapped_column(String(8), default=Suitability.UNKNOWN)
    volcano: Mapped[Suitability] = mapped_column(String(8), default=Suitability.UNKNOWN)
    remark: Mapped[str] = mapped_column(Text, default="")  # 備考, as the list says it
    source: Mapped[str] = mapped_column(String(120))  # whom to credit
    source_date: Mapped[date] = mapped_column(Date)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)

    state: Mapped["ShelterState"] = relationship(
        lazy="joined", innerjoin=True, uselist=False, cascade="all, delete-orphan"
    )
    claims: Mapped[list["ShelterClaim"]] = relationship(lazy="select", cascade="all, delete-orphan")

    @property
    def status(self) -> Status:
        """How it stands now, in one word."""
        if self.state.opening != Opening.OPEN:
            return Status(self.state.opening)
        return Status.FULL if self.state.crowding == Crowding.FULL else Status.OPEN

    @property
    def crowding(self) -> Crowding:
        """How crowded it is; unknown until somebody there said so."""
        return Crowding(self.state.crowding)


class ShelterState(Base):
    """How one shelter stands now. ``version`` rises with every change: a change names the version that was seen."""

    __tablename__ = "shelter_states"

    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id", ondelete="CASCADE"), primary_key=True)
    opening: Mapped[Opening] = mapped_column(String(12), default=Opening.CLOSED)
    crowding: Mapped[Crowding] = mapped_column(String(12), default=Crowding.UNKNOWN)
    opened_at: Mapped[datetime | None] = mapped_column(UtcTime)
    crowding_at: Mapped[datetime | None] = mapped_column(UtcTime)  # when somebody there said how crowded it is
    changed_at: Mapped[datetime | None] = mapped_column(UtcTime)  # None: never since the list was imported
    changed_by: Mapped[str] = mapped_column(String(40), default="")  # actor: account:7
    version: Mapped[int] = mapped_column(default=1)
    exercise: Mapped[bool] = mapped_column(default=False)  # opened in an exercise (訓練): not told to residents


class ShelterClaim(Base):
    """What one source says about a shelter: its suitability, ``{hazard: "yes" | "no" | "unknown"}``, and other facts.

    ``ref`` is the shelter's number in that source's own list, as numbers are compared (``disaster/shelters/record.py``). ``facts``:
    ``id`` (the number as written), ``capacity`` (people, missing where it does not say), ``phone``, ``areas``, ``url``, ``building``.
    """

    __tablename__ = "shelter_claims"
    __table_args__ = (UniqueConstraint("shelter_id", "source"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(120))
    source_date: Mapped[date] = mapped_column(Date)
    says: Mapped[dict[str, Any]] = mapped_column(JSON)
    ref: Mapped[str] = mapped_column(String(80), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
