"""How far the ledger is: of how many victims each legal item is filled, empty or not to be collected; counted, without opening anything."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from registry.damage.vocabulary import Kind
from registry.items import following
from registry.legal_items import ITEMS, Item
from registry.models.giving import Consent, DisclosedPerson
from registry.models.ledger import AffectedHousehold, AffectedMember, Victim, VictimFact
from registry.models.my_number import MyNumber
from registry.models.people import Person, Resident
from registry.my_number import vault
from registry.vocabulary import Safety, Sex


@dataclass(frozen=True, slots=True)
class Coverage:
    """One item over the whole ledger, in victims."""

    item: Item
    filled: int
    not_collected: int
    empty: int


def coverage(session: Session, incident: int, known: ColumnElement[bool]) -> tuple[int, list[Coverage]]:
    """The number of victims, and each item; ``known``: of those who exist for whoever asks (``registry.ledger.sight``)."""
    mine = (Victim.incident_id == incident) & Victim.same_as.is_(None) & known
    everybody = session.scalar(select(func.count()).select_from(Victim).where(mine)) or 0
    rows, uncollected = [], set(session.scalars(select(VictimFact.item).where(VictimFact.value.is_(None)).distinct()))
    for item in ITEMS:
        filled = _count(session, mine, [*_filled(item.code), _facts(item.code, collected=True)])
        if item.code == "R6" and not vault.on():
            rows.append(Coverage(item, 0, everybody, 0))
            continue
        either = filled
        if item.code in uncollected:
            none = _facts(item.code, collected=False)
            either = _count(session, mine, [*_filled(item.code), _facts(item.code, collected=True), none])
        rows.append(Coverage(item, filled, either - filled, everybody - either))
    return everybody, rows


def _count(session: Session, mine: Any, parts: list[Select[Any]]) -> int:
    ids = union_all(*parts).subquery()
    return session.scalar(select(func.count()).select_from(Victim).where(mine, Victim.id.in_(select(ids.c[0])))) or 0


def _facts(code: str, *, collected: bool) -> Select[Any]:
    """Victims with a field of the item whose latest word is a value, or that there is none."""
    latest = (
        select(func.max(VictimFact.id)).where(VictimFact.item == code).group_by(VictimFact.victim_id, VictimFact.field)
    )
    value = VictimFact.value.is_not(None) if collected else VictimFact.value.is_(None)
    return select(VictimFact.victim_id).where(VictimFact.id.in_(latest), value)


def _people(*conditions: Any) -> Select[Any]:
    return select(Victim.id).join(Person, Person.id == Victim.person_id).where(or_(*conditions))


def _residents(*conditions: Any) -> Select[Any]:
    return select(Victim.id).join(Resident, Resident.id == Victim.resident_id).where(or_(*conditions))


def _care() -> Select[Any]:
    """A JSON list that is not empty, on both databases."""
    return _people(cast(Person.care, String) != "[]")


def _households() -> Select[Any]:
    return (
        select(AffectedMember.victim_id)
        .join(AffectedHousehold, AffectedHousehold.id == AffectedMember.household_id)
        .where(AffectedHousehold.void_at.is_(None))
    )


def _named(subject: Any, *conditions: Any) -> Select[Any]:
    """Victims that a table names as ``victim:<id>`` or by their person."""
    named = select(subject).where(*conditions)
    victim, person = literal("victim:") + Victim.id, literal("person:") + Victim.person_id
    return select(Victim.id).where(victim.in_(named) | person.in_(named))


_FILLED: dict[str, Callable[[], list[Select[Any]]]] = {
    "A1": lambda: [
        _residents(Resident.name != ""),
        _people(*(column != "" for column in (Person.name, Person.family, Person.given, Person.romaji, Person.kana))),
        _people(Person.kana_family != "", Person.kana_given != ""),
    ],
    "A2": lambda: [
        _residents(Resident.birth_raw != "", Resident.birth_date.is_not(None)),
        _people(Person.birth_raw != "", Person.age_stated.is_not(None)),
    ],
    "A3": lambda: [_residents(Resident.sex != Sex.UNKNOWN), _people(Person.sex != Sex.UNKNOWN)],
    "A4": lambda: [_residents(Resident.address != ""), _people(Person.address != "")],
    "A5": lambda: [
        following.with_papers(),
        following.with_surveys(),
        following.with_applications(Kind.OTHER),
        _people(Person.safety.not_in((Safety.UNCONFIRMED, Safety.SAFE))),
    ],
    "A6": following.with_aid,
    "A7": lambda: [_care()],
    "R1": lambda: [_people(Person.phone_digest.is_not(None)), following.with_applications(*Kind)],
    "R2": lambda: [_households()],
    "R3": lambda: [following.with_papers()],
    "R4": lambda: [_named(Consent.subject, Consent.withdrawn_at.is_(None))],
    "R5": lambda: [_named(DisclosedPerson.subject)],
    "R6": lambda: [select(MyNumber.victim_id)],
}


def _filled(code: str) -> list[Select[Any]]:
    return _FILLED.get(code, list)()
