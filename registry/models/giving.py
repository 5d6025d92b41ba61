"""What is given away of the register, to whom, on which ground: consents, disclosures, safety inquiries."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime
from disaster.core.sealed import Sealed


class Consent(Base):
    """That somebody agrees to information of theirs being given to others (規則 8条の5 4号).

    ``subject`` is ``person:<id>`` or ``victim:<id>``. ``by``: self, guardian, family (weaker: the person overrules it). ``recipient_class`` is a closed
    word, ``recipient`` a name where one is meant. ``items`` are item codes. A withdrawal is a time, nothing is erased.
    """

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_subject", "subject", "withdrawn_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject: Mapped[str] = mapped_column(String(60))
    by: Mapped[str] = mapped_column(String(12))
    by_name: Mapped[str | None] = mapped_column(Sealed("consent"))
    heard: Mapped[bool] = mapped_column(default=True)  # a minor of 15 and more was asked too
    recipient_class: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(120), default="")
    items: Mapped[list[Any]] = mapped_column(JSON)
    purpose: Mapped[str] = mapped_column(String(200), default="")
    method: Mapped[str] = mapped_column(String(12))
    from_at: Mapped[datetime] = mapped_column(UtcTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)
    recorded_by: Mapped[str] = mapped_column(String(40))
    withdrawn_by: Mapped[str | None] = mapped_column(String(40))


class Disclosure(Base):
    """One giving-away, written in the transaction in which the file was made; never changed.

    ``ground`` is a closed word (``registry.disclosure.grounds``). ``application`` holds the five items of 規則 8条の6 where it applies, sealed JSON.
    ``file_hash`` is the SHA-256 of what was handed over, None where it was said aloud.
    """

    __tablename__ = "disclosures"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ground: Mapped[str] = mapped_column(String(16))
    recipient_class: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(200))
    application: Mapped[str | None] = mapped_column(Sealed("disclosure"))
    purpose: Mapped[str] = mapped_column(String(400), default="")
    items: Mapped[list[Any]] = mapped_column(JSON)
    people: Mapped[int]
    file_hash: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    by: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("registry_proposals.id"))


class RefusedApplication(Base):
    """An application for information that was refused (規則 8条の6): its purpose was improper, or misuse was feared.

    ``asked`` is sealed JSON: what was applied for, with the five items of the rule where they were written down.
    """

    __tablename__ = "refused_applications"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ground: Mapped[str] = mapped_column(String(16))
    recipient_class: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(200))
    asked: Mapped[str] = mapped_column(Sealed("disclosure"))
    reason: Mapped[str] = mapped_column(Sealed("disclosure"))
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    by: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)


class DisclosureFile(Base):
    """What was handed over, sealed, for an hour: who made it may save it again (``registry.disclosure.keeping``). ``replaced``: letters of a list."""

    __tablename__ = "disclosure_files"

    disclosure_id: Mapped[int] = mapped_column(ForeignKey("disclosures.id"), primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(80))
    mimetype: Mapped[str] = mapped_column(String(40))
    replaced: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)


class DisclosedPerson(Base):
    """Whose data a disclosure held. ``subject`` is ``victim:<id>`` or ``person:<id>``; this row is item R5 of the ledger."""

    __tablename__ = "disclosed_people"

    disclosure_id: Mapped[int] = mapped_column(ForeignKey("disclosures.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)


class ForeignRecord(Base):
    """That an entry came from a service for missing people (PFIF), and until when that service lets us keep it; None: it does not say.

    ``said_at``: when the service wrote what we took in last. ``said``: that, as sealed JSON by field, to tell it from what was put right here.
    """

    __tablename__ = "foreign_records"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    said_at: Mapped[datetime | None] = mapped_column(UtcTime)
    said: Mapped[str | None] = mapped_column(Sealed("foreign"))


class ForeignNote(Base):
    """That a note of such a service was taken in: SHA-256 of its ``note_record_id``, once for an entry."""

    __tablename__ = "foreign_notes"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class SafetyInquiry(Base):
    """One question after somebody's safety (安否照会, 規則 8条の3), and what was answered.

    ``inquirer``, ``wanted`` and ``reason`` are sealed JSON and text; ``tier`` is what the officer verified; ``answer`` a closed word, ``told`` the kinds
    of information that were told. Whom the answer was about is in ``about``, sealed, and empty where it said that there is no record.
    """

    __tablename__ = "safety_inquiries"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    inquirer: Mapped[str] = mapped_column(Sealed("inquiry"))
    wanted: Mapped[str] = mapped_column(Sealed("inquiry"))
    reason: Mapped[str] = mapped_column(Sealed("inquiry"))
    relation: Mapped[str] = mapped_column(String(16))
    proof: Mapped[str] = mapped_column(String(16))
    tier: Mapped[str] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(String(16))
    told: Mapped[list[Any]] = mapped_column(JSON)
    about: Mapped[str] = mapped_column(Sealed("inquiry"))
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    by: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
