"""Twenty protected people whose every text is unique, and two who are not protected, to prove that the search would find them."""

import re
from datetime import UTC, datetime

from sqlalchemy import insert, select

from disaster.core import clock, sealed
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents import running
from registry.intake import entering
from registry.intake.entering import Entry
from registry.models.ledger import Victim
from registry.models.people import Resident
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.vocabulary import Kind, Protection

COUNT = 20
OWN, OTHER = 0, COUNT + 1  # who are not protected: at the person's own shelter, and at another
MARK = "QKZWV"  # in every text of a protected person
OPEN_MARK = "WQPXJ"  # the same of the one who may be seen
_PHONE, _IDS = "0905550", "cafe-7afe-8afe"
NAMED = re.compile(rf"{MARK}|{_PHONE}\d\d|金糸雀".encode())
FOUND = re.compile(NAMED.pattern + f"|{_IDS}".encode())
OPEN_FOUND = re.compile(OPEN_MARK.encode())
AT = int(datetime(2026, 11, 23, 6, tzinfo=UTC).timestamp() * 1000)


def person_id(number: int) -> str:
    """Of protected person ``number``; ``OWN`` and ``OTHER`` may be seen."""
    kind = "0000-7000-8000" if number in (OWN, OTHER) else _IDS
    return f"019b{number:04x}-{kind}-0000000000{number:02x}"


def household_id(number: int) -> str:
    """Of the group that they came with."""
    return person_id(number).replace("-0000000000", "-1111110000")


def stay_id(number: int) -> str:
    """Of where they are."""
    return person_id(number).replace("-0000000000", "-2222220000")


def victim_id(number: int) -> str:
    """Of their entry in the ledger."""
    return person_id(number).replace("-0000000000", "-3333330000")


def application_id(number: int) -> str:
    """Of their application for a certificate."""
    return person_id(number).replace("-0000000000", "-4444440000")


def name(number: int) -> str:
    """How they are called."""
    return f"雲雀{OPEN_MARK}{number:02}" if number in (OWN, OTHER) else f"金糸雀{MARK}{number:02}"


def seed(shelter_id: int, other_shelter_id: int, officer: int, second: int) -> None:
    """All of them, half of them on the residents' list too; each in the ledger. They are protected by two officers."""
    with transaction() as session:
        entries = [
            entry
            for number in range(COUNT + 2)
            for entry in _entries(number, shelter_id if number % 2 == 0 else other_shelter_id)
        ]
        entering.enter_all(session, entries, actor="cli")
        incident = running.ensure(session, actor="cli")
        session.execute(insert(Resident), [_resident(number) for number in range(1, COUNT + 1)])
        known = dict(session.execute(select(Resident.source_key, Resident.id)).all())  # type: ignore[arg-type]
        at = clock.now()
        rows = [
            Victim(
                id=victim_id(number),
                incident_id=incident,
                number=900 + number,
                person_id=person_id(number),
                resident_id=known.get(f"canary-{number}") if number % 2 and number != OTHER else None,
                created_at=at,
                created_by="cli",
            )
            for number in range(COUNT + 2)
        ]
        session.add_all(rows)
    for number in range(1, COUNT + 1):
        wanted = Wanted(
            level=Protection.HIDDEN,
            source="support",
            reason=f"理由{MARK}",
            second_officer=second,
            person_id=person_id(number),
            alias=f"仮{MARK}",
            abuser_name=f"相手{MARK}",
        )
        orders.protect(wanted, officer)
    db.session.rollback()


def _entries(number: int, shelter_id: int) -> list[Entry]:
    seen = number in (OWN, OTHER)
    mark = f"{OPEN_MARK if seen else MARK}{number:02}"
    phone = f"{'0909999' if seen else _PHONE}{number:02}"
    household = {
        "surname": name(number),
        "kana": f"カナリア{mark}",
        "address": f"山田{mark}",
        "phone": phone,
        "note": f"覚え{mark}",
    }
    person = {
        "family": name(number),
        "given": f"名{mark}",
        "kana": f"カナリア{mark}",
        "romaji": f"{mark} KANARIA",
        "birth": "19600412",
        "sex": "f",
        "address": f"山田{mark}",
        "phone": phone,
        "relation": f"続柄{mark}"[:40],
        "injury": f"けが{mark}",
        "care": ["device"],
        "care_note": f"ケア{mark}",
        "household": household_id(number),
    }
    stay = {"person": person_id(number), "place": "shelter", "shelter": shelter_id, "start": AT, "slot": f"区画{mark}"}
    return [
        Entry(Kind.HOUSEHOLD, household_id(number), household, shelter_id),
        Entry(Kind.PERSON, person_id(number), person, shelter_id),
        Entry(Kind.STAY, stay_id(number), {**stay, "contact": f"行き先{mark}"}, shelter_id),
    ]


def _resident(number: int) -> dict[str, object]:
    return {
        "source_key": f"canary-{number}",
        "household_key": f"canary-household-{number}",
        "name": name(number),
        "kana": f"カナリア{MARK}{number:02}",
        "birth_raw": "S35.4.12",
        "address": f"山田{MARK}{number:02}",
        "relation": "世帯主",
        "phone_digest": sealed.digest(f"{_PHONE}{number:02}", "phone"),
        "hidden": True,
        "row_hash": "0" * 64,
        "updated_at": clock.now(),
    }
