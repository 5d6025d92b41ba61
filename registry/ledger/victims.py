"""Who stands in the ledger: everybody whom this disaster struck, evacuated or not, registered as a resident or not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Missing
from disaster.incidents import running
from registry.intake import ids
from registry.models.ledger import Victim
from registry.models.people import Person, Resident

_TABLE: Table = Victim.__table__  # type: ignore[assignment]
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Built:
    """What building changed: new entries, entries that now know their resident or person, entries that turned out to be another's."""

    new: int
    linked: int
    same: int


def build(*, actor: str) -> Built:
    """Take everybody into the ledger who was registered at a shelter or elsewhere in this disaster; again and again without doubling.

    Left out are people on their way home who suffered nothing here (帰宅困難者), those nobody could name yet, and entries that were merged or
    taken back. Entries of people who were merged point at the one that remains, and no longer when the merge is undone.
    """
    with transaction() as session:
        audit.in_a_row(session)
        incident = running.ensure(session, actor=actor)
        new, linked = _from_people(session, incident, actor)
        same = _follow_merges(session, incident)
        if new or linked or same:
            detail = {"new": new, "linked": linked, "same": same}
            audit.record(session, "ledger.built", actor=actor, subject=f"incident:{incident}", detail=detail)
    return Built(new, linked, same)


def of_residents(session: Session, incident: int, residents: Sequence[int], *, actor: str) -> dict[int, str]:
    """The entries of these rows of the residents' list, made where there are none; in the caller's transaction, which is in a row."""
    found = _known(session, incident, residents)
    missing = [number for number in residents if number not in found]
    people = _people_of(session, incident, missing)
    rows = []
    for number in missing:
        person = people.get(number)
        mine = (
            session.scalar(select(Victim.id).where(Victim.incident_id == incident, Victim.person_id == person))
            if person
            else None
        )
        if mine:
            session.execute(update(Victim).where(Victim.id == mine).values(resident_id=number))
            found[number] = mine
        else:
            rows.append({"person_id": person, "resident_id": number})
    for row in _insert(session, incident, rows, actor):
        found[row["resident_id"]] = row["id"]
    return found


def of_person(session: Session, person_id: str, *, actor: str) -> str:
    """The entry of one person of the register, made where there is none (a 帰宅困難者 whose car was lost, say).

    Raises:
        Missing: there is no such person.
    """
    audit.in_a_row(session)
    person = session.get(Person, person_id)
    if person is None or person.merged_into or person.removed_at:
        raise Missing
    known = session.scalar(
        select(Victim.id).where(Victim.incident_id == person.incident_id, Victim.person_id == person_id)
    )
    if known:
        return known
    if person.resident_id:
        mine = of_residents(session, person.incident_id, [person.resident_id], actor=actor)[person.resident_id]
        session.execute(update(Victim).where(Victim.id == mine, Victim.person_id.is_(None)).values(person_id=person_id))
        return mine
    return str(_insert(session, person.incident_id, [{"person_id": person_id, "resident_id": None}], actor)[0]["id"])


def _from_people(session: Session, incident: int, actor: str) -> tuple[int, int]:
    known = select(Victim.person_id).where(Victim.incident_id == incident, Victim.person_id.is_not(None))
    wanted = select(Person.id, Person.resident_id).where(
        Person.incident_id == incident,
        Person.merged_into.is_(None),
        Person.removed_at.is_(None),
        Person.visitor.is_(False),
        Person.provisional.is_(False),
        Person.id.not_in(known),
    )
    new = linked = 0
    rows = session.execute(wanted.order_by(Person.created_at, Person.id)).all()
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        by_resident = _known(session, incident, [row.resident_id for row in chunk if row.resident_id])
        fresh, taken = [], set(by_resident)
        for row in chunk:
            if row.resident_id in by_resident:
                linked += _link(session, by_resident[row.resident_id], row.id)
                continue
            resident = row.resident_id if row.resident_id not in taken else None
            if resident:
                taken.add(resident)
            fresh.append({"person_id": row.id, "resident_id": resident})
        new += len(_insert(session, incident, fresh, actor))
    return new, linked + _late_residents(session, incident)


def _late_residents(session: Session, incident: int) -> int:
    """Entries whose person was found in the residents' list later."""
    others = select(Victim.resident_id).where(Victim.incident_id == incident, Victim.resident_id.is_not(None))
    rows = session.execute(
        select(Victim.id, func.min(Person.resident_id))
        .join(Person, Person.id == Victim.person_id)
        .where(Victim.incident_id == incident, Victim.resident_id.is_(None), Person.resident_id.not_in(others))
        .group_by(Victim.id)
    ).all()
    taken: set[int] = set()
    for victim, resident in rows:
        if resident and resident not in taken:
            taken.add(resident)
            session.execute(update(Victim).where(Victim.id == victim).values(resident_id=resident))
    return len(taken)


def _link(session: Session, victim: str, person: str) -> int:
    free = (Victim.id == victim) & Victim.person_id.is_(None)
    return len(session.execute(update(Victim).where(free).values(person_id=person).returning(Victim.id)).all())


def _follow_merges(session: Session, incident: int) -> int:
    """Let entries point at the entry of the person whom theirs was merged into; not at a person who is merged no more."""
    mine = Victim.incident_id == incident
    rows = session.execute(
        select(Victim.id, Victim.same_as, Person.merged_into)
        .join(Person, Person.id == Victim.person_id)
        .where(mine, Person.merged_into.is_not(None) | Victim.same_as.is_not(None))
    ).all()
    changed = 0
    for victim, before, into in rows:
        remains = _remaining(session, incident, into) if into else None
        if remains != before:
            session.execute(update(Victim).where(Victim.id == victim).values(same_as=remains))
            changed += 1
    return changed


def _remaining(session: Session, incident: int, person: str) -> str | None:
    seen: set[str] = set()
    while person not in seen:
        seen.add(person)
        into = session.scalar(select(Person.merged_into).where(Person.id == person))
        if not into:
            break
        person = into
    return session.scalar(select(Victim.id).where(Victim.incident_id == incident, Victim.person_id == person))


def _known(session: Session, incident: int, residents: Iterable[int]) -> dict[int, str]:
    wanted = list(residents)
    found: dict[int, str] = {}
    for start in range(0, len(wanted), _CHUNK):
        mine = (Victim.incident_id == incident) & Victim.resident_id.in_(wanted[start : start + _CHUNK])
        found.update(
            (number, victim)
            for number, victim in session.execute(select(Victim.resident_id, Victim.id).where(mine))
            if number
        )
    return found


def _people_of(session: Session, incident: int, residents: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(Person.resident_id, func.min(Person.id))
        .where(Person.incident_id == incident, Person.resident_id.in_(residents), Person.merged_into.is_(None))
        .where(Person.removed_at.is_(None))
        .group_by(Person.resident_id)
    )
    return {number: person for number, person in rows if number}


def _insert(session: Session, incident: int, rows: list[dict[str, Any]], actor: str) -> list[dict[str, Any]]:
    if not rows:
        return []
    last = session.scalar(select(func.max(Victim.number)).where(Victim.incident_id == incident)) or 0
    at = clock.now()
    made = [
        {"id": ids.new(), "incident_id": incident, "number": last + place, "created_at": at, "created_by": actor, **row}
        for place, row in enumerate(rows, start=1)
    ]
    session.execute(insert(_TABLE), made)
    return made


def residents_of(session: Session, keys: Sequence[str]) -> dict[str, list[Resident]]:
    """The rows of each of these 住民票世帯 who live here and whose entry nobody hides, as the list has them; none where there are none."""
    mine = Resident.household_key.in_(keys) & (Resident.gone == "") & Resident.hidden.is_(False)
    found: dict[str, list[Resident]] = {}
    for row in session.scalars(select(Resident).where(mine).order_by(Resident.id)):
        found.setdefault(row.household_key, []).append(row)
    return found
