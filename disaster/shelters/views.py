"""The staff's page of the shelters: which are open, how crowded, since when; one tap changes it."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from disaster.core import clock
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from disaster.shelters import directory, state
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import HAZARD_SHORT, Crowding, Opening, Suitability
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.models import Account
from disaster.staff.permissions import Permission

blueprint = Blueprint("shelters", __name__, url_prefix="/headquarters/shelters")
CHOICES = (Crowding.FREE, Crowding.SOME, Crowding.CROWDED, Crowding.FULL)


@blueprint.get("", strict_slashes=False)
@require(Permission.SHELTERS_STATE)
def index() -> str:
    """All shelters with their state; ``?only=open`` leaves out the closed ones."""
    shelters = directory.all_shelters()
    shown = (
        [s for s in shelters if s.state.opening != Opening.CLOSED] if request.args.get("only") == "open" else shelters
    )
    used = [hazard for hazard in HAZARD_SHORT if any(getattr(s, hazard) == Suitability.YES for s in shelters)]
    counts = {opening: sum(s.state.opening == opening for s in shelters) for opening in Opening}
    return render_template(
        "shelters/index.html", shelters=shown, hazards=used, words=HAZARD_SHORT, counts=counts, choices=CHOICES,
        only=request.args.get("only") == "open", age=age, now=clock.now(), who=_names(shown),
        day_and_time=clock.day_and_time, suitable=directory.suitable,
    )  # fmt: skip


@blueprint.post("/<int:shelter_id>/opening")
@require(Permission.SHELTERS_STATE)
def opening(shelter_id: int) -> Response:
    """Prepare, open or close."""
    try:
        wanted = Opening(request.form.get("opening", ""))
    except ValueError:
        raise Invalid("開設・準備・閉鎖のどれかを選んでください。") from None
    return _done(shelter_id, lambda seen, actor: state.set_opening(shelter_id, wanted, seen=seen, actor=actor))


@blueprint.post("/<int:shelter_id>/crowding")
@require(Permission.SHELTERS_STATE)
def crowding(shelter_id: int) -> Response:
    """One tap: how crowded."""
    try:
        wanted = Crowding(request.form.get("crowding", ""))
    except ValueError:
        raise Invalid("混み具合を選んでください。") from None
    return _done(shelter_id, lambda seen, actor: state.set_crowding(shelter_id, wanted, seen=seen, actor=actor))


def age(instant: datetime, now: datetime) -> str:
    """How old a figure is: ``12分前`` up to an hour, ``3時間前`` up to two days, then days."""
    minutes = max(0, int((now - instant).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes}分前" if minutes else "たった今"
    return f"{minutes // 60}時間前" if minutes < 48 * 60 else f"{minutes // (24 * 60)}日前"


def _done(shelter_id: int, step: Callable[[int, str], None]) -> Response:
    """Run a step for the person who is signed in and go back to the shelter's place on the page; say what was refused there."""
    account = current_account()
    try:
        step(min(request.form.get("seen", 0, type=int), 2**53), account.actor)
    except (Stale, Invalid) as error:
        flash(error.message, "error")
    only = "open" if request.form.get("only") == "open" else None
    return redirect(url_for("shelters.index", only=only, _anchor=f"s{shelter_id}"), code=303)


def _names(shelters: list[Shelter]) -> dict[str, str]:
    """Names of the people who made the last changes, by actor."""
    ids = {int(s.state.changed_by[8:]) for s in shelters if s.state.changed_by.startswith("account:")}
    rows = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))
    return {f"account:{number}": name for number, name in rows}
