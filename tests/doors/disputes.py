"""What stands against each other in the walked town: about the two who may be seen, and about some of the protected."""

from sqlalchemy import select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from registry.intake import entering, ids, taking
from registry.intake.batch import Source
from registry.intake.entering import Entry
from registry.intake.schemas import Event
from registry.matching import joining
from registry.models.access import AccessNotice
from registry.models.intake import IntakeEvent, Quarantined
from registry.models.people import Conflict
from registry.vocabulary import ConflictKind, Kind
from tests.doors import canaries

PROTECTED = (2, 3, 4)


def seed(own: int, other: int) -> None:
    """For each of them another name that nobody linked to the first, and an entry that came again with other content."""
    with transaction() as session:
        for number in (canaries.OWN, canaries.OTHER, *PROTECTED):
            person, shelter = canaries.person_id(number), own if number % 2 == 0 else other
            entry = Entry(Kind.PERSON, person, {"given": f"別名{canaries.name(number)}"}, shelter, seen={})
            entering.enter_all(session, [entry], actor="cli")
            stored = session.scalars(select(IntakeEvent.id).where(IntakeEvent.entity == person)).first()
            fields = {"note": f"後から{canaries.name(number)}"}
            again = Event(id=stored or "", kind=Kind.PERSON, entity=person, seq=9, at=canaries.AT, fields=fields)
            taking.take_all(session, [again], Source(None, "cli", clock.now()))
    db.session.rollback()


def conflict(number: int) -> int:
    """Of somebody."""
    subject = f"person:{canaries.person_id(number)}"
    mine = (Conflict.subject == subject) & (Conflict.kind == ConflictKind.FIELD)
    found = db.session.scalars(select(Conflict.id).where(mine)).one()
    db.session.rollback()
    return found


def kept(place: int) -> int:
    """One that could not be taken: the first is of somebody who may be seen, the last of somebody protected."""
    found = db.session.scalars(select(Quarantined.id).order_by(Quarantined.id)).all()
    db.session.rollback()
    return found[place]


def merged(shelter: int, one: str = "") -> int:
    """Two entries that were one person."""
    other = ids.new()
    if one:
        with transaction() as session:
            entering.enter_all(session, [Entry(Kind.PERSON, other, {"family": "重複"}, shelter)], actor="cli")
        return joining.merge(other, one, actor="cli")
    one = ids.new()
    with transaction() as session:
        entries = [Entry(Kind.PERSON, number, {"family": "重複"}, shelter) for number in (one, other)]
        entering.enter_all(session, entries, actor="cli")
    return joining.merge(one, other, actor="cli")


def notice(account_id: int) -> int:
    """Somebody looked at much."""
    with transaction() as session:
        row = AccessNotice(kind="volume", account_id=account_id, at=clock.now())
        session.add(row)
        session.flush()
        return row.id
