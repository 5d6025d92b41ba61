"""Whom somebody has to ask for, on one page with four lists, and what came of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import viewing
from registry.people import following, going
from registry.people.facts import shelter_name
from registry.views.asking import frame
from registry.vocabulary import ExitReason

blueprint = Blueprint("follow_ups", __name__, url_prefix="/registry/follow-ups")
PLACES = tuple(one for one in going.ONE_TAP if one not in (ExitReason.OTHER_SHELTER, ExitReason.UNKNOWN))


@blueprint.get("", strict_slashes=False)
@require(Permission.PEOPLE_VIEW)
def index() -> str:
    """The lists."""
    account = current_account()
    lists = {
        "left": following.left(account),
        "not_seen": following.not_seen(account),
        "visitors": following.visitors(account),
        "unknown": following.unknown(account),
    }
    with transaction() as session:
        viewing.record_list(session, account, "follow_ups", sum(map(len, lists.values())), "follow_up")
    return render_template(
        "registry/follow_ups.html", **frame("follow_ups"), lists=lists, places=PLACES, shelter_name=shelter_name
    )


@blueprint.post("/<uuid:stay_id>/reached")
@require(Permission.PEOPLE_ENTER)
def reached(stay_id: object) -> ResponseReturnValue:
    """It is known where the person is."""
    following.check(current_account(), str(stay_id))
    form = request.form
    try:
        where = ExitReason(form.get("reason", ""))
        words = f"行き先を記録しました（{where.ja}）。"
        following.reached(
            current_account(), str(stay_id), where, place=form.get("place", ""), contact=form.get("contact", "")
        )
    except ValueError:
        return _back("行き先を選んでください。", "error")
    except (Invalid, Stale) as error:
        return _back(error.message, "error")
    return _back(words)


@blueprint.post("/<uuid:stay_id>/tried")
@require(Permission.PEOPLE_ENTER)
def tried(stay_id: object) -> ResponseReturnValue:
    """Nobody answered."""
    following.check(current_account(), str(stay_id))
    try:
        following.tried(current_account(), str(stay_id), request.form.get("note", ""))
    except (Invalid, Stale) as error:
        return _back(error.message, "error")
    return _back("連絡がつかなかったことを記録しました。あす、もう一度この一覧の上に出ます。")


@blueprint.post("/<uuid:stay_id>/end")
@require(Permission.PEOPLE_ENTER)
def end(stay_id: object) -> ResponseReturnValue:
    """The search ends without a result."""
    following.check(current_account(), str(stay_id))
    try:
        following.give_up(current_account(), str(stay_id), request.form.get("note", ""))
    except (Invalid, Stale) as error:
        return _back(error.message, "error")
    return _back("調べ終えたことを、理由と一緒に記録しました。")


@blueprint.post("/<uuid:stay_id>/here")
@require(Permission.PEOPLE_ENTER)
def here(stay_id: object) -> ResponseReturnValue:
    """Who was not seen is here."""
    following.is_here(current_account(), str(stay_id))
    return _back("在所を記録しました。")


def _back(words: str, kind: str = "success") -> ResponseReturnValue:
    flash(words, kind)
    return redirect(url_for("follow_ups.index"), code=303)
