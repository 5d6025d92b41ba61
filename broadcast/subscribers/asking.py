"""Asking to be written to: the request waits until the owner of the address says yes; the message that asks stands in the outbox.

Everybody may ask for any address, so the answer is the same for one that is known, unknown, stopped or asked for too often, and limits keep
the form from being used to annoy a person or to spend the town's money on messages.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from broadcast.cap.vocabulary import Language
from broadcast.models.audience import Contact
from broadcast.models.subscribing import Pending
from broadcast.subscribers import addresses, links
from broadcast.subscribers.enrolment import Choice
from broadcast.subscribers.subscribing import MOST_GUESSES
from disaster.core import clock, sealed
from disaster.core.db import transaction
from disaster.core.errors import DomainError
from disaster.core.extensions import db
from disaster.core.settings import settings

JOIN, ADD, MANAGE = "join", "add", "manage"
LIFETIME = timedelta(hours=24)
PER_ADDRESS = 3  # messages in LIFETIME
MAILS_PER_HOUR = 1000  # over all; more is nobody's rush but a flood
PAID = ("sms", "voice")


class TooMany(DomainError):
    """More was asked for than the form is for; the view says so in the person's language. ``who`` is ``client`` or ``all``."""

    status = 429

    def __init__(self, who: str) -> None:
        super().__init__(
            "申し込みが続いているため、いまは受け付けられません。1時間ほど待って、もう一度お試しください。"
        )
        self.who = who


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for.

    ``address`` is canonical and empty for LINE (the account that sends the code is the address); ``choice`` is None for a further address
    and for seeing one's record; ``client`` names the asker's network without telling it (a digest).
    """

    purpose: str
    channel: str
    address: str
    language: Language
    client: str
    choice: Choice | None = None
    standby: bool = False
    subscriber_id: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the waiting page tells its asker; ``code`` is the link code for LINE, ``guesses`` how many are left."""

    handle: str
    purpose: str
    channel: str
    address: str
    language: Language
    code: str
    guesses: int
    confirmed: bool
    choice: Choice | None


def ask(wish: Wish) -> str:
    """Write the request down; the handle of its waiting page.

    Raises:
        TooMany: this network, or everybody together, asked too often.
    """
    at, handle = clock.now(), secrets.token_urlsafe(18)
    digest = addresses.found_by(wish.channel, wish.address) if wish.address else ""
    with transaction() as session:
        _limit(session, wish.channel, at, wish.client)
        sends = bool(digest) and _asked_for(session, digest, at) < PER_ADDRESS and _has_reason(session, wish, digest)
        session.add(
            Pending(
                handle=handle,
                purpose=wish.purpose,
                channel=wish.channel,
                address=sealed.seal(wish.address, addresses.PURPOSE) if wish.address else None,
                digest=digest,
                language=wish.language,
                choice=wish.choice.as_json() if wish.choice else None,
                standby=wish.standby,
                subscriber_id=wish.subscriber_id,
                client=wish.client,
                code_digest=sealed.digest(links.link_code(handle), "line-code") if wish.channel == "line" else None,
                created_at=at,
                expires_at=at + LIFETIME,
                messages=1 if digest else 0,
                state="queued" if sends else "none",
                due_at=at if sends else None,
            )
        )
    return handle


def again(handle: str, client: str) -> None:
    """Send the message once more, as far as the limits allow; told the same in any case.

    Raises:
        TooMany: this network, or everybody together, asked too often.
    """
    found = waiting(handle)
    if found is None or found.confirmed or found.channel == "line":
        return
    at = clock.now()
    with transaction() as session:
        _limit(session, found.channel, at, client)
        row = session.scalars(select(Pending).where(Pending.handle == handle)).one()
        if _asked_for(session, row.digest, at) >= PER_ADDRESS or row.state not in ("sent", "failed"):
            return
        session.execute(
            update(Pending)
            .where(Pending.id == row.id, Pending.state == row.state)
            .values(state="queued", due_at=at, messages=Pending.messages + 1, attempts=0, doubts=0, why="")
        )


def waiting(handle: str) -> Waiting | None:
    """The request behind a waiting page, until it expires."""
    if len(handle) > 32 or not handle.isascii() or not handle.isprintable():
        return None
    row = db.session.scalars(select(Pending).where(Pending.handle == handle)).one_or_none()
    if row is None or row.expires_at <= clock.now():
        return None
    return Waiting(
        handle=handle,
        purpose=row.purpose,
        channel=row.channel,
        address=_readable(row) if row.address else "",
        language=Language(row.language),
        code=links.link_code(handle) if row.channel == "line" else "",
        guesses=max(0, MOST_GUESSES - row.guesses),
        confirmed=row.confirmed_at is not None,
        choice=Choice.from_json(row.choice) if row.choice else None,
    )


def _readable(row: Pending) -> str:
    return addresses.readable(row.channel, sealed.unseal(row.address or b"", addresses.PURPOSE))


def _limit(session: Session, channel: str, at: datetime, client: str) -> None:
    hour, config = at - timedelta(hours=1), settings()
    asked = select(func.count()).where(Pending.client == client, Pending.created_at > hour)
    if (session.scalar(asked) or 0) >= config.subscribe_per_client_hour:
        raise TooMany("client")
    group = PAID if channel in PAID else (channel,)
    sent = select(func.sum(Pending.messages)).where(Pending.channel.in_(group), Pending.created_at > hour)
    most = config.subscribe_paid_per_hour if channel in PAID else MAILS_PER_HOUR
    if (session.scalar(sent) or 0) >= most:
        raise TooMany("all")


def _asked_for(session: Session, digest: str, at: datetime) -> int:
    """Messages to this address within a day, on whichever channel: a number is one telephone."""
    rows = select(func.sum(Pending.messages)).where(Pending.digest == digest, Pending.created_at > at - LIFETIME)
    return session.scalar(rows) or 0


def _has_reason(session: Session, wish: Wish, digest: str) -> bool:
    """Nothing is sent to an address without a record that somebody wants to see; the asker is told no difference."""
    if wish.purpose != MANAGE:
        return True
    known = select(Contact.id).where(Contact.channel == wish.channel, Contact.digest == digest)
    return session.scalar(known) is not None


def forget(at: datetime) -> int:
    """Wipe what nobody confirmed in time, and what was confirmed and is only kept for the limits; how many."""
    if db.session.scalar(select(Pending.id).where(Pending.expires_at <= at).limit(1)) is None:
        return 0
    with transaction() as session:
        return session.query(Pending).where(Pending.expires_at <= at).delete(synchronize_session=False)
