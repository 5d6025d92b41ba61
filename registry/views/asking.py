"""What the pages about people have in common: the purpose of a look, and the frame of the register."""

from typing import Any

from flask import request

from disaster.core import clock
from disaster.staff.accounts import current_account
from disaster.staff.models import Account
from registry.access import own_shelters
from registry.access.cells import PURPOSES, Group, Level, cells


def purpose() -> str:
    """What for, as the address or the form says; nothing where it says no known purpose."""
    said = request.values.get("why", "")
    return said if said in PURPOSES else ""


def frame(part: str) -> dict[str, Any]:
    """What every page of the register shows."""
    account = current_account()
    shown = cells(account.role_list, own=True)
    return {
        "part": part,
        "now": clock.now(),
        "why": purpose(),
        "purposes": PURPOSES,
        "Group": Group,
        "Level": Level,
        "everywhere": everywhere(account),
        "enters": shown[Group.STAY].writes,
        "mine": sorted(own_shelters.of(account)),
    }


def everywhere(account: Account) -> bool:
    """Whether the account sees people of every shelter."""
    return cells(account.role_list, own=False)[Group.STAY].reads
