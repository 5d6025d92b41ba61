"""Leaving: what stands behind the unsubscribe link of every message."""

from sqlalchemy import select, update

from broadcast.cap import Language
from broadcast.models.audience import Contact, Subscriber
from disaster.core import audit
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db

UNSUBSCRIBED = "unsubscribed"


def leave(token: str) -> bool:
    """Stop writing to the address whose link this is; whether it was still written to. Twice does no harm.

    Other addresses of the same person stay. An unknown token changes nothing and is told no difference.
    """
    if not _plain(token) or db.session.scalar(select(Contact.id).where(Contact.token == token)) is None:
        return False  # looked up first, because anybody may ask and there is one write lock
    with transaction() as session:
        contact_id = session.execute(
            update(Contact)
            .where(Contact.token == token, Contact.active)
            .values(active=False, stopped_at=now(), stopped_why=UNSUBSCRIBED)
            .returning(Contact.id)
        ).scalar()
        if contact_id is None:
            return False
        audit.record(session, "contact.unsubscribe", actor="resident", subject=f"contact:{contact_id}")
    return True


def language_of(token: str) -> Language:
    """The language of the person whose link this is; Japanese for an unknown one."""
    if not _plain(token):
        return Language.JA
    found = db.session.scalar(
        select(Subscriber.language).join(Contact, Contact.subscriber_id == Subscriber.id).where(Contact.token == token)
    )
    return Language(found) if found else Language.JA


def _plain(token: str) -> bool:
    """Whether it can be one of ours: an address may carry anything, also what no database takes."""
    return len(token) <= 64 and token.isascii() and token.isprintable()
