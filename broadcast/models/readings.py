"""How names are said: what the town corrected, added and approved. A name without a row has the reading of the municipality's own list."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime, words


class Named(StrEnum):
    """What a name is the name of."""

    TOWN = "town"
    AREA = "area"
    SHELTER = "shelter"
    WORD = "word"  # a river, a bridge, a road: whatever officers write about


class NameReading(Base):
    """One name with its reading. ``key`` is the area's code, the shelter's national id, the municipality's code, or the word itself.

    ``name`` is what was looked at when it was approved: a name that changed since is approved no more.
    """

    __tablename__ = "name_readings"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[Named] = mapped_column(words(Named, 8))
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    kana: Mapped[str] = mapped_column(String(200))
    changed_by: Mapped[int | None] = mapped_column(BigId)  # staff account; None while it is the list's own reading
    changed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    approved_by: Mapped[int | None] = mapped_column(BigId)
    approved_at: Mapped[datetime | None] = mapped_column(UtcTime)
