"""What the worker does besides sending: leases, expiry, ends of alerts and drafts. Each is a step and safe to repeat."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, or_, select, update

from broadcast.alert import ending, lifecycle
from broadcast.alert.ending import QUEUED
from broadcast.models.alert import Alert, State, Transmission
from broadcast.models.fanout import Fanout
from broadcast.models.health import WorkerBeat
from broadcast.models.tally import Tally
from broadcast.reports import calls
from broadcast.sending import tallies
from broadcast.sending.claims import SENDING, UNCERTAIN
from disaster.core import audit
from disaster.core.base import UtcTime
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db

_AT = bindparam("at", type_=UtcTime)
PIECE = 5_000  # deliveries that one transaction ends: a few hundredths of a second


def expire_deliveries(at: datetime) -> int:
    """What is still queued after the alert's time is not sent any more; the same for what a stop or follow-up overtook; how many.

    In pieces: a prefecture's queue would hold up every other writer for seconds.
    """
    found = db.session.scalars(_over(), {"at": at}).all()
    db.session.rollback()
    return sum(_expire(transmission_id, at) for transmission_id in found)


@cache
def _over() -> Select[Any]:
    """Transmissions over at ``:at`` that have something queued. Built once, like ``_done``: this is asked every second."""
    over = or_(Transmission.expires_at <= _AT, Transmission.stopped_at.is_not(None))
    return select(Transmission.id).where(Transmission.id.in_(tallies.with_any(Tally.status == QUEUED)), over)


def _expire(transmission_id: int, at: datetime) -> int:
    ended = 0
    while True:
        with transaction() as session:
            end = ending.why(session, transmission_id, at)
            piece = ending.end_queued(session, transmission_id, *end, at, most=PIECE) if end else 0
        ended += piece
        if piece < PIECE:
            return ended


def finish_alerts(at: datetime) -> int:
    """An alert is sent when everybody's delivery is written and none is queued, on its way, or in doubt with time left to settle it, and no
    telephone rings any more: one that is busy is dialled again."""
    done = db.session.scalars(_done(), {"at": at}).all()
    db.session.rollback()
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


@cache
def _done() -> Select[Any]:
    """Alerts that are finished at ``:at``."""
    unwritten = select(Fanout.transmission_id).where(Fanout.finished_at.is_(None))
    moving = tallies.with_any(or_(Tally.status == QUEUED, Tally.status == SENDING))
    settling = and_(
        or_(Transmission.id.in_(tallies.with_any(Tally.status == UNCERTAIN)), calls.under_way()),
        Transmission.expires_at > _AT,
        Transmission.stopped_at.is_(None),
    )
    return (
        select(Transmission.alert_id)
        .join(Alert, Alert.id == Transmission.alert_id)
        .where(
            Alert.state.in_((State.APPROVED, State.SENDING)),
            Transmission.id.not_in(unwritten),
            Transmission.id.not_in(moving),
            ~settling,
        )
    )


def beat(name: str) -> None:
    """Note a sign of life."""
    with transaction() as session:
        session.merge(WorkerBeat(name=name, at=now()))
