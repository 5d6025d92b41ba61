"""Protection of people whose whereabouts or existence is kept secret (DV等支援措置), and proposals that wait for a second person."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime, words
from disaster.core.sealed import Sealed
from registry.vocabulary import Protection


class ProtectionOrder(Base):
    """One order: whom, how strictly, why, until when somebody asks again, and the two named officers.

    It holds from the moment the first officer sets it; the second one confirms it. ``until`` only asks: nothing lifts by itself.
    ``abuser`` is sealed JSON ``{"name", "kana", "birth"}``, ``abuser_key`` a keyed digest of kana and birth date, to find that person at a
    shelter without opening anything; ``abuser_account_id`` where it is somebody of the staff or a volunteer.
    """

    __tablename__ = "protection_orders"
    __table_args__ = (
        Index(
            "uq_protection_orders_person",
            "person_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[str | None] = mapped_column(String(36))
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("residents.id"), index=True)
    level: Mapped[Protection] = mapped_column(words(Protection))
    source: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Sealed("protection"))
    alias: Mapped[str | None] = mapped_column(Sealed("protection"))
    until: Mapped[date | None] = mapped_column(Date)
    first_officer: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    second_officer: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    abuser: Mapped[str | None] = mapped_column(Sealed("protection"))
    abuser_key: Mapped[str | None] = mapped_column(String(64), index=True)
    abuser_account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    set_at: Mapped[datetime] = mapped_column(UtcTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcTime)


class ProtectionMeeting(Base):
    """That a protected person and the one they are protected from are at the same shelter; told to the order's two officers only."""

    __tablename__ = "protection_meetings"
    __table_args__ = (UniqueConstraint("order_id", "shelter_id", "kind"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("protection_orders.id"), index=True)
    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id"))
    kind: Mapped[str] = mapped_column(String(12))  # evacuee, staff
    at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcTime)
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class AskedAfter(Base):
    """That somebody of the staff asked after a person, in whatever words; written at every question, whoever there is, and gone when a worker has looked.

    ``kind``: search, inquiry, record (an address that names nobody for the account). ``said`` is sealed JSON: ``words``, or ``name``, ``kana`` and ``birth``,
    or ``id``.
    """

    __tablename__ = "asked_after"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    said: Mapped[str] = mapped_column(Sealed("asked"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    inquiry_id: Mapped[int | None] = mapped_column(ForeignKey("safety_inquiries.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)


class ProtectionSought(Base):
    """That a protected person was asked after: by whom, how, when; told to the order's two officers only."""

    __tablename__ = "protection_sought"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("protection_orders.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    inquiry_id: Mapped[int | None] = mapped_column(ForeignKey("safety_inquiries.id"))
    times: Mapped[int] = mapped_column(
        default=1
    )  # by the same account in the same way, while nobody has seen the notice
    at: Mapped[datetime] = mapped_column(UtcTime)  # of the last time
    seen_at: Mapped[datetime | None] = mapped_column(UtcTime)
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class ProposalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _STATE_JA[self]


_STATE_JA = {
    ProposalState.PROPOSED: "2人目の確認待ち",
    ProposalState.CONFIRMED: "確認済み",
    ProposalState.REFUSED: "断った",
    ProposalState.WITHDRAWN: "取り下げた",
    ProposalState.EXPIRED: "期限切れ",
}


class RegistryProposal(Base):
    """What one person proposed and another must confirm: lifting a protection, giving many people's data away, wiping.

    ``kind`` is a closed word (``protection``, ``disclosure``, ``retention``), ``subject`` what it is about; of one subject one waits at a time.
    ``payload`` is sealed JSON.
    """

    __tablename__ = "registry_proposals"
    __table_args__ = (
        Index(
            "uq_registry_proposals_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(60))
    payload: Mapped[str] = mapped_column(Sealed("proposal"))
    reason: Mapped[str] = mapped_column(Sealed("proposal"))
    state: Mapped[ProposalState] = mapped_column(words(ProposalState), default=ProposalState.PROPOSED)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Tombstone(Base):
    """That a record was wiped by a rule of retention: which, when, and by which proposal; nothing of what it held."""

    __tablename__ = "registry_tombstones"
    __table_args__ = (UniqueConstraint("subject", "rule"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject: Mapped[str] = mapped_column(String(60))
    rule: Mapped[str] = mapped_column(String(24))
    proposal_id: Mapped[int] = mapped_column(ForeignKey("registry_proposals.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
