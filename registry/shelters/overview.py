"""All shelters on one page: how each stands, with the age of every figure, and what headquarters should look at first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from disaster.core.extensions import db
from disaster.shelters import directory
from disaster.shelters.desk import conditions, openings, reports, supplies
from disaster.shelters.desk.gauge import Light, Mark, gauge
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import HAZARD_SHORT, Opening
from registry.models.intake import Device
from registry.models.people import Conflict
from registry.shelters import shelter_figures
from registry.shelters.shelter_figures import Figures


@dataclass(frozen=True, slots=True)
class Tablets:
    """The tablets of a shelter: how many, the newest word of the one that was silent longest, entries that they still hold."""

    number: int
    silent_since: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Row:
    """One shelter. ``full`` in percent of the capacity, None where nobody published one."""

    shelter: Shelter
    figures: Figures
    full: int | None
    marks: Sequence[Mark]
    counted_at: datetime | None
    report: tuple[date, datetime] | None
    late: bool
    waiting: tuple[int, datetime] | None
    tablets: Tablets | None
    conflicts: int
    unfit: str
    reason: str

    @property
    def bad(self) -> list[Mark]:
        """What is missing there."""
        return [mark for mark in self.marks if mark.light is Light.BAD]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything. ``open`` holds the shelters that are open or being prepared, or where somebody still is."""

    open: Sequence[Row]
    closed: Sequence[Shelter]
    registered: int
    unregistered: int
    outside: dict[str, int]
    late: int
    requests: int
    unsent: int
    conflicts: int


def overview(now: datetime) -> Overview:
    """All shelters as they stand now."""
    shelters = directory.all_shelters()
    figures = shelter_figures.at([shelter.id for shelter in shelters])
    shown = [s for s in shelters if s.state.opening != Opening.CLOSED or figures[s.id].people]
    ids = [shelter.id for shelter in shown]
    counted, reported, waiting = conditions.newest(ids), reports.last_times(), supplies.waiting()
    late, tablets, conflicts, opened = (
        reports.late(shown, now, reported),
        _tablets(),
        _conflicts(),
        openings.running_ones(),
    )
    rows = []
    for shelter in shown:
        there, people = counted.get(shelter.id), figures[shelter.id].people
        opening = opened.get(shelter.id)
        bad = openings.forbidden_now(shelter, opening)
        rows.append(
            Row(
                shelter=shelter,
                figures=figures[shelter.id],
                full=round(100 * people / shelter.capacity) if shelter.capacity else None,
                marks=gauge(people, there, now - (shelter.state.opened_at or now)),
                counted_at=there.at if there else None,
                report=reported.get(shelter.id),
                late=shelter.id in late,
                waiting=waiting.get(shelter.id),
                tablets=tablets.get(shelter.id),
                conflicts=conflicts.get(shelter.id, 0),
                unfit="・".join(HAZARD_SHORT[hazard] for hazard in bad),
                reason=opening.reason if opening else "",
            )
        )
    rows.sort(key=lambda row: (row.shelter.state.opening == Opening.PREPARING, -row.figures.people))
    return Overview(
        open=rows,
        closed=[shelter for shelter in shelters if shelter not in shown],
        registered=sum(row.figures.registered for row in rows),
        unregistered=sum(row.figures.unregistered for row in rows),
        outside=shelter_figures.outside(),
        late=len(late),
        requests=sum(number for number, _ in waiting.values()),
        unsent=sum(found.waiting for found in tablets.values()),
        conflicts=sum(conflicts.values()),
    )


def _tablets() -> dict[int, Tablets]:
    rows = db.session.execute(
        select(Device.shelter_id, func.count(), func.min(Device.seen_at), func.sum(Device.waiting))
        .where(Device.revoked_at.is_(None), Device.token_digest.is_not(None))
        .group_by(Device.shelter_id)
    )
    return {shelter: Tablets(number, silent, int(waiting or 0)) for shelter, number, silent, waiting in rows}


def _conflicts() -> dict[int, int]:
    rows = db.session.execute(
        select(Conflict.shelter_id, func.count())
        .where(Conflict.resolved_at.is_(None), Conflict.shelter_id.is_not(None))
        .group_by(Conflict.shelter_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}
