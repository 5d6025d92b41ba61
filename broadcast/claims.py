"""Claiming: how a lane takes deliveries out of the ledger with a lease, and how those of a dead lane come back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, literal_column, or_, select, update
from sqlalchemy.orm import Session

from broadcast import journal, outcomes
from broadcast.cap import Language, Mode
from broadcast.channels.contract import Channel
from broadcast.models.alert import Transmission
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.outcomes import Result
from disaster.core.db import transaction
from disaster.core.extensions import db

LEASE = timedelta(seconds=60)
FAR = timedelta(minutes=10)  # further ahead than any schedule of retries
QUEUED: ColumnElement[int] = literal_column(
    str(int(Status.QUEUED))
)  # literal, so that both databases use the partial index
SENDING: ColumnElement[int] = literal_column(str(int(Status.SENDING)))
UNCERTAIN: ColumnElement[int] = literal_column(str(int(Status.UNCERTAIN)))


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery that this lane holds."""

    id: int
    transmission_id: int
    contact_id: int
    language: str
    attempts: int
    rank: int


def claim(channel: str, owner: str, most: int, at: datetime) -> list[Claimed]:
    """Take the first ``most`` deliveries that are due, in order of risk; nothing expired, nothing stopped."""
    order = (Delivery.rank, Delivery.id)
    changes = {"status": int(Status.SENDING), "attempts": Delivery.attempts + 1}
    return _take(_waiting(channel, QUEUED, at).order_by(*order).limit(most), QUEUED, owner, at, changes)


def claim_uncertain(channel: str, owner: str, most: int, at: datetime) -> list[Claimed]:
    """Take deliveries in doubt that are due for settling, under the same lease rule as sending."""
    free = or_(Delivery.lease_until.is_(None), Delivery.lease_until < at)
    in_turn = (Delivery.due_at, Delivery.rank, Delivery.id)  # an answer may be slow to come
    waiting = _waiting(channel, UNCERTAIN, at).where(free).order_by(*in_turn).limit(most)
    return _take(waiting, UNCERTAIN, owner, at, {})


def _waiting(channel: str, status: ColumnElement[int], at: datetime) -> Select[int]:
    return (
        select(Delivery.id)
        .join(Transmission, Transmission.id == Delivery.transmission_id)
        .where(
            Delivery.channel == channel,
            Delivery.status == status,
            _due(at),
            Transmission.expires_at > at,
            Transmission.stopped_at.is_(None),
        )
    )


def _take(
    waiting: Select[int], status: ColumnElement[int], owner: str, at: datetime, changes: dict[str, Any]
) -> list[Claimed]:
    """One UPDATE … RETURNING puts the rows under the owner's lease."""
    if _none(waiting):
        return []
    # a CTE: PostgreSQL would run a plain subquery again for each row, and its limit with it
    chosen = waiting.with_for_update(of=Delivery, skip_locked=True).cte("chosen")
    statement = (
        update(Delivery)
        .where(Delivery.id.in_(select(chosen.c.id)), Delivery.status == status)
        .values(lease_owner=owner, lease_until=at + LEASE, updated_at=at, **changes)
        .returning(*_COLUMNS)
        .execution_options(synchronize_session=False)
    )
    with transaction() as session:
        rows = session.execute(statement).all()
    return _in_order(rows)


def _due(at: datetime) -> ColumnElement[bool]:
    """A first try is due at once, whatever the clock of the machine that approved it said; and a wait longer than any schedule can
    only come from a clock that was set back."""
    return or_(Delivery.attempts == 0, Delivery.due_at <= at, Delivery.due_at > at + FAR)


def _none(waiting: Select[int]) -> bool:
    """Look before taking the database's one write lock: idle lanes ask five times a second and would hold up the busy one."""
    found = db.session.execute(waiting.limit(1)).first()
    db.session.rollback()
    return found is None


def _in_order(rows: Sequence[Row[int, int, int, Language, int, int]]) -> list[Claimed]:
    """By risk; RETURNING keeps no order."""
    return sorted((Claimed(*row) for row in rows), key=lambda c: (c.rank, c.id))


_COLUMNS = (
    Delivery.id,
    Delivery.transmission_id,
    Delivery.contact_id,
    Delivery.language,
    Delivery.attempts,
    Delivery.rank,
)


def renew(owner: str, at: datetime) -> None:
    """Keep the leases of a lane that is alive but slow.

    Rows that the lane is writing at this moment are left out: waiting for them, in another order than it takes them, would be a deadlock.
    """
    held = select(Delivery.id).where(Delivery.lease_owner == owner, Delivery.status.in_((SENDING, UNCERTAIN)))
    chosen = held.with_for_update(skip_locked=True).cte("chosen")
    with transaction() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(select(chosen.c.id)), Delivery.lease_owner == owner)
            .values(lease_until=at + LEASE)
            .execution_options(synchronize_session=False)
        )


def let_go(owner: str) -> None:
    """Free what a lane holds in doubt and did not come to ask for."""
    with transaction() as session:
        _let_go(session, owner)


def _let_go(session: Session, owner: str) -> None:
    session.execute(
        update(Delivery)
        .where(Delivery.lease_owner == owner, Delivery.status == UNCERTAIN)
        .values(lease_owner=None, lease_until=None)
    )


def give_back(session: Session, ids: list[int], at: datetime, due_at: datetime) -> None:
    """Return claimed deliveries that were not tried: the try does not count."""
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.status == SENDING)
        .values(
            status=int(Status.QUEUED),
            attempts=Delivery.attempts - 1,
            lease_owner=None,
            lease_until=None,
            due_at=due_at,
            updated_at=at,
        )
    )


def recover(folder: Path, channels: Callable[[Mode], dict[str, Channel]], at: datetime) -> int:
    """Settle what dead lanes of this machine left, by their journals; how many deliveries came back or were settled.

    The same claim and uniqueness rule applies as in sending: a row that meanwhile moved on is not touched.
    """
    touched = 0
    with journal.dead(folder) as remains:
        for left in remains:
            touched += reconcile(left, channels, at)
    return touched


def reconcile(left: journal.Remains, channels: Callable[[Mode], dict[str, Channel]], at: datetime) -> int:
    """Tell apart what a lane held: commit what was answered, doubt what was on the wire, give the rest back; how many."""
    with transaction() as session:
        held = session.execute(
            select(Delivery.id, Delivery.channel, Delivery.contact_id, Delivery.attempts).where(
                Delivery.lease_owner == left.owner, Delivery.status == SENDING
            )
        ).all()
        untouched = []
        for row in held:
            if row.id in left.settled:
                result = Result(row.id, row.contact_id, row.attempts, left.settled[row.id])
                outcomes.record(session, channels(Mode.LIVE)[row.channel], [result], at)
            elif row.id in left.on_wire or not left.same_boot:
                _doubt(session, row.id, at, "killed while on the wire")
            else:
                untouched.append(row.id)
        if untouched:
            give_back(session, untouched, at, at)
        _let_go(session, left.owner)
    return len(held)


def _doubt(session: Session, delivery_id: int, at: datetime, why: str) -> None:
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.status == SENDING)
        .values(status=int(Status.UNCERTAIN), detail=why, lease_owner=None, lease_until=None, due_at=at, updated_at=at)
    )
    session.add(DeliveryEvent(delivery_id=delivery_id, at=at, status=Status.UNCERTAIN, detail=why))


def doubt_lost_leases(at: datetime) -> int:
    """A lease that ran out with no journal to ask (another host, a power cut): the whole lease is in doubt."""
    lost = db.session.scalars(
        select(Delivery.id).where(Delivery.status == SENDING, Delivery.lease_until < at).limit(5000)
    ).all()
    if lost:
        with transaction() as session:
            for delivery_id in lost:
                _doubt(session, delivery_id, at, "lease ran out")
    return len(lost)
