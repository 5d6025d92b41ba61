"""Finding a person by what somebody says of them: reading or name, and birth date. Pure conditions in, entries out; who may see them is asked by the caller."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from disaster.core import birthdates, names
from registry.models.people import Person, Resident

MOST = 20


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of the person, as typed. ``birth`` in any notation; empty where nobody knows."""

    name: str = ""
    kana: str = ""
    birth: str = ""

    @property
    def day(self) -> date | None:
        """The birth date, where it was a full one."""
        found = birthdates.read(self.birth) if self.birth.strip() else None
        return found.day if found is not None and found.precision == birthdates.Precision.DAY else None

    @property
    def keys(self) -> frozenset[str]:
        """What the name is found by."""
        spoken = names.kana_key(self.kana) if self.kana.strip() else ""
        return frozenset(key for key in (spoken, names.kanji_key(self.name) if self.name.strip() else "") if key)


def people(session: Session, said: Said, allowed: ColumnElement[bool]) -> list[Person]:
    """Entries whose name or reading is what was said, and whose birth date does not contradict it; ``allowed``: who may be found at all."""
    if not said.keys:
        return []
    day = said.day
    fits = allowed & Person.merged_into.is_(None) & Person.removed_at.is_(None)
    if day is not None:
        fits = fits & (Person.birth_date.is_(None) | (Person.birth_date == day))
    rows = session.execute(
        select(
            Person.id,
            Person.name,
            Person.family,
            Person.given,
            Person.kana,
            Person.kana_family,
            Person.kana_given,
            Person.romaji,
        ).where(fits)
    )
    found = [
        row.id
        for row in rows
        if said.keys & _keys(row.name, row.family, row.given, row.kana, row.kana_family, row.kana_given)
    ]
    return list(session.scalars(select(Person).where(Person.id.in_(found[:MOST])).order_by(Person.id))) if found else []


def residents(session: Session, said: Said, allowed: ColumnElement[bool]) -> list[Resident]:
    """The same of the residents' list."""
    if not said.keys:
        return []
    fits = allowed & (Resident.gone == "")
    if (day := said.day) is not None:
        fits = fits & (Resident.birth_date.is_(None) | (Resident.birth_date == day))
    rows = session.execute(select(Resident.id, Resident.name, Resident.kana).where(fits))
    found = [row.id for row in rows if said.keys & _keys(row.name, "", "", row.kana, "", "")]
    return (
        list(session.scalars(select(Resident).where(Resident.id.in_(found[:MOST])).order_by(Resident.id)))
        if found
        else []
    )


def _keys(name: str, family: str, given: str, kana: str, kana_family: str, kana_given: str) -> set[str]:
    written = names.kanji_key(name or family + given)
    spoken = names.kana_key(kana or kana_family + kana_given)
    return {key for key in (written, spoken) if key}
