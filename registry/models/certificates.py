"""Tables of applications, surveys and certificates (災害対策基本法 90条の2). What was judged and what was issued is never changed in place.

The database refuses it too, by the triggers of migration 0018.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime, words
from disaster.core.sealed import Sealed
from registry.damage.grades import Grade
from registry.damage.vocabulary import Flood, Kind, Method, Round, State, SurveyState

PURPOSE = "certificate"


class DamageApplication(Base):
    """One application for a certificate. ``given`` is sealed JSON: who applies, for whom, how to reach them, what happened.

    ``number`` is ten digits without strokes; ``pair_digest`` is that of number and birth date, for the progress page; ``form_digest`` is that of the
    form that was filled in, so that a form sent twice is one application. ``household_id`` and ``dwelling_id`` are found by an officer.
    """

    __tablename__ = "damage_applications"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    number: Mapped[str] = mapped_column(String(10), unique=True)
    kind: Mapped[Kind] = mapped_column(words(Kind))
    state: Mapped[State] = mapped_column(words(State), default=State.RECEIVED, index=True)
    version: Mapped[int] = mapped_column(default=1)
    channel: Mapped[str] = mapped_column(String(12))
    given: Mapped[str] = mapped_column(Sealed(PURPOSE))
    place: Mapped[str] = mapped_column(String(300))  # 被害を受けた場所, as written by the applicant
    area_code: Mapped[str] = mapped_column(String(16), default="", index=True)
    self_judged: Mapped[bool] = mapped_column(default=False)  # light damage, by photographs (自己判定方式)
    pair_digest: Mapped[str] = mapped_column(String(64), index=True)
    form_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    client: Mapped[str] = mapped_column(String(64), default="")  # digest of the network, for the limit
    household_id: Mapped[str | None] = mapped_column(ForeignKey("affected_households.id"), index=True)
    dwelling_id: Mapped[str | None] = mapped_column(ForeignKey("dwellings.id"), index=True)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    received_by: Mapped[str] = mapped_column(String(40))  # actor
    changed_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_damage_applications_client", "client", "received_at"),)


class ApplicationMove(Base):
    """One step of an application, with who took it and a reason where one was given; only added to."""

    __tablename__ = "application_moves"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("damage_applications.id"), index=True)
    state: Mapped[State] = mapped_column(words(State))
    note: Mapped[str | None] = mapped_column(Sealed(PURPOSE))
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class ApplicationFile(Base):
    """A photograph or document of an application, sealed. A photograph is drawn anew on arrival, without anything but its picture.

    ``sha256`` is that of what was sent, so that the same file sent twice is kept once.
    """

    __tablename__ = "application_files"
    __table_args__ = (UniqueConstraint("application_id", "sha256"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("damage_applications.id"))
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("damage_surveys.id"), index=True)
    media_type: Mapped[str] = mapped_column(String(20))  # image/jpeg, application/pdf
    size: Mapped[int]  # bytes of what is kept
    width: Mapped[int | None]
    height: Mapped[int | None]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # sealed
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class Survey(Base):
    """One survey of one building. From ``judged`` on its findings stand; a mistake is put right by another survey.

    ``ratio`` is the 損害割合 in hundredths of a percent (0 to 10,000), ``flood_cm`` the depth above the ground; ``surveyors`` are account ids.
    """

    __tablename__ = "damage_surveys"
    __table_args__ = (
        Index(
            "uq_damage_surveys_round",
            "dwelling_id",
            "round",
            "round_number",
            unique=True,
            sqlite_where=text("state <> 'cancelled'"),
            postgresql_where=text("state <> 'cancelled'"),
        ),
        CheckConstraint("approved_by IS NULL OR approved_by <> judged_by", name="two_persons"),
        CheckConstraint("ratio IS NULL OR ratio BETWEEN 0 AND 10000", name="ratio"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    dwelling_id: Mapped[str] = mapped_column(ForeignKey("dwellings.id"), index=True)
    round: Mapped[Round] = mapped_column(words(Round))
    round_number: Mapped[int] = mapped_column(default=1)
    state: Mapped[SurveyState] = mapped_column(words(SurveyState), default=SurveyState.PLANNED, index=True)
    version: Mapped[int] = mapped_column(default=1)
    method: Mapped[Method | None] = mapped_column(words(Method))
    ratio: Mapped[int | None]
    flood: Mapped[Flood] = mapped_column(words(Flood), default=Flood.NONE)
    flood_cm: Mapped[int | None]
    grade: Mapped[Grade | None] = mapped_column(words(Grade))
    surveyors: Mapped[list[Any]] = mapped_column(JSON, default=list)
    surveyed_on: Mapped[date | None] = mapped_column(Date)  # JST
    remarks: Mapped[str | None] = mapped_column(Sealed(PURPOSE))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(String(40))  # actor
    judged_at: Mapped[datetime | None] = mapped_column(UtcTime)
    judged_by: Mapped[str | None] = mapped_column(String(40))
    approved_at: Mapped[datetime | None] = mapped_column(UtcTime)
    approved_by: Mapped[str | None] = mapped_column(String(40))


class Certificate(Base):
    """One version of one paper, as it was handed out: the six required items and the rest as text, never changed, void only with a reason.

    Form of 府政防第737号 (令和2年3月30日): 整理番号 (``number``), 世帯主住所, 世帯主氏名, 罹災原因, 被災住家の所在地,
    住家の被害の程度. ``extra`` is sealed JSON of the 追加記載事項 (``{"members": [[name, relation]], "lines": [[label, text]]}``).
    The latest version that is not void stands.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        UniqueConstraint("application_id", "version"),
        UniqueConstraint("number", "version"),
        Index(
            "uq_certificates_survey",
            "application_id",
            "survey_id",
            unique=True,
            sqlite_where=text("void_at IS NULL"),
            postgresql_where=text("void_at IS NULL"),
        ),
        Index("ix_certificates_household", "household_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    application_id: Mapped[str] = mapped_column(ForeignKey("damage_applications.id"))
    household_id: Mapped[str | None] = mapped_column(ForeignKey("affected_households.id"))
    dwelling_id: Mapped[str | None] = mapped_column(ForeignKey("dwellings.id"))
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("damage_surveys.id"))
    kind: Mapped[Kind] = mapped_column(words(Kind))
    number: Mapped[str] = mapped_column(String(24))
    version: Mapped[int]
    head_address: Mapped[str] = mapped_column(Sealed(PURPOSE))
    head_name: Mapped[str] = mapped_column(Sealed(PURPOSE))
    cause: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(Sealed(PURPOSE))
    damage: Mapped[str] = mapped_column(String(200))
    grade: Mapped[Grade | None] = mapped_column(words(Grade))
    extra: Mapped[str] = mapped_column(Sealed(PURPOSE))
    issuer: Mapped[str] = mapped_column(String(80))
    issued_on: Mapped[date] = mapped_column(Date)  # JST, as printed
    issued_at: Mapped[datetime] = mapped_column(UtcTime)
    issued_by: Mapped[str] = mapped_column(String(40))  # actor
    void_at: Mapped[datetime | None] = mapped_column(UtcTime)
    void_by: Mapped[str | None] = mapped_column(String(40))
    void_reason: Mapped[str | None] = mapped_column(Sealed(PURPOSE))


class CertificateChange(Base):
    """That a household's current certificate became another: whoever computes from it (aid) reads on from the last id it has seen."""

    __tablename__ = "certificate_changes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificates.id"), index=True)
    household_id: Mapped[str | None] = mapped_column(ForeignKey("affected_households.id"), index=True)
    what: Mapped[str] = mapped_column(String(8))  # issued, void
    grade_before: Mapped[Grade | None] = mapped_column(words(Grade))
    grade_after: Mapped[Grade | None] = mapped_column(words(Grade))
    at: Mapped[datetime] = mapped_column(UtcTime)
