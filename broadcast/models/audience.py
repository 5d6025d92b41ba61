"""Who is to be reached: subscribers, the areas they named, and one row per address. Addresses are encrypted at rest."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.cap.vocabulary import Language
from disaster.core.base import Base, BigId, UtcTime, words

USUAL = "contacts.active AND NOT contacts.standby"  # as the partial index has it


class Subscriber(Base):
    """A person (or household) who is reached over one or more channels.

    Evacuation information (levels 3 to 5 and its lifting) goes to everyone who subscribed; the rest is chosen.
    """

    __tablename__ = "subscribers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    language: Mapped[Language] = mapped_column(words(Language), default=Language.JA)
    support_needed: Mapped[bool] = mapped_column(default=False)  # 避難に時間のかかる人; reached first
    all_areas: Mapped[bool] = mapped_column(default=False)
    wants_shelters: Mapped[bool] = mapped_column(default=True)  # 避難所開設
    wants_notices: Mapped[bool] = mapped_column(default=True)  # お知らせ
    source: Mapped[str] = mapped_column(String(16), default="")  # self, import, demo
    import_key: Mapped[str | None] = mapped_column(
        String(64), index=True, unique=True
    )  # digest of the number in the town's own list
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class SubscriberArea(Base):
    """An area (大字・丁目 code) a subscriber wants to hear about."""

    __tablename__ = "subscriber_areas"

    area_code: Mapped[str] = mapped_column(String(16), primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Contact(Base):
    """One address of a subscriber on one channel. ``digest`` finds an address without opening it; ``token`` is the secret of its
    unsubscribe link.

    ``priority`` orders the addresses of one person, lower first. A ``standby`` address is written to only when the person was not
    reached otherwise, or has no other. ``route`` groups addresses that fail together (a mail domain); it never names a person.
    A flagged address did not work and waits for an officer's look; it is still written to until somebody stops it.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("channel", "digest"),
        Index(
            "ix_contacts_usual",
            "subscriber_id",
            sqlite_where=text("active AND NOT standby"),
            postgresql_where=text("active AND NOT standby"),
        ),
        Index(
            "ix_contacts_standby",
            "subscriber_id",
            sqlite_where=text("active AND standby"),
            postgresql_where=text("active AND standby"),
        ),
        Index(
            "ix_contacts_stopped",
            "stopped_at",
            sqlite_where=text("stopped_at IS NOT NULL"),
            postgresql_where=text("stopped_at IS NOT NULL"),
        ),
        Index(
            "ix_contacts_flagged",
            "flagged_at",
            "id",
            sqlite_where=text("flagged_at IS NOT NULL"),
            postgresql_where=text("flagged_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(16))  # email, sms, voice, line, webpush
    address: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    digest: Mapped[str] = mapped_column(String(64))
    token: Mapped[str] = mapped_column(String(48), unique=True)
    priority: Mapped[int] = mapped_column(SmallInteger, default=0)
    standby: Mapped[bool] = mapped_column(default=False)
    route: Mapped[str] = mapped_column(String(40), default="")
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcTime)  # double opt-in; empty for an imported list
    flagged_at: Mapped[datetime | None] = mapped_column(UtcTime)
    flagged_why: Mapped[str] = mapped_column(String(24), default="")  # bounced, refused
    flagged_detail: Mapped[str] = mapped_column(String(40), default="")  # the provider's code of the last time
    flagged_times: Mapped[int] = mapped_column(default=0)  # since somebody last looked
    active: Mapped[bool] = mapped_column(default=True)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcTime)
    stopped_why: Mapped[str] = mapped_column(String(24), default="")  # unsubscribed, opted_out, address
