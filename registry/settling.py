"""Bring a person's stays in order after an event or a merge: which one holds, which are over, and whether a person must decide."""

from collections.abc import Collection, Container, Iterable
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from registry import conflicts, stays
from registry.conflicts import Found
from registry.entities import Entities, Entity
from registry.models.people import Person
from registry.vocabulary import ConflictKind


def settle(
    session: Session, entities: Entities, people: Iterable[str], moved: Container[str] = ()
) -> tuple[dict[str, Found | None], set[str]]:
    """Judge the stays of these people, in memory. What stands against each other, by key, and the ids of the stays concerned.

    ``moved``: people of whom a stay was taken away, because it was somebody else's.
    """
    groups = one_and_the_same(session, people)
    entities.load_stays({number for members in groups.values() for number in members})
    of_person: dict[str, list[Entity]] = {}
    for entity in entities.stays():
        of_person.setdefault(entity.doc.get("person"), []).append(entity)
    present: dict[str, Found | None] = {}
    concerned: set[str] = set()
    for root, members in groups.items():
        mine = {entity.id: entity for number in members for entity in of_person.get(number, ())}
        known = {number: facts for number, entity in mine.items() if (facts := stays.facts(number, entity.doc))}
        verdicts, double = stays.judge(known.values())
        for number, entity in mine.items():
            entity.verdict = verdicts.get(number)
            entity.changed |= entity.verdict is not None and entity.verdict != entity.was
        if len(mine) > 1 or len(members) > 1 or root in moved:
            present.update(dict.fromkeys(map(conflicts.stay_key, members)))
        if double:
            holds = next(known[number] for number in double if verdicts[number].confirmed)
            found = Found(ConflictKind.DOUBLE_STAY, f"person:{root}", double, shelter_id=holds.place[1])
            present[conflicts.stay_key(root)] = found
            concerned.update(double)
    return present, concerned


def resettle(session: Session, people: Collection[str], *, incident_id: int, at: datetime, actor: str) -> None:
    """The same after people were merged or taken apart again; writes, in the caller's transaction."""
    entities = Entities(session)
    present, _ = settle(session, entities, people, set(people))
    entities.flush(incident_id, at)
    conflicts.settle(session, present, at=at, actor=actor)


def one_and_the_same(session: Session, people: Iterable[str]) -> dict[str, set[str]]:
    """Everybody whom these entries turned out to be, through merges: the entry that remains, and all that were merged into it."""
    into: dict[str, str | None] = {}
    asked: set[str] = set()
    unknown = set(people)
    while unknown - asked:
        wave, asked = unknown - asked, asked | unknown
        wanted = or_(Person.id.in_(wave), Person.merged_into.in_(wave))
        for number, target in session.execute(select(Person.id, Person.merged_into).where(wanted)):
            into[number] = target
            unknown |= {number, *([target] if target else [])}
        if all(into.get(number) is None for number in unknown):
            break  # nobody was merged: the usual
    groups: dict[str, set[str]] = {}
    for number in unknown:
        root, passed = number, {number}
        while (target := into.get(root)) and target not in passed:
            root = target
            passed.add(root)
        groups.setdefault(root, set()).add(number)
    return groups
