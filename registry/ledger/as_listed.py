"""被災時世帯 as the residents' list has them: fixed for everybody at once, or for one 住民票世帯.

A town's ledger is fixed a part at a time: whoever writes meanwhile waits for one part and not for thousands of households.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing
from disaster.core.text import clean_line
from disaster.incidents import running
from registry.intake import ids
from registry.ledger import households, victims
from registry.models.ledger import AffectedHousehold, AffectedMember, Victim
from registry.models.people import Person, Resident
from registry.vocabulary import Protection

TOGETHER = 100  # households of one transaction


def freeze(*, actor: str) -> int:
    """Fix the households of everybody in the ledger who is in the residents' list, as the list has them; the number of new ones.

    Those of a household who were not at any shelter come into the ledger with it. Left out, for an officer to decide: households with somebody
    who is protected (支援措置: whoever is hidden from a family does not live with it), and those of whom a member stands in another household.
    """
    with transaction() as session:
        incident = running.ensure(session, actor=actor)
        keys = _keys(session, incident)
    return sum(_part(incident, keys[start : start + TOGETHER], actor) for start in range(0, len(keys), TOGETHER))


def of_household(session: Session, incident: int, key: str, *, actor: str) -> str:
    """The household of one 住民票世帯, fixed now where it is not yet, in the caller's transaction, which is in a row; its id.

    Raises:
        Missing: nobody lives there, or only people who are protected. Invalid: one of them stands in another household.
    """
    mine = (AffectedHousehold.incident_id == incident) & (AffectedHousehold.resident_household == key)
    standing = session.scalar(select(AffectedHousehold.id).where(mine, AffectedHousehold.void_at.is_(None)))
    if standing:
        return standing
    listed = victims.residents_of(session, [key])
    if not listed:
        raise Missing
    made = _freeze(session, incident, listed, actor)
    if not made:
        apart = session.scalar(hiding().where(Resident.household_key == key).limit(1))
        said = households.APART if apart else households.TWICE
        raise Invalid(said, {"members": said})
    households.record(session, made[0], actor)
    return made[0].id


def hiding() -> Select[str]:
    """A query for the keys of 住民票世帯 that hide somebody: by the residents' list, or because who is hidden as an evacuee stands in it."""
    hidden = Person.protection == Protection.HIDDEN
    linked = select(Person.resident_id).where(Person.resident_id.is_not(None), hidden)
    entries = select(Victim.resident_id).join(Person, Person.id == Victim.person_id).where(hidden)
    theirs = Resident.id.in_(linked) | Resident.id.in_(entries.where(Victim.resident_id.is_not(None)))
    return select(Resident.household_key).where(Resident.hidden.is_(True) | theirs)


def _keys(session: Session, incident: int) -> list[str]:
    """住民票世帯 with an entry of the ledger and no household fixed yet, without those that hide somebody."""
    wanted = (
        select(Resident.household_key)
        .join(Victim, Victim.resident_id == Resident.id)
        .where(Victim.incident_id == incident, Resident.gone == "")
        .where(Resident.household_key.not_in(_fixed(incident)), Resident.household_key.not_in(hiding()))
        .distinct()
    )
    return list(session.scalars(wanted.order_by(Resident.household_key)))


def _fixed(incident: int) -> Select[str | None]:
    mine = (AffectedHousehold.incident_id == incident) & AffectedHousehold.resident_household.is_not(None)
    return select(AffectedHousehold.resident_household).where(mine)


def _part(incident: int, keys: Sequence[str], actor: str) -> int:
    """Some households in one transaction, without those that somebody else fixed, or that hide somebody, since they were looked for."""
    with transaction() as session:
        audit.in_a_row(session)
        gone = set(session.scalars(_fixed(incident).where(AffectedHousehold.resident_household.in_(keys))))
        gone |= set(session.scalars(hiding().where(Resident.household_key.in_(keys))))
        listed = victims.residents_of(session, [key for key in keys if key not in gone])
        made = _freeze(session, incident, listed, actor)
        if made:
            detail = {"households": len(made)}
            audit.record(session, "ledger.household", actor=actor, subject=f"incident:{incident}", detail=detail)
        return len(made)


def _freeze(
    session: Session, incident: int, listed: Mapping[str, Sequence[Resident]], actor: str
) -> list[AffectedHousehold]:
    """Fix these; those of whom somebody stands in another household, or hides from the others, are left out."""
    rows = [row.id for members in listed.values() for row in members]
    entries = victims.of_residents(session, incident, rows, actor=actor)
    everybody = list(entries.values())
    elsewhere, hidden = households.in_another(session, everybody), households.hidden(session, everybody)
    last, at = households.last_number(session, incident), clock.now()
    made: list[AffectedHousehold] = []
    theirs: list[AffectedMember] = []
    for key, members in listed.items():
        numbers = {entries[row.id] for row in members}
        if numbers & elsewhere or len(numbers) != len(members) or len(numbers & hidden) not in (0, len(numbers)):
            continue
        head = next((row for row in members if row.relation.startswith("世帯主")), members[0])
        fresh = AffectedHousehold(
            id=ids.new(), incident_id=incident, number=last + len(made) + 1, size=len(members), address=head.address, area_code=head.area_code,
            resident_household=key, frozen_at=at, frozen_by=actor,
        )  # fmt: skip
        made.append(fresh)
        for row in members:
            relation = clean_line(row.relation, field="relation", label="続柄", limit=40)
            victim = entries[row.id]
            theirs.append(AffectedMember(household_id=fresh.id, victim_id=victim, relation=relation, head=row is head))
    for rows_of_a_table in (made, theirs):  # households before who points at them
        session.add_all(rows_of_a_table)
        session.flush()
    return made
