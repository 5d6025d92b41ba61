"""Items of the ledger that follow from the other parts: damage and certificates, and aid. Read, never copied."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from disaster.core import clock
from registry.aid.programmes import shipped
from registry.aid.states import CaseState
from registry.damage import current
from registry.damage.vocabulary import Kind
from registry.items.value import Value
from registry.ledger import households
from registry.legal_items import Source
from registry.models.aid import AidCase
from registry.models.certificates import Certificate, DamageApplication
from registry.models.ledger import AffectedHousehold, AffectedMember, Victim


def of_papers(session: Session, victim: Victim) -> list[Value]:
    """A5 and R3: the certificate of the victim's 被災時世帯 that stands."""
    mine = households.of_victim(session, victim.id)
    paper = current.current(session, mine.id) if mine else None
    if paper is None:
        return []
    ref, at = f"certificate:{paper.id}", paper.issued_at
    day = clock.jst(at)
    issued = f"{paper.number}　第{paper.version}版　{day.year}年{day.month}月{day.day}日交付"
    return [
        Value("A5", "dwelling", paper.damage, Source.SURVEY, at, ref),
        Value("R3", "certificate", issued, Source.LEDGER, at, ref),
    ]


def of_aid(session: Session, victim: Victim) -> list[Value]:
    """A6: each measure with how it stands, what is no longer in question left out."""
    mine = households.of_victim(session, victim.id)
    wanted = (AidCase.victim_id == victim.id) | (
        AidCase.victim_id.is_(None) & (AidCase.household_id == (mine.id if mine else ""))
    )
    rows = session.scalars(select(AidCase).where(wanted, AidCase.state != CaseState.EXCLUDED).order_by(AidCase.id))
    names = {key: programme.name for key, programme in shipped().items()}
    return [Value("A6", "aid", _case(row, names), Source.LEDGER, row.changed_at, f"aid:{row.id}") for row in rows]


def with_papers() -> Select[Any]:
    """Victims with a certificate that stands."""
    return (
        select(AffectedMember.victim_id)
        .join(AffectedHousehold, AffectedHousehold.id == AffectedMember.household_id)
        .join(DamageApplication, DamageApplication.household_id == AffectedHousehold.id)
        .join(Certificate, Certificate.application_id == DamageApplication.id)
        .where(AffectedHousehold.void_at.is_(None), Certificate.void_at.is_(None), Certificate.kind == Kind.DWELLING)
    )


def with_aid() -> list[Select[Any]]:
    """Victims with a case of aid that is in question, their own or their household's."""
    open_now = AidCase.state != CaseState.EXCLUDED
    own = select(Victim.id).join(AidCase, AidCase.victim_id == Victim.id).where(open_now)
    household = (
        select(AffectedMember.victim_id)
        .join(AffectedHousehold, AffectedHousehold.id == AffectedMember.household_id)
        .join(AidCase, AidCase.household_id == AffectedHousehold.id)
        .where(AffectedHousehold.void_at.is_(None), AidCase.victim_id.is_(None), open_now)
    )
    return [own, household]


def _case(row: AidCase, names: dict[str, str]) -> str:
    paid = f"　{row.paid_yen:,}円" if row.paid_yen is not None else ""
    return f"{names.get(row.programme, row.programme)}：{row.state.ja}{paid}"
