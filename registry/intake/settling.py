"""Bring a person's stays in order after an event or a merge: which one holds, which are over, and whether a person must decide."""

from collections.abc import Collection, Container, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from registry.intake import conflicts, stays
from registry.intake.conflicts import Found
from registry.intake.entities import Entities, Entity
from registry.same import one_and_the_same
from registry.vocabulary import ConflictKind, Kind


def settle(
    session: Session, entities: Entities, people: Iterable[str], moved: Container[str] = ()
) -> tuple[dict[str, Found | None], set[str]]:
    """Judge the stays of these people, in memory. What stands against each other, by key, and the ids of the stays concerned.

    ``moved``: people of whom a stay was taken away, because it was somebody else's.
    """
    named = set(people)
    fresh = {number for number in named if entities.is_new(Kind.PERSON, number)}  # whom nobody can have merged
    groups = {number: {number} for number in fresh} | (
        one_and_the_same(session, named - fresh) if named - fresh else {}
    )
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
