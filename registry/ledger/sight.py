"""Which entries of the ledger exist for an account, and looking at one: protected people do not exist for those who are not cleared.

An entry is hidden with its person, or with its row of the residents' list (支援措置); also through an entry that was merged into theirs.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Missing
from disaster.staff.models import Account
from registry.access import asked, viewing
from registry.access.cells import PURPOSES, Group
from registry.access.clearance import cleared
from registry.access.viewing import NO_RECORD, PurposeNeeded
from registry.models.ledger import Victim
from registry.models.people import Person, Resident
from registry.vocabulary import Protection


@dataclass(frozen=True, slots=True)
class Named:
    """An entry with what lists call it."""

    victim: Victim
    name: str
    kana: str = ""


def known_to(account: Account) -> ColumnElement[bool]:
    """The condition on ``victims`` that leaves out everybody who does not exist for this account."""
    return true() if cleared(account) else open_to_all()


def open_to_all() -> ColumnElement[bool]:
    """The same for somebody for whom nobody hidden exists."""
    people = select(Person.id).where(Person.protection == Protection.HIDDEN)
    into = select(Person.merged_into).where(Person.protection == Protection.HIDDEN, Person.merged_into.is_not(None))
    rows = select(Resident.id).where(Resident.hidden.is_(True))
    return or_(Victim.person_id.is_(None), Victim.person_id.not_in(people) & Victim.person_id.not_in(into)) & or_(
        Victim.resident_id.is_(None), Victim.resident_id.not_in(rows)
    )


def entry(session: Session, account: Account, victim_id: str) -> Victim:
    """One entry that exists for the account, without a record; for steps that record what they do.

    Raises:
        Missing
    """
    row = session.scalar(select(Victim).where(Victim.id == victim_id, known_to(account)))
    if row is None:
        raise Missing(NO_RECORD)
    return row


def look(account: Account, victim_id: str, purpose: str) -> Victim:
    """Look at one entry with all its items; recorded, with the person's own record of who looked.

    Raises:
        Missing: there is none for this account.
        PurposeNeeded
    """
    try:
        return _look(account, victim_id, purpose)
    except Missing:
        asked.record(account, victim_id)
        raise


def _look(account: Account, victim_id: str, purpose: str) -> Victim:
    with transaction() as session:
        row = entry(session, account, victim_id)
        if purpose not in PURPOSES:
            raise PurposeNeeded("何のために見るかを選んでください。見た人と目的は、記録に残ります。")
        if row.person_id:
            detail = {"purpose": purpose}
            audit.record(session, "ledger.viewed", actor=account.actor, subject=f"victim:{row.id}", detail=detail)
            groups = [Group.NAME, Group.BIRTH, Group.HOUSEHOLD, Group.STAY, Group.CARE, Group.INJURY]
            viewing.record(session, account, f"person:{row.person_id}", groups, purpose)
        else:
            viewing.record_paper(session, account, "ledger.viewed", f"victim:{row.id}", purpose)
    return row


def named(session: Session, account: Account, victims: list[Victim]) -> list[Named]:
    """Entries with their names, as lists show them: the residents' list's name first; an alias where whereabouts are secret."""
    people = {
        row.id: row for row in session.scalars(select(Person).where(Person.id.in_([v.person_id for v in victims])))
    }
    rows = {
        row.id: row
        for row in session.scalars(select(Resident).where(Resident.id.in_([v.resident_id for v in victims])))
    }
    secret = {} if cleared(account) else {k: p for k, p in people.items() if p.protection == Protection.WHEREABOUTS}
    found = []
    for victim in victims:
        person, row = people.get(victim.person_id or ""), rows.get(victim.resident_id or 0)
        if person and person.id in secret:
            found.append(Named(victim, viewing.alias(person.id)))
        elif row:
            found.append(Named(victim, row.name, row.kana))
        elif person:
            kana = person.kana or f"{person.kana_family} {person.kana_given}".strip()
            found.append(Named(victim, viewing.full_name(person), kana))
        else:
            found.append(Named(victim, f"番号{victim.number}"))
    return found
