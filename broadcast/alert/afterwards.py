"""After a copy of the database was put back: what it had in its queues stays there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcast.alert import compose, lifecycle
from broadcast.alert.ending import AT_ONCE, STOPPED, end_queued
from broadcast.audience import fanout
from broadcast.models.alert import Alert, Transmission
from broadcast.models.delivery import Status
from broadcast.models.subscribing import Pending
from broadcast.sending import tallies

RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Alerts whose sending was stopped, messages in their queues, confirmations that are not sent."""

    alerts: int
    messages: int
    confirmations: int


def hold_back(session: Session, at: datetime, *, note: str) -> HeldBack:
    """Stop every transmission that is not over, in the caller's transaction: its queue, its retries, its failover, its telephone calls.

    Also those that were sent to their end, because failover may still have had somebody to look for.
    """
    open_ones = session.execute(
        select(Transmission.id, Transmission.alert_id).where(
            Transmission.stopped_at.is_(None), Transmission.expires_at > at
        )
    ).all()
    messages = 0
    for number, alert_id in open_ones:
        session.execute(update(Transmission).where(Transmission.id == number).values(stopped_at=at))
        fanout.close(session, number, at)
        kept = tallies.standing(session, number, [Status.QUEUED])
        if kept <= AT_ONCE:  # no lane takes what is stopped; the worker marks what is more
            end_queued(session, number, Status.SKIPPED, STOPPED, at)
        messages += kept
        sources, target = lifecycle.MOVES["stopped"]
        moved = session.execute(
            update(Alert)
            .where(Alert.id == alert_id, Alert.state.in_(sources))
            .values(state=target, finished_at=at, updated_at=at)
            .returning(Alert.version)
        ).scalar()
        if moved is not None:
            compose.log(session, alert_id, "stopped", None, version=moved, note=note)
    waiting = session.execute(
        update(Pending)
        .where(Pending.state.in_(("queued", "sending")))
        .values(state="failed", why=RESTORED, leased_until=None)
    )
    return HeldBack(len(open_ones), messages, int(waiting.rowcount))  # type: ignore[attr-defined]
