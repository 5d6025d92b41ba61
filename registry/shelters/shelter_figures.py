"""The figures of shelters for the pages of the desk and of headquarters: who is there, how old that is, how the place stands for them.

Registered are the people whose one confirmed stay is open and here; whoever is claimed by two shelters counts at one. Unregistered is what
was counted at the door beyond them: ``max(0, count - N)``, where N is everybody who was registered here at the time of the count or since.
Who was counted, was registered and left is therefore in neither number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, distinct, func, or_, select

from disaster.core.extensions import db
from disaster.incidents import running
from disaster.shelters.desk import conditions
from disaster.shelters.desk.gauge import Mark, gauge
from disaster.shelters.models import Shelter
from disaster.shelters.ports import Inside
from registry.intake.projection import instant
from registry.models.intake import IntakeEvent
from registry.models.people import Person, Stay, Tally
from registry.vocabulary import ExitReason, PlaceKind


@dataclass(frozen=True, slots=True)
class Figures:
    """People at a shelter. ``at``: when the newest entry about it came, None before the first; ``counted_at``: of the count at the door."""

    registered: int = 0
    unregistered: int = 0
    at: datetime | None = None
    counted_at: datetime | None = None

    @property
    def people(self) -> int:
        """Everybody who is there, each counted once."""
        return self.registered + self.unregistered


class Count(NamedTuple):
    """What was counted at a door: the last total with what was added after it. ``since``, ``last``: the first and the last tap of it, in ms."""

    people: int
    children: int
    elderly: int
    since: int
    last: int


def at(shelter_ids: Sequence[int]) -> dict[int, Figures]:
    """The figures of these shelters."""
    newest, here, counts = _newest(shelter_ids), _registered(shelter_ids), counted(shelter_ids)
    found = {}
    for number in shelter_ids:
        count, registered = counts.get(number), here.get(number, 0)
        beyond = max(0, count.people - _known(number, count.since)) if count else 0
        found[number] = Figures(registered, beyond, newest.get(number), instant(count.last) if count else None)
    return found


def present(shelter_id: int) -> ColumnElement[bool]:
    """Stays that count at a shelter: open, and the one of this person that holds."""
    return (Stay.shelter_id == shelter_id) & Stay.ended_at.is_(None) & Stay.confirmed


def counted(shelter_ids: Iterable[int]) -> dict[int, Count]:
    """The counts at the doors in this disaster; a shelter where nobody counted is left out."""
    incident = running.running()
    if incident is None:
        return {}
    order = (Tally.at.desc(), Tally.id.desc())
    is_total = case((Tally.total.is_not(None), 1), else_=0)
    newer = func.sum(is_total).over(partition_by=Tally.shelter_id, order_by=order) - is_total
    rows = (
        select(Tally, newer.label("newer"))
        .where(Tally.incident_id == incident, Tally.shelter_id.in_(list(shelter_ids)))
        .subquery()
    )
    tap = rows.c
    query = (
        select(
            tap.shelter_id,
            func.sum(func.coalesce(tap.total, tap.delta)),
            func.sum(tap.children),
            func.sum(tap.elderly),
            func.min(tap.at),
            func.max(tap.at),
        )
        .where(tap.newer == 0)
        .group_by(tap.shelter_id)
    )
    return {row[0]: Count(*(max(0, int(number)) for number in row[1:])) for row in db.session.execute(query)}


def _registered(shelter_ids: Iterable[int]) -> dict[int, int]:
    query = (
        select(Stay.shelter_id, func.count())
        .outerjoin(Person, Person.id == Stay.person_id)
        .where(Stay.shelter_id.in_(list(shelter_ids)), Stay.ended_at.is_(None), Stay.confirmed)
        .where(Person.removed_at.is_(None))
        .group_by(Stay.shelter_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query) if row[0] is not None}


def _known(shelter_id: int, since: int) -> int:
    """People who were registered here then or since: those are in the count at the door."""
    real = or_(Stay.exit_reason.is_(None), Stay.exit_reason != ExitReason.CORRECTION)
    query = (
        select(func.count(distinct(func.coalesce(Person.merged_into, Stay.person_id))))
        .select_from(Stay)
        .outerjoin(Person, Person.id == Stay.person_id)
        .where(Stay.shelter_id == shelter_id, or_(Stay.ended_at.is_(None), Stay.ended_at > instant(since)), real)
        .where(Person.removed_at.is_(None), Stay.started_at.is_not(None))
    )
    return db.session.scalar(query) or 0


def marks(shelter: Shelter, figures: Figures, now: datetime) -> list[Mark]:
    """The gauge of one shelter."""
    since = shelter.state.opened_at or now
    return gauge(figures.people, conditions.newest([shelter.id]).get(shelter.id), now - since)


def _newest(shelter_ids: Sequence[int]) -> dict[int, datetime]:
    """When the newest entry of each shelter came; one look into an index for each."""
    numbers = [
        select(func.max(IntakeEvent.number)).where(IntakeEvent.shelter_id == number).scalar_subquery()
        for number in shelter_ids
    ]
    rows = db.session.execute(
        select(IntakeEvent.shelter_id, IntakeEvent.received_at).where(IntakeEvent.number.in_(numbers))
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def outside() -> dict[str, int]:
    """People outside of shelters, by the word for where they are."""
    query = (
        select(Stay.place, func.count())
        .outerjoin(Person, Person.id == Stay.person_id)
        .where(Stay.place != PlaceKind.SHELTER, Stay.ended_at.is_(None), Stay.confirmed, Person.removed_at.is_(None))
        .group_by(Stay.place)
    )
    found = {PlaceKind(row[0]): row[1] for row in db.session.execute(query)}
    return {place.ja: found[place] for place in PlaceKind if place in found}


def inside(shelter_id: int) -> Inside:
    """Who is still at a shelter, for those who want to close it."""
    found = at([shelter_id])[shelter_id]
    return Inside(found.registered, found.unregistered)
