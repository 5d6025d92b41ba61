"""Notices about looks at people, for headquarters."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from disaster.core.errors import Forbidden, Stale
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import notices
from registry.views import actors
from registry.views.asking import frame

blueprint = Blueprint("access_notices", __name__, url_prefix="/registry/notices")


@blueprint.get("", strict_slashes=False)
@require(Permission.ACCESS_VIEW)
def index() -> str:
    """The newest."""
    rows = notices.newest()
    people = [actor for row in rows for actor in (f"account:{row.account_id}", row.seen_by)]
    return render_template(
        "registry/notices.html", **frame("notices"), rows=rows, names=actors.names(people), me=current_account().id
    )


@blueprint.post("/<int:notice_id>/seen")
@require(Permission.ACCESS_VIEW)
def seen(notice_id: int) -> ResponseReturnValue:
    """Asked about."""
    try:
        notices.acknowledge(current_account(), notice_id)
    except (Forbidden, Stale) as error:
        flash(error.message, "error")
    return redirect(url_for("access_notices.index"), code=303)
