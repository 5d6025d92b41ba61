"""Records of what was given away, as an account may see them: who does not exist for it is neither named nor counted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, func, literal, not_, select
from sqlalchemy.orm import Session

from disaster.core import audit
from disaster.core.errors import Missing
from disaster.staff.models import Account
from registry.access import clearance
from registry.access.clearance import cleared
from registry.ledger import sight
from registry.ledger.sight import Named
from registry.models.giving import DisclosedPerson, Disclosure
from registry.models.ledger import Victim
from registry.models.people import Person


@dataclass(frozen=True, slots=True)
class Record:
    """One record. ``people``: how many exist for the viewer; ``named`` those of them who stand in the ledger; ``application`` the items of 規則 8条の6."""

    row: Disclosure
    people: int
    named: Sequence[Named] = ()
    application: dict[str, str] = field(default_factory=dict)


def newest(session: Session, viewer: Account, most: int) -> list[Record]:
    """The latest, newest first; none that is about nobody who exists for the viewer."""
    rows = session.scalars(select(Disclosure).order_by(Disclosure.id.desc()).limit(most)).all()
    hidden = _hidden(session, viewer, [row.id for row in rows])
    found = [Record(row, row.people - hidden.get(row.id, 0)) for row in rows]
    return [one for one in found if one.people > 0 or not one.row.people]


def one(session: Session, viewer: Account, number: int) -> Record:
    """One record with its people; recorded, in the caller's transaction.

    Raises:
        Missing: there is none for the viewer.
    """
    row = session.get(Disclosure, number)
    people = row.people - _hidden(session, viewer, [number]).get(number, 0) if row else 0
    if row is None or (row.people and people <= 0):
        raise Missing
    subjects = select(DisclosedPerson.subject).where(DisclosedPerson.disclosure_id == number)
    by_id = (literal("victim:") + Victim.id).in_(subjects)
    known = session.scalars(select(Victim).where(by_id, sight.known_to(viewer)).order_by(Victim.number))
    named = sight.named(session, viewer, list(known))
    subject = f"disclosure:{number}"
    detail = {"people": len(named), "purpose": "disclosure"}
    audit.record(session, "disclosure.viewed", actor=viewer.actor, subject=subject, detail=detail)
    return Record(row, people, named, json.loads(row.application) if row.application else {})


def _hidden(session: Session, viewer: Account, numbers: Sequence[int]) -> dict[int, int]:
    """How many people of each record do not exist for the viewer."""
    if cleared(viewer) or not numbers:
        return {}
    victims: Select[str] = select(literal("victim:") + Victim.id).where(not_(sight.known_to(viewer)))
    people: Select[str] = select(literal("person:") + Person.id).where(not_(clearance.known_to(viewer)))
    query = (
        select(DisclosedPerson.disclosure_id, func.count())
        .where(
            DisclosedPerson.disclosure_id.in_(numbers),
            DisclosedPerson.subject.in_(victims) | DisclosedPerson.subject.in_(people),
        )
        .group_by(DisclosedPerson.disclosure_id)
    )
    return dict(session.execute(query).all())
