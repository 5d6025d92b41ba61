"""Addresses that did not work (R9): flagged for an officer's look, stopped only by a person, never by the machine.

A flag is a fact of the last failures, not a verdict: a carrier's filter may refuse everybody for an hour. Until somebody stops it, the
address is still written to. A new confirmation by its owner takes the flag away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from broadcast.models.audience import Contact
from broadcast.models.delivery import PUBLIC
from broadcast.subscribers import addresses
from disaster.core import audit, sealed
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db

BOUNCED, REFUSED = "bounced", "refused"
STOPPED = "address"  # why a contact is no longer written to
MOST = 500  # addresses that one press may decide about
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Flagged:
    """One address that waits for a look: ``shown`` is masked, ``times`` counts the failures since somebody last looked."""

    id: int
    channel: str
    shown: str
    why: str
    detail: str
    times: int
    since: datetime


def flag(session: Session, failed: Iterable[tuple[int, str]], why: str, at: datetime) -> None:
    """Note failures, as contact and provider's code, in the caller's transaction; one statement for each code."""
    by_detail: dict[str, list[int]] = {}
    for contact_id, detail in failed:
        if contact_id != PUBLIC:
            by_detail.setdefault(detail[:_LONGEST], []).append(contact_id)
    for detail, contacts in by_detail.items():
        session.execute(
            update(Contact)
            .where(Contact.id.in_(contacts), Contact.active)
            .values(
                flagged_at=func.coalesce(Contact.flagged_at, at),
                flagged_why=why,
                flagged_detail=detail,
                flagged_times=Contact.flagged_times + 1,
            )
            .execution_options(synchronize_session=False)
        )


def waiting() -> int:
    """How many addresses wait for a look."""
    return db.session.scalar(select(func.count()).select_from(Contact).where(*_OPEN)) or 0


def listed(after: int = 0, most: int = 50, *, channel: str = "") -> list[Flagged]:
    """Addresses that wait for a look, by number; ``after`` is the last number of the page before."""
    query = select(Contact).where(*_OPEN, Contact.id > after).order_by(Contact.id).limit(most)
    if channel:
        query = query.where(Contact.channel == channel)
    opened = sealed.opener(addresses.PURPOSE)
    found = []
    for contact in db.session.scalars(query):
        try:
            shown = addresses.masked(contact.channel, opened(contact.address))
        except sealed.SealBroken:
            shown = ""
        found.append(_flagged(contact, shown))
    return found


def by_channel() -> dict[str, int]:
    """How many wait on each channel."""
    rows = db.session.execute(select(Contact.channel, func.count()).where(*_OPEN).group_by(Contact.channel))
    return {row[0]: row[1] for row in rows}


def stop(contact_ids: Sequence[int], actor: int) -> int:
    """Write no more to these flagged addresses; how many there were. What somebody else decided meanwhile stays.

    Raises:
        Invalid: none or too many were chosen.
    """
    values = {"active": False, "stopped_at": now(), "stopped_why": STOPPED, "flagged_at": None}
    return _decide(contact_ids, actor, "contact.stopped", values)


def keep(contact_ids: Sequence[int], actor: int) -> int:
    """Go on writing to these flagged addresses; the next failure flags them again. How many there were.

    Raises:
        Invalid: none or too many were chosen.
    """
    values = {"flagged_at": None, "flagged_why": "", "flagged_detail": "", "flagged_times": 0}
    return _decide(contact_ids, actor, "contact.kept", values)


def _decide(contact_ids: Sequence[int], actor: int, action: str, values: Mapping[str, object]) -> int:
    if not contact_ids:
        raise Invalid("宛先を選んでください。", {"contact": "宛先を1件以上選んでください。"})
    if len(contact_ids) > MOST:
        raise Invalid(f"一度に選べるのは{MOST}件までです。")
    with transaction() as session:
        decided = session.scalars(
            update(Contact).where(Contact.id.in_(contact_ids), *_OPEN).values(**values).returning(Contact.id)
        ).all()
        for contact_id in sorted(decided):
            detail = {"why": STOPPED} if action == "contact.stopped" else {}
            audit.record(session, action, actor=f"account:{actor}", subject=f"contact:{contact_id}", detail=detail)
    return len(decided)


def _flagged(contact: Contact, shown: str) -> Flagged:
    return Flagged(
        id=contact.id,
        channel=contact.channel,
        shown=shown,
        why=contact.flagged_why,
        detail=contact.flagged_detail,
        times=contact.flagged_times,
        since=contact.flagged_at or now(),
    )


_OPEN = (Contact.flagged_at.is_not(None), Contact.active)
