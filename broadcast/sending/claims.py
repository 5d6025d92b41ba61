"""Claiming: how a lane takes deliveries out of the ledger with a lease. What a dead lane held comes back by ``recovery``.

First tries and retries are taken apart, so that deferred mail never delays anybody's first try. Look first, lock afterwards: idle lanes ask
five times a second and would hold up the busy one at the database's one write lock.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, partial
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    TextClause,
    Update,
    bindparam,
    case,
    literal,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session

from broadcast.alert.ending import AGAIN, FIRST
from broadcast.models.alert import Transmission
from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery, Status
from broadcast.sending import many, tallies
from disaster.core.base import UtcTime
from disaster.core.db import transaction
from disaster.core.extensions import db

LEASE = timedelta(seconds=15)  # renewed every 3 seconds: a host that died is noticed within this time
# A lane takes at most so large a part of what waits, but not fewer than the last: all lanes then end together.
SHARES, LAST = 3, 250
LOOKS = 3  # at what is most urgent, where others were quicker each time: there may be more behind it
FAR = timedelta(minutes=10)  # further ahead than any schedule of retries
SENDING: ColumnElement[int] = literal_column(str(int(Status.SENDING)))
UNCERTAIN: ColumnElement[int] = literal_column(str(int(Status.UNCERTAIN)))
HELD = text("deliveries.status IN (10, 20)")  # as the partial index has it: SQLite does not see that 20 is one of them


def _open(at: Any) -> tuple[ColumnElement[bool], ...]:
    return Transmission.expires_at > at, Transmission.stopped_at.is_(None)


def _first_tries() -> Select[Any]:
    """Open transmissions, each with the rank of its most urgent first try on a channel, and how many wait."""
    first = (
        select(Delivery.rank)
        .where(Delivery.transmission_id == Transmission.id, Delivery.channel == bindparam("channel"), FIRST)
        .order_by(Delivery.rank)
        .limit(1)
        .scalar_subquery()
    )
    waiting = tallies.number_of(Transmission.id, bindparam("channel"), Status.QUEUED, "")
    return select(Transmission.id, first, waiting).where(*_open(bindparam("at", type_=UtcTime)))


def _retries() -> Select[int, datetime, datetime]:
    """Open transmissions, each with the instants at which its first and its last retry on a channel fall due."""
    waiting = select(Delivery.due_at).where(
        Delivery.transmission_id == Transmission.id, Delivery.channel == bindparam("channel"), AGAIN
    )
    soonest = waiting.order_by(Delivery.due_at).limit(1).scalar_subquery()
    latest = waiting.order_by(Delivery.due_at.desc()).limit(1).scalar_subquery()
    listed = select(Transmission.id, soonest, latest).where(*_open(bindparam("at", type_=UtcTime)))
    return listed.order_by(Transmission.rank, Transmission.id)


# Built once: every lane asks again and again, and building them takes longer than the database's answer.
_FIRST_TRIES, _RETRIES = _first_tries(), _retries()


class Share(StrEnum):
    """Which part of a channel's queue a lane works on."""

    ALL = "all"
    FIRST = "first"  # first tries
    AGAIN = "again"  # the slow lane: retries, and what is in doubt


class Claimed(NamedTuple):
    """One delivery that this lane holds, with its sealed address. ``attempts`` counts the try that begins now."""

    id: int
    transmission_id: int
    contact_id: int
    language: str
    attempts: int
    rank: int
    address: bytes | None
    token: str | None
    route: str | None
    active: bool | None


Marks = dict[tuple[int, int], int]
"""Up to which delivery number a lane has taken of (transmission, rank): on PostgreSQL the index still holds what was taken before."""


def claim(
    channel: str, owner: str, most: int, at: datetime, share: Share = Share.ALL, marks: Marks | None = None
) -> list[Claimed]:
    """Take the first ``most`` deliveries that are due, in order of risk, of one transmission; nothing expired, nothing stopped."""
    marks = {} if marks is None else marks
    if share != Share.AGAIN:
        for _ in range(LOOKS):
            places = _with_first_tries(channel, at)
            for transmission_id, rank, queued in places:
                part = min(most, max(LAST, queued // SHARES))
                taken = _take_first(channel, owner, part, at, (transmission_id, rank), marks)
                if taken:
                    return taken
            if not places:
                break
    if share != Share.FIRST:
        for transmission_id, due in _with_retries(channel, at):
            where = (Delivery.transmission_id == transmission_id, AGAIN, due)
            waiting = _waiting(channel, at, *where).order_by(Delivery.due_at).limit(most)
            taken = _take(partial(_chosen, waiting=waiting), owner, at)
            if taken:
                return taken
    return []


def _take_first(
    channel: str, owner: str, most: int, at: datetime, place: tuple[int, int], marks: Marks
) -> list[Claimed]:
    transmission, rank = place
    for mark in {
        marks.get(place, 0): None,
        0: None,
    }:  # beyond the mark, then from the start: something may have come back
        values = {"through": channel, "transmission": transmission, "first_rank": rank, "mark": mark, "most": most}
        taken = _take(_chosen_first, owner, at, values)
        if taken:
            marks[place] = taken[-1].id
            return taken
        marks.pop(place, None)
    return []


def _with_first_tries(channel: str, at: datetime) -> list[tuple[int, int, int]]:
    """Transmissions that have first tries waiting, with the rank of the most urgent and the number of all; most urgent first."""
    found = db.session.execute(_FIRST_TRIES, {"at": at, "channel": channel}).all()
    db.session.rollback()
    waiting = [(number, rank, int(count)) for number, rank, count in found if rank is not None]
    return sorted(waiting, key=lambda place: (place[1], place[0]))


def _with_retries(channel: str, at: datetime) -> list[tuple[int, ColumnElement[bool]]]:
    """Transmissions that have retries due, most urgent first, with the condition for them.

    A wait longer than any schedule can only come from a clock that was set back.
    """
    found = db.session.execute(_RETRIES, {"at": at, "channel": channel}).all()
    db.session.rollback()
    due = [(number, Delivery.due_at <= at) for number, first, _ in found if first is not None and first <= at]
    return due + [(number, Delivery.due_at > at + FAR) for number, _, last in found if last and last > at + FAR]


def claim_uncertain(channel: str, owner: str, most: int, at: datetime) -> list[Claimed]:
    """Take deliveries in doubt that are due for settling, under the same lease rule as sending."""
    free = or_(Delivery.lease_until.is_(None), Delivery.lease_until < at)
    due = or_(Delivery.due_at <= at, Delivery.due_at > at + FAR)
    waiting = _waiting(channel, at, HELD, Delivery.status == UNCERTAIN, due, free)
    found = db.session.execute(waiting.limit(1)).first()
    db.session.rollback()
    if found is None:
        return []
    in_turn = (Delivery.due_at, Delivery.rank, Delivery.id)  # an answer may be slow to come
    waiting = waiting.order_by(*in_turn).limit(most)
    return _take(partial(_chosen, waiting=waiting), owner, at, settling=True)


def _waiting(channel: Any, at: Any, *where: ColumnElement[bool] | TextClause) -> Select[int]:
    """Numbers of deliveries. The conditions on the transmission stand here again: it may be stopped in this instant."""
    still = select(Transmission.id).where(Transmission.id == Delivery.transmission_id, *_open(at)).exists()
    return select(Delivery.id).where(Delivery.channel == channel, *where, still)


def _chosen(name: str, waiting: Select[int]) -> Select[str]:
    """The numbers as one text, locked while they are chosen: nobody else can take them in between."""
    locked = waiting.with_for_update(of=Delivery, skip_locked=True).subquery()
    return select(many.together(name, locked.c.id))


@cache
def _chosen_first(name: str) -> Select[str]:
    where = (
        Delivery.transmission_id == bindparam("transmission"),
        Delivery.rank == bindparam("first_rank"),
        Delivery.id > bindparam("mark"),
        FIRST,
    )
    waiting = _waiting(bindparam("through"), bindparam("at", type_=UtcTime), *where)
    return _chosen(name, waiting.order_by(Delivery.id).limit(bindparam("most")))


@cache
def _lease(name: str, settling: bool) -> Update:
    values: dict[str, Any] = {
        "lease_owner": bindparam("owner"),
        "lease_until": bindparam("until", type_=UtcTime),
        "updated_at": bindparam("at", type_=UtcTime),
    }
    if not settling:
        values |= {"status": int(Status.SENDING), "attempts": Delivery.attempts + 1}
    return update(Delivery).where(Delivery.id.in_(many.given_numbers(name))).values(values)


@cache
def _with_address(name: str) -> Select[Any]:
    columns: tuple[Any, ...] = (
        Delivery.id,
        Delivery.transmission_id,
        Delivery.contact_id,
        type_coerce(Delivery.language, String),
        Delivery.attempts,
        Delivery.rank,
        Contact.address,
        Contact.token,
        Contact.route,
        Contact.active,
    )
    read = select(*columns).outerjoin(Contact, Contact.id == Delivery.contact_id)
    return read.where(Delivery.id.in_(many.given_numbers(name)))


def _take(
    choose: Callable[[str], Select[str]],
    owner: str,
    at: datetime,
    values: dict[str, Any] | None = None,
    *,
    settling: bool = False,
) -> list[Claimed]:
    """Put the rows under the owner's lease, in the order in which they are chosen.

    Under the database's one write lock the database works alone: it chooses the numbers and writes the lease. Rows and addresses are read
    afterwards; by then they are the owner's, and nobody else changes them.
    """
    name = many.dialect(db.session())
    choice, lease = choose(name), _lease(name, settling)
    with transaction() as session:
        connection = session.connection()
        given = connection.execute(choice, {"at": at, **(values or {})}).scalar()
        if not given or given == many.NOTHING:
            return []
        connection.execute(lease, {many.GIVEN: given, "owner": owner, "until": at + LEASE, "at": at})
    connection = db.session.connection()  # plain rows: the session's take twice as long
    found = connection.execute(_with_address(name), {many.GIVEN: given}).all()
    db.session.rollback()
    taken = list(map(partial(tuple.__new__, Claimed), found))  # a third of what ``Claimed(*row)`` takes
    order: list[int] = json.loads(given)
    if [c.id for c in taken] != order:  # the database hands them out as it likes
        place = {number: place for place, number in enumerate(order)}
        taken.sort(key=lambda c: place[c.id])
    return taken


def renew(owner: str, at: datetime) -> None:
    """Keep the leases of a lane that is alive but slow.

    Rows that the lane is writing at this moment are left out: waiting for them, in another order than it takes them, would be a deadlock.
    """
    held = select(Delivery.id).where(Delivery.lease_owner == owner, HELD)
    if db.session.execute(held.limit(1)).first() is None:
        db.session.rollback()
        return
    chosen = held.with_for_update(skip_locked=True).cte("chosen")
    with transaction() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(select(chosen.c.id)), Delivery.lease_owner == owner)
            .values(lease_until=at + LEASE)
            .execution_options(synchronize_session=False)
        )


def let_go(session: Session, owner: str) -> None:
    """Free what a lane holds in doubt and did not come to ask for."""
    session.execute(
        update(Delivery)
        .where(Delivery.lease_owner == owner, HELD, Delivery.status == UNCERTAIN)
        .values(lease_owner=None, lease_until=None)
    )


def give_back(session: Session, owner: str, ids: Sequence[int], at: datetime, due_at: datetime) -> None:
    """Return claimed deliveries that were not tried: the try does not count."""
    _back(session, owner, ids, at, {"attempts": Delivery.attempts - 1, "due_at": due_at})


def put_off(session: Session, owner: str, ids: Sequence[int], at: datetime, due_at: datetime) -> None:
    """Return claimed deliveries whose route is busy or ill, for the slow lane: the try does not count there either."""
    slow = case((Delivery.attempts > 1, Delivery.attempts - 1), else_=literal(1))
    _back(session, owner, ids, at, {"attempts": slow, "due_at": due_at, "code": "throttled", "detail": "route"})


def _back(session: Session, owner: str, ids: Sequence[int], at: datetime, values: dict[str, Any]) -> None:
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(many.numbers(session, ids)), Delivery.status == SENDING, Delivery.lease_owner == owner)
        .values(status=int(Status.QUEUED), lease_owner=None, lease_until=None, updated_at=at, **values)
        .execution_options(synchronize_session=False)
    )
