"""The desk of one shelter (避難所の事務): how it stands, opening in three taps, crowding in one, closing, what the place has."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core import clock
from disaster.core.errors import Invalid, Missing, Stale
from disaster.incidents import exercise
from disaster.shelters import directory, state
from disaster.shelters.desk import conditions, notes, openings, reports, supplies
from disaster.shelters.desk.openings import Unfit
from disaster.shelters.models import Shelter
from disaster.shelters.ports import ports
from disaster.shelters.views import CHOICES, age
from disaster.shelters.vocabulary import HAZARD_SHORT, Crowding, Opening, Suitability
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import own_shelters
from registry.shelters import shelter_figures
from registry.views import actors

blueprint = Blueprint("desk", __name__, url_prefix="/shelter/desk")
OPENED = "開設しました。住民向けのページと地図に「開設中」と出ています。"
DRILL_OPENED = "【訓練】開設しました。住民向けのページと地図には出ません。"
REASONS = (
    "もう人が避難してきている",
    "上の階だけを使う",
    "危険のない側の部屋だけを使う",
    "ほかに行ける避難所がない",
)


@blueprint.get("", strict_slashes=False)
@require(Permission.SHELTERS_STATE)
def index() -> str:
    """Which shelter? One's own first, then those that are open."""
    mine, now = own_shelters.of(current_account()), clock.now()
    order = {Opening.OPEN: 0, Opening.PREPARING: 1, Opening.CLOSED: 2}
    shelters = sorted(directory.all_shelters(), key=lambda s: (s.id not in mine, order[s.state.opening]))
    return render_template("desk/index.html", shelters=shelters, mine=mine, now=now, age=age)


@blueprint.get("/<int:shelter_id>")
@require(Permission.SHELTERS_STATE)
def show(shelter_id: int) -> str:
    """How the shelter stands, and what to do next."""
    return _show(found(shelter_id))


def found(shelter_id: int) -> Shelter:
    """The shelter of an address.

    Raises:
        Missing
    """
    shelters = directory.by_ids([shelter_id])
    if not shelters:
        raise Missing("この避難所はありません。")
    return shelters[0]


def frame(shelter: Shelter, part: str) -> dict[str, Any]:
    """What every page of a desk shows: the shelter, the parts with what waits in each, who may read the notes."""
    account = current_account()
    may_read = own_shelters.may_read(account, shelter.id)
    return {
        "shelter": shelter,
        "part": part,
        "now": clock.now(),
        "age": age,
        "may_read": may_read,
        "waiting": supplies.waiting().get(shelter.id),
        "unread": notes.unread([shelter.id], account.actor).get(shelter.id, 0) if may_read else 0,
    }


def _show(shelter: Shelter) -> str:
    at, opening = clock.now(), openings.current(shelter.id)
    figures = shelter_figures.at([shelter.id])[shelter.id]
    reported = reports.last_times()
    last = reported.get(shelter.id)
    return render_template(
        "desk/show.html",
        **frame(shelter, "show"),
        figures=figures,
        opening=opening,
        choices=CHOICES,
        marks=shelter_figures.marks(shelter, figures, at),
        counted=conditions.newest([shelter.id]).get(shelter.id),
        last_report=last,
        late=shelter.id in reports.late([shelter], at, reported),
        names=actors.names([shelter.state.changed_by, opening.opened_by if opening else None]),
        unfit=openings.forbidden_now(shelter, opening),
        words=HAZARD_SHORT,
    )


@blueprint.get("/<int:shelter_id>/open")
@require(Permission.SHELTERS_STATE)
def ask_open(shelter_id: int) -> str:
    """The hazard check: what is under way is chosen already."""
    shelter, under_way = found(shelter_id), ports().hazards()
    return _opening(shelter, under_way[0] if under_way else "", None)


@blueprint.post("/<int:shelter_id>/open")
@require(Permission.SHELTERS_STATE)
def do_open(shelter_id: int) -> ResponseReturnValue:
    """Open it. The answer to a hazard that forbids it is the same page with reasons to choose from."""
    shelter, form = found(shelter_id), request.form
    hazard, reason = form.get("hazard", ""), form.get("reason", "") or form.get("other_reason", "")
    actor = current_account().actor
    try:
        state.set_opening(shelter_id, Opening.OPEN, seen=seen_version(), actor=actor, hazard=hazard, reason=reason)
    except Unfit as error:
        return _opening(shelter, hazard, error if form.get("asked") else None), 422
    except Invalid as error:
        return _opening(found(shelter_id), hazard, error), 422
    except Stale as error:
        flash(error.message, "error")
        return redirect(url_for("desk.show", shelter_id=shelter_id), code=303)
    flash(DRILL_OPENED if exercise.current() else OPENED, "success")
    return redirect(url_for("desk.show", shelter_id=shelter_id), code=303)


def _opening(shelter: Shelter, hazard: str, error: Invalid | None) -> str:
    known = [h for h in HAZARD_SHORT if directory.suitable(shelter, h) != Suitability.UNKNOWN]
    under_way = ports().hazards()
    bad = openings.forbidden(shelter, openings.against(hazard))
    return render_template(
        "desk/open.html",
        **frame(shelter, "open"),
        hazard=hazard,
        hazards=list(dict.fromkeys([*under_way, *known])),
        under_way=under_way,
        words=HAZARD_SHORT,
        suitable=directory.suitable,
        warned=openings.refusal(shelter, bad) if bad else "",
        reasons=REASONS,
        error=error,
        other_reason=request.form.get("other_reason", ""),
    )


@blueprint.post("/<int:shelter_id>/preparing")
@require(Permission.SHELTERS_STATE)
def prepare(shelter_id: int) -> ResponseReturnValue:
    """開設準備中."""
    return _back(shelter_id, Opening.PREPARING)


@blueprint.post("/<int:shelter_id>/crowding")
@require(Permission.SHELTERS_STATE)
def crowding(shelter_id: int) -> ResponseReturnValue:
    """One tap: how crowded."""
    try:
        wanted = Crowding(request.form.get("crowding", ""))
        state.set_crowding(shelter_id, wanted, seen=seen_version(), actor=current_account().actor)
    except ValueError:
        flash("混み具合を選んでください。", "error")
    except (Stale, Invalid) as error:
        flash(error.message, "error")
    return redirect(url_for("desk.show", shelter_id=shelter_id, _anchor="crowding"), code=303)


@blueprint.get("/<int:shelter_id>/conditions")
@require(Permission.SHELTERS_STATE)
def ask_conditions(shelter_id: int) -> str:
    """What was counted last, to be counted anew."""
    return _conditions(found(shelter_id), None)


@blueprint.post("/<int:shelter_id>/conditions")
@require(Permission.SHELTERS_STATE)
def do_conditions(shelter_id: int) -> ResponseReturnValue:
    """Note what there is."""
    shelter = found(shelter_id)
    try:
        conditions.count(shelter_id, request.form, seen=seen_version(), actor=current_account().actor)
    except (Invalid, Stale) as error:
        return _conditions(shelter, error), error.status
    flash("設備の数を保存しました。", "success")
    return redirect(url_for("desk.show", shelter_id=shelter_id, _anchor="gauge"), code=303)


def _conditions(shelter: Shelter, error: Invalid | Stale | None) -> str:
    newest = conditions.newest([shelter.id]).get(shelter.id)
    shown = {field: getattr(newest, field) if newest else None for field in conditions.LABELS}
    typed = {field: request.form.get(field, "") for field in conditions.LABELS} if error else shown
    return render_template(
        "desk/conditions.html",
        **frame(shelter, "conditions"),
        labels=conditions.LABELS,
        newest=newest,
        typed=typed,
        error=error,
        fields=error.fields if isinstance(error, Invalid) else {},
        names=actors.names([newest.by if newest else None]),
    )


def _back(shelter_id: int, wanted: Opening) -> ResponseReturnValue:
    try:
        state.set_opening(shelter_id, wanted, seen=seen_version(), actor=current_account().actor)
    except (Stale, Invalid) as error:
        flash(error.message, "error")
    return redirect(url_for("desk.show", shelter_id=shelter_id), code=303)


def seen_version() -> int:
    """The version of the state that was on the screen."""
    return min(request.form.get("seen", 0, type=int), 2**53)
