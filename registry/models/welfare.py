"""Tables of welfare work: contacts, equipment, assessments, referrals. What was said stays as it was; what is new is one more row.

Each belongs to the entry of a person that stood when it was written, so a merge that is undone leaves it on its side. ``form_key`` is that of the
form that was filled in: a form sent twice is one row. What is medical or in free words is sealed.
"""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime, words
from disaster.core.sealed import Sealed
from registry.welfare.words import Judgement, ReferralState, Result, Urgency

PURPOSE = "welfare"


class CareContact(Base):
    """One try to reach somebody."""

    __tablename__ = "care_contacts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    result: Mapped[Result] = mapped_column(words(Result))
    note: Mapped[str | None] = mapped_column(Sealed(PURPOSE))
    form_key: Mapped[str] = mapped_column(String(36), unique=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class CareEquipment(Base):
    """What somebody depends on, as it was said at ``at``; the newest row stands.

    ``said`` is sealed JSON ``{"kinds": ["oxygen"], "note": ""}``. ``urgent``: goes first on the list. ``runs_out_at``: when battery, bottle or medicine ends.
    """

    __tablename__ = "care_equipment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    said: Mapped[str] = mapped_column(Sealed(PURPOSE))
    urgent: Mapped[bool]
    runs_out_at: Mapped[datetime | None] = mapped_column(UtcTime)
    form_key: Mapped[str] = mapped_column(String(36), unique=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class CareAssessment(Base):
    """One judgement of where somebody is cared for; the newest stands, ``version`` counts from 1. ``due``: when to look again, None: not any more."""

    __tablename__ = "care_assessments"
    __table_args__ = (UniqueConstraint("person_id", "version"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    version: Mapped[int]
    judgement: Mapped[Judgement] = mapped_column(words(Judgement))
    urgency: Mapped[Urgency] = mapped_column(words(Urgency))
    due: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(Sealed(PURPOSE))
    form_key: Mapped[str] = mapped_column(String(36), unique=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class CareReferral(Base):
    """移送の依頼: to a shelter of the town, or to a place that is named. ``next_id``: the next target, after a refusal."""

    __tablename__ = "care_referrals"
    __table_args__ = (Index("ix_care_referrals_state", "state", "requested_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    shelter_id: Mapped[int | None] = mapped_column(ForeignKey("shelters.id"))
    place: Mapped[str | None] = mapped_column(Sealed(PURPOSE))
    carer: Mapped[str | None] = mapped_column(Sealed(PURPOSE))  # who comes along
    state: Mapped[ReferralState] = mapped_column(words(ReferralState))
    version: Mapped[int] = mapped_column(default=1)
    next_id: Mapped[int | None] = mapped_column(ForeignKey("care_referrals.id"))
    form_key: Mapped[str] = mapped_column(String(36), unique=True)
    requested_at: Mapped[datetime] = mapped_column(UtcTime)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


class CareReferralStep(Base):
    """One step of a referral, only added to."""

    __tablename__ = "care_referral_steps"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("care_referrals.id"), index=True)
    state: Mapped[ReferralState] = mapped_column(words(ReferralState))
    note: Mapped[str | None] = mapped_column(Sealed(PURPOSE))
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor
