"""What a tablet shows without a network: who is at its own shelter now, or fetches goods there, handed over by the sequence of changes and never by time.

Whose whereabouts are secret, who was taken out, or has left is not handed over; what the tablet had of them is named as gone, so that it forgets it.
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, func, or_, select
from sqlalchemy.orm import Session

from disaster.core import sealed
from registry.intake import merging
from registry.intake.conflicts import stay_key
from registry.intake.projection import SEAL
from registry.models.changes import RegisterChange
from registry.models.intake import IntakeEvent
from registry.models.people import Conflict, Household, Person, Stay
from registry.same import one_and_the_same
from registry.vocabulary import SECRET, Kind

PAGE = 1000  # changes of the whole town that one call looks through
_UNTOLD = frozenset(
    {"care_note", "injury", "safety", "removed"}
)  # for welfare and headquarters, not for a tablet at the door


class Changes(NamedTuple):
    """The answer; ``next`` is asked after the next time."""

    next: int
    more: bool
    households: list[dict[str, Any]]
    people: list[dict[str, Any]]
    stays: list[dict[str, Any]]
    gone: list[dict[str, str]]


def changes(session: Session, shelter_id: int, after: int) -> Changes:
    """The present state of whoever changed since; with 0 of everybody who is there."""
    if after <= 0:
        last = session.scalar(select(func.max(RegisterChange.number))) or 0
        present = select(Stay.person_id).where(_of(shelter_id), Stay.ended_at.is_(None))
        people = {number for number in session.scalars(present) if number}
        return _told(session, shelter_id, people, last, more=False, known=False)
    rows = session.execute(
        select(RegisterChange.number, RegisterChange.kind, RegisterChange.entity)
        .where(RegisterChange.number > after)
        .order_by(RegisterChange.number)
        .limit(PAGE)
    ).all()
    last = rows[-1].number if rows else after
    people = _concerned(session, {(row.kind, row.entity) for row in rows})
    return _told(session, shelter_id, people, last, more=len(rows) == PAGE, known=True)


def _concerned(session: Session, changed: Collection[tuple[str, str]]) -> set[str]:
    """The people whom these changes are about."""
    of = {kind: {entity for found, entity in changed if found == kind} for kind in Kind}
    people = set(of[Kind.PERSON])
    if of[Kind.STAY]:
        people.update(p for p in session.scalars(select(Stay.person_id).where(Stay.id.in_(of[Kind.STAY]))) if p)
    if of[Kind.HOUSEHOLD]:
        people.update(session.scalars(select(Person.id).where(Person.household_id.in_(of[Kind.HOUSEHOLD]))))
    return people


def _told(session: Session, shelter_id: int, people: set[str], last: int, *, more: bool, known: bool) -> Changes:
    groups = one_and_the_same(session, people) if people else {}
    root_of = {member: root for root, members in groups.items() for member in members}
    persons = {row.id: row for row in session.execute(_columns(Person).where(Person.id.in_(root_of)))}
    stays = session.execute(_columns(Stay).where(Stay.person_id.in_(root_of))).all()
    here = [row for row in stays if shelter_id in (row.shelter_id, row.goods_shelter_id) and row.ended_at is None]
    hidden = {root_of[number] for number, row in persons.items() if row.protection in SECRET}
    shown = {root_of[row.person_id] for row in here} - hidden
    shown = {root for root in shown if root in persons and persons[root].removed_at is None}
    homes = {persons[root].household_id for root in shown} - {None}
    disputed = _disputed(session, shown)
    opened = sealed.opener(SEAL)
    gone: list[dict[str, str]] = []
    if known:
        gone = _gone(session, shelter_id, persons, stays, shown, {row.id for row in here}, root_of)
    return Changes(
        next=last,
        more=more,
        households=[_home(row, opened) for row in session.execute(_columns(Household).where(Household.id.in_(homes)))],
        people=[_one(persons[root], opened) for root in sorted(shown)],
        stays=[
            {**_one(row, opened), "person": root, "confirmed": row.confirmed, "disputed": root in disputed}
            for row in here
            if (root := root_of[row.person_id]) in shown
        ],
        gone=gone,
    )


def _gone(
    session: Session,
    shelter_id: int,
    persons: dict[str, Any],
    stays: Iterable[Any],
    shown: set[str],
    here: set[str],
    root_of: dict[str, str],
) -> list[dict[str, str]]:
    """What the tablets of this shelter may still hold of those who changed. Ids that they never had are not told."""
    people = {number for number in persons if number not in shown}
    left = {row.id for row in stays if row.id not in here or root_of[row.person_id] not in shown}
    homes = {row.household_id for row in persons.values() if row.household_id}
    homes -= _homes_here(session, shelter_id, homes)
    ours = [row for row in stays if shelter_id in (row.shelter_id, row.goods_shelter_id)]
    had = {row.person_id for row in ours} | {row.id for row in ours}
    had |= {persons[number].household_id for number in had if number in persons}
    asked = (people | left | homes) - had
    mine = select(IntakeEvent.entity).where(IntakeEvent.entity.in_(asked), IntakeEvent.shelter_id == shelter_id)
    had |= set(session.scalars(mine)) if asked else set()
    found = ((Kind.PERSON, people), (Kind.STAY, left), (Kind.HOUSEHOLD, homes))
    return [{"kind": str(kind), "id": number} for kind, numbers in found for number in sorted(numbers & had)]


def _homes_here(session: Session, shelter_id: int, homes: set[str]) -> set[str]:
    """Those of these households of whom somebody is here whom the tablets may show."""
    query = (
        select(Person.household_id)
        .join(Stay, Stay.person_id == Person.id)
        .where(
            Person.household_id.in_(homes),
            Person.protection.not_in(SECRET),
            Person.removed_at.is_(None),
            _of(shelter_id),
            Stay.ended_at.is_(None),
        )
    )
    return {number for number in session.scalars(query) if number}


def _of(shelter_id: int) -> ColumnElement[bool]:
    """Stays that a shelter's tablets show: here, or outside by people who fetch their goods here."""
    return or_(Stay.shelter_id == shelter_id, Stay.goods_shelter_id == shelter_id)


def _disputed(session: Session, people: set[str]) -> set[str]:
    """Those of these people who are at two places at once, until somebody decides."""
    keys = {stay_key(number): number for number in people}
    waiting = select(Conflict.key).where(Conflict.key.in_(keys), Conflict.resolved_at.is_(None))
    return {keys[key] for key in session.scalars(waiting)}


def _columns(model: type[Person | Stay | Household]) -> Any:
    table: Table = model.__table__  # type: ignore[assignment]
    names = {
        Person: ("id", "doc", "household_id", "protection", "removed_at"),
        Stay: ("id", "doc", "person_id", "shelter_id", "goods_shelter_id", "ended_at", "confirmed"),
        Household: ("id", "doc", "code"),
    }[model]
    return select(*(table.c[name] for name in names))


def _home(row: Any, opened: Any) -> dict[str, Any]:
    """A household; ``codes`` are others that stand on slips of it: of a second tablet, or one that another household holds."""
    told = _one(row, opened)
    given = set(merging.load(opened(row.doc)).all("code"))
    told["values"] = {**told["values"], "code": row.code} if row.code else told["values"]
    return {**told, "codes": sorted(given - {row.code})} if given - {row.code} else told


def _one(row: Any, opened: Any) -> dict[str, Any]:
    doc = merging.load(opened(row.doc))
    told = {name: doc.get(name) for name in doc.heads if name not in _UNTOLD}
    return {
        "id": row.id,
        "values": {name: value for name, value in told.items() if value is not None},
        "heads": doc.seen(doc.heads),
    }
