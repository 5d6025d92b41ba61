"""Which resident an evacuee is. By itself only what cannot be doubted: the day of birth, the name and the address or telephone agree, with exactly one.

Who turns out to be protected (支援措置) is protected as an evacuee in the same moment. Everything less certain is a suggestion to a person.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.places import Places
from registry.intake import entering
from registry.matching import likeness, suggesting
from registry.matching.likeness import Entry, Reason, Scored
from registry.models.people import Person, Resident
from registry.search.indexing import pieces, split
from registry.vocabulary import Kind

ACTOR = "system:residents"
_MANY = 300
_TOGETHER = 200  # links of one transaction
_SURE = {Reason.NAME_SAME, Reason.BIRTH_SAME}
_COLUMNS = (
    Resident.id, Resident.name, Resident.kana, Resident.birth_date, Resident.birth_precision, Resident.sex, Resident.address,
    Resident.area_code, Resident.phone_digest,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A resident who an evacuee may be."""

    resident_id: int
    name: str
    score: int
    reasons: tuple[Reason, ...]


def link(incident_id: int, *, actor: str = ACTOR) -> int:
    """Link every evacuee of a disaster who is certain and not linked yet; how many."""
    session = db.session()
    people = [entry for entry in suggesting.entries(session, incident_id) if entry.resident is None]
    found = dict(_certain(session, [entry for entry in people if entry.birth and entry.precision == "day"]))
    session.rollback()
    for part in pieces(found.items(), _TOGETHER):
        with transaction() as writing:
            unlinked = _unlinked(writing, [person for person, _ in part])
            changes = [
                entering.Entry(Kind.PERSON, person, {"resident": number})
                for person, number in part
                if person in unlinked
            ]
            entering.enter_all(writing, changes, actor=actor)
    return len(found)


def suggestions(person_id: str, *, cleared: bool) -> list[Suggestion]:
    """Residents who this evacuee may be, the likeliest first. Without clearance nobody who is protected is among them."""
    session = db.session()
    incident = session.scalar(select(Person.incident_id).where(Person.id == person_id))
    person = next((entry for entry in suggesting.entries(session, incident or 0) if entry.id == person_id), None)
    if person is None or person.birth is None:
        return []
    shown = [] if cleared else [~Resident.hidden]
    today = clock.jst(clock.now()).date()
    found = []
    for resident, name in _residents(session, [Resident.birth_date == person.birth, *shown]):
        scored: Scored = likeness.score(person, resident, today)
        if scored.score >= likeness.POSSIBLE:
            found.append(Suggestion(int(resident.id), name, scored.score, scored.reasons))
    return sorted(found, key=lambda one: (-one.score, one.resident_id))[:10]


def _certain(session: Session, people: Sequence[Entry]) -> Iterator[tuple[str, int]]:
    """Evacuees with the one resident whom they are."""
    for part in pieces(people, _MANY):
        days = {entry.birth for entry in part}
        here = [Resident.birth_date.in_(days), Resident.birth_precision == "day", Resident.gone == ""]
        by_day: dict[Any, list[Entry]] = {}
        for resident, _ in _residents(session, here):
            by_day.setdefault(resident.birth, []).append(resident)
        for person in part:
            agreeing = [one for one in by_day.get(person.birth, ()) if _agree(person, one)]
            if len(agreeing) == 1:
                yield person.id, int(agreeing[0].id)


def _agree(person: Entry, resident: Entry) -> bool:
    reasons = set(likeness.score(person, resident).reasons)
    lives = Reason.ADDRESS_SAME in reasons or Reason.PHONE_SAME in reasons
    return reasons >= _SURE and lives and Reason.SEX_OTHER not in reasons


def _residents(session: Session, which: Iterable[ColumnElement[bool]]) -> Iterator[tuple[Entry, str]]:
    places = Places(municipality())
    for row in session.execute(select(*_COLUMNS).where(*which).limit(100_000)):
        family, given = split("", "", row.name)
        kana_family, kana_given = split("", "", row.kana)
        place = places.read(row.address)
        yield (
            Entry(
                str(row.id), family=family, given=given, kana_family=kana_family, kana_given=kana_given, birth=row.birth_date,
                precision=row.birth_precision, sex=row.sex, area_code=place.area_code or row.area_code, address_key=place.key,
                address_branch=place.branch, phone=row.phone_digest,
            ),
            row.name,
        )  # fmt: skip


def _unlinked(session: Session, people: Sequence[str]) -> set[str]:
    query = select(Person.id).where(Person.id.in_(people), Person.resident_id.is_(None), Person.merged_into.is_(None))
    return set(session.scalars(query))
