"""Failover by person: whoever was not reached on one channel is tried on the next one that they have (``docs/trust.md``).

A person counts as reached when any of their deliveries arrived: DELIVERED, or ACCEPTED where the provider does not report arrival. What failed
goes on at once; what is merely not confirmed, or still queued, after the minutes that the setting gives. Everything is decided in one
``INSERT … SELECT`` under a lock on the transmission, so that two workers write once.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, select, text, update
from sqlalchemy.orm import Session

from broadcast.alert import lifecycle
from broadcast.audience import failover_sql
from broadcast.audience.failover_sql import SENT_ON, Ids
from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.governing import governed, switches
from broadcast.models.alert import Alert, Transmission
from broadcast.models.delivery import PUBLIC, Delivery, Status
from broadcast.models.fanout import Fanout
from broadcast.models.trust import FailoverCursor, FailoverStep
from disaster.core import audit
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db

CHUNK = 5000  # deliveries that ended without arrival and are weighed in one transaction
SPAN = 20_000  # numbers of deliveries that are looked through in one transaction
ROUND_SECONDS = 1.0  # of one round for one transmission; the next round goes on
_UNWEIGHED = text("deliveries.weighed = 0 AND deliveries.status IN (50, 51, 53)")  # as the partial index has it
_USABLE, _PLACES = "broadcast.audience.failover.usable", "broadcast.audience.failover.places"
_NOT_OVER = (Transmission.expires_at, Transmission.stopped_at)


@dataclass(frozen=True, slots=True)
class Rules:
    """What one round goes by. Deliveries from number ``young_from`` on still have time (0: all, None: none)."""

    transmission_id: int
    alert_id: int
    rank: int
    confirming: tuple[str, ...]
    usable: tuple[str, ...]
    young_from: int | None
    at: datetime


def run() -> int:
    """One round over everything that may still be sent; how many people were given another channel. Safe to repeat, by anybody."""
    if _regained():
        reconsider()
    return sum(_round(transmission_id) for transmission_id in _open(now()))


def _regained() -> bool:
    """Whether a channel can be used that this process could not use at its last round."""
    channels = registry.channels(Mode.LIVE).items()
    usable = {name for name, channel in channels if not channel.problems() and not switches.off(name)}
    before: set[str] | None = current_app.extensions.get(_USABLE)
    current_app.extensions[_USABLE] = usable
    return before is not None and bool(usable - before)


def withdraw_reached() -> int:
    """Take back what is queued for people whom another channel has reached meanwhile: nobody is called for what they have read."""
    taken = 0
    for transmission_id in _open(now()):
        stretch, rules = _next_stretch(transmission_id), _rules(db.session(), transmission_id, now())
        db.session.rollback()
        if stretch is not None and rules is not None and _any(failover_sql.spared(rules, *stretch).limit(1)):
            with transaction() as session:
                taken += failover_sql.take_back(session, rules, *stretch)
    return taken


def _next_stretch(transmission_id: int) -> tuple[int, int] | None:
    """Which numbers this process looks through next: many may wait for a call, and they are gone round in parts."""
    first, places = _first_step(transmission_id), current_app.extensions.setdefault(_PLACES, {})
    if first is None:
        return None
    start = max(first, places.get(transmission_id, first))
    newest = failover_sql.newest(db.session())
    places[transmission_id] = first if start + SPAN > newest else start + SPAN
    return start, start + SPAN


def reconsider() -> None:
    """Look at everyone again who was left with nothing: a channel came back, or the service started with other settings."""
    with transaction() as session:
        reconsider_in(session)


def reconsider_in(session: Session) -> None:
    """The same in the caller's transaction."""
    for transmission_id in session.scalars(select(Transmission.id).where(*_still(now()))).all():
        session.execute(
            update(Delivery)
            .where(Delivery.transmission_id == transmission_id, text("status IN (50, 51, 53) AND weighed = 1"))
            .values(weighed=0)
            .execution_options(synchronize_session=False)
        )
        session.query(FailoverCursor).filter_by(transmission_id=transmission_id).delete()


def steps(transmission_id: int) -> list[FailoverStep]:
    """What failover did for a transmission, oldest first."""
    found = select(FailoverStep).where(FailoverStep.transmission_id == transmission_id).order_by(FailoverStep.id)
    return list(db.session.scalars(found))


def _open(at: datetime) -> list[int]:
    found = list(db.session.scalars(select(Transmission.id).where(*_still(at)).order_by(Transmission.rank)))
    db.session.rollback()
    return found


def _still(at: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Neither over nor stopped nor overtaken."""
    return Transmission.expires_at > at, Transmission.stopped_at.is_(None)


def _round(transmission_id: int) -> int:
    started, moved = time.monotonic(), 0
    while _waits(transmission_id) and time.monotonic() - started < ROUND_SECONDS:
        with transaction() as session:
            rules = _locked(session, transmission_id)
            if rules is None:
                return moved
            moved += _move_on(session, rules, [*_ended(session, rules), *_overdue(session, rules)])
    return moved


def _waits(transmission_id: int) -> bool:
    """Whether there is anything to weigh: two look-ups in indexes, no lock."""
    rules = _rules(db.session(), transmission_id, now())
    found = rules is not None and (_any(_ended_rows(rules).limit(1)) or _late_until(db.session(), rules) is not None)
    db.session.rollback()
    return found


def _any(query: Ids) -> bool:
    return db.session.execute(query).first() is not None


def _locked(session: Session, transmission_id: int) -> Rules | None:
    """The rules, with alert and transmission held (in the order of a stop); None where nothing may be sent any more."""
    alert_id = session.scalar(select(Transmission.alert_id).where(Transmission.id == transmission_id))
    session.execute(select(Alert.id).where(Alert.id == alert_id).with_for_update(key_share=True))
    session.execute(select(Transmission.id).where(Transmission.id == transmission_id).with_for_update(key_share=True))
    return _rules(session, transmission_id, now())


def _rules(session: Session, transmission_id: int, at: datetime) -> Rules | None:
    row = session.execute(
        select(
            Transmission.alert_id,
            Transmission.rank,
            Transmission.mode,
            Transmission.texts,
            Transmission.sent_at,
            *_NOT_OVER,
        ).where(Transmission.id == transmission_id, *_still(at))
    ).first()
    if row is None or not _written(session, transmission_id):
        return None
    channels = registry.channels(Mode(row.mode))
    personal = {name: channel for name, channel in channels.items() if channel.personal}
    return Rules(
        transmission_id=transmission_id,
        alert_id=row.alert_id,
        rank=row.rank,
        confirming=tuple(name for name, channel in personal.items() if channel.confirms),
        usable=tuple(n for n, c in personal.items() if n in row.texts and not c.problems() and not switches.off(n)),
        young_from=_young_from(session, transmission_id, row.sent_at, at),
        at=at,
    )


def _written(session: Session, transmission_id: int) -> bool:
    """Whether every first delivery is in the ledger (a large audience is written in chunks)."""
    unfinished = (Fanout.transmission_id == transmission_id, Fanout.finished_at.is_(None))
    return session.scalar(select(Fanout.transmission_id).where(*unfinished)) is None


def _young_from(session: Session, transmission_id: int, sent_at: datetime, at: datetime) -> int | None:
    limit = at - timedelta(minutes=governed.number("failover_minutes"))
    if sent_at > limit:
        return 0
    return session.scalar(
        select(FailoverStep.first_id)
        .where(FailoverStep.transmission_id == transmission_id, FailoverStep.at > limit)
        .order_by(FailoverStep.first_id)
        .limit(1)
    )


def _ended_rows(rules: Rules) -> Ids:
    """Deliveries to people that ended without arrival and were not weighed yet."""
    mine = (Delivery.transmission_id == rules.transmission_id, _UNWEIGHED, Delivery.contact_id != PUBLIC)
    # In an order that no other index has: PostgreSQL would walk the whole ledger in hope of an early match.
    return select(Delivery.id).where(*mine).order_by(Delivery.id + 0)


def _ended(session: Session, rules: Rules) -> list[int]:
    """Mark them as weighed, and take them."""
    chosen = _ended_rows(rules).limit(CHUNK).cte("chosen")
    return list(
        session.scalars(
            update(Delivery)
            .where(Delivery.id.in_(select(chosen.c.id)), Delivery.weighed == 0)
            .values(weighed=1)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
    )


def _late_until(session: Session, rules: Rules) -> tuple[int, int] | None:
    """The next stretch of numbers whose minutes went by and that was not looked through; None where there is none."""
    if rules.young_from == 0:
        return None
    looked_to = session.scalar(
        select(FailoverCursor.looked_to).where(FailoverCursor.transmission_id == rules.transmission_id)
    )
    if looked_to is None:
        looked_to = (failover_sql.first_of(session, rules.transmission_id) or 1) - 1
    last = rules.young_from - 1 if rules.young_from else failover_sql.newest(session)
    end = min(looked_to + SPAN, last)
    if end <= looked_to:
        return None
    full = end == looked_to + SPAN  # a short stretch without anybody in it is looked through again, and not noted
    return (looked_to, end) if full or _any(failover_sql.late(rules, looked_to, end).limit(1)) else None


def _overdue(session: Session, rules: Rules) -> Sequence[int]:
    """Deliveries whose minutes went by without arrival; each is looked at once."""
    stretch = _late_until(session, rules)
    if stretch is None:
        return ()
    found = session.scalars(failover_sql.late(rules, *stretch)).all()
    session.merge(FailoverCursor(transmission_id=rules.transmission_id, looked_to=stretch[1]))
    session.flush()
    return found


def _move_on(session: Session, rules: Rules, late: Sequence[int]) -> int:
    """Give everyone behind these deliveries their next channel, if nothing reached them and nothing is still on its way in time."""
    if not late or not rules.usable:
        return 0
    before = failover_sql.newest(session)
    failover_sql.insert_next(session, rules, late)
    moved = failover_sql.moves(session, rules, before)
    for move in moved:
        session.add(
            FailoverStep(
                transmission_id=rules.transmission_id,
                at=rules.at,
                from_channel=move.origin,
                to_channel=move.channel,
                people=move.people,
                first_id=before + 1,
            )
        )
    if moved:
        failover_sql.append_events(session, rules, before, Status.QUEUED, SENT_ON)
        _resume(session, rules.alert_id)
        detail = {f"{move.origin}-{move.channel}": move.people for move in moved}
        audit.record(session, "failover.step", actor="system:worker", subject=f"alert:{rules.alert_id}", detail=detail)
    return sum(move.people for move in moved)


def _resume(session: Session, alert_id: int) -> None:
    """An alert that counted as sent is being sent again, so that an officer can stop it."""
    sources, target = lifecycle.MOVES["resumed"]
    session.execute(
        update(Alert)
        .where(Alert.id == alert_id, Alert.state.in_(sources))
        .values(state=target, finished_at=None)
        .execution_options(synchronize_session=False)
    )


def _first_step(transmission_id: int) -> int | None:
    found = select(FailoverStep.first_id).where(FailoverStep.transmission_id == transmission_id)
    return db.session.scalar(found.order_by(FailoverStep.first_id).limit(1))
