"""Items of the ledger that follow from the other parts: applications, surveys and certificates, and aid. Read, never copied."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from disaster.core import clock
from registry.aid.programmes import shipped
from registry.aid.states import CaseState
from registry.damage import current, members
from registry.damage.given import opened
from registry.damage.vocabulary import LANDLORD, Kind, State, SurveyState
from registry.items.value import Value, Values
from registry.ledger import households
from registry.legal_items import Source
from registry.models.aid import AidCase
from registry.models.certificates import Certificate, DamageApplication, Survey
from registry.models.damage import Dwelling, Occupancy
from registry.models.ledger import AffectedHousehold, AffectedMember, Victim
from registry.vocabulary import SECRET

STANDING = tuple(state for state in State if state not in (State.REJECTED, State.WITHDRAWN))


def of_applications(session: Session, victims: Sequence[Victim]) -> Values:
    """R1 and A5: how whoever applied for the household can be reached, and what else was damaged. Nothing of a household that hides somebody."""
    homes = _homes(session, victims)
    levels = members.protection(session, list(homes))
    open_ones = [number for number in homes if levels.get(number) not in SECRET]
    wanted = DamageApplication.household_id.in_(open_ones) & DamageApplication.state.in_(STANDING)
    for row in session.scalars(select(DamageApplication).where(wanted).order_by(DamageApplication.received_at)):
        given, ref = opened(row.given), f"application:{row.id}"
        reach = "　".join(part for part in (f"申請者 {given.name}", given.phone, given.email, given.address) if part)
        damage = f"{row.place}　{given.damage}".strip()
        for victim in homes[row.household_id or ""]:
            yield victim, Value("R1", "contact", reach, Source.APPLICATION, row.received_at, ref)
            if row.kind is Kind.OTHER:
                yield victim, Value("A5", "other", damage, Source.APPLICATION, row.received_at, ref)


def of_surveys(session: Session, victims: Sequence[Victim]) -> Values:
    """A5: what an approved survey found before there is a certificate, the building named where the household had several."""
    homes = _homes(session, victims)
    papers = current.many(session, list(homes))
    waiting = Occupancy.household_id.in_([number for number in homes if number not in papers])
    latest = select(func.max(Survey.id)).where(Survey.state == SurveyState.APPROVED).group_by(Survey.dwelling_id)
    rows = session.execute(
        _dwellings()
        .add_columns(Occupancy.household_id, Survey)
        .join(Survey, Survey.dwelling_id == Dwelling.id)
        .where(waiting, Survey.id.in_(latest), Survey.grade.is_not(None))
    )
    for dwelling, home, survey in rows:
        said, ref = f"{survey.grade.ja}（{dwelling.address}、証明書はまだ）", f"survey:{survey.id}"
        at = survey.approved_at or survey.created_at
        yield from ((one, Value("A5", "dwelling", said, Source.SURVEY, at, ref)) for one in homes[home])


def of_papers(session: Session, victims: Sequence[Victim]) -> Values:
    """A5 and R3: the certificate of the victim's 被災時世帯 that stands."""
    homes = _homes(session, victims)
    for number, paper in current.many(session, list(homes)).items():
        ref, at = f"certificate:{paper.id}", paper.issued_at
        day = clock.jst(at)
        issued = f"{paper.number}　第{paper.version}版　{day.year}年{day.month}月{day.day}日交付"
        for victim in homes[number]:
            yield victim, Value("A5", "dwelling", paper.damage, Source.SURVEY, at, ref)
            yield victim, Value("R3", "certificate", issued, Source.LEDGER, at, ref)


def of_aid(session: Session, victims: Sequence[Victim]) -> Values:
    """A6: each measure with how it stands, what is no longer in question left out."""
    homes = _homes(session, victims)
    own = AidCase.victim_id.in_([victim.id for victim in victims])
    wanted = own | (AidCase.victim_id.is_(None) & AidCase.household_id.in_(list(homes)))
    rows = session.scalars(select(AidCase).where(wanted, AidCase.state != CaseState.EXCLUDED).order_by(AidCase.id))
    names = {key: programme.name for key, programme in shipped().items()}
    for row in rows:
        value = Value("A6", "aid", _case(row, names), Source.LEDGER, row.changed_at, f"aid:{row.id}")
        yield from ((one, value) for one in ([row.victim_id] if row.victim_id else homes[row.household_id or ""]))


def _homes(session: Session, victims: Sequence[Victim]) -> dict[str, list[str]]:
    """By household which of these entries belong to it."""
    found: dict[str, list[str]] = {}
    for victim, home in households.of_victims(session, [one.id for one in victims]).items():
        found.setdefault(home.id, []).append(victim)
    return found


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
    paid = f"　{row.paid_yen:,}円" if row.paid_yen else ""
    return f"{names.get(row.programme, row.programme)}：{row.state.ja}{paid}"
