"""The part of the residents' list that a shelter's tablets carry: residents of the areas that flee there, to tick instead of typing.

Who is protected (支援措置, or an evacuee whose whereabouts are secret), moved away or died is not in it, and nothing tells that somebody was left out.
"""

import hashlib
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from registry.models.people import Person, Resident, ShelterArea
from registry.vocabulary import SECRET

PAGE = 2000


class Page(NamedTuple):
    """``next`` None: this was the last. ``version`` is another one when the list is another one."""

    version: str
    next: int | None
    residents: list[dict[str, Any]]


def page(session: Session, shelter_id: int, after: int) -> Page:
    """The residents behind this number, at most ``PAGE``."""
    mine = _mine(shelter_id)
    rows = session.scalars(
        select(Resident).where(*mine, Resident.id > after).order_by(Resident.id).limit(PAGE + 1)
    ).all()
    shown = [_one(row) for row in rows[:PAGE]]
    return Page(_version(session, mine), rows[PAGE - 1].id if len(rows) > PAGE else None, shown)


def _mine(shelter_id: int) -> list[ColumnElement[bool]]:
    areas = select(ShelterArea.area_code).where(ShelterArea.shelter_id == shelter_id)
    hidden = select(Person.resident_id).where(Person.protection.in_(SECRET), Person.resident_id == Resident.id)
    return [Resident.area_code.in_(areas), ~Resident.hidden, Resident.gone == "", ~hidden.exists()]


def _version(session: Session, mine: list[ColumnElement[bool]]) -> str:
    count, ids, newest = session.execute(
        select(func.count(), func.sum(Resident.id), func.max(Resident.updated_at)).where(*mine)
    ).one()
    return hashlib.sha256(f"{count} {ids} {newest}".encode()).hexdigest()[:16]


def _one(row: Resident) -> dict[str, Any]:
    return {
        "id": row.id,
        "h": row.household_key[:16],
        "name": row.name,
        "kana": row.kana,
        "birth": row.birth_date.isoformat() if row.birth_date else row.birth_raw,
        "sex": str(row.sex),
        "address": row.address,
        "area": row.area_code,
        "relation": row.relation,
    }
