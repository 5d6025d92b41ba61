"""PFIF out of the register: only whom agreed to be published, by two officers and with a disclosure. What comes in: ``registry.pfif.receiving``."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.incidents import running
from disaster.staff import accounts
from disaster.staff.permissions import Permission
from registry import twofold
from registry.access import viewing
from registry.consent.words import Recipient
from registry.disclosure.grounds import Ground
from registry.models.giving import DisclosedPerson, Disclosure
from registry.models.people import Household, Person
from registry.pfif import document
from registry.pfif.document import Note, Record
from registry.vocabulary import Protection, Safety, Sex

KIND = "pfif"
KEPT = timedelta(days=60)  # after which other services wipe what we gave them
_SEX = {Sex.MALE: "male", Sex.FEMALE: "female", Sex.OTHER: "other"}
_ALIVE = (Safety.SAFE, Safety.LIGHT, Safety.SEVERE)


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


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
