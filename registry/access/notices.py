"""What headquarters is told about looks at people: who saw what is closed, with the reason, and who looked at unusually many."""

from sqlalchemy import select, update

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Missing, Stale
from disaster.core.extensions import db
from disaster.staff.models import Account
from registry.models.access import AccessNotice


def newest(most: int = 100) -> list[AccessNotice]:
    """Those that nobody has seen first, then by time."""
    order = (AccessNotice.seen_at.is_not(None), AccessNotice.id.desc())
    return list(db.session.scalars(select(AccessNotice).order_by(*order).limit(most)))


def acknowledge(account: Account, number: int) -> None:
    """Somebody at headquarters has asked about it.

    Raises:
        Missing
        Forbidden: it is about oneself.
        Stale
    """
    with transaction() as session:
        notice = session.get(AccessNotice, number)
        if notice is None:
            raise Missing()
        if notice.account_id == account.id:
            raise Forbidden("自分のことの知らせは、ほかの人が確かめます。")
        unseen = update(AccessNotice).where(AccessNotice.id == number, AccessNotice.seen_at.is_(None))
        done = session.execute(unseen.values(seen_at=clock.now(), seen_by=account.actor))
        if not getattr(done, "rowcount", 0):
            raise Stale("この知らせは、ほかの人が先に確かめました。")
        audit.record(session, "notice.seen", actor=account.actor, subject=f"notice:{number}")
