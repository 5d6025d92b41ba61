"""What the worker does besides sending: leases, expiry, ends of alerts and drafts. Each is a step and safe to repeat."""

from datetime import datetime

from sqlalchemy import and_, exists, or_, select, update

from broadcast import lifecycle
from broadcast.claims import QUEUED, SENDING, UNCERTAIN
from broadcast.models.alert import Alert, State, Transmission
from broadcast.models.delivery import Delivery, Status
from broadcast.models.health import WorkerBeat
from disaster.core import audit
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db


def expire_deliveries(at: datetime) -> int:
    """What is still queued after the alert's time is not sent any more; the same for what a stop or follow-up overtook."""
    over = select(Transmission.id).where(or_(Transmission.expires_at <= at, Transmission.stopped_at.is_not(None)))
    waiting = db.session.execute(
        select(Delivery.transmission_id).where(Delivery.status == QUEUED, Delivery.transmission_id.in_(over)).distinct()
    ).scalars()
    ended = 0
    for transmission_id in list(waiting):
        transmission = db.session.get_one(Transmission, transmission_id)
        status, code = (Status.SKIPPED, "stopped") if transmission.stopped_at else (Status.EXPIRED, "")
        with transaction() as session:
            ended += len(
                session.execute(
                    update(Delivery)
                    .where(Delivery.transmission_id == transmission_id, Delivery.status == QUEUED)
                    .values(status=status, code=code, updated_at=at)
                    .returning(Delivery.id)
                ).all()
            )
    return ended


def finish_alerts(at: datetime) -> int:
    """An alert is sent when nothing of it is queued, on its way, or in doubt with time left to settle it."""
    open_ones = exists().where(
        Delivery.transmission_id == Transmission.id,
        or_(
            Delivery.status.in_((QUEUED, SENDING)),
            and_(Delivery.status == UNCERTAIN, Transmission.expires_at > at, Transmission.stopped_at.is_(None)),
        ),
    )
    done = db.session.scalars(
        select(Transmission.alert_id)
        .join(Alert, Alert.id == Transmission.alert_id)
        .where(Alert.state.in_((State.APPROVED, State.SENDING)), ~open_ones)
    ).all()
    if not done:
        return 0
    with transaction() as session:
        sources, target = lifecycle.MOVES["finished"]
        moved = session.scalars(
            update(Alert)
            .where(Alert.id.in_(done), Alert.state.in_(sources))
            .values(state=target, finished_at=at)
            .returning(Alert.id)
        ).all()
        for alert_id in moved:
            audit.record(session, "alert.finished", actor="system:worker", subject=f"alert:{alert_id}")
    return len(moved)


def beat(name: str) -> None:
    """Note a sign of life."""
    with transaction() as session:
        session.merge(WorkerBeat(name=name, at=now()))
