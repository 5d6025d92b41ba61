"""The figures of shelters for the pages of the desk and of headquarters: who is there, how old that is, how the place stands for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from disaster.core.extensions import db
from disaster.shelters.desk import conditions
from disaster.shelters.desk.gauge import Mark, gauge
from disaster.shelters.models import Shelter
from disaster.shelters.ports import Inside
from registry.models.intake import IntakeEvent


@dataclass(frozen=True, slots=True)
class Figures:
    """People at a shelter. ``at``: when the newest entry about it came, None before the first; ``parts`` by key of the daily report."""

    registered: int = 0
    unregistered: int = 0
    at: datetime | None = None
    parts: dict[str, int] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """Everybody who is there, each counted once."""
        return self.registered + self.unregistered


def at(shelter_ids: Sequence[int]) -> dict[int, Figures]:
    """The figures of these shelters."""
    newest = _newest(shelter_ids)
    return {number: Figures(at=newest.get(number)) for number in shelter_ids}


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
    return {}


def inside(shelter_id: int) -> Inside:
    """Who is still at a shelter, for those who want to close it."""
    found = at([shelter_id])[shelter_id]
    return Inside(found.registered, found.unregistered)
