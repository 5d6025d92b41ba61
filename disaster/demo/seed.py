"""Fills a demonstration: the town's real shelters, sample staff, sample residents with their addresses. Again and again changes nothing."""

import secrets
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.addresses import found_by
from broadcast.cap import Language
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.municipality import municipality
from disaster.core.sealed import seal
from disaster.core.settings import settings
from disaster.demo import residents
from disaster.demo.residents import Resident
from disaster.shelters import importing
from disaster.staff import accounts


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
    people = residents.make(town.areas, settings().webpush_stand_in)
    added, contacts = _subscribe(people)
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


def _add(session: Session, person: Resident) -> None:
    subscriber = Subscriber(
        language=Language(person.language), support_needed=person.support_needed, created_at=clock.now()
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
            standby=channel in person.standby,
        )
        for channel, address in person.addresses.items()
    )


def as_dict(filled: Filled) -> dict[str, int]:
    """For ``--json``."""
    return asdict(filled)
