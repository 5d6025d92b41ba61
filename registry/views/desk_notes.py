"""Hand-over notes of a shelter. They may name people, so every look is recorded and only who works there, or at headquarters, reads them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.shelters.desk import notes
from disaster.shelters.models import Shelter
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import own_shelters
from registry.views import actors
from registry.views.desk import found, frame

blueprint = Blueprint("desk_notes", __name__, url_prefix="/shelter/desk/<int:shelter_id>/notes")


@blueprint.get("", strict_slashes=False)
@require(Permission.SHELTERS_STATE)
def index(shelter_id: int) -> str:
    """What was handed over, and the form."""
    return _index(_mine(shelter_id), None)


@blueprint.post("", strict_slashes=False)
@require(Permission.SHELTERS_STATE)
def write(shelter_id: int) -> ResponseReturnValue:
    """Hand something over."""
    shelter, form = _mine(shelter_id), request.form
    try:
        notes.write(shelter_id, form.get("body", ""), task=form.get("task") == "1", actor=current_account().actor)
    except Invalid as error:
        return _index(shelter, error), 422
    flash("引継ぎを書きました。", "success")
    return redirect(url_for("desk_notes.index", shelter_id=shelter_id), code=303)


@blueprint.post("/read")
@require(Permission.SHELTERS_STATE)
def read(shelter_id: int) -> ResponseReturnValue:
    """読みました, up to the newest that was on the screen."""
    _mine(shelter_id)
    notes.read(shelter_id, min(request.form.get("newest", 0, type=int), 2**53), actor=current_account().actor)
    return redirect(url_for("desk_notes.index", shelter_id=shelter_id), code=303)


@blueprint.post("/<int:note_id>/done")
@require(Permission.SHELTERS_STATE)
def done(shelter_id: int, note_id: int) -> ResponseReturnValue:
    """A task is done."""
    _mine(shelter_id)
    try:
        notes.finish(shelter_id, note_id, actor=current_account().actor)
    except Stale as error:
        flash(error.message, "error")
    return redirect(url_for("desk_notes.index", shelter_id=shelter_id), code=303)


def _mine(shelter_id: int) -> Shelter:
    shelter = found(shelter_id)
    own_shelters.check(current_account(), shelter_id)
    return shelter


def _index(shelter: Shelter, error: Invalid | None) -> str:
    account = current_account()
    with transaction() as session:
        subject, detail = f"shelter:{shelter.id}", {"purpose": "desk"}
        audit.record(session, "shelter.notes_viewed", actor=account.actor, subject=subject, detail=detail)
    told = notes.of(shelter.id)
    people = [actor for one in told for actor in (one.note.by, one.note.done_by, *one.readers)]
    return render_template(
        "desk/notes.html",
        **frame(shelter, "notes"),
        told=told,
        me=account.actor,
        error=error,
        body=request.form.get("body", "") if error else "",
        names=actors.names(people),
    )
