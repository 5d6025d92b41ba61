"""Who works at which shelter: shelter staff read what names people at their own shelters only, headquarters everywhere."""

from sqlalchemy import select

from disaster.core.errors import Forbidden
from disaster.core.extensions import db
from disaster.staff.models import Account
from disaster.staff.permissions import Permission, granted
from registry.models.people import ShelterStaff

REFUSED = "この避難所の担当ではないため、表示できません。必要なときは、本部に担当の登録を頼んでください。"


def of(account: Account) -> set[int]:
    """The shelters to which the account is assigned."""
    mine = select(ShelterStaff.shelter_id).where(ShelterStaff.account_id == account.id)
    return set(db.session.scalars(mine))


def may_read(account: Account, shelter_id: int) -> bool:
    """Whether the account may read what names people at this shelter."""
    everywhere = (Permission.HEADQUARTERS_VIEW, Permission.REGISTRY_VIEW)
    return any(granted(account.role_list, permission) for permission in everywhere) or shelter_id in of(account)


def check(account: Account, shelter_id: int) -> None:
    """The same as a refusal.

    Raises:
        Forbidden
    """
    if not may_read(account, shelter_id):
        raise Forbidden(REFUSED)
