"""Honest reach: how many registered people of each area were written to, reached, and reached by nothing at all.

At the Camp Fire of 2018 at most 30 % were registered, and nobody saw it. So every figure here is of people and not of messages, and stands beside the
number of inhabitants. A person who named two areas counts in both, and once in the total. Counted when somebody asks, never by a page that polls.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, or_, select

from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.models.alert import Alert, Transmission
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.models.delivery import PUBLIC, Delivery, Status
from disaster.core.extensions import db
from disaster.core.municipality import municipality

EVERYWHERE = ""  # of people who chose all areas
CONFIRMED, TAKEN, DOUBT, UNDER_WAY, NOTHING = 4, 3, 2, 1, 0


@dataclass(frozen=True, slots=True)
class Reached:
    """People of one area, or of all. ``confirmed`` were reported as reached, ``taken`` went to a provider that reports nothing, ``unsure`` is
    accepted or sent without anybody knowing, ``waiting`` is still queued, ``nothing`` reached by nothing at all; ``support`` of them
    need support (避難に時間のかかる人)."""

    name: str
    registered: int
    contacted: int
    confirmed: int
    taken: int
    unsure: int
    waiting: int
    nothing: int
    support: int
    support_unsure: int


@dataclass(frozen=True, slots=True)
class _Counts:
    """People of one area and one outcome."""

    area: str
    support: bool
    best: int
    people: int


def by_area(alert: Alert, transmission: Transmission) -> list[Reached]:
    """The areas of the alert in the order of the municipality's list, then those who chose all areas where there are any."""
    counts = _counts(transmission, _areas_of(alert))
    known = municipality().area_by_code
    registered = _registered(alert)
    codes = [code for code in known if code in registered or any(c.area == code for c in counts)]
    rows = [_row(known[code].name, registered.get(code, 0), [c for c in counts if c.area == code]) for code in codes]
    everywhere = [c for c in counts if c.area == EVERYWHERE]
    if everywhere:
        rows.append(_row("全域を選んだ人", registered.get(EVERYWHERE, 0), everywhere))
    return rows


def total(transmission: Transmission) -> Reached:
    """Everybody whom the alert was for, each once."""
    people = _people(transmission)
    rows = db.session.execute(
        select(Subscriber.support_needed, people.c.best, func.count())
        .join(people, people.c.person == Subscriber.id)
        .group_by(Subscriber.support_needed, people.c.best)
    )
    counts = [_Counts("", support, best, number) for support, best, number in rows]
    return _row("合計", sum(c.people for c in counts), counts)


def registered_people() -> int:
    """Everybody who can be written to, for the share of the inhabitants."""
    return db.session.scalar(select(func.count(Contact.subscriber_id.distinct())).where(Contact.active)) or 0


def _row(name: str, registered: int, counts: Sequence[_Counts]) -> Reached:
    def people(*best: int, support: bool = False) -> int:
        return sum(c.people for c in counts if c.best in best and (c.support or not support))

    return Reached(
        name=name,
        registered=max(registered, people(CONFIRMED, TAKEN, DOUBT, UNDER_WAY, NOTHING)),
        contacted=people(CONFIRMED, TAKEN, DOUBT),
        confirmed=people(CONFIRMED),
        taken=people(TAKEN),
        unsure=people(DOUBT),
        waiting=people(UNDER_WAY),
        nothing=people(NOTHING),
        support=people(NOTHING, support=True),
        support_unsure=people(DOUBT, UNDER_WAY, support=True),
    )


def _people(transmission: Transmission) -> Subquery:
    """Each person of a transmission once, with the best that became of their deliveries."""
    channels = registry.channels(Mode(transmission.mode))
    confirming = [name for name, channel in channels.items() if channel.confirms]
    return (
        select(Contact.subscriber_id.label("person"), func.max(_best(confirming)).label("best"))
        .join(Delivery, and_(Delivery.contact_id == Contact.id, Delivery.channel == Contact.channel))
        .where(Delivery.transmission_id == transmission.id, Delivery.contact_id != PUBLIC)
        .group_by(Contact.subscriber_id)
        .subquery("people")
    )


def _best(confirming: Sequence[str]) -> ColumnElement[int]:
    status, channel = Delivery.status, Delivery.channel
    return case(
        (status == Status.DELIVERED, CONFIRMED),
        (and_(status == Status.ACCEPTED, channel.not_in(confirming)), TAKEN),
        (or_(status == Status.ACCEPTED, status == Status.UNCERTAIN), DOUBT),
        (status.in_((Status.QUEUED, Status.SENDING)), UNDER_WAY),
        else_=NOTHING,
    )


def _counts(transmission: Transmission, areas: Sequence[str]) -> list[_Counts]:
    people = _people(transmission)
    named = (
        select(SubscriberArea.area_code, Subscriber.support_needed, people.c.best, func.count())
        .join(Subscriber, Subscriber.id == SubscriberArea.subscriber_id)
        .join(people, people.c.person == Subscriber.id)
        .where(~Subscriber.all_areas, SubscriberArea.area_code.in_(areas))
        .group_by(SubscriberArea.area_code, Subscriber.support_needed, people.c.best)
    )
    everywhere = (
        select(literal(EVERYWHERE), Subscriber.support_needed, people.c.best, func.count())
        .join(people, people.c.person == Subscriber.id)
        .where(Subscriber.all_areas)
        .group_by(Subscriber.support_needed, people.c.best)
    )
    return [_Counts(*row) for query in (named, everywhere) for row in db.session.execute(query)]


def _registered(alert: Alert) -> dict[str, int]:
    """People who can be written to at all, by area, as they are registered now."""
    reachable = select(Contact.id).where(Contact.subscriber_id == Subscriber.id, Contact.active).exists()
    named: Select[str, int] = (
        select(SubscriberArea.area_code, func.count())
        .join(Subscriber, Subscriber.id == SubscriberArea.subscriber_id)
        .where(~Subscriber.all_areas, reachable, SubscriberArea.area_code.in_(_areas_of(alert)))
        .group_by(SubscriberArea.area_code)
    )
    found = dict(db.session.execute(named).all())
    everywhere = select(func.count()).select_from(Subscriber).where(Subscriber.all_areas, reachable)
    return {**found, EVERYWHERE: db.session.scalar(everywhere) or 0}


def _areas_of(alert: Alert) -> list[str]:
    return [area.code for area in municipality().areas] if alert.whole_town else list(alert.areas)
