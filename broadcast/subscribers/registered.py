"""How many people are registered, by channel, language and area: counted by query, and never so finely that a number tells on a person."""

from dataclasses import dataclass

from sqlalchemy import Select, exists, func, select

from broadcast.cap.vocabulary import Language
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.models.subscribing import Pending
from disaster.core import clock
from disaster.core.extensions import db
from disaster.core.municipality import municipality

FEW = 5  # a smaller number is not told: in a hamlet it may be a household

Count = int | None  # None: some, but fewer than FEW


@dataclass(frozen=True, slots=True)
class Registered:
    """Numbers of people who are written to. ``share`` is of the population, in percent; ``waiting`` confirmations are under way."""

    people: int
    share: float
    support: Count
    whole_town: Count
    waiting: int
    channels: dict[str, Count]
    languages: dict[Language, Count]
    areas: list[tuple[str, Count]]
    sources: dict[str, Count]
    stopped: dict[str, int]


def registered() -> Registered:
    """Count now."""
    reached = exists().where(Contact.subscriber_id == Subscriber.id, Contact.active)
    people = _number(select(func.count()).select_from(Subscriber).where(reached))
    town = municipality()
    channels = select(Contact.channel, func.count()).where(Contact.active).group_by(Contact.channel)
    languages = select(Subscriber.language, func.count()).where(reached).group_by(Subscriber.language)
    sources = select(Subscriber.source, func.count()).where(reached).group_by(Subscriber.source)
    areas = (
        select(SubscriberArea.area_code, func.count())
        .join(Subscriber, Subscriber.id == SubscriberArea.subscriber_id)
        .where(reached)
        .group_by(SubscriberArea.area_code)
    )
    stopped = select(Contact.stopped_why, func.count()).where(~Contact.active).group_by(Contact.stopped_why)
    by_area = _pairs(areas)
    count = select(func.count()).select_from(Subscriber).where(reached)
    return Registered(
        people=people,
        share=100 * people / town.population if town.population else 0.0,
        support=_told(_number(count.where(Subscriber.support_needed))),
        whole_town=_told(_number(count.where(Subscriber.all_areas))),
        waiting=_number(
            select(func.count())
            .select_from(Pending)
            .where(Pending.confirmed_at.is_(None), Pending.expires_at > clock.now())
        ),
        channels={name: _told(number) for name, number in _pairs(channels).items()},
        languages={Language(name): _told(number) for name, number in db.session.execute(languages)},
        areas=[(area.name, _told(by_area.get(area.code, 0))) for area in town.areas],
        sources={name: _told(number) for name, number in _pairs(sources).items()},
        stopped=_pairs(stopped),
    )


def _pairs(query: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in db.session.execute(query)}


def _number(query: Select[int]) -> int:
    return db.session.scalar(query) or 0


def _told(number: int) -> Count:
    return number if number == 0 or number >= FEW else None
