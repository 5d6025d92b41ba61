"""My Number, apart from everything else: its own table, its own key (``DISASTER_MY_NUMBER_KEY``), its own log."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime


class MyNumber(Base):
    """The number of one victim, encrypted with the key for My Number alone; ``digest`` finds the same number twice."""

    __tablename__ = "my_numbers"

    victim_id: Mapped[str] = mapped_column(ForeignKey("victims.id"), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class MyNumberLog(Base):
    """Who did what with a number, and what for (番号法 安全管理措置); entries are chained like the audit log, never changed or deleted."""

    __tablename__ = "my_number_log"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(16))  # entered, shown, removed
    victim_id: Mapped[str] = mapped_column(String(36), index=True)
    purpose: Mapped[str] = mapped_column(String(200))
    hash: Mapped[str] = mapped_column(String(64))
