"""Tables of aid: what officers set for one disaster, cases from possible to paid, and what has to be looked at again."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime, words
from disaster.core.sealed import Sealed
from registry.aid.states import CaseState
from registry.damage.grades import Grade


class ProgrammeVersion(Base):
    """What officers set for a measure in one disaster: open or not, amounts, a later deadline, whom to ask. The highest version stands."""

    __tablename__ = "programme_versions"
    __table_args__ = (UniqueConstraint("incident_id", "key", "version"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    key: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)  # registry.aid.measures.Set
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class AidCase(Base):
    """One measure for one household, person or building (援護の状況). ``unit_id`` is what the measure is given to; once a disaster.

    ``yen`` follows from the measure's version, the certificate and the 被災時世帯 until it is decided; then it stays. ``yen_by_hand`` replaces it, with
    a reason. ``paid_yen`` is the sum of the payments (``registry.aid.payments``), ``paid_on`` the day of the last.
    ``account`` and its digest: where the money goes, to find it twice.
    """

    __tablename__ = "aid_cases"
    __table_args__ = (
        UniqueConstraint("incident_id", "programme", "unit_id"),
        Index("ix_aid_cases_state", "incident_id", "state"),
        CheckConstraint("paid_yen IS NULL OR paid_on IS NOT NULL", name="paid_when"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    programme: Mapped[str] = mapped_column(String(32))
    programme_version: Mapped[int] = mapped_column(default=0)
    unit_id: Mapped[str] = mapped_column(String(36))
    household_id: Mapped[str | None] = mapped_column(ForeignKey("affected_households.id"), index=True)
    victim_id: Mapped[str | None] = mapped_column(ForeignKey("victims.id"), index=True)
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificates.id"), index=True)
    state: Mapped[CaseState] = mapped_column(words(CaseState))
    version: Mapped[int] = mapped_column(default=1)
    grade: Mapped[Grade | None] = mapped_column(words(Grade))
    size: Mapped[int | None]
    circumstances: Mapped[list[Any]] = mapped_column(JSON, default=list)
    choices: Mapped[list[Any]] = mapped_column(JSON, default=list)
    yen: Mapped[int | None]
    yen_by_hand: Mapped[int | None]
    hand_reason: Mapped[str] = mapped_column(String(200), default="")
    until: Mapped[date | None] = mapped_column(Date)  # the last day to apply
    account: Mapped[str | None] = mapped_column(Sealed("aid"))
    account_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    paid_yen: Mapped[int | None]
    paid_on: Mapped[date | None] = mapped_column(Date)
    informed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)

    @property
    def due(self) -> int | None:
        """What is to be paid: by hand where somebody set it."""
        return self.yen_by_hand if self.yen_by_hand is not None else self.yen

    @property
    def open_yen(self) -> int:
        """What is still to be paid of what was decided; below 0 what is to come back."""
        if self.state not in (CaseState.DECIDED, CaseState.PAID):
            return 0
        return (self.due or 0) - (self.paid_yen or 0)


class AidPayment(Base):
    """One payment of a case, or one repayment (``yen`` below 0). Only added to: the database refuses changes, by the triggers of its migration."""

    __tablename__ = "aid_payments"
    __table_args__ = (CheckConstraint("yen <> 0", name="something"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("aid_cases.id"), index=True)
    yen: Mapped[int]
    paid_on: Mapped[date] = mapped_column(Date)  # JST
    why: Mapped[str | None] = mapped_column(Sealed("aid"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class AidEvent(Base):
    """One step of a case, only added to."""

    __tablename__ = "aid_events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("aid_cases.id"), index=True)
    state: Mapped[CaseState] = mapped_column(words(CaseState))
    yen: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(Sealed("aid"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class AidReview(Base):
    """A decided or paid case whose certificate became another: somebody decides what follows; no paid money changes by itself."""

    __tablename__ = "aid_reviews"
    __table_args__ = (UniqueConstraint("case_id", "certificate_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("aid_cases.id"))
    certificate_id: Mapped[int | None] = mapped_column(
        ForeignKey("certificates.id")
    )  # the new one; None: none stands any more
    grade_before: Mapped[Grade | None] = mapped_column(words(Grade))
    grade_after: Mapped[Grade | None] = mapped_column(words(Grade))
    yen_before: Mapped[int | None]
    yen_after: Mapped[int | None]
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    closed_by: Mapped[str | None] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(12), default="")  # keep, pay_more, return
    note: Mapped[str | None] = mapped_column(Sealed("aid"))
