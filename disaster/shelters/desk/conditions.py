"""Counting toilets, baths and floor at a place: every count is kept, the newest stands, each with its time."""

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.incidents import running
from disaster.shelters.desk.models import ShelterCondition
from disaster.shelters.desk.numbers import gathered, whole
from disaster.shelters.models import Shelter

LABELS = {
    "toilets_men": "男性用トイレ",
    "toilets_women": "女性用トイレ",
    "toilets_shared": "男女共用トイレ",
    "toilets_accessible": "多目的トイレ",
    "baths": "入浴設備・シャワー",
    "area_m2": "寝起きに使える広さ（m²）",
}


def count(shelter_id: int, typed: Mapping[str, str], *, seen: int, actor: str) -> None:
    """Note a new count. ``seen`` is the number of the newest one that was on the screen, 0 for none.

    Raises:
        Invalid (a field), Missing, Stale.
    """
    values, errors = {}, []
    for field, label in LABELS.items():
        try:
            values[field] = whole(typed.get(field, ""), field=field, label=label)
        except Invalid as error:
            errors.append(error)
    gathered(errors)
    with transaction() as session:
        check_shelter(session, shelter_id)
        newest_id = session.scalar(
            select(func.max(ShelterCondition.id)).where(ShelterCondition.shelter_id == shelter_id)
        )
        if (newest_id or 0) != seen:
            raise Stale("ほかの人が先に数えました。新しい数を確かめて、もう一度保存してください。")
        incident = running.ensure(session, actor=actor)
        row = ShelterCondition(shelter_id=shelter_id, incident_id=incident, at=clock.now(), by=actor, **values)
        session.add(row)
        audit.record(session, "shelter.conditions", actor=actor, subject=f"shelter:{shelter_id}")


def newest(shelter_ids: Iterable[int]) -> dict[int, ShelterCondition]:
    """The newest count of each of the shelters; without those where nobody has counted."""
    wanted = select(func.max(ShelterCondition.id)).where(ShelterCondition.shelter_id.in_(list(shelter_ids)))
    rows = db.session.scalars(
        select(ShelterCondition).where(ShelterCondition.id.in_(wanted.group_by(ShelterCondition.shelter_id)))
    )
    return {row.shelter_id: row for row in rows}


def check_shelter(session: Session, shelter_id: int) -> None:
    """Raises Missing where there is no such shelter."""
    if session.get(Shelter, shelter_id) is None:
        raise Missing("この避難所はありません。")
