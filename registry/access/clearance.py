"""For whom protected people exist: the officers who are named for them (秘匿担当), and nobody else."""

from sqlalchemy import ColumnElement, true

from disaster.staff.models import Account
from disaster.staff.permissions import Permission, granted
from registry.models.people import Person
from registry.vocabulary import Protection


def cleared(account: Account) -> bool:
    """Whether protected people exist for this account."""
    return granted(account.role_list, Permission.PROTECTION_MANAGE)


def known_to(account: Account) -> ColumnElement[bool]:
    """The condition that leaves out everybody who does not exist for this account."""
    return true() if cleared(account) else Person.protection != Protection.HIDDEN
