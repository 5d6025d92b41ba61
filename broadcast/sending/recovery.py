"""What dead lanes held comes back: by their journals on this machine, by the end of their leases elsewhere.

The same claim and uniqueness rule applies as in sending: a row that meanwhile moved on is not touched.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from broadcast.cap.vocabulary import Mode
from broadcast.channels.contract import Channel
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.sending import claims, journal, many, outcomes
from broadcast.sending.claims import HELD, SENDING
from broadcast.sending.outcomes import Result
from disaster.core.db import transaction
from disaster.core.extensions import db

Channels = Callable[[Mode], dict[str, Channel]]


def recover(folder: Path, channels: Channels, at: datetime) -> int:
    """Settle what dead lanes of this machine left, by their journals; how many deliveries came back or were settled."""
    touched = 0
    with journal.dead(folder) as remains:
        for left in remains:
            touched += reconcile(left, channels, at)
    return touched


def reconcile(left: journal.Remains, channels: Channels, at: datetime) -> int:
    """Tell apart what a lane held: commit what was answered, doubt what was on the wire, give the rest back; how many."""
    with transaction() as session:
        held = session.execute(
            select(Delivery.id, Delivery.channel, Delivery.contact_id, Delivery.attempts).where(
                Delivery.lease_owner == left.owner, HELD, Delivery.status == SENDING
            )
        ).all()
        answered: dict[str, list[Result]] = {}
        doubted, untouched = [], []
        for row in held:
            if row.id in left.settled:
                result = Result(row.id, row.contact_id, row.attempts, left.settled[row.id])
                answered.setdefault(row.channel, []).append(result)
            elif row.id in left.on_wire or not left.same_boot:
                doubted.append(row.id)
            else:
                untouched.append(row.id)
        for channel, results in answered.items():
            outcomes.record(session, channels(Mode.LIVE)[channel], results, at)
        _doubt(session, doubted, at, "killed while on the wire", Delivery.lease_owner == left.owner)
        claims.give_back(session, left.owner, untouched, at, at)
        claims.let_go(session, left.owner)
    return len(held)


def doubt_lost_leases(at: datetime) -> int:
    """A lease that ran out with no journal to ask (another host, a power cut): the whole lease is in doubt."""
    lost = db.session.scalars(
        select(Delivery.id).where(HELD, Delivery.status == SENDING, Delivery.lease_until < at).limit(5000)
    ).all()
    if not lost:
        return 0
    with transaction() as session:
        return _doubt(session, lost, at, "lease ran out", Delivery.lease_until < at)


def _doubt(session: Session, ids: Any, at: datetime, why: str, still: ColumnElement[bool]) -> int:
    if not ids:
        return 0
    doubted = session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(many.numbers(session, ids)), Delivery.status == SENDING, still)
        .values(status=int(Status.UNCERTAIN), detail=why, lease_owner=None, lease_until=None, due_at=at, updated_at=at)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    if doubted:
        event = {"at": at, "status": int(Status.UNCERTAIN), "detail": why}
        session.execute(insert(DeliveryEvent), [{"delivery_id": number, **event} for number in doubted])
    return len(doubted)
