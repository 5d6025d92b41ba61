"""PFIF out of the register and into it: out only whom agreed to be published, by two officers and with a disclosure; in as entries that nobody has checked."""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.incidents import running
from disaster.staff import accounts
from disaster.staff.models import Account
from disaster.staff.permissions import Permission
from registry import twofold
from registry.access import viewing
from registry.access.clearance import cleared
from registry.consent.words import Recipient
from registry.disclosure.grounds import Ground
from registry.intake import entering
from registry.intake.entering import Entry
from registry.models.giving import DisclosedPerson, Disclosure, ForeignRecord
from registry.models.people import Household, Person
from registry.pfif import document
from registry.pfif.document import Note, Record
from registry.vocabulary import SECRET, Kind, Outcome, Protection, Safety, Sex

KIND = "pfif"
KEPT = timedelta(days=60)  # after which other services wipe what we gave them
_SPACE = uuid.UUID("6c9f8a52-8f5e-4b6e-9a3e-0f3f4f1f7c11")  # of ids made from foreign record ids
_SEX = {Sex.MALE: "male", Sex.FEMALE: "female", Sex.OTHER: "other"}
_ALIVE = (Safety.SAFE, Safety.LIGHT, Safety.SEVERE)
_SAID = {
    "believed_alive": Safety.SAFE,
    "is_note_author": Safety.SAFE,
    "believed_missing": Safety.UNACCOUNTED,
    "believed_dead": Safety.UNACCOUNTED,
}

_WORDS = {
    "information_sought": "探しています",
    "is_note_author": "本人が書いた",
    "believed_alive": "無事らしい",
    "believed_missing": "行方不明らしい",
    "believed_dead": "亡くなったらしい",
}
_NOTE = 2000  # letters of an entry's note


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did, in records. ``expired``: their service wanted them wiped by now; ``names`` of the new ones."""

    new: int
    known: int
    expired: int = 0
    names: Sequence[str] = ()


def propose(reason: str, actor: int) -> int:
    """Propose to publish everybody who agreed to it; the number of the proposal.

    Raises:
        Invalid, Stale, Forbidden
    """
    accounts.check_permission(actor, Permission.DISCLOSE)
    with transaction() as session:
        return twofold.propose(session, KIND, f"incident:{running.running() or 0}", {}, reason, actor)


def confirm(proposal_id: int, actor: int, code: str) -> bytes:
    """The second officer confirms with a fresh code and gets the file, with its disclosure in the same transaction.

    Raises:
        Forbidden, Stale, Missing, Invalid (the code)
    """
    accounts.check_permission(actor, Permission.DISCLOSE)
    twofold.prove(proposal_id, KIND, actor, code)
    with transaction() as session:
        audit.in_a_row(session)
        twofold.confirm(session, proposal_id, KIND, actor)
        people, at = _agreed(session), clock.now()
        records = [_record(person, at) for person in people]
        content = document.write([*records, *_taken_back(session, people, at)])
        row = Disclosure(
            ground=Ground.CONSENT,
            recipient_class=Recipient.PUBLIC,
            recipient="安否情報の共有サービス（PFIF 1.4）",
            application=None,
            purpose="安否の公表",
            items=["A1", "A3"],
            people=len(people),
            file_hash=hashlib.sha256(content).hexdigest(),
            at=at,
            by=actor,
            proposal_id=proposal_id,
        )
        session.add(row)
        session.flush()
        session.add_all(DisclosedPerson(disclosure_id=row.id, subject=f"person:{person.id}") for person in people)
        detail = {"ground": row.ground, "to": row.recipient_class, "items": row.items, "people": row.people}
        audit.record(
            session, "disclosure.made", actor=f"account:{actor}", subject=f"disclosure:{row.id}", detail=detail
        )
        return content


def refuse(proposal_id: int, actor: int) -> None:
    """Nothing is given away; one's own proposal is taken back that way."""
    accounts.check_permission(actor, Permission.DISCLOSE)
    with transaction() as session:
        twofold.refuse(session, proposal_id, KIND, actor)


def take(data: bytes, *, actor: str, account: Account | None = None, dry_run: bool = False) -> Taken:
    """Bring a foreign document in: each person once, however often it comes. That somebody is dead is believed of no foreign note.

    ``account``: for whom; None is the command line. An entry that is secret by now is none for who is not cleared: the record comes in as that of
    somebody unknown does, beside it, and the entry stays as it is.

    Raises:
        Invalid: it is none.
    """
    read, at = document.read(data), _time(clock.now())
    records = _once(one for one in read if not one.expiry_date or one.expiry_date > at)
    with transaction() as session:
        if not dry_run:
            audit.in_a_row(session)
        ids, known = _entries(session, records, clear=account is not None and cleared(account))
        fresh = [(number, one) for number, one in zip(ids, records, strict=True) if number not in known]
        if not dry_run and fresh:
            outcomes = entering.enter_all(session, [_entry(number, one) for number, one in fresh], actor=actor)
            session.flush()
            session.add_all(ForeignRecord(person_id=number, expires_at=_until(one)) for number, one in fresh)
            audit.record(
                session, "pfif.taken", actor=actor, subject="pfif", detail={"new": outcomes.count(Outcome.NEW)}
            )
        if not dry_run:
            new = {one.person_record_id for _, one in fresh}
            _expire(session, [record for record in read if record.person_record_id not in new])
    names = tuple(one.full_name for _, one in fresh)
    over = len({one.person_record_id for one in read} - {one.person_record_id for one in records})
    return Taken(len(fresh), len(records) - len(fresh), over, names)


def _once(records: Iterable[Record]) -> list[Record]:
    """Each person once, though a file name them twice: as the latest record says, with the notes of all."""
    found: dict[str, Record] = {}
    for one in sorted(records, key=lambda record: record.source_date):
        before = found.pop(one.person_record_id, one)
        found[one.person_record_id] = replace(one, notes=tuple(dict.fromkeys((*before.notes, *one.notes))))
    return list(found.values())


def _entries(session: Session, records: Sequence[Record], *, clear: bool) -> tuple[list[str], set[str]]:
    """The entry of each record, and those that are there. Past an entry that is secret to who is not ``clear`` there is another one for the same record."""
    ids = [_id(record) for record in records]
    while True:
        there: dict[str, Protection] = {}
        for start in range(0, len(ids), 500):
            mine = select(Person.id, Person.protection).where(Person.id.in_(ids[start : start + 500]))
            there.update(session.execute(mine).all())
        secret = set() if clear else {number for number, level in there.items() if level in SECRET}
        if not secret:
            return ids, set(there)
        ids = [str(uuid.uuid5(_SPACE, number)) if number in secret else number for number in ids]


def _expire(session: Session, records: Sequence[Record]) -> None:
    """What the service says now of entries that came from it before: longer, shorter, or over."""
    for start in range(0, len(records), 500):
        said = {_id(one): _until(one) for one in records[start : start + 500]}
        for row in session.scalars(select(ForeignRecord).where(ForeignRecord.person_id.in_(said))):
            row.expires_at = said[row.person_id]


def _until(record: Record) -> datetime | None:
    return datetime.fromisoformat(record.expiry_date).astimezone(UTC) if record.expiry_date else None


def _taken_back(session: Session, agreed: Sequence[Person], at: datetime) -> list[Record]:
    """Of those whom we published and who agree no longer, or may not be published any more: a record without content that has run out, so that every
    service that keeps a copy wipes it.
    """
    published = session.scalars(
        select(DisclosedPerson.subject)
        .join(Disclosure, Disclosure.id == DisclosedPerson.disclosure_id)
        .where(Disclosure.ground == Ground.CONSENT, Disclosure.recipient_class == Recipient.PUBLIC)
        .distinct()
    )
    gone = {subject.partition(":")[2] for subject in published} - {person.id for person in agreed}
    said = _time(at)
    return [Record(_number(one), said, "", entry_date=said, expiry_date=said) for one in sorted(gone)]


def _number(person_id: str) -> str:
    """What other services call somebody: the register's own id stays inside."""
    host = urlsplit(settings().public_url).hostname or "localhost"
    return f"{host}/{hashlib.sha256(f'pfif {person_id}'.encode()).hexdigest()[:24]}"


def _agreed(session: Session) -> Sequence[Person]:
    """Whoever lets their name be posted, is alive and under no protection at all."""
    mine = (Person.incident_id == running.running()) & Person.merged_into.is_(None) & Person.removed_at.is_(None)
    open_ones = (Person.protection == Protection.NONE) & Person.safety.in_(_ALIVE)
    rows = session.execute(
        select(Person, Household.consent)
        .join(Household, Household.id == Person.household_id)
        .where(mine, open_ones)
        .order_by(Person.id)
    )
    return [person for person, consent in rows if (consent or {}).get("posting")]


def _record(person: Person, at: datetime) -> Record:
    number, town, said = _number(person.id), municipality(), _time(at)
    note = Note(
        note_record_id=f"{number}-{at:%Y%m%d%H%M%S}",  # notes do not change: each time another
        person_record_id=number,
        author_name=town.name,
        source_date=said,
        status="believed_alive",
        text="避難が確認されています。",
    )
    return Record(
        person_record_id=number,
        source_date=said,
        entry_date=said,
        expiry_date=_time(at + KEPT),
        author_name=town.name,
        source_name=town.name,
        full_name=viewing.full_name(person),
        given_name=person.given,
        family_name=person.family,
        alternate_names=person.kana or f"{person.kana_family} {person.kana_given}".strip(),
        sex=_SEX.get(person.sex, ""),
        home_city=town.name,
        home_country="JP",
        notes=(note,),
    )


def _entry(number: str, record: Record) -> Entry:
    told = [note for note in record.notes if note.status]
    status = max(told, key=lambda note: note.source_date).status if told else ""
    fields = {
        "name": record.full_name[:200],
        "family": record.family_name[:200],
        "given": record.given_name[:200],
        "kana": record.alternate_names[:400],
        "birth": record.date_of_birth[:60],
        "sex": {"male": "m", "female": "f", "other": "x"}.get(record.sex, ""),
        "address": " ".join(
            part for part in (record.home_state, record.home_city, record.home_neighborhood, record.home_street) if part
        )[:300],
        "note": _noted(record),
        "safety": _SAID.get(status, ""),
    }
    return Entry(Kind.PERSON, number, {**{k: v for k, v in fields.items() if v}, "provisional": True})


def _noted(record: Record) -> str:
    """Where it came from, and everything that others wrote about the person, oldest first."""
    lines = [
        f"PFIF {record.person_record_id}　{record.source_name}",
        record.age and f"年齢：{record.age}",
        record.description,
    ]
    for note in sorted(record.notes, key=lambda note: note.source_date):
        where = note.last_known_location and f"最後にいた場所：{note.last_known_location}"
        contact = "本人と連絡がとれた" if note.author_made_contact == "true" else ""
        said = (note.source_date[:10], note.author_name, _WORDS.get(note.status, ""), contact, where, note.text)
        lines.append("　".join(part for part in said if part))
    return "\n".join(line for line in lines if line)[:_NOTE]


def _id(record: Record) -> str:
    return str(uuid.uuid5(_SPACE, record.person_record_id))


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
