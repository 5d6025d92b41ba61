"""Who is written to, and what for: an address is written down with a person's choice.

An address belongs to one person. Enrolling it again updates the choice and never doubles it; whoever left is only taken back by a new
confirmation of their own, never by a list.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Self

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from broadcast.cap.vocabulary import Language
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.subscribers import addresses
from broadcast.subscribers.addresses import BadAddress
from disaster.core import clock
from disaster.core.errors import Invalid
from disaster.core.sealed import seal

SELF, IMPORT = "self", "import"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wants to hear: ``areas`` are codes of 大字・丁目 (ignored with ``all_areas``). Evacuation information always comes."""

    language: Language = Language.JA
    areas: tuple[str, ...] = ()
    all_areas: bool = False
    wants_shelters: bool = True
    wants_notices: bool = True
    support_needed: bool = False

    def as_json(self) -> str:
        """The choice as text, for a sealed column."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The choice that ``as_json`` wrote."""
        found = json.loads(text)
        return cls(**{**found, "language": Language(found["language"]), "areas": tuple(found["areas"])})


def enrol(
    session: Session,
    channel: str,
    address: str,
    choice: Choice | None,
    *,
    source: str,
    confirmed_at: datetime | None,
    standby: bool = False,
    priority: int = 0,
    subscriber_id: int | None = None,
) -> int:
    """Write an address down, in the caller's transaction; the contact's id. The same address again updates it and never doubles it.

    Args:
        session: of the caller, who commits and records.
        channel: email, sms, voice, line, webpush.
        address: as people write it; sealed in its canonical form.
        choice: what the person wants; None keeps what stands (for a further address of ``subscriber_id``).
        source: who says so: self, import, demo.
        confirmed_at: when the owner proved that it is theirs; None for a list, which takes nobody back who left.
        standby: only where the person was not reached otherwise.
        priority: place among the person's addresses, lower first.
        subscriber_id: the person it belongs to; a new one where none is given and the address is new.

    Raises:
        Invalid: no such address, or a choice without any area.
    """
    known = _canonical(channel, address)
    if choice is not None and not (choice.all_areas or choice.areas):
        raise Invalid("地区を選んでください。", {"areas": "地区を選んでください。"})
    contact = find(session, channel, known)
    if contact is None:
        values = {"standby": standby, "priority": priority, "confirmed_at": confirmed_at}
        made = _create(session, channel, known, choice, source, subscriber_id, values)
        if made is not None:
            return made
        contact = find(session, channel, known)  # somebody enrolled it at this very moment
    assert contact is not None
    if subscriber_id is not None and subscriber_id != contact.subscriber_id and confirmed_at:
        _move(session, contact, subscriber_id)
    if choice is not None:
        choose(session, contact.subscriber_id, choice, source)
    if confirmed_at:
        _take_back(contact, known, confirmed_at)
    contact.standby, contact.priority = standby, priority
    session.flush()
    return contact.id


def choose(session: Session, subscriber_id: int, choice: Choice, source: str) -> None:
    """Write down what a person wants, in the caller's transaction. A list does not overrule what somebody chose for themselves."""
    person = session.get_one(Subscriber, subscriber_id)
    if source != SELF and person.source == SELF:
        return
    person.language, person.support_needed, person.source = choice.language, choice.support_needed, source
    person.all_areas, person.wants_shelters = choice.all_areas, choice.wants_shelters
    person.wants_notices = choice.wants_notices
    session.execute(delete(SubscriberArea).where(SubscriberArea.subscriber_id == subscriber_id))
    _write_areas(session, subscriber_id, choice)


def chosen_by(session: Session, subscriber_id: int) -> Choice:
    """What a person wants now."""
    person = session.get_one(Subscriber, subscriber_id)
    areas = session.scalars(
        select(SubscriberArea.area_code)
        .where(SubscriberArea.subscriber_id == subscriber_id)
        .order_by(SubscriberArea.area_code)
    )
    return Choice(
        language=Language(person.language),
        areas=tuple(areas),
        all_areas=person.all_areas,
        wants_shelters=person.wants_shelters,
        wants_notices=person.wants_notices,
        support_needed=person.support_needed,
    )


def _canonical(channel: str, address: str) -> str:
    try:
        return addresses.canonical(channel, address)
    except BadAddress:
        raise Invalid(
            "宛先の形が正しくありません。", {"address": "メールアドレスや電話番号の形を確かめてください。"}
        ) from None


def find(session: Session, channel: str, known: str) -> Contact | None:
    """The contact of an address in its canonical form."""
    digest = addresses.found_by(channel, known)
    return session.scalars(select(Contact).where(Contact.channel == channel, Contact.digest == digest)).one_or_none()


def _create(
    session: Session,
    channel: str,
    known: str,
    choice: Choice | None,
    source: str,
    subscriber_id: int | None,
    values: Mapping[str, object],
) -> int | None:
    """A new contact, and its person where none is given; None (and nothing written) where the address exists by now."""
    person = subscriber_id or _new_person(session, choice, source)
    row = {
        "subscriber_id": person,
        "channel": channel,
        "address": seal(known, addresses.PURPOSE),
        "digest": addresses.found_by(channel, known),
        "token": token_urlsafe(24),
        "route": addresses.route_of(channel, known),
        "flagged_why": "",
        "active": True,
        "stopped_why": "",
        **values,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Contact).values(row).on_conflict_do_nothing(index_elements=["channel", "digest"])
    made = session.execute(statement.returning(Contact.id)).scalar()
    if made is None and subscriber_id is None:
        session.execute(delete(Subscriber).where(Subscriber.id == person))
    elif subscriber_id is not None and choice is not None:
        choose(session, subscriber_id, choice, source)
    return made


def _new_person(session: Session, choice: Choice | None, source: str) -> int:
    if choice is None:
        raise ValueError("a new person needs a choice")
    person = Subscriber(
        language=choice.language,
        support_needed=choice.support_needed,
        all_areas=choice.all_areas,
        wants_shelters=choice.wants_shelters,
        wants_notices=choice.wants_notices,
        source=source,
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    _write_areas(session, person.id, choice)
    return person.id


def _write_areas(session: Session, subscriber_id: int, choice: Choice) -> None:
    if choice.areas and not choice.all_areas:
        rows = [{"area_code": code, "subscriber_id": subscriber_id} for code in sorted(set(choice.areas))]
        session.execute(insert(SubscriberArea), rows)


def _take_back(contact: Contact, known: str, at: datetime) -> None:
    """Its owner confirmed it: it is written to again, whatever was wrong or stopped before."""
    contact.address, contact.route = seal(known, addresses.PURPOSE), addresses.route_of(contact.channel, known)
    contact.confirmed_at, contact.active = at, True
    contact.stopped_at, contact.stopped_why = None, ""
    contact.flagged_at, contact.flagged_why, contact.flagged_detail, contact.flagged_times = None, "", "", 0


def _move(session: Session, contact: Contact, subscriber_id: int) -> None:
    """The owner confirmed it as an address of another person's record; a record without any address is not kept."""
    before, contact.subscriber_id = contact.subscriber_id, subscriber_id
    session.flush()
    if session.scalar(select(Contact.id).where(Contact.subscriber_id == before).limit(1)) is None:
        session.execute(delete(Subscriber).where(Subscriber.id == before))
