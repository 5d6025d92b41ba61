"""The end of what is still queued: an alert that was stopped, overtaken by another, or is over. In pieces, so that nobody waits long."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, literal_column, select, update
from sqlalchemy.orm import Session

from broadcast.models.alert import Alert, Transmission
from broadcast.models.delivery import Delivery, Status

QUEUED: ColumnElement[int] = literal_column("0")  # literal, so that both databases use the partial indexes
NONE: ColumnElement[int] = literal_column("0")
FIRST = and_(Delivery.status == QUEUED, Delivery.attempts == NONE)
AGAIN = and_(Delivery.status == QUEUED, Delivery.attempts > NONE)
AT_ONCE = 50_000  # deliveries that are changed inside an officer's own transaction; what is more is left to the worker
SUPERSEDED = "superseded"
STOPPED = "stopped"


def end_queued(
    session: Session, transmission_id: int, status: Status, code: str, at: datetime, most: int = AT_ONCE
) -> int:
    """Take up to ``most`` deliveries of one transmission out of the queue, in the caller's transaction; how many."""
    ended = 0
    for queued in (FIRST, AGAIN):
        chosen = select(Delivery.id).where(Delivery.transmission_id == transmission_id, queued).limit(most - ended)
        done = session.execute(
            update(Delivery)
            .where(Delivery.id.in_(chosen), Delivery.status == Status.QUEUED)
            .values(status=int(status), code=code, updated_at=at)
            .execution_options(synchronize_session=False)
        )
        ended += int(done.rowcount)  # type: ignore[attr-defined]
    return ended


def why(session: Session, transmission_id: int, at: datetime) -> tuple[Status, str] | None:
    """Status and code for what is queued of a transmission that sends no more; None while it sends."""
    found = session.execute(
        select(Transmission.stopped_at, Transmission.expires_at, Transmission.alert_id).where(
            Transmission.id == transmission_id
        )
    ).one()
    if found.stopped_at is not None:
        later = session.scalar(
            select(Transmission.id)
            .join(Alert, Alert.id == Transmission.alert_id)
            .where(Alert.references_id == found.alert_id)
            .limit(1)
        )
        return Status.SKIPPED, STOPPED if later is None else SUPERSEDED
    return (Status.EXPIRED, "") if found.expires_at <= at else None
