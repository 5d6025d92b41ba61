"""People of a small disaster: evacuees by the tablets' way, rows of the residents' list, entries of the ledger."""

from datetime import date
from typing import Any

from sqlalchemy import select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from registry.intake import ids
from registry.intake.entering import Entry, enter_all
from registry.ledger import victims
from registry.models.ledger import Victim
from registry.models.people import Person, Resident
from registry.vocabulary import Kind, Sex

OFFICER = "account:1"


def evacuee(**fields: Any) -> str:
    """Somebody who was registered; the id of the person."""
    number = ids.new()
    with transaction() as session:
        enter_all(session, [Entry(Kind.PERSON, number, {"family": "山田", "given": "花子", **fields})], actor=OFFICER)
    return number


def resident(name: str = "山田　太郎", household: str = "h1", **columns: Any) -> int:
    """A row of the residents' list; its number."""
    row = Resident(
        **{
            "source_key": ids.new(),
            "household_key": household,
            "name": name,
            "kana": "ヤマダ　タロウ",
            "birth_raw": "S600412",
            "birth_date": date(1985, 4, 12),
            "birth_precision": "day",
            "sex": Sex.MALE,
            "address": "三重県員弁郡東員町大字山田1600",
            "row_hash": "",
            "updated_at": clock.now(),
            **columns,
        }
    )
    with transaction() as session:
        session.add(row)
        session.flush()
        return row.id


def entry_of(person: str | None = None, *, resident: int | None = None) -> Victim:
    """The entry of somebody in the ledger."""
    db.session.rollback()
    mine = Victim.person_id == person if person else Victim.resident_id == resident
    return db.session.scalars(select(Victim).where(mine)).one()


def in_the_ledger(**fields: Any) -> Victim:
    """Somebody who was registered and whom the ledger took in."""
    person = evacuee(**fields)
    victims.build(actor=OFFICER)
    return entry_of(person)


def merge(person: str, into: str | None) -> None:
    """What a merge, or undoing it, leaves in the table of people."""
    with transaction() as session:
        row = session.get(Person, person)
        assert row is not None
        row.merged_into = into
