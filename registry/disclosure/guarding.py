"""Of whom nothing may be given away: who is protected, as an evacuee or by a row of the residents' list (支援措置)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.disclosure.grounds import Rule
from registry.models.ledger import Victim
from registry.models.people import Person, Resident
from registry.vocabulary import SECRET, Protection


def guarded(session: Session, rule: Rule, found: Sequence[Victim]) -> list[int]:
    """The ledger's numbers of those of them who are protected; for what is published, of those too who asked not to be."""
    levels = {*SECRET} | ({Protection.UNLISTED} if rule.public else set())
    numbers: list[int] = []
    for start in range(0, len(found), 500):
        chunk = [victim.id for victim in found[start : start + 500]]
        mine = (
            select(Victim.number)
            .outerjoin(Person, Person.id == Victim.person_id)
            .outerjoin(Resident, Resident.id == Victim.resident_id)
            .where(Victim.id.in_(chunk), Person.protection.in_(levels) | Resident.hidden.is_(True))
        )
        numbers.extend(session.scalars(mine.order_by(Victim.number)))
    return numbers
