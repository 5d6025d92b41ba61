"""Fills a demonstration: the town's real shelters, sample staff, sample residents with their addresses, what a flood left.

Again and again changes nothing.
"""

import secrets
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.cap.vocabulary import Language
from broadcast.governing.governed_names import CONTACTS
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.models.trust import GovernedValue, RehearsalContact
from broadcast.subscribers.addresses import found_by, route_of
from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.municipality import municipality
from disaster.core.sealed import seal
from disaster.core.settings import settings
from disaster.demo import desk, giving, recovery, register, residents, welfare
from disaster.demo.residents import Resident
from disaster.shelters import importing
from disaster.staff import accounts

OFFICE = (  # of the office itself; the numbers are assigned to nobody
    ("email", "tsushin-shiken@town-office.example", "防災安全課の共用メール"),
    ("sms", "+819000008001", "防災安全課の携帯電話"),
    ("voice", "+819000008001", "防災安全課の携帯電話"),
)


@dataclass(frozen=True, slots=True)
class Filled:
    """What was added now, and how many residents there are."""

    shelters: int
    residents: int
    contacts: int


def seed() -> Filled:
    """Add what is missing.

    Raises:
        RuntimeError: this is no demonstration.
    """
    if not settings().demo:
        raise RuntimeError("sample residents are made with --demo only")
    town = municipality()
    reports = importing.import_shipped(town, actor="cli")
    accounts.seed_demo()
    desk.assign()
    register.fill()
    if recovery.fill():
        giving.fill()
        welfare.fill()
    people = residents.make(town.areas, settings().webpush_stand_in)
    added, contacts = _subscribe(people)
    _test_recipients()
    residents.save(settings().data_dir, people)
    return Filled(sum(len(report.new) for report in reports), added, contacts)


def _subscribe(people: list[Resident]) -> tuple[int, int]:
    """Add the residents of whom no address is known yet, in one transaction."""
    with transaction() as session:
        known = {(channel, found) for channel, found in session.execute(select(Contact.channel, Contact.digest))}
        missing = [p for p in people if not known & {(c, found_by(c, a)) for c, a in p.addresses.items()}]
        for person in missing:
            _add(session, person)
        counts = {"residents": len(missing), "contacts": sum(len(person.addresses) for person in missing)}
        audit.record(session, "demo.seed", actor="cli", detail=counts)
    return counts["residents"], counts["contacts"]


def _test_recipients() -> None:
    """The office's own addresses for rehearsals, as two people would have set them."""
    with transaction() as session:
        if session.scalar(select(RehearsalContact.id).limit(1)) is not None:
            return
        at = clock.now()
        rows = [
            RehearsalContact(
                channel=channel,
                address=seal(address, purpose="contact"),
                digest=found_by(channel, address),
                label=label,
                added_by=0,
                added_at=at,
            )
            for channel, address, label in OFFICE
        ]
        session.add_all(rows)
        session.flush()
        numbers = ",".join(str(row.id) for row in rows)
        session.add(GovernedValue(name=CONTACTS, value=numbers, change_id=0, changed_at=at))


def _add(session: Session, person: Resident) -> None:
    subscriber = Subscriber(
        language=Language(person.language),
        support_needed=person.support_needed,
        source="demo",
        created_at=clock.now(),
    )
    session.add(subscriber)
    session.flush()
    session.add_all(SubscriberArea(area_code=code, subscriber_id=subscriber.id) for code in person.areas)
    session.add_all(
        Contact(
            subscriber_id=subscriber.id,
            channel=channel,
            address=seal(address, purpose="contact"),
            digest=found_by(channel, address),
            token=secrets.token_urlsafe(24),
            route=route_of(channel, address),
            standby=channel in person.standby,
        )
        for channel, address in person.addresses.items()
    )


def as_dict(filled: Filled) -> dict[str, int]:
    """For ``--json``."""
    return asdict(filled)
