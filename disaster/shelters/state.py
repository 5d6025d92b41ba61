"""Opening, closing and crowding of a shelter: one change at a time, by whoever saw the present state."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.text import clean_line
from disaster.incidents import exercise
from disaster.shelters.desk import openings
from disaster.shelters.models import Shelter, ShelterState
from disaster.shelters.vocabulary import Crowding, Opening

# From where to where; what is not here is refused.
MOVES: dict[Opening, frozenset[Opening]] = {
    Opening.CLOSED: frozenset({Opening.PREPARING, Opening.OPEN}),
    Opening.PREPARING: frozenset({Opening.OPEN, Opening.CLOSED}),
    Opening.OPEN: frozenset({Opening.CLOSED}),
}

ANNOUNCED = "住民への配信で開設を知らせたため"


def set_opening(
    shelter_id: int, opening: Opening, *, seen: int, actor: str, hazard: str = "", reason: str = ""
) -> None:
    """Prepare, open or close a shelter. ``seen`` is the version of the state that was on the screen.

    A shelter that opens has no crowding yet: nobody there has looked. Nothing is sent to residents by this. ``hazard`` is what the
    person at the door said it is for, ``reason`` why it opens although a list forbids it. What opens in an exercise (訓練) is not shown to
    residents, and stays so until somebody opens it for real.

    Raises:
        Missing, Stale, Invalid (the move is not allowed from the present state; ``Unfit``: a hazard forbids it and there is no reason;
        ``Occupied``: somebody is still there).
    """
    reason = clean_line(reason, field="reason", label="理由", limit=openings.LONGEST_REASON)
    allowed = [before for before, after in MOVES.items() if opening in after]
    now = clock.now()
    values: dict[str, Any] = {"opening": opening, "crowding": Crowding.UNKNOWN, "crowding_at": None}
    values["opened_at"] = now if opening == Opening.OPEN else None
    drill = exercise.current() is not None
    if opening != Opening.CLOSED:
        values["exercise"] = drill
    for_real = opening == Opening.OPEN and not drill
    with transaction() as session:
        _change(session, shelter_id, seen, allowed, values, actor, for_real=for_real)
        detail: dict[str, Any] = {}
        if opening == Opening.OPEN:
            detail = openings.begin(session, shelter_id, at=now, actor=actor, hazard=hazard, reason=reason)
        elif opening == Opening.CLOSED:
            openings.end(session, shelter_id, at=now, actor=actor)
        audit.record(session, f"shelter.{opening}", actor=actor, subject=f"shelter:{shelter_id}", detail=detail)


def open_announced(session: Session, shelter_ids: list[int], *, actor: str) -> None:
    """Open the shelters that an alert announces as open, in the transaction that approves it: the message, the map and the list say
    the same from the first second. Shelters that are open already keep their crowding.
    """
    now = clock.now()
    opened = session.scalars(
        update(ShelterState)
        .where(ShelterState.shelter_id.in_(shelter_ids), (ShelterState.opening != Opening.OPEN) | ShelterState.exercise)
        .values(
            opening=Opening.OPEN,
            exercise=False,
            opened_at=now,
            crowding=Crowding.UNKNOWN,
            crowding_at=None,
            version=ShelterState.version + 1,
            changed_at=now,
            changed_by=actor,
        )
        .execution_options(synchronize_session=False)
        .returning(ShelterState.shelter_id)
    ).all()
    for shelter_id in opened:  # the alert itself refused what its hazard forbids
        openings.begin(session, shelter_id, at=now, actor=actor, hazard="", reason=ANNOUNCED)
        audit.record(session, f"shelter.{Opening.OPEN}", actor=actor, subject=f"shelter:{shelter_id}")


def set_crowding(shelter_id: int, crowding: Crowding, *, seen: int, actor: str) -> None:
    """Say how crowded an open shelter is; saying the same again renews its time.

    Raises:
        Missing, Stale, Invalid (the shelter is not open).
    """
    with transaction() as session:
        values = {"crowding": crowding, "crowding_at": clock.now()}
        _change(session, shelter_id, seen, [Opening.OPEN], values, actor)
        detail = {"crowding": str(crowding)}
        audit.record(session, "shelter.crowding", actor=actor, subject=f"shelter:{shelter_id}", detail=detail)


def _change(
    session: Session,
    shelter_id: int,
    seen: int,
    allowed: list[Opening],
    values: dict[str, Any],
    actor: str,
    *,
    for_real: bool = False,
) -> None:
    """``for_real``: a shelter that is open since an exercise may be opened once more."""
    before = ShelterState.opening.in_(allowed) | (ShelterState.exercise & for_real)
    changed = session.execute(
        update(ShelterState)
        .where(ShelterState.shelter_id == shelter_id, ShelterState.version == seen, before)
        .values(**values, version=ShelterState.version + 1, changed_at=clock.now(), changed_by=actor)
        .execution_options(synchronize_session=False)
        .returning(ShelterState.version)
    ).one_or_none()
    if changed is None:
        _refuse(session, shelter_id, seen)
    session.expire_all()


def _refuse(session: Session, shelter_id: int, seen: int) -> None:
    """Say why nothing was changed."""
    found = session.execute(
        select(Shelter.name, ShelterState.opening, ShelterState.version, ShelterState.changed_at)
        .join(ShelterState, ShelterState.shelter_id == Shelter.id)
        .where(Shelter.id == shelter_id)
    ).one_or_none()
    if found is None:
        raise Missing("この避難所はありません。")
    if found.version != seen:
        when = clock.day_and_time(found.changed_at) if found.changed_at else "さきほど"
        raise Stale(
            f"{found.name}は、ほかの人が先に変更しました（{when}）。いまの状態を確かめて、もう一度押してください。"
        )
    words = {Opening.CLOSED: "開設していません", Opening.PREPARING: "開設準備中です", Opening.OPEN: "開設中です"}
    raise Invalid(f"{found.name}は{words[Opening(found.opening)]}。この変更はできません。")
