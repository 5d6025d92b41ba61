"""Who belongs to a 被災時世帯, by name: the residents' list wins for papers, what was said at a shelter stands in where it does not know somebody."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from registry.models.ledger import AffectedHousehold, AffectedMember, Victim
from registry.models.people import Person, Resident
from registry.vocabulary import SECRET, Protection


@dataclass(frozen=True, slots=True)
class Named:
    """One member with the name for papers."""

    victim_id: str
    name: str
    relation: str
    head: bool


def of(session: Session, household_id: str) -> list[Named]:
    """The members, the head first; empty where the household is not there."""
    rows = session.execute(
        select(AffectedMember, Resident, Person)
        .join(Victim, Victim.id == AffectedMember.victim_id)
        .outerjoin(Resident, Resident.id == Victim.resident_id)
        .outerjoin(Person, Person.id == Victim.person_id)
        .where(AffectedMember.household_id == household_id)
        .order_by(AffectedMember.head.desc(), Victim.number)
    )
    return [
        Named(member.victim_id, _name(resident, person), member.relation, member.head)
        for member, resident, person in rows
    ]


def heads(session: Session, household_ids: Collection[str]) -> dict[str, str]:
    """The head's name by household; for lists."""
    rows = session.execute(
        select(AffectedMember.household_id, Resident, Person)
        .join(Victim, Victim.id == AffectedMember.victim_id)
        .outerjoin(Resident, Resident.id == Victim.resident_id)
        .outerjoin(Person, Person.id == Victim.person_id)
        .where(AffectedMember.household_id.in_(household_ids), AffectedMember.head)
    )
    return {household: _name(resident, person) for household, resident, person in rows}


def protection(session: Session, household_ids: Collection[str]) -> dict[str, Protection]:
    """The strongest protection of anybody in these households; those without any are left out."""
    rows = session.execute(
        select(AffectedMember.household_id, Person.protection, Resident.hidden)
        .join(Victim, Victim.id == AffectedMember.victim_id)
        .outerjoin(Resident, Resident.id == Victim.resident_id)
        .outerjoin(Person, Person.id == Victim.person_id)
        .where(AffectedMember.household_id.in_(household_ids))
        .where(or_(Resident.hidden, Person.protection != Protection.NONE))
    )
    order = list(Protection)
    found: dict[str, Protection] = {}
    for household, protected, hidden in rows:
        level = Protection.HIDDEN if hidden else protected
        found[household] = max(found.get(household, Protection.NONE), level, key=order.index)
    return found


def hidden_households(incident: int) -> Select[str]:
    """A query for the ids of households with somebody whose existence is secret."""
    return (
        select(AffectedMember.household_id)
        .join(AffectedHousehold, AffectedHousehold.id == AffectedMember.household_id)
        .join(Victim, Victim.id == AffectedMember.victim_id)
        .outerjoin(Resident, Resident.id == Victim.resident_id)
        .outerjoin(Person, Person.id == Victim.person_id)
        .where(AffectedHousehold.incident_id == incident)
        .where(or_(Resident.hidden, Person.protection == Protection.HIDDEN))
    )


def secret_households() -> Select[str]:
    """A query for the ids of households with somebody whose whereabouts or existence is secret."""
    return (
        select(AffectedMember.household_id)
        .join(Victim, Victim.id == AffectedMember.victim_id)
        .outerjoin(Resident, Resident.id == Victim.resident_id)
        .outerjoin(Person, Person.id == Victim.person_id)
        .where(or_(Resident.hidden, Person.protection.in_(SECRET)))
    )


def called(word: str) -> Select[str]:
    """A query for the ids of households with a member whose name or reading holds the word, in the residents' list or as it was said."""
    columns = (
        Resident.name, Resident.kana, Person.name, Person.family, Person.given, Person.kana, Person.kana_family, Person.kana_given, Person.romaji,
    )  # fmt: skip
    return (
        select(AffectedMember.household_id)
        .join(Victim, Victim.id == AffectedMember.victim_id)
        .outerjoin(Resident, Resident.id == Victim.resident_id)
        .outerjoin(Person, Person.id == Victim.person_id)
        .where(or_(*(column.contains(word, autoescape=True) for column in columns)))
    )


def _name(resident: Resident | None, person: Person | None) -> str:
    if resident is not None and resident.name:
        return resident.name
    if person is None:
        return ""
    parts = (person.family or person.kana_family, person.given or person.kana_given)
    return person.name or "　".join(part for part in parts if part) or person.kana or person.romaji
