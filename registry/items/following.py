"""Items of the ledger that follow from the other parts: applications, surveys and certificates, and aid. Read, never copied."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from disaster.core import clock
from registry.aid.programmes import shipped
from registry.aid.states import CaseState
from registry.damage import current, members, surveys
from registry.damage.given import opened
from registry.damage.vocabulary import LANDLORD, Kind, State, SurveyState
from registry.items.value import Value
from registry.ledger import households
from registry.legal_items import Source
from registry.models.aid import AidCase
from registry.models.certificates import Certificate, DamageApplication, Survey
from registry.models.damage import Dwelling, Occupancy
from registry.models.ledger import AffectedHousehold, AffectedMember, Victim
from registry.vocabulary import SECRET

STANDING = tuple(state for state in State if state not in (State.REJECTED, State.WITHDRAWN))


def of_applications(session: Session, victim: Victim) -> list[Value]:
    """R1 and A5: how whoever applied for the household can be reached, and what else was damaged. Nothing of a household that hides somebody."""
    mine = households.of_victim(session, victim.id)
    if mine is None or members.protection(session, [mine.id]).get(mine.id) in SECRET:
        return []
    wanted = (DamageApplication.household_id == mine.id) & DamageApplication.state.in_(STANDING)
    found = []
    for row in session.scalars(select(DamageApplication).where(wanted).order_by(DamageApplication.received_at)):
        given, ref = opened(row.given), f"application:{row.id}"
        reach = "　".join(part for part in (f"申請者 {given.name}", given.phone, given.email, given.address) if part)
        found.append(Value("R1", "contact", reach, Source.APPLICATION, row.received_at, ref))
        if row.kind is Kind.OTHER:
            damage = f"{row.place}　{given.damage}".strip()
            found.append(Value("A5", "other", damage, Source.APPLICATION, row.received_at, ref))
    return found


def of_surveys(session: Session, victim: Victim) -> list[Value]:
    """A5: what an approved survey found before there is a certificate, the building named where the household had several."""
    mine = households.of_victim(session, victim.id)
    if mine is None or current.current(session, mine.id):
        return []
    found = []
    for dwelling in session.scalars(_dwellings().where(Occupancy.household_id == mine.id)):
        survey = surveys.approved_of(session, dwelling.id)
        if survey is not None and survey.grade is not None:
            said, ref = f"{survey.grade.ja}（{dwelling.address}、証明書はまだ）", f"survey:{survey.id}"
            found.append(Value("A5", "dwelling", said, Source.SURVEY, survey.approved_at or survey.created_at, ref))
    return found


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


def with_surveys() -> Select[Any]:
    """Victims with a dwelling whose survey was approved."""
    approved = select(Survey.dwelling_id).where(Survey.state == SurveyState.APPROVED)
    return _members(_dwellings().with_only_columns(Occupancy.household_id).where(Dwelling.id.in_(approved)))


def with_applications(*kinds: Kind) -> Select[Any]:
    """Victims for whose household somebody applied for one of these papers; without households that hide somebody."""
    wanted = (DamageApplication.kind.in_(kinds)) & DamageApplication.state.in_(STANDING)
    mine = select(DamageApplication.household_id).where(wanted, DamageApplication.household_id.is_not(None))
    return _members(mine.where(DamageApplication.household_id.not_in(members.secret_households())))


def _members(households_of: Select[Any]) -> Select[Any]:
    return (
        select(AffectedMember.victim_id)
        .join(AffectedHousehold, AffectedHousehold.id == AffectedMember.household_id)
        .where(AffectedHousehold.void_at.is_(None), AffectedHousehold.id.in_(households_of))
    )


def _dwellings() -> Select[Any]:
    """Buildings that somebody lived in, with who lived there."""
    return (
        select(Dwelling)
        .join(Occupancy, Occupancy.dwelling_id == Dwelling.id)
        .where(Dwelling.kind == "dwelling", Occupancy.tenure != LANDLORD)
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
