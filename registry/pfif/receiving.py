"""PFIF into the register: each person once, each note once, however often and by however many at once it comes; nobody has checked any of it.

What a service writes anew about a person is taken while the entry is nobody's word but theirs, field by field, where nobody here put it right.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, clock, sealed
from disaster.core.db import transaction
from disaster.staff.models import Account
from registry.access.clearance import cleared
from registry.intake import entering, merging, projection
from registry.intake.entering import Entry
from registry.models.giving import ForeignNote, ForeignRecord
from registry.models.people import Person
from registry.pfif import document, reading
from registry.pfif.document import Note, Record
from registry.vocabulary import SECRET, Kind, Protection

_SPACE = uuid.UUID("6c9f8a52-8f5e-4b6e-9a3e-0f3f4f1f7c11")  # of ids made from foreign record ids
_TOLD = "safety_at"  # in what a service said: the time of its last word about how they are
_PART = 500  # people that one statement takes


@dataclass(frozen=True, slots=True)
class News:
    """What a file says that is not here yet about one person: ``fields`` of an entry that is ``known`` by their words, and notes, oldest first."""

    name: str
    known: bool
    fields: Sequence[str] = ()
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did, in records. ``expired``: their service wanted them wiped by now; ``names`` of the new ones; ``notes`` and ``changed`` of
    people who were here before; ``unknown``: notes about people who are not here.
    """

    new: int
    known: int
    expired: int = 0
    names: Sequence[str] = ()
    notes: int = 0
    changed: int = 0
    unknown: int = 0
    news: Sequence[News] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class _Known:
    """An entry that came before, as it stands, and what is new."""

    record: Record
    person: Person
    doc: merging.Doc
    fields: Mapping[str, str]
    said: Mapping[str, str]
    said_at: datetime | None  # where the record is newer
    notes: Sequence[Note]


def take(data: bytes, *, actor: str, account: Account | None = None, dry_run: bool = False) -> Taken:
    """Bring a foreign document in. That somebody is dead is believed of no foreign note.

    ``account``: for whom; None is the command line. An entry that is secret by now is none for who is not cleared: the record comes in as that of
    somebody unknown does, beside it, and the entry stays as it is.

    Raises:
        Invalid: it is none.
    """
    found, at, clear = document.read_all(data), clock.now(), account is not None and cleared(account)
    records = reading.once(one for one in found.records if not one.expiry_date or reading.time(one.expiry_date) > at)
    with transaction() as session:
        if not dry_run:
            audit.in_a_row(session)  # the same file that comes twice at once comes one after the other
        ids, there = _entries(session, records, clear=clear)
        fresh = [(number, one) for number, one in zip(ids, records, strict=True) if number not in there]
        known = {number: one for number, one in zip(ids, records, strict=True) if number in there}
        loose, unknown = _loose(session, found.loose, clear=clear)
        more = _news(session, known, loose)
        if not dry_run:
            _enter(session, fresh, more, actor)
            new = {one.person_record_id for _, one in fresh}
            _expire(session, [one for one in found.records if one.person_record_id not in new])
    over = len({one.person_record_id for one in found.records} - {one.person_record_id for one in records})
    return Taken(
        len(fresh),
        len(known),
        over,
        tuple(one.full_name for _, one in fresh),
        sum(len(one.notes) for one in more),
        sum(bool(one.fields) for one in more),
        unknown,
        (*(_of_new(one) for _, one in fresh), *(_of_known(one) for one in more)),
    )


def _of_new(record: Record) -> News:
    return News(record.full_name, False, (), _sorted(record.notes))


def _of_known(one: _Known) -> News:
    return News(
        one.record.full_name or one.record.person_record_id,
        True,
        [reading.FIELDS[field] for field in one.fields],
        one.notes,
    )


def _enter(session: Session, fresh: Sequence[tuple[str, Record]], more: Sequence[_Known], actor: str) -> None:
    """Write what is new, with what the service said, and which notes are here now."""
    if not fresh and not more:
        return
    entries = [_entry(number, one) for number, one in fresh] + [_change(one) for one in more]
    entering.enter_all(session, [one for one in entries if one.fields], actor=actor)
    session.flush()
    for number, one in fresh:
        said = json.dumps({**reading.fields(one), _TOLD: reading.told_at(one)}, ensure_ascii=False)
        until, at = _until(one), reading.said_at(one)
        session.add(ForeignRecord(person_id=number, expires_at=until, said_at=at, said=said))
    session.add_all(
        ForeignNote(person_id=number, digest=_digest(note))
        for number, notes in [
            *((number, one.notes) for number, one in fresh),
            *((one.person.id, one.notes) for one in more),
        ]
        for note in notes
    )
    for known in more:
        row = session.get(ForeignRecord, known.person.id)
        if row is not None:
            row.said = json.dumps(known.said, ensure_ascii=False)
            row.said_at = known.said_at or row.said_at
    detail = {
        "new": len(fresh),
        "notes": sum(len(one.notes) for one in more),
        "changed": sum(bool(one.fields) for one in more),
    }
    audit.record(session, "pfif.taken", actor=actor, subject="pfif", detail=detail)


def _entry(number: str, record: Record) -> Entry:
    note = reading.noted("\n".join(reading.head(record)), [reading.line(one) for one in _sorted(record.notes)])
    return Entry(Kind.PERSON, number, {**reading.fields(record), "note": note, "provisional": True})


def _change(one: _Known) -> Entry:
    changes: dict[str, Any] = dict(one.fields)
    before = "\n".join(dict.fromkeys(one.doc.all("note")))
    if one.notes and (after := reading.noted(before, [reading.line(note) for note in one.notes])) != before:
        changes["note"] = after
    return Entry(Kind.PERSON, one.person.id, changes)


def _news(session: Session, known: Mapping[str, Record], loose: Mapping[str, Sequence[Note]]) -> list[_Known]:
    """What is new about entries that are here; nothing about those that were wiped or taken out."""
    numbers, found = list({**known, **loose}), []
    for start in range(0, len(numbers), _PART):
        part = numbers[start : start + _PART]
        people = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(part)))}
        rows = {
            one.person_id: one
            for one in session.scalars(select(ForeignRecord).where(ForeignRecord.person_id.in_(part)))
        }
        noted = select(ForeignNote.person_id, ForeignNote.digest).where(ForeignNote.person_id.in_(part))
        have = {(row.person_id, row.digest) for row in session.execute(noted)}
        for number in part:
            person, row = people[number], rows.get(number)
            record = known.get(number) or _silent(loose[number][0])
            every = {note.note_record_id: note for note in (*record.notes, *loose.get(number, ()))}.values()
            new = _sorted([note for note in every if (number, _digest(note)) not in have])
            newer = number in known and (row is None or row.said_at is None or reading.said_at(record) > row.said_at)
            if person.removed_at is None and (new or newer):
                one = _compared(person, row, replace(record, notes=tuple(every)), new, newer=newer)
                found += [one] if one.notes or one.fields else []
    return found


def _compared(person: Person, row: ForeignRecord | None, record: Record, new: Sequence[Note], *, newer: bool) -> _Known:
    """Which fields the service says anew: only while nobody took the entry over, and only where what stands is what the service said before.

    How they are follows the latest note of all that came, whichever file brought it.
    """
    doc = merging.load(sealed.unseal(person.doc, projection.SEAL))
    said = dict(json.loads(row.said)) if row and row.said else {}
    saying = reading.fields(record)
    told = reading.told_at(record)
    later = bool(told) and told > said.get(_TOLD, "")
    wanted = {name: text for name, text in saying.items() if (later if name == "safety" else newer)}
    changes: dict[str, str] = {}
    for name, text in wanted.items():
        heads = doc.heads.get(name, ())
        stands = str(doc.get(name, ""))
        mine = len(heads) < 2 and stands in ("", said.get(name, ""), *(["unconfirmed"] if name == "safety" else []))
        if person.provisional and mine and stands != text:
            changes[name] = text
    return _Known(
        record,
        person,
        doc,
        changes,
        {**said, **wanted, **({_TOLD: told} if later else {})},
        reading.said_at(record) if newer else None,
        new,
    )


def _loose(session: Session, notes: Sequence[Note], *, clear: bool) -> tuple[dict[str, list[Note]], int]:
    """Notes that came without their person, by the entry that is here; and how many are about nobody who is."""
    records = list({note.person_record_id: _silent(note) for note in notes}.values())
    ids, there = _entries(session, records, clear=clear)
    of = dict(zip((one.person_record_id for one in records), ids, strict=True))
    found: dict[str, list[Note]] = {}
    for note in notes:
        if of[note.person_record_id] in there:
            found.setdefault(of[note.person_record_id], []).append(note)
    return found, len(notes) - sum(map(len, found.values()))


def _entries(session: Session, records: Sequence[Record], *, clear: bool) -> tuple[list[str], set[str]]:
    """The entry of each record, and those that are there. Past an entry that is secret to who is not ``clear`` there is another one for the same record."""
    ids = [_id(record) for record in records]
    while True:
        there: dict[str, Protection] = {}
        for start in range(0, len(ids), _PART):
            mine = select(Person.id, Person.protection).where(Person.id.in_(ids[start : start + _PART]))
            there.update(session.execute(mine).all())
        secret = set() if clear else {number for number, level in there.items() if level in SECRET}
        if not secret:
            return ids, set(there)
        ids = [str(uuid.uuid5(_SPACE, number)) if number in secret else number for number in ids]


def _expire(session: Session, records: Sequence[Record]) -> None:
    """What the service says now of entries that came from it before: longer, shorter, or over."""
    for start in range(0, len(records), _PART):
        said = {_id(one): _until(one) for one in records[start : start + _PART]}
        for row in session.scalars(select(ForeignRecord).where(ForeignRecord.person_id.in_(said))):
            row.expires_at = said[row.person_id]


def _silent(note: Note) -> Record:
    """The person whom a note is about, of whom the file says nothing else."""
    return Record(note.person_record_id, note.source_date, "")


def _sorted(notes: Sequence[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda note: reading.time(note.source_date)))


def _digest(note: Note) -> str:
    return hashlib.sha256(note.note_record_id.encode()).hexdigest()


def _until(record: Record) -> datetime | None:
    return reading.time(record.expiry_date) if record.expiry_date else None


def _id(record: Record) -> str:
    return str(uuid.uuid5(_SPACE, record.person_record_id))
