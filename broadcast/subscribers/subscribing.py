"""The steps by which people join and leave: a code or link proves an address, a STOP ends it. Others call these.

``enrol`` and ``Choice`` are the data behind it (``enrolment``); ``asking`` is what comes before a proof.
"""

import re
import unicodedata
from datetime import datetime, timedelta
from hmac import compare_digest

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from broadcast.models.audience import Contact
from broadcast.models.subscribing import Pending
from broadcast.subscribers import addresses, links
from broadcast.subscribers.addresses import BadAddress
from broadcast.subscribers.enrolment import SELF, Choice, enrol
from disaster.core import audit, clock, sealed
from disaster.core.db import transaction
from disaster.core.extensions import db

__all__ = ["Choice", "confirm_code", "confirm_link", "enrol", "link_line", "looks_like_link_code", "stop_address"]
OPTED_OUT = "opted_out"
MOST_GUESSES = 5
CLOCKS_APART = timedelta(minutes=1)  # by which a provider's clock and ours may differ
_LINK_CODE = re.compile(r"[2-9A-Z]{4}[- ]?[2-9A-Z]{4}")


def confirm_link(secret: str) -> int | None:
    """The owner of a mailbox pressed the button of the page behind the link; the contact's id, or None where nothing waits any more.

    Pressing it twice gives the same answer.
    """
    handle = links.name_in(secret, links.CONFIRM)
    waiting = _waiting(handle) if handle else None
    if waiting is None or waiting.channel != "email":
        return None
    with transaction() as session:
        return _finish(session, waiting.id, clock.now())


def confirm_code(handle: str, typed: str) -> int | None:
    """Somebody typed the six digits that went to the telephone; the contact's id, or None for a wrong code or nothing that waits.

    Each guess is counted before it is looked at, so a hundred at the same moment count as a hundred.
    """
    waiting = _waiting(handle)
    if waiting is None or waiting.channel not in addresses.TELEPHONE:
        return None
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed[:40]))
    with transaction() as session:
        counted = session.execute(
            update(Pending)
            .where(Pending.id == waiting.id, Pending.guesses < MOST_GUESSES)
            .values(guesses=Pending.guesses + 1)
            .returning(Pending.id)
        ).scalar()
        right = compare_digest(digits.encode(), links.six_digits(handle).encode())
        if counted is None or not right or _never_sent(waiting):
            return None
        return _finish(session, waiting.id, clock.now())


def link_line(code: str, user_id: str) -> bool:
    """A LINE account sent a link code (among whatever else the person wrote) to the town's account; whether one waited for it.

    Its own transaction. The account is enrolled with what was chosen on the page that showed the code.
    """
    found = _LINK_CODE.search(unicodedata.normalize("NFKC", code[:200]).upper())
    if found is None:
        return False
    digest = sealed.digest(re.sub(r"[- ]", "", found[0]), "line-code")
    waiting = db.session.scalars(select(Pending).where(Pending.code_digest == digest)).one_or_none()
    if waiting is None or waiting.expires_at <= clock.now() or waiting.confirmed_at is not None:
        return False
    with transaction() as session:
        return _finish(session, waiting.id, clock.now(), user_id) is not None


def looks_like_link_code(text: str) -> bool:
    """Whether a text is something in the form of a link code, right or wrong."""
    return _LINK_CODE.fullmatch(unicodedata.normalize("NFKC", text[:200]).upper().strip()) is not None


def stop_address(channel: str, address: str, why: str, *, said_at: datetime | None = None) -> bool:
    """Write no more to this address (STOP by SMS, a LINE account unfollowed, a push subscription gone); whether it was written to.

    Its own transaction. The person's other addresses stay. ``why`` is ``opted_out`` for the person's own will, ``address`` for one that is
    gone; only a new confirmation by its owner takes it back. What was said before such a confirmation (``said_at``: providers deliver again
    what we missed, in any order) stops nothing any more.
    """
    try:
        digest = addresses.found_by(channel, addresses.canonical(channel, address))
    except BadAddress:
        return False
    named = [Contact.channel == channel, Contact.digest == digest, Contact.active]
    if said_at is not None:
        named.append(or_(Contact.confirmed_at.is_(None), Contact.confirmed_at <= said_at + CLOCKS_APART))
    if db.session.scalar(select(Contact.id).where(*named)) is None:
        return False  # looked up first, because anybody may ask and there is one write lock
    with transaction() as session:
        stopped = session.execute(
            update(Contact)
            .where(*named)
            .values(active=False, stopped_at=clock.now(), stopped_why=why)
            .returning(Contact.id)
        ).scalar()
        if stopped is None:
            return False
        actor = "resident" if why == OPTED_OUT else "system:receipts"
        detail = {"channel": channel, "why": why}
        audit.record(session, "contact.stopped", actor=actor, subject=f"contact:{stopped}", detail=detail)
    return True


def _never_sent(waiting: Pending) -> bool:
    """A code that went to nobody proves nothing: else every request beyond the limit of messages would give five more guesses."""
    return waiting.state == "none" and waiting.confirmed_at is None


def _waiting(handle: str) -> Pending | None:
    """Looked up before anything is locked, because anybody may ask and there is one write lock."""
    if len(handle) > 32 or not handle.isascii() or not handle.isprintable():
        return None
    found = db.session.scalars(select(Pending).where(Pending.handle == handle)).one_or_none()
    return found if found is not None and found.expires_at > clock.now() else None


def _finish(session: Session, pending_id: int, at: datetime, address: str = "") -> int | None:
    """The proof is there: write the address down and wipe what waited; once, by compare-and-set."""
    first = session.execute(
        update(Pending)
        .where(Pending.id == pending_id, Pending.confirmed_at.is_(None), Pending.expires_at > at)
        .values(confirmed_at=at)
        .returning(Pending.id)
    ).scalar()
    row = session.get(Pending, pending_id, populate_existing=True)
    if first is None or row is None:
        return row.contact_id if row else None
    row.contact_id = _known(session, row) if row.purpose == "manage" else _enrol(session, row, address, at)
    row.address, row.choice, row.state = None, None, "none"
    if row.purpose != "manage" and row.contact_id:
        detail = {"channel": row.channel, "purpose": row.purpose}
        audit.record(session, "contact.confirmed", actor="resident", subject=f"contact:{row.contact_id}", detail=detail)
    session.flush()
    return row.contact_id


def _known(session: Session, row: Pending) -> int | None:
    return session.scalar(select(Contact.id).where(Contact.channel == row.channel, Contact.digest == row.digest))


def _enrol(session: Session, row: Pending, address: str, at: datetime) -> int:
    known = address or sealed.unseal(row.address or b"", addresses.PURPOSE)
    return enrol(
        session,
        row.channel,
        known,
        Choice.from_json(row.choice) if row.choice else None,
        source=SELF,
        confirmed_at=at,
        standby=row.standby,
        subscriber_id=row.subscriber_id,
    )
