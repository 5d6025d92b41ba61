"""That a shelter is open in a disaster: the hazard check before, the record of it, and the check before it closes.

Everything here stands in the caller's transaction; ``disaster/shelters/state.py`` calls it with the change of the state itself.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.incidents import running
from disaster.shelters import directory
from disaster.shelters.desk.models import ShelterOpening
from disaster.shelters.models import Shelter
from disaster.shelters.ports import ports
from disaster.shelters.vocabulary import HAZARD_SHORT, HAZARDS, Opening, Suitability

LONGEST_REASON = 200


class Unfit(Invalid):
    """A list says that the shelter must not be used against a hazard that is under way; it opens with a reason only."""


class Occupied(Invalid):
    """Somebody is still there who has no exit."""


def against(hazard: str = "") -> list[str]:
    """The hazards to check: those of the alerts in force, and the one that the person at the door named."""
    named = [hazard] if hazard in HAZARDS else []
    return list(dict.fromkeys([*ports().hazards(), *named]))


def forbidden(shelter: Shelter, hazards: Iterable[str]) -> list[str]:
    """For which of the hazards the lists forbid this shelter."""
    return [hazard for hazard in hazards if directory.suitable(shelter, hazard) == Suitability.NO]


def refusal(shelter: Shelter, hazards: Iterable[str]) -> str:
    """The sentence for it, with the source and its date."""
    words = "・".join(HAZARD_SHORT[hazard] for hazard in hazards)
    return f"{shelter.name}は{words}では使えません（{shelter.source} {shelter.source_date.isoformat()}）。"


def begin(
    session: Session, shelter_id: int, *, at: datetime, actor: str, hazard: str, reason: str
) -> dict[str, object]:
    """Check the hazards and note that the shelter is open; what stands in the audit record.

    Raises:
        Unfit: a list forbids it and no reason was given.
    """
    shelter = session.get_one(Shelter, shelter_id)
    hazards = against(hazard)
    bad = forbidden(shelter, hazards)
    if bad and not reason:
        sentence = f"{refusal(shelter, bad)}それでも開設するときは、理由を選んでください。"
        raise Unfit(sentence, {"reason": sentence})
    incident = running.ensure(session, actor=actor)
    session.execute(update(ShelterOpening).where(_open(shelter_id)).values(closed_at=at, closed_by=actor))
    session.add(
        ShelterOpening(
            shelter_id=shelter_id,
            incident_id=incident,
            hazards=hazards,
            reason=reason if bad else "",
            opened_at=at,
            opened_by=actor,
        )
    )
    return {"hazards": hazards, "forbidden": bad} if hazards else {}


def end(session: Session, shelter_id: int, *, at: datetime, actor: str) -> None:
    """Check that everybody has an exit and note that the shelter is closed (an opening ends with nobody inside).

    Raises:
        Occupied: people are registered there, or counted without a name.
    """
    inside = ports().inside(shelter_id)
    if inside.registered or inside.unregistered:
        parts = [f"登録された人が{inside.registered:,}人"] if inside.registered else []
        parts += [f"名前のない人数が{inside.unregistered:,}人"] if inside.unregistered else []
        raise Occupied(f"{'、'.join(parts)}残っています。全員の退所か移動を記録してから閉鎖してください。")
    session.execute(update(ShelterOpening).where(_open(shelter_id)).values(closed_at=at, closed_by=actor))


def current(shelter_id: int) -> ShelterOpening | None:
    """The opening that runs; None also for a shelter that was opened before openings were noted."""
    return db.session.scalar(select(ShelterOpening).where(_open(shelter_id)))


def running_ones() -> dict[int, ShelterOpening]:
    """The openings that run, by shelter."""
    return {
        row.shelter_id: row
        for row in db.session.scalars(select(ShelterOpening).where(ShelterOpening.closed_at.is_(None)))
    }


def forbidden_now(shelter: Shelter, opening: ShelterOpening | None) -> list[str]:
    """For which hazards an open shelter must not be used: those under way, and those it was opened for."""
    hazards = dict.fromkeys([*ports().hazards(), *(opening.hazards if opening else [])])
    return forbidden(shelter, hazards) if shelter.state.opening == Opening.OPEN else []


def history(shelter_id: int) -> list[ShelterOpening]:
    """All openings of a shelter, newest first."""
    mine = select(ShelterOpening).where(ShelterOpening.shelter_id == shelter_id)
    return list(db.session.scalars(mine.order_by(ShelterOpening.id.desc())))


def _open(shelter_id: int):  # type: ignore[no-untyped-def]
    return (ShelterOpening.shelter_id == shelter_id) & ShelterOpening.closed_at.is_(None)
