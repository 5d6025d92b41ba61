"""Headquarters' page of all shelters: people, crowding, conditions, reports, requests, tablets; each figure with its age."""

from typing import Any

from flask import Blueprint, render_template

from disaster.core import clock
from disaster.shelters.views import age
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission, granted
from registry.protection.small_numbers import suppressed
from registry.shelters.overview import overview

blueprint = Blueprint("overview", __name__, url_prefix="/headquarters/overview")


@blueprint.get("", strict_slashes=False)
@require(Permission.OVERVIEW)
def index() -> str:
    """The page."""
    return render_template("desk/overview.html", **_now())


@blueprint.get("/now")
@require(Permission.OVERVIEW)
def live_part() -> str:
    """The same without its frame, for the page that polls."""
    return render_template("desk/_overview.html", **_now())


def _now() -> dict[str, Any]:
    at, found = clock.now(), overview(clock.now())
    roles = current_account().role_list
    names = any(granted(roles, one) for one in (Permission.HEADQUARTERS_VIEW, Permission.REGISTRY_VIEW))
    parts = dict(found.outside) if names else suppressed(found.outside)  # who may see counts only sees no small ones
    return {"at": at, "now": at, "age": age, "all": found, "outside": parts}
