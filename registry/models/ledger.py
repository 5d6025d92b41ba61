"""Tables of the victim ledger (被災者台帳, 災害対策基本法 90条の3) on which certificates, aid and disclosures stand.

Three kinds of household are kept apart: the 住民票世帯 is ``residents.household_key``, the 避難グループ is ``households``, and the 被災時世帯
(who lived together when the disaster struck, which decides amounts of aid) is ``AffectedHousehold``, frozen once.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from disaster.core.base import Base, BigId, UtcTime
from disaster.core.sealed import Sealed


class Victim(Base):
    """One victim of one disaster: an entry of the ledger, whether evacuated, registered as a resident, both or neither.

    ``number`` is what officers and papers call it. ``person_id`` and ``resident_id`` say who it is; protection, merges and names are theirs.
    ``same_as``: the entry that remains, where the person was merged into another; follows the merges.
    """

    __tablename__ = "victims"
    __table_args__ = (
        UniqueConstraint("incident_id", "person_id"),
        UniqueConstraint("incident_id", "resident_id"),
        UniqueConstraint("incident_id", "number"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    number: Mapped[int]
    person_id: Mapped[str | None] = mapped_column(String(36), index=True)
    resident_id: Mapped[int | None] = mapped_column(ForeignKey("residents.id"), index=True)
    same_as: Mapped[str | None] = mapped_column(String(36))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(String(40))  # actor


class VictimFact(Base):
    """One value of one legal item, with where it came from and when; never changed, a newer one stands beside it.

    ``item`` is A1 … A7, R1 … R7 (``registry.legal_items``), ``field`` what of it. ``value`` None: asked for and not collected, with the reason
    in ``note``. ``source`` is a closed word (residents, intake, survey, application, victim, office, officer).
    """

    __tablename__ = "victim_facts"
    __table_args__ = (Index("ix_victim_facts_victim", "victim_id", "item", "field", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    victim_id: Mapped[str] = mapped_column(ForeignKey("victims.id"))
    item: Mapped[str] = mapped_column(String(2))
    field: Mapped[str] = mapped_column(String(40))
    value: Mapped[str | None] = mapped_column(Sealed("ledger"))
    source: Mapped[str] = mapped_column(String(16))
    source_ref: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(UtcTime)
    by: Mapped[str] = mapped_column(String(40))  # actor


class AffectedHousehold(Base):
    """被災時世帯: who lived together when the disaster struck. Frozen: size and members never follow later moves, births or deaths.

    ``corrected_from``: a mistake is put right by a new household that names the wrong one, which then has ``void_at``.
    """

    __tablename__ = "affected_households"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    number: Mapped[int]
    size: Mapped[int]
    address: Mapped[str] = mapped_column(String(300), default="")
    area_code: Mapped[str] = mapped_column(String(16), default="", index=True)
    resident_household: Mapped[str | None] = mapped_column(
        String(64), index=True
    )  # residents.household_key it came from
    frozen_at: Mapped[datetime] = mapped_column(UtcTime)
    frozen_by: Mapped[str] = mapped_column(String(40))
    corrected_from: Mapped[str | None] = mapped_column(String(36))
    void_at: Mapped[datetime | None] = mapped_column(UtcTime)
    void_by: Mapped[str | None] = mapped_column(String(40))
    void_reason: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (UniqueConstraint("incident_id", "number"),)


class AffectedMember(Base):
    """One member of a 被災時世帯; at most one head. A victim stands in one household that is not void (checked by the step that freezes)."""

    __tablename__ = "affected_members"
    __table_args__ = (
        Index(
            "uq_affected_members_head",
            "household_id",
            unique=True,
            sqlite_where=text("head"),
            postgresql_where=text("head"),
        ),
    )

    household_id: Mapped[str] = mapped_column(ForeignKey("affected_households.id"), primary_key=True)
    victim_id: Mapped[str] = mapped_column(ForeignKey("victims.id"), primary_key=True, index=True)
    relation: Mapped[str] = mapped_column(String(40), default="")  # 続柄
    head: Mapped[bool] = mapped_column(default=False)
