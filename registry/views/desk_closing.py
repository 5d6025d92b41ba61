"""Closing a shelter: who is still there, everybody's exit in one step, and the closing itself."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core.errors import Invalid, Stale
from disaster.shelters import directory, state
from disaster.shelters.desk import openings, supplies
from disaster.shelters.desk.openings import Occupied
from disaster.shelters.models import Shelter
from disaster.shelters.ports import ports
from disaster.shelters.vocabulary import HAZARD_SHORT, Opening
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import own_shelters
from registry.people import moving
from registry.views.desk import found, frame, seen_version
from registry.vocabulary import ExitReason

blueprint = Blueprint("desk_closing", __name__, url_prefix="/shelter/desk/<int:shelter_id>/close")


@blueprint.get("", strict_slashes=False)
@require(Permission.SHELTERS_STATE)
def ask(shelter_id: int) -> str:
    """Who is still there, and what to do about it."""
    return _closing(found(shelter_id))


@blueprint.post("", strict_slashes=False)
@require(Permission.SHELTERS_STATE)
def close(shelter_id: int) -> ResponseReturnValue:
    """Close it, when everybody has an exit."""
    try:
        state.set_opening(shelter_id, Opening.CLOSED, seen=seen_version(), actor=current_account().actor)
    except Occupied as error:
        return _closing(found(shelter_id), error), 422
    except (Stale, Invalid) as error:
        flash(error.message, "error")
        return redirect(url_for("desk.show", shelter_id=shelter_id), code=303)
    flash("閉鎖しました。住民向けのページと地図では「開設していません」になっています。", "success")
    return redirect(url_for("desk.show", shelter_id=shelter_id), code=303)


@blueprint.post("/everybody")
@require(Permission.SHELTERS_STATE)
def everybody(shelter_id: int) -> ResponseReturnValue:
    """The exit of all who are there, to one place."""
    shelter, account = found(shelter_id), current_account()
    own_shelters.check(account, shelter_id)
    try:
        to = _destination(request.form.get("to", ""))
        seen = min(request.form.get("people", 0, type=int), 2**31)
        moved = moving.everybody(shelter_id, to, seen=seen, actor=account.actor)
    except (Invalid, Stale) as error:
        return _closing(shelter, error), error.status
    flash(f"{moved.registered + moved.unregistered:,}人の行き先を記録しました。閉鎖できます。", "success")
    return redirect(url_for("desk_closing.ask", shelter_id=shelter_id), code=303)


def _destination(chosen: str) -> ExitReason | int:
    if chosen in moving.DESTINATIONS:
        return ExitReason(chosen)
    if chosen.isascii() and chosen.isdigit():
        return min(int(chosen), 2**53)
    raise Invalid("行き先を選んでください。", {"to": "行き先を選んでください。"})


def _closing(shelter: Shelter, error: Invalid | Stale | None = None) -> str:
    others = [s for s in directory.all_shelters() if s.state.opening == Opening.OPEN and s.id != shelter.id]
    opened = openings.running_ones()
    here = opened.get(shelter.id)
    against = openings.against() + (here.hazards if here else [])
    return render_template(
        "desk/close.html",
        **frame(shelter, "close"),
        inside=ports().inside(shelter.id),
        requests=supplies.listed(shelter.id, waiting=True),
        others=others,
        unfit={s.id: "・".join(HAZARD_SHORT[h] for h in openings.forbidden(s, dict.fromkeys(against))) for s in others},
        destinations=moving.DESTINATIONS,
        error=error,
    )
