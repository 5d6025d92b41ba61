"""What the tablets say of a shelter's state, maybe hours later: the newest word stands, and nothing is refused that has happened already.

In the caller's transaction (the one that takes the tablet's event). ``at`` is the tablet's time, with its clock's error taken out.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from disaster.core import audit
from disaster.shelters.desk import openings
from disaster.shelters.models import ShelterState
from disaster.shelters.vocabulary import Crowding, Opening

UNSAID = "端末で開設（理由の入力なし）"


def opening(
    session: Session,
    shelter_id: int,
    word: Opening,
    *,
    at: datetime,
    actor: str,
    reason: str = "",
    drill: bool = False,
) -> bool:
    """Opened, being prepared or closed there. False: somebody said something newer, or it is so already.

    ``drill``: said in an exercise. Who opens it for real where it stands open from an exercise says something new.

    Raises:
        Occupied: closed, but somebody without an exit is still there.
    """
    values: dict[str, Any] = {"opening": word, "crowding": Crowding.UNKNOWN, "crowding_at": None}
    values["opened_at"] = at if word == Opening.OPEN else None
    different = ShelterState.opening != word
    if word != Opening.CLOSED:
        values["exercise"] = drill
        different |= ShelterState.exercise & (not drill)
    if not _take(session, shelter_id, at, actor, values, different):
        return False
    detail: dict[str, Any] = {}
    if word == Opening.OPEN:  # the doors are open; that the hazard forbids it is shown to headquarters
        detail = openings.begin(session, shelter_id, at=at, actor=actor, hazard="", reason=reason[:200] or UNSAID)
    elif word == Opening.CLOSED:
        openings.end(session, shelter_id, at=at, actor=actor)
    audit.record(session, f"shelter.{word}", actor=actor, subject=f"shelter:{shelter_id}", detail=detail)
    return True


def crowding(session: Session, shelter_id: int, word: Crowding, *, at: datetime, actor: str) -> bool:
    """How crowded it was. False: somebody said something newer, or the shelter is not open."""
    newer = or_(ShelterState.crowding_at.is_(None), ShelterState.crowding_at <= at)
    still = (
        (ShelterState.opening == Opening.OPEN)
        & newer
        & or_(ShelterState.opened_at.is_(None), ShelterState.opened_at <= at)
    )
    values = {"crowding": word, "crowding_at": at}
    changed = session.execute(
        update(ShelterState)
        .where(ShelterState.shelter_id == shelter_id, still)
        .values(**values, version=ShelterState.version + 1, changed_by=actor)
        .execution_options(synchronize_session=False)
        .returning(ShelterState.version)
    ).one_or_none()
    if changed is None:
        return False
    session.expire_all()
    detail = {"crowding": str(word)}
    audit.record(session, "shelter.crowding", actor=actor, subject=f"shelter:{shelter_id}", detail=detail)
    return True


def _take(session: Session, shelter_id: int, at: datetime, actor: str, values: dict[str, Any], different: Any) -> bool:
    newer = or_(ShelterState.changed_at.is_(None), ShelterState.changed_at <= at)
    changed = session.execute(
        update(ShelterState)
        .where(ShelterState.shelter_id == shelter_id, newer, different)
        .values(**values, version=ShelterState.version + 1, changed_at=at, changed_by=actor)
        .execution_options(synchronize_session=False)
        .returning(ShelterState.version)
    ).one_or_none()
    if changed is None:
        return False
    session.expire_all()
    return True
