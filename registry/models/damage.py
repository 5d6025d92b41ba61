"""Buildings, and who lived in them or owns them. A survey judges a building, never a person (registry of dwellings apart from that of people)."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, UtcTime
from disaster.core.sealed import Sealed


class Dwelling(Base):
    """One building (被災住家), or one flat of it. ``kind``: dwelling (住家) or other (非住家); the owner need not live there, nor be registered."""

    __tablename__ = "dwellings"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12), default="dwelling")
    address: Mapped[str] = mapped_column(String(300))
    area_code: Mapped[str] = mapped_column(String(16), default="", index=True)
    building: Mapped[str] = mapped_column(String(200), default="")  # name and flat
    structure: Mapped[str] = mapped_column(String(40), default="")  # 木造・プレハブ, 非木造
    use: Mapped[str] = mapped_column(String(40), default="")  # of what is no dwelling: 物置, 店舗, 車庫
    lat: Mapped[float | None]
    lng: Mapped[float | None]
    owner: Mapped[str | None] = mapped_column(Sealed("registry"))
    owner_victim_id: Mapped[str | None] = mapped_column(ForeignKey("victims.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(String(40))  # actor


class Occupancy(Base):
    """Which 被災時世帯 lived in a building when the disaster struck (two of them in a 二世帯住宅), and which owned it without living there."""

    __tablename__ = "occupancies"

    dwelling_id: Mapped[str] = mapped_column(ForeignKey("dwellings.id"), primary_key=True)
    household_id: Mapped[str] = mapped_column(ForeignKey("affected_households.id"), primary_key=True, index=True)
    tenure: Mapped[str] = mapped_column(
        String(12), default="owner"
    )  # owner, tenant, landlord (does not live there), other
