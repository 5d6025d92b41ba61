"""The statements of failover. Ranges of numbers are read by the primary key: an index on the transmission would walk all of it.

Each runs alike on SQLite and PostgreSQL; the plans were looked at on both with 1,800,000 deliveries (``docs/adr/0018``).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    TableValuedAlias,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import SQLCoreOperations

from broadcast.models.audience import Contact, Subscriber
from broadcast.models.delivery import PUBLIC, Delivery, DeliveryEvent, Status

if TYPE_CHECKING:
    from broadcast.audience.failover import Rules

SENT_ON = (
    "failover"  # code of a delivery, and of its first event, that failover wrote; the detail names the channel before
)
SPARED = "reached"  # code of one that was taken back because another channel reached the person
ON_ITS_WAY = (Status.QUEUED, Status.SENDING, Status.UNCERTAIN)

Ids = Select[int]


@dataclass(frozen=True, slots=True)
class Move:
    """How many people went from one channel to another."""

    origin: str
    channel: str
    people: int


def newest(session: Session) -> int:
    """The highest number in the ledger."""
    return session.scalar(select(func.max(Delivery.id))) or 0


def first_of(session: Session, transmission_id: int) -> int | None:
    """The lowest number of a transmission's deliveries (one walk over its index, once for a transmission)."""
    return session.scalar(select(func.min(Delivery.id)).where(Delivery.transmission_id == transmission_id))


def late(rules: "Rules", after: int, until: int) -> Ids:
    """Deliveries of a stretch that have neither arrived nor ended: queued, on the wire, in doubt, or accepted without a confirmation."""
    unconfirmed = and_(Delivery.status == Status.ACCEPTED, Delivery.channel.in_(rules.confirming))
    return select(Delivery.id).where(
        Delivery.id > after,
        Delivery.id <= until,
        _of(rules.transmission_id),
        Delivery.contact_id != PUBLIC,
        or_(Delivery.status.in_(ON_ITS_WAY), unconfirmed),
    )


def _of(transmission_id: int) -> ColumnElement[bool]:
    """Rows of the transmission, written so that SQLite reads the range of numbers and not the transmission's index."""
    found: ColumnElement[bool] = (Delivery.transmission_id + 0) == transmission_id
    return found


def reached(rules: "Rules", delivery: type[Delivery]) -> ColumnElement[bool]:
    """Whether a delivery arrived, as far as its channel can tell."""
    accepted = and_(delivery.status == Status.ACCEPTED, delivery.channel.not_in(rules.confirming))
    return or_(delivery.status == Status.DELIVERED, accepted)


def _in_time(rules: "Rules", delivery: type[Delivery]) -> ColumnElement[bool] | None:
    """Whether it is on its way and its minutes are not over."""
    if rules.young_from is None:
        return None
    on_its_way = delivery.status.in_((*ON_ITS_WAY, Status.ACCEPTED))
    return and_(on_its_way, delivery.id >= rules.young_from) if rules.young_from else on_its_way


def insert_next(session: Session, rules: "Rules", numbers: Sequence[int]) -> None:
    """One delivery on the next channel for each person behind ``numbers`` who has one left."""
    late_ones = _people(session, numbers)
    chosen = _next_contacts(rules, late_ones)
    last = aliased(Delivery)
    rows = (
        select(
            literal(rules.transmission_id),
            chosen.c.channel,
            chosen.c.contact_id,
            Subscriber.language,
            literal(rules.rank * 10) + case((Subscriber.support_needed, 0), else_=1),
            literal(int(Status.QUEUED)),
            literal(SENT_ON),
            last.channel,
            literal(0),
            literal(0),
            literal(rules.at, Delivery.due_at.type),
            literal(rules.at, Delivery.updated_at.type),
        )
        .join(Subscriber, Subscriber.id == chosen.c.person)
        .join(last, last.id == chosen.c.last)
        .where(chosen.c.place == 1)
        .order_by(chosen.c.contact_id)
    )
    columns = ["transmission_id", "channel", "contact_id", "language", "rank", "status", "code", "detail"]
    columns += ["attempts", "weighed", "due_at", "updated_at"]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(Delivery).from_select(columns, rows).on_conflict_do_nothing())


def _people(session: Session, numbers: Sequence[int]) -> Subquery:
    """The people behind deliveries, each with the newest of them."""
    given = _table_of(session, numbers)
    return (
        select(Contact.subscriber_id.label("person"), func.max(Delivery.id).label("last"))
        .select_from(given)
        .join(Delivery, Delivery.id == cast(given.c.value, BigInteger))
        .join(Contact, Contact.id == Delivery.contact_id)
        .group_by(Contact.subscriber_id)
        .subquery("late")
    )


def _next_contacts(rules: "Rules", late_ones: Subquery) -> Subquery:
    """Contacts that were not tried, of people whom nothing reached and for whom nothing is on its way in time; place 1 is the next."""
    candidate, tried = aliased(Contact), aliased(Delivery)
    place = func.row_number().over(
        partition_by=late_ones.c.person, order_by=(candidate.priority, candidate.standby, candidate.id)
    )
    return (
        select(
            late_ones.c.person,
            late_ones.c.last,
            candidate.id.label("contact_id"),
            candidate.channel,
            place.label("place"),
        )
        .join(candidate, candidate.subscriber_id == late_ones.c.person)
        .where(
            candidate.active,
            (literal("") + candidate.channel).in_(
                rules.usable
            ),  # no look-up by channel: the person leads to the contacts
            ~exists().where(_to(rules, tried, candidate)),
            ~_any_other(rules, late_ones.c.person),
        )
        .subquery("next_ones")
    )


def _any_other(rules: "Rules", person: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether any delivery to the person arrived or still has time."""
    other = aliased(Delivery)
    in_time = _in_time(rules, other)
    good = reached(rules, other) if in_time is None else or_(reached(rules, other), in_time)
    return _any_of(rules, person, other, good)


def _any_of(
    rules: "Rules", person: SQLCoreOperations[int], other: type[Delivery], good: ColumnElement[bool]
) -> ColumnElement[bool]:
    """One inside the other, so that both databases go from the person over their few contacts to the deliveries, and never the other way."""
    theirs = aliased(Contact)
    return exists().where(theirs.subscriber_id == person, exists().where(_to(rules, other, theirs), good))


def _to(rules: "Rules", delivery: type[Delivery], contact: type[Contact]) -> ColumnElement[bool]:
    """The delivery of this transmission to this contact, as the unique index finds it."""
    return and_(
        delivery.transmission_id == rules.transmission_id,
        delivery.channel == contact.channel,
        delivery.contact_id == contact.id,
    )


def moves(session: Session, rules: "Rules", before: int) -> list[Move]:
    """What was just written, counted by channel before and after."""
    rows = session.execute(
        select(Delivery.detail, Delivery.channel, func.count())
        .where(*_written_after(rules, before))
        .group_by(Delivery.detail, Delivery.channel)
        .order_by(Delivery.detail, Delivery.channel)
    )
    return [Move(origin, channel, people) for origin, channel, people in rows]


def _written_after(rules: "Rules", before: int) -> tuple[ColumnElement[bool], ...]:
    return Delivery.id > before, _of(rules.transmission_id), Delivery.code == SENT_ON


def append_events(session: Session, rules: "Rules", before: int, status: Status, code: str) -> None:
    """The first event of each delivery that was just written: why it exists."""
    rows = select(
        Delivery.id, literal(rules.at, DeliveryEvent.at.type), literal(int(status)), literal(code), Delivery.detail
    ).where(*_written_after(rules, before))
    session.execute(insert(DeliveryEvent).from_select(["delivery_id", "at", "status", "code", "detail"], rows))


def spared(rules: "Rules", first: int, until: int) -> Ids:
    """Deliveries of failover in a stretch that wait in the queue for somebody whom another channel has reached."""
    mine, other = aliased(Contact), aliased(Delivery)
    by_another = _any_of(rules, mine.subscriber_id, other, reached(rules, other))
    arrived = exists().where(mine.id == Delivery.contact_id, by_another)
    stretch = (Delivery.id >= first, Delivery.id < until, _of(rules.transmission_id))
    waiting = (*stretch, Delivery.status == Status.QUEUED)
    return select(Delivery.id).where(*waiting, Delivery.contact_id != PUBLIC, arrived)


def take_back(session: Session, rules: "Rules", first: int, until: int) -> int:
    """Skip them, with an event each; how many."""
    numbers = session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(spared(rules, first, until).scalar_subquery()), Delivery.status == Status.QUEUED)
        .values(status=int(Status.SKIPPED), code=SPARED, weighed=1, updated_at=rules.at)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    if numbers:
        event = {"at": rules.at, "status": int(Status.SKIPPED), "code": SPARED}
        session.execute(insert(DeliveryEvent), [{"delivery_id": number, **event} for number in numbers])
    return len(numbers)


def _table_of(session: Session, numbers: Sequence[int]) -> TableValuedAlias:
    """Numbers as a table: one JSON array, because binding each costs more than the database's own work."""
    if session.get_bind().dialect.name == "postgresql":
        return func.jsonb_array_elements_text(literal(list(numbers), JSONB)).table_valued("value", name="given")
    return func.json_each(json.dumps(list(numbers))).table_valued("value", name="given")
