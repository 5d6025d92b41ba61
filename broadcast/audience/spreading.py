"""Writing a large audience in chunks, while the first messages go already: people who need support first, by contact number.

The cursor stands in the database (``Fanout``). Each chunk moves it by compare-and-set and writes its rows in the same transaction: killed at any
instant, the next worker goes on where the last commit was, and two workers never write the same chunk.

A cancel is for exactly those whom the first alert reached. Whom a lane was just sending to when it was approved, is known a moment later: they
are looked for again and again (``Phase.HELD``) until no lane holds anything of the first alert, and then once more (``Phase.LAST``).
"""

import time
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from broadcast.audience import choosing, fanout
from broadcast.audience.choosing import Addressed
from broadcast.models.alert import Alert, Transmission
from broadcast.models.audience import Contact, Subscriber
from broadcast.models.delivery import Delivery, Status
from broadcast.models.fanout import Fanout, Phase
from broadcast.sending import tallies
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db

FIRST_SPAN, LEAST_SPAN, LONGEST_SPAN = 5_000, 5_000, 40_000  # contact numbers that are looked through for one chunk
SECONDS = 0.2  # that a chunk should take: on SQLite every other writer waits for it
REST = 0.2  # of the time of a chunk, before the next one asks to write
PAUSE = 0.2  # seconds until the next look where there is nothing to do


_UNFINISHED = (
    select(Fanout.transmission_id, Fanout.phase, Fanout.after, Fanout.upto)
    .join(Transmission, Transmission.id == Fanout.transmission_id)
    .where(Fanout.finished_at.is_(None))
    .order_by(Transmission.rank, Transmission.id)
)


class _Place(NamedTuple):
    """How far an audience is."""

    transmission_id: int
    phase: int
    after: int
    upto: int


class Spreader:
    """One worker's hand for large audiences; it learns how much it can write in a moment."""

    def __init__(self) -> None:
        self.wait = PAUSE  # seconds until the next step should come
        self._span, self._took = FIRST_SPAN, 0.0

    def step(self) -> bool:
        """Write one chunk of the most urgent audience; whether there was one."""
        for place in unfinished():
            if self._advance(place, now()):
                self.wait = PAUSE if place.phase == Phase.HELD else self._took * REST
                return True
        self.wait = PAUSE
        return False

    def _learn(self, took: float) -> None:
        self._took = took
        wanted = self._span * 2 if took < SECONDS / 2 else self._span // 2 if took > SECONDS * 2 else self._span
        self._span = max(LEAST_SPAN, min(wanted, LONGEST_SPAN))

    def _advance(self, place: _Place, at: datetime) -> bool:
        span = place.upto if place.phase == Phase.HELD else self._span
        end = min(place.after + span, place.upto)
        with transaction() as session:
            sent = session.get_one(Transmission, place.transmission_id)
            alert = session.get_one(Alert, sent.alert_id)
            over = sent.stopped_at is not None or sent.expires_at <= at
            values = {"finished_at": at} if over else _next(session, alert, place, end, at)
            if not _move(session, place, values):
                return False
            started = time.monotonic()  # not what was waited for the others
            if not over:
                fanout.write(session, alert, sent, _chunk(alert, place, end))
        self._learn(time.monotonic() - started)
        return True


def unfinished() -> list[_Place]:
    """Audiences that are still to be written, the most urgent first."""
    with db.engine.connect() as connection:
        return [_Place(*row) for row in connection.execute(_UNFINISHED)]


def _next(session: Session, alert: Alert, place: _Place, end: int, at: datetime) -> dict[str, Any]:
    """Where the cursor stands after this chunk."""
    if (
        place.phase == Phase.HELD
    ):  # asked before the chunk is read: what a lane lets go of later is found by the next one
        return {"phase": int(Phase.HELD if _held(session, alert) else Phase.LAST), "after": 0}
    if end < place.upto:
        return {"after": end}
    if place.phase == Phase.SUPPORT:
        return {"phase": int(Phase.OTHERS), "after": 0}
    if place.phase == Phase.OTHERS and alert.references_id and choosing.is_cancel(alert):
        return {"phase": int(Phase.HELD), "after": 0}
    return {"after": end, "finished_at": at}


def _held(session: Session, alert: Alert) -> bool:
    first = session.scalar(select(Transmission.id).where(Transmission.alert_id == alert.references_id))
    return first is not None and tallies.standing(session, first, [Status.SENDING]) > 0


def _move(session: Session, place: _Place, values: dict[str, Any]) -> bool:
    """The compare-and-set; False where another worker was first."""
    moved = session.execute(
        update(Fanout)
        .where(
            Fanout.transmission_id == place.transmission_id,
            Fanout.phase == place.phase,
            Fanout.after == place.after,
            Fanout.finished_at.is_(None),
        )
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def _chunk(alert: Alert, place: _Place, end: int) -> Addressed:
    """Those of one range of numbers who have no delivery yet."""
    written = exists().where(
        Delivery.transmission_id == place.transmission_id,
        Delivery.channel == Contact.channel,
        Delivery.contact_id == Contact.id,
    )
    found = choosing.addressed(alert, choosing.REACHED_OR_MAYBE).where(
        Contact.id > place.after, Contact.id <= end, ~written
    )
    if place.phase > Phase.OTHERS:
        return found
    return found.where(Subscriber.support_needed if place.phase == Phase.SUPPORT else ~Subscriber.support_needed)
