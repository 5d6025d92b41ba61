"""People, their groups and where they stay, as the events have made them. Names are kept as written; keys for finding are derived.

``doc`` holds what merging needs (``registry/intake/merging.py``), sealed; the other columns are its present values, for lists and counts.
Ids are UUIDs that the tablet (or this server) made.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime, words
from disaster.core.sealed import Sealed
from registry.vocabulary import ExitReason, Nights, PlaceKind, Protection, Safety, Sex


class Household(Base):
    """Who came together (避難グループ); not the 住民票世帯 of the residents' list and not the 被災時世帯.

    ``code`` is short and for wristbands and slips (``SM-0421-7``, the last digit checks). ``consent`` says who may be told, nothing by default:
    ``{"relatives": bool, "acquaintances": bool, "posting": bool}``. ``pets`` is ``[{"kind": "犬", "count": 1}]``.
    """

    __tablename__ = "households"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    code: Mapped[str | None] = mapped_column(String(16), unique=True)
    card: Mapped[str | None] = mapped_column(String(36), index=True)  # of the QR card that was scanned
    surname: Mapped[str] = mapped_column(String(200), default="")
    kana: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    area_code: Mapped[str] = mapped_column(String(16), default="", index=True)
    phone: Mapped[str | None] = mapped_column(Sealed("registry"))
    phone_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    size: Mapped[int | None]  # as said at the door, before all are named
    care_asked: Mapped[bool] = mapped_column(default=False)
    consent: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    pets: Mapped[list[Any]] = mapped_column(JSON, default=list)
    goods_shelter_id: Mapped[int | None] = mapped_column(ForeignKey("shelters.id"))  # where those outside fetch goods
    note: Mapped[str | None] = mapped_column(Sealed("registry"))
    doc: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class Person(Base):
    """One evacuee or victim. Every part of a name may be missing; a name in one piece stands in ``name``.

    ``birth_raw`` is what was said, ``birth_date`` a real date or nothing, ``birth_precision`` day, month, year, decade or unknown.
    ``care`` lists the reasons only (``registry.vocabulary.Care``); what it means in detail stays sealed in ``doc``.
    ``merged_into`` names who this entry turned out to be (reversible), ``removed_at`` is a tombstone.
    """

    __tablename__ = "people"
    __table_args__ = (Index("ix_people_birth", "birth_date"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    household_id: Mapped[str | None] = mapped_column(String(36), index=True)
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("residents.id"), index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    family: Mapped[str] = mapped_column(String(200), default="")
    given: Mapped[str] = mapped_column(String(200), default="")
    kana: Mapped[str] = mapped_column(String(400), default="")
    kana_family: Mapped[str] = mapped_column(String(200), default="")
    kana_given: Mapped[str] = mapped_column(String(200), default="")
    romaji: Mapped[str] = mapped_column(String(200), default="")
    birth_raw: Mapped[str] = mapped_column(String(60), default="")
    birth_date: Mapped[date | None] = mapped_column(Date)
    birth_precision: Mapped[str] = mapped_column(String(8), default="unknown")
    age_stated: Mapped[int | None]
    sex: Mapped[Sex] = mapped_column(words(Sex), default=Sex.UNKNOWN)
    address: Mapped[str] = mapped_column(String(300), default="")
    area_code: Mapped[str] = mapped_column(String(16), default="")
    phone: Mapped[str | None] = mapped_column(Sealed("registry"))
    phone_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    nationality: Mapped[str] = mapped_column(String(60), default="")
    language: Mapped[str] = mapped_column(String(16), default="")
    relation: Mapped[str] = mapped_column(String(40), default="")
    safety: Mapped[Safety] = mapped_column(words(Safety), default=Safety.UNCONFIRMED)
    care: Mapped[list[Any]] = mapped_column(JSON, default=list)
    visitor: Mapped[bool] = mapped_column(default=False)  # 帰宅困難者
    provisional: Mapped[bool] = mapped_column(default=False)  # 仮: nobody knows yet who this is
    features: Mapped[str | None] = mapped_column(Sealed("registry"))  # of an unknown person
    protection: Mapped[Protection] = mapped_column(words(Protection), default=Protection.NONE, index=True)
    own_protection: Mapped[Protection | None] = mapped_column(
        words(Protection)
    )  # where a merge made ``protection`` stricter
    merged_into: Mapped[str | None] = mapped_column(String(36), index=True)
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    doc: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class Stay(Base):
    """One stay of a person at one place. ``confirmed``: of a person's open stays the latest; the others are claims until a person decides.

    A stay whose person or beginning has not arrived yet (the tablets' entries come in any order) has ``person_id`` or ``started_at`` None.
    """

    __tablename__ = "stays"
    __table_args__ = (
        Index(
            "uq_stays_confirmed",
            "person_id",
            unique=True,
            sqlite_where=text("confirmed AND ended_at IS NULL"),
            postgresql_where=text("confirmed AND ended_at IS NULL"),
        ),
        Index("ix_stays_shelter", "shelter_id", "ended_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    person_id: Mapped[str | None] = mapped_column(String(36), index=True)
    place: Mapped[PlaceKind] = mapped_column(words(PlaceKind), default=PlaceKind.SHELTER)
    shelter_id: Mapped[int | None] = mapped_column(ForeignKey("shelters.id"))
    goods_shelter_id: Mapped[int | None] = mapped_column(ForeignKey("shelters.id"))
    slot: Mapped[str] = mapped_column(String(40), default="")  # 区画
    nights: Mapped[Nights] = mapped_column(words(Nights), default=Nights.BOTH)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    exit_reason: Mapped[ExitReason | None] = mapped_column(words(ExitReason))
    exit_place: Mapped[str] = mapped_column(String(200), default="")
    next_contact: Mapped[str | None] = mapped_column(Sealed("registry"))
    out_until: Mapped[datetime | None] = mapped_column(UtcTime)  # 外泊
    seen_on: Mapped[date | None] = mapped_column(Date)  # last nightly roll call (JST)
    confirmed: Mapped[bool] = mapped_column(default=True)
    followed_up_at: Mapped[datetime | None] = mapped_column(UtcTime)  # who left to an unknown place was asked for
    doc: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class Tally(Base):
    """One count at a door: ``total`` replaces what was counted before it, ``delta`` adds. ``at`` in milliseconds, as of the event."""

    __tablename__ = "tallies"
    __table_args__ = (Index("ix_tallies_shelter", "incident_id", "shelter_id", "at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)  # of the event
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id"))
    at: Mapped[int] = mapped_column(BigId)
    total: Mapped[int | None]
    delta: Mapped[int] = mapped_column(default=0)
    children: Mapped[int] = mapped_column(default=0)
    elderly: Mapped[int] = mapped_column(default=0)


class Resident(Base):
    """One row of the residents' list (住民基本台帳の写し), to look up instead of typing. ``source_key`` is a keyed digest of the 宛名番号.

    ``hidden``: 支援措置; such a row leaves no trace on any tablet and in no search of who is not cleared.
    """

    __tablename__ = "residents"
    __table_args__ = (Index("ix_residents_area", "area_code"), Index("ix_residents_birth", "birth_date"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source_key: Mapped[str] = mapped_column(String(64), unique=True)
    household_key: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    kana: Mapped[str] = mapped_column(String(400), default="")
    birth_raw: Mapped[str] = mapped_column(String(60), default="")
    birth_date: Mapped[date | None] = mapped_column(Date)
    birth_precision: Mapped[str] = mapped_column(String(8), default="unknown")
    sex: Mapped[Sex] = mapped_column(words(Sex), default=Sex.UNKNOWN)
    address: Mapped[str] = mapped_column(String(300), default="")
    area_code: Mapped[str] = mapped_column(String(16), default="")
    relation: Mapped[str] = mapped_column(String(40), default="")
    phone_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    hidden: Mapped[bool] = mapped_column(default=False)
    gone: Mapped[str] = mapped_column(String(16), default="")  # moved, dead; empty for who lives here
    row_hash: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(UtcTime)


class ShelterStaff(Base):
    """Who works at which shelter: shelter staff see the people of their own shelters only."""

    __tablename__ = "shelter_staff"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id"), primary_key=True, index=True)


class ShelterArea(Base):
    """Which areas (大字・丁目 code) usually flee to a shelter: their residents are on its tablets."""

    __tablename__ = "shelter_areas"

    shelter_id: Mapped[int] = mapped_column(ForeignKey("shelters.id"), primary_key=True)
    area_code: Mapped[str] = mapped_column(String(16), primary_key=True)


class Conflict(Base):
    """Two values or places that stand against each other. ``subject`` is ``person:<id>``, ``stay:<id>``, …; ``sides`` names the event ids.

    ``key`` is the same however often and in whatever order the events arrive. ``resolved_by`` None while it waits for a person; the
    decision itself is an event like any other.
    """

    __tablename__ = "conflicts"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(60), index=True)
    field: Mapped[str] = mapped_column(String(40), default="")
    sides: Mapped[list[Any]] = mapped_column(JSON)
    shelter_id: Mapped[int | None] = mapped_column(ForeignKey("shelters.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcTime)
    resolved_by: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(Text, default="")  # no personal data


class MatchPair(Base):
    """Two entries that may be one person. ``first_id`` < ``second_id``; ``reasons`` says why, in closed words. A decision is remembered."""

    __tablename__ = "match_pairs"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    first_id: Mapped[str] = mapped_column(String(36))
    second_id: Mapped[str] = mapped_column(String(36), index=True)
    score: Mapped[int]  # 0 to 100
    reasons: Mapped[list[Any]] = mapped_column(JSON)
    decision: Mapped[str] = mapped_column(String(12), default="open", index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    decided_by: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class MergeLink(Base):
    """That one entry turned out to be another; undone by ``undone_at``, and then everything is as it was."""

    __tablename__ = "merge_links"
    __table_args__ = (
        Index(
            "uq_merge_links_person",
            "person_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[str] = mapped_column(String(36), index=True)
    into_id: Mapped[str] = mapped_column(String(36), index=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))
    undone_at: Mapped[datetime | None] = mapped_column(UtcTime)
    undone_by: Mapped[str | None] = mapped_column(String(40))


class MatchingMark(Base):
    """Up to which change, in milliseconds since 1970, the worker has looked for entries that may be one person."""

    __tablename__ = "matching_marks"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[int] = mapped_column(BigId, default=0)
