"""What exercises (訓練) left in the register, and taking it out again."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from disaster.core.errors import Invalid
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.intake import exercises
from registry.views.asking import frame

blueprint = Blueprint("exercises", __name__, url_prefix="/registry/exercises")


@blueprint.get("", strict_slashes=False)
@require(Permission.REGISTRY_EDIT)
def index() -> str:
    """Each exercise that is over with what it left; numbers only."""
    return render_template("registry/exercises.html", **frame("exercises"), left=exercises.left())


@blueprint.post("/<int:window_id>")
@require(Permission.REGISTRY_EDIT)
def tidy(window_id: int) -> ResponseReturnValue:
    """Take it out."""
    try:
        done = exercises.tidy(window_id, actor=current_account().actor)
    except Invalid as error:
        flash(error.message, "error")
    else:
        flash(f"訓練の記録を片づけました（取り消した人 {done.people}人、終えた滞在 {done.stays}件）。", "success")
    return redirect(url_for("exercises.index"), code=303)
