"""Who looked at whom, and what headquarters is told about it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime
from disaster.core.sealed import Sealed


class PersonView(Base):
    """One look at one person or household, beside its audit record: for "who saw whom" and for unusual numbers. ``subject``: ``person:<id>``."""

    __tablename__ = "person_views"
    __table_args__ = (
        Index("ix_person_views_account", "account_id", "at"),
        Index("ix_person_views_subject", "subject", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    subject: Mapped[str] = mapped_column(String(60))
    groups: Mapped[list[Any]] = mapped_column(JSON)
    purpose: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcTime)


class AccessNotice(Base):
    """What headquarters is told about looks at people: ``glass`` (a reason was given) or ``volume`` (unusually many)."""

    __tablename__ = "access_notices"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    subject: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str | None] = mapped_column(Sealed("registry"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcTime)
    seen_by: Mapped[str | None] = mapped_column(String(40))
