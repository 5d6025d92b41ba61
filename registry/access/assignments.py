"""Who works at which shelter, and which areas flee to which: what a shelter's staff and its tablets may see."""

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.shelters.models import Shelter
from disaster.staff.models import Account
from disaster.staff.permissions import Permission, granted
from registry.models.people import ShelterArea, ShelterStaff


def staff() -> list[Account]:
    """The accounts that register people at a shelter."""
    active = db.session.scalars(select(Account).where(Account.active).order_by(Account.name))
    return [account for account in active if granted(account.role_list, Permission.INTAKE)]


def of_staff() -> dict[int, set[int]]:
    """Accounts by shelter."""
    found: dict[int, set[int]] = {}
    for row in db.session.execute(select(ShelterStaff.shelter_id, ShelterStaff.account_id)):
        found.setdefault(row.shelter_id, set()).add(row.account_id)
    return found


def of_areas() -> dict[int, list[str]]:
    """Codes of areas by shelter."""
    found: dict[int, list[str]] = {}
    for row in db.session.execute(
        select(ShelterArea.shelter_id, ShelterArea.area_code).order_by(ShelterArea.area_code)
    ):
        found.setdefault(row.shelter_id, []).append(row.area_code)
    return found


def assign(shelter_id: int, *, accounts: Collection[int], areas: Collection[str], actor: str) -> None:
    """Say anew who works at a shelter and which areas flee there.

    Raises:
        Invalid: a shelter, account or area does not exist.
    """
    known_areas = set(municipality().area_by_code)
    with transaction() as session:
        known = {account.id for account in staff()}
        if session.get(Shelter, shelter_id) is None or not set(accounts) <= known or not set(areas) <= known_areas:
            raise Invalid("選んだ避難所・職員・地区のどれかが、もうありません。画面を開き直してください。")
        _replace(session, shelter_id, set(accounts), set(areas))
        detail = {"accounts": sorted(accounts), "areas": sorted(areas)}
        audit.record(session, "shelter.assigned", actor=actor, subject=f"shelter:{shelter_id}", detail=detail)


def _replace(session: Session, shelter_id: int, accounts: set[int], areas: set[str]) -> None:
    session.execute(delete(ShelterStaff).where(ShelterStaff.shelter_id == shelter_id))
    session.execute(delete(ShelterArea).where(ShelterArea.shelter_id == shelter_id))
    session.add_all(ShelterStaff(account_id=number, shelter_id=shelter_id) for number in sorted(accounts))
    session.add_all(ShelterArea(shelter_id=shelter_id, area_code=code) for code in sorted(areas))
