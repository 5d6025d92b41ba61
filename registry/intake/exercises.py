"""What was entered in an exercise (訓練): told apart from what happened, and taken out again when the exercise is over.

An event carries the number of the exercise that its writer was told of: a tablet knows of it also without a network, a page of the staff by the
window that is open. What was written after the window had closed is no exercise, whatever a tablet without a network still showed.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing
from disaster.core.extensions import db
from disaster.incidents import exercise, running
from disaster.incidents.models import ExerciseWindow
from disaster.shelters import state
from disaster.shelters.desk.openings import Occupied
from disaster.shelters.models import ShelterState
from disaster.shelters.vocabulary import Opening
from registry.intake import entering, ids
from registry.intake.entering import Entry
from registry.intake.projection import millis
from registry.models.intake import IntakeEvent
from registry.models.people import Person, Stay, Tally
from registry.vocabulary import ExitReason, Kind

STILL_OPEN = "訓練時間が続いています。終わってから片づけてください。"


@dataclass(frozen=True, slots=True)
class Left:
    """What an exercise left in the register. ``changed``: real people about whom something was written in it, which nobody can take back at once."""

    window: ExerciseWindow
    people: int
    stays: int
    shelters: int
    changed: int

    @property
    def anything(self) -> bool:
        """Whether there is something to take out."""
        return bool(self.people or self.stays or self.shelters)


def among(people: Collection[str]) -> set[str]:
    """Those of these people who were only ever entered in an exercise."""
    return _only(select(Person.id).where(Person.id.in_(people))) if people else set()


def left() -> list[Left]:
    """Every exercise that is over and left something, the newest first."""
    marked = select(IntakeEvent.exercise_id).where(IntakeEvent.exercise_id.is_not(None)).distinct()
    over = ExerciseWindow.closed_at.is_not(None) | (ExerciseWindow.ends_at <= clock.now())
    last = select(func.max(ExerciseWindow.id)).where(over).scalar_subquery()  # may have opened shelters and no more
    concerned = ExerciseWindow.id.in_(marked) | (ExerciseWindow.id == last)
    windows = db.session.scalars(select(ExerciseWindow).where(over, concerned).order_by(ExerciseWindow.id.desc()))
    return [found for window in windows if (found := _left(window)).anything]


def tidy(window_id: int, *, actor: str) -> Left:
    """Take out who was entered in an exercise only, end the stays, take back the counts and close the shelters; what it was.

    Everything is one more event: nothing is deleted, and each entry can be brought back.

    Raises:
        Missing
        Invalid: the exercise is not over.
    """
    window = db.session.get(ExerciseWindow, window_id)
    if window is None:
        raise Missing("この訓練はありません。")
    if exercise.current():
        raise Invalid(STILL_OPEN)
    note = f"取消の理由：訓練「{window.name}」の記録"
    ended = {"end": millis(clock.now()), "reason": ExitReason.CORRECTION}
    with transaction() as session:  # whoever comes for real at this very moment is seen, or comes after it
        found, people, stays = _left(window), _people(window), _stays(window)
        entries = [Entry(Kind.STAY, number, ended) for number in stays]
        entries += [Entry(Kind.PERSON, number, {"removed": True, "note": note}) for number in people]
        entries += _counts(session, window)
        entering.enter_all(session, entries, actor=actor)
        detail = {"people": len(people), "stays": len(stays)}
        audit.record(session, "exercise.tidied", actor=actor, subject=f"exercise:{window_id}", detail=detail)
    _close(actor)
    return found


def _left(window: ExerciseWindow) -> Left:
    written = _written(window, Kind.PERSON)
    changed = set(db.session.scalars(written)) - _only(written)
    shelters = db.session.scalar(select(func.count()).where(_opened())) or 0
    return Left(window, len(_people(window)), len(_stays(window)), shelters, len(changed))


def _end(window: ExerciseWindow) -> int:
    return millis(window.closed_at or window.ends_at)


def _of(window: ExerciseWindow) -> ColumnElement[bool]:
    return (IntakeEvent.exercise_id == window.id) & (IntakeEvent.at <= _end(window))


def _written(window: ExerciseWindow, kind: Kind) -> Select[str]:
    return select(IntakeEvent.entity).where(_of(window), IntakeEvent.kind == kind).distinct()


def _only(entities: Select[str]) -> set[str]:
    """Those of these entities that no event outside of an exercise is about."""
    ends = {window.id: _end(window) for window in db.session.scalars(select(ExerciseWindow))}
    events = select(IntakeEvent.entity, IntakeEvent.exercise_id, IntakeEvent.at)
    found: dict[str, bool] = {}
    for entity, number, at in db.session.execute(events.where(IntakeEvent.entity.in_(entities))):
        found[entity] = found.get(entity, True) and at <= ends.get(number or 0, -1)
    return {entity for entity, drill in found.items() if drill}


def _people(window: ExerciseWindow) -> list[str]:
    standing = select(Person.id).where(Person.id.in_(_written(window, Kind.PERSON)), Person.removed_at.is_(None))
    return sorted(_only(standing))


def _stays(window: ExerciseWindow) -> list[str]:
    open_ones = select(Stay.id).where(Stay.id.in_(_written(window, Kind.STAY)), Stay.ended_at.is_(None))
    return sorted(_only(open_ones))


def _counts(session: Session, window: ExerciseWindow) -> list[Entry]:
    """The counts at the doors as they would stand without the exercise."""
    mine = select(IntakeEvent.id).where(_of(window), IntakeEvent.kind == Kind.TALLY)
    touched = session.scalars(select(Tally.shelter_id).where(Tally.id.in_(mine)).distinct()).all()
    incident, entries = running.running(), []
    for shelter in touched:
        total = 0
        real = select(Tally).where(Tally.shelter_id == shelter, Tally.incident_id == incident, Tally.id.not_in(mine))
        for tap in session.scalars(real.order_by(Tally.at, Tally.id)):
            total = tap.total if tap.total is not None else total + tap.delta
        entries.append(Entry(Kind.TALLY, ids.new(), {"total": max(0, total)}, shelter))
    return entries


def _opened() -> ColumnElement[bool]:
    return ShelterState.exercise & (ShelterState.opening != Opening.CLOSED)


def _close(actor: str) -> None:
    """Close what still stands open from an exercise; where somebody is who came later, it stays open."""
    rows = db.session.execute(select(ShelterState.shelter_id, ShelterState.version).where(_opened())).all()
    for shelter, version in rows:
        try:
            state.set_opening(shelter, Opening.CLOSED, seen=version, actor=actor)
        except Occupied:
            continue
