"""Changing and leaving: what stands behind the link of every message. Whoever holds the link acts for its person.

The secret of the link is derived from the stored token (``links``), so the database alone holds no working link.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text, update

from broadcast.cap.vocabulary import Language
from broadcast.models.audience import Contact, Subscriber
from broadcast.subscribers import addresses, links
from broadcast.subscribers.enrolment import SELF, Choice, choose, chosen_by
from disaster.core import audit, sealed
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db

UNSUBSCRIBED = "unsubscribed"
# After leaving, the address itself is wiped; its digest stays, so that a list does not take it back.
FORGOTTEN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Held:
    """One address of a person, masked; ``here`` when the link belongs to it."""

    contact_id: int
    channel: str
    masked: str
    active: bool
    standby: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Mine:
    """What a person's link shows."""

    secret: str
    subscriber_id: int
    choice: Choice
    held: tuple[Held, ...]

    @property
    def reached(self) -> bool:
        """Whether any address is still written to."""
        return any(one.active for one in self.held)


def link_of(contact_id: int) -> str:
    """The secret of a contact's link."""
    token = db.session.scalars(select(Contact.token).where(Contact.id == contact_id)).one()
    return links.signer(links.UNSUBSCRIBE)(token)


def mine(secret: str) -> Mine | None:
    """The record of the person whose link this is; None for a link that is nobody's."""
    here = _contact(secret)
    if here is None:
        return None
    rows = db.session.scalars(
        select(Contact)
        .where(Contact.subscriber_id == here.subscriber_id)
        .order_by(~Contact.active, Contact.priority, Contact.id)
    )
    shown = tuple(_held(row, here.id) for row in rows if row.active or row.id == here.id)
    return Mine(secret, here.subscriber_id, chosen_by(db.session(), here.subscriber_id), shown)


def change(secret: str, choice: Choice) -> bool:
    """Write down what the person wants from now on; whether the link is somebody's."""
    here = _contact(secret)
    if here is None:
        return False
    with transaction() as session:
        choose(session, here.subscriber_id, choice, SELF)
        audit.record(session, "subscriber.changed", actor="resident", subject=f"contact:{here.id}")
    return True


def leave(token: str) -> bool:
    """Stop writing to the address whose link this is; whether it was still written to. Twice does no harm.

    Other addresses of the same person stay. An unknown link changes nothing and is told no difference.
    """
    here = _contact(token)  # looked up first, because anybody may ask and there is one write lock
    return here is not None and _stop([here.id]) > 0


def leave_with(secret: str, contact_id: int) -> bool:
    """Stop one of the person's own addresses; whether it was still written to."""
    here = _contact(secret)
    if here is None:
        return False
    own = db.session.scalar(
        select(Contact.id).where(Contact.id == contact_id, Contact.subscriber_id == here.subscriber_id)
    )
    return own is not None and _stop([own]) > 0


def leave_altogether(secret: str) -> int:
    """Stop every address of the person; how many were still written to."""
    here = _contact(secret)
    if here is None:
        return 0
    own = db.session.scalars(select(Contact.id).where(Contact.subscriber_id == here.subscriber_id)).all()
    return _stop(list(own))


def language_of(token: str) -> Language:
    """The language of the person whose link this is; Japanese for an unknown one."""
    here = _contact(token)
    found = here and db.session.scalar(select(Subscriber.language).where(Subscriber.id == here.subscriber_id))
    return Language(found) if found else Language.JA


def forget_left(at: datetime) -> int:
    """Wipe the addresses of those who left a month ago; how many. The digest stays, so that a list does not take them back."""
    gone = text("stopped_at IS NOT NULL")  # as the partial index has it
    old = (gone, Contact.active.is_(False), Contact.stopped_at <= at - FORGOTTEN, Contact.address != b"")
    if db.session.scalar(select(Contact.id).where(*old).limit(1)) is None:
        return 0
    with transaction() as session:
        wiped = session.execute(update(Contact).where(*old).values(address=b"", route="").returning(Contact.id)).all()
        audit.record(session, "contact.forgotten", actor="system:worker", detail={"contacts": len(wiped)})
    return len(wiped)


def _contact(secret: str) -> Contact | None:
    token = links.name_in(secret, links.UNSUBSCRIBE)
    return db.session.scalars(select(Contact).where(Contact.token == token)).one_or_none() if token else None


def _stop(contact_ids: list[int]) -> int:
    with transaction() as session:
        stopped = session.scalars(
            update(Contact)
            .where(Contact.id.in_(contact_ids), Contact.active)
            .values(active=False, stopped_at=now(), stopped_why=UNSUBSCRIBED)
            .returning(Contact.id)
        ).all()
        for contact_id in sorted(stopped):
            audit.record(session, "contact.unsubscribe", actor="resident", subject=f"contact:{contact_id}")
    return len(stopped)


def _held(row: Contact, here: int) -> Held:
    try:
        shown = addresses.masked(row.channel, sealed.unseal(row.address, addresses.PURPOSE))
    except sealed.SealBroken:
        shown = ""  # wiped after leaving, or not ours to open
    return Held(row.id, row.channel, shown, row.active, row.standby, row.id == here)
