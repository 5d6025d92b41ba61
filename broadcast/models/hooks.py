"""Events that providers posted to us and that were dealt with: each counts once, however often it is delivered."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, UtcTime


class HookEvent(Base):
    """One event by the name that its provider gave it (``line:01H…``); kept for as long as it may come again."""

    __tablename__ = "hook_events"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
