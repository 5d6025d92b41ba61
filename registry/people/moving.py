"""Everybody leaves a shelter at once, so that it can close: to another shelter, home, or somewhere that must be asked for later.

Each stay gets its exit as an event of its own, as if it had been entered one by one; the count at the door goes along.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.incidents import running
from disaster.shelters.models import Shelter
from disaster.shelters.ports import ports
from disaster.shelters.vocabulary import Opening
from registry.intake import ids
from registry.intake.entering import Entry, enter_all
from registry.intake.projection import millis
from registry.models.people import Stay, Tally
from registry.vocabulary import ExitReason, Kind, PlaceKind

STEP = 1000  # the most that one entry at a door adds
DESTINATIONS = (ExitReason.HOME, ExitReason.UNKNOWN)  # besides the other shelters that are open


@dataclass(frozen=True, slots=True)
class Moved:
    """How many people went: registered ones, and those that were only counted."""

    registered: int
    unregistered: int


def everybody(shelter_id: int, to: ExitReason | int, *, seen: int, actor: str) -> Moved:
    """Enter the exit of everybody who is at a shelter. ``to``: a destination, or the id of an open shelter that takes them in.
    ``seen``: how many people stood on the screen.

    Raises:
        Invalid (the other shelter is not open), Stale (somebody came or went meanwhile).
    """
    with transaction() as session:
        audit.in_a_row(session)
        inside = ports().inside(shelter_id)
        if inside.registered + inside.unregistered != seen:
            raise Stale("人数が変わりました。いまの人数を確かめて、もう一度押してください。")
        target = None if isinstance(to, ExitReason) else _open(session, to, shelter_id)
        entries = _exits(session, shelter_id, target, to)
        if inside.unregistered:
            entries.append(_count(shelter_id, {"total": 0}))
        if target is not None:
            entries += _counted_there(session, target, inside.registered, inside.unregistered)
        enter_all(session, entries, actor=actor)
        detail = {"registered": inside.registered, "unregistered": inside.unregistered, "to": str(to)}
        audit.record(session, "shelter.everybody_moved", actor=actor, subject=f"shelter:{shelter_id}", detail=detail)
    return Moved(inside.registered, inside.unregistered)


def _open(session: Session, number: int, here: int) -> Shelter:
    found = session.get(Shelter, number)
    if found is None or number == here or found.state.opening != Opening.OPEN:
        raise Invalid("移る先の避難所が開設されていません。開設している避難所を選んでください。")
    return found


def _exits(session: Session, shelter_id: int, target: Shelter | None, to: ExitReason | int) -> list[Entry]:
    at, entries = millis(clock.now()), []
    reason = to if isinstance(to, ExitReason) else ExitReason.OTHER_SHELTER
    for stay in session.execute(select(Stay.id, Stay.person_id).where(*_here(shelter_id))).all():
        left: dict[str, Any] = {"end": at, "reason": str(reason)}
        if target is not None:
            left["exit_place"] = target.name
        entries.append(Entry(Kind.STAY, stay.id, left, shelter_id))
        if target is not None:
            arrived = {"person": stay.person_id, "place": str(PlaceKind.SHELTER), "shelter": target.id, "start": at}
            entries.append(Entry(Kind.STAY, ids.new(at), arrived, target.id))
    return entries


def _counted_there(session: Session, target: Shelter, registered: int, unregistered: int) -> list[Entry]:
    """The count at the other door: it holds everybody there, so it grows by all who come."""
    mine = (Tally.shelter_id == target.id, Tally.incident_id == running.running())
    if session.scalar(select(exists().where(*mine))):
        coming = registered + unregistered
        return [_count(target.id, {"delta": min(STEP, coming - n)}) for n in range(0, coming, STEP)]
    if not unregistered:
        return []
    there = ports().inside(target.id)
    return [_count(target.id, {"total": there.registered + registered + unregistered})]


def _count(shelter_id: int, fields: dict[str, Any]) -> Entry:
    return Entry(Kind.TALLY, ids.new(millis(clock.now())), fields, shelter_id)


def _here(shelter_id: int) -> tuple[ColumnElement[bool], ...]:
    return Stay.shelter_id == shelter_id, Stay.ended_at.is_(None), Stay.confirmed.is_(True)
