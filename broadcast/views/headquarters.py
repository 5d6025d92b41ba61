"""状況 (H1): what is in force, what to do, what 気象庁 says; the list of alerts; the exercise window."""

import secrets
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broadcast.alert.followup import FollowUp
from broadcast.views import describing, forms, glance, situation
from disaster.bulletins import board
from disaster.core.clock import now
from disaster.core.errors import DomainError, Invalid
from disaster.core.extensions import db
from disaster.incidents import exercise
from disaster.shelters import directory
from disaster.shelters.vocabulary import Opening
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission

blueprint = Blueprint("headquarters", __name__, url_prefix="/headquarters")
PAGE = 30


@blueprint.get("/")
@require(Permission.HEADQUARTERS_VIEW)
def index() -> str:
    """The headquarters at a glance."""
    return render_template("headquarters/index.html", **_situation(_for_everybody(now())))


@blueprint.get("/now")
@require(Permission.HEADQUARTERS_VIEW)
def live_part() -> str:
    """The same without its frame, for the page that polls: what is the same for everybody is read once a second."""
    shared = glance.once(("situation",), lambda: _for_everybody(now()))
    return render_template("headquarters/_now.html", **_situation(shared))


def _situation(shared: dict[str, Any]) -> dict[str, Any]:
    """With what is a person's own."""
    at, account = now(), current_account()
    return {
        **shared,
        "at": at,
        "account": account,
        "tasks": situation.tasks(account, at),
        "follow_ups": FollowUp,
        "key": secrets.token_urlsafe(24),
        "exercise": exercise.current(),
    }


def _for_everybody(at: datetime) -> dict[str, Any]:
    shelters, bulletins = directory.all_shelters(), board.summary()
    for proposal in bulletins.proposals:
        db.session.expunge(proposal)  # it outlives this request
    return {
        "in_force": situation.in_force(at),
        "lights": situation.lights(at),
        "bulletins": bulletins,
        "shelters_open": sum(s.state.opening == Opening.OPEN for s in shelters),
        "shelters_preparing": sum(s.state.opening == Opening.PREPARING for s in shelters),
        "shelters_total": len(shelters),
    }


@blueprint.get("/alerts")
@require(Permission.HEADQUARTERS_VIEW)
def alerts() -> str:
    """Every alert, newest first; ``?state=`` a group of states, ``?before=`` the page."""
    group, before = request.args.get("state", ""), forms.number(request.args, "before")
    found = situation.listed(group, before, PAGE + 1)
    people = describing.people(alert.drafted_by for alert in found)
    return render_template(
        "headquarters/alerts.html",
        alerts=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        group=group,
        groups=situation.GROUP_WORDS,
        people=people,
        describing=describing,
        exercise=exercise.current(),
    )


@blueprint.get("/exercise")
@require(Permission.EXERCISE_MANAGE)
def exercise_page() -> str:
    """Whether an exercise window is open, and the way to open or close one."""
    return _exercise_page({"name": "", "ends_at": forms.local(forms.usual_end())})


@blueprint.post("/exercise")
@require(Permission.EXERCISE_MANAGE)
def open_exercise() -> ResponseReturnValue:
    """Open a window: from now on drill is the default."""
    try:
        ends_at = forms.instant(request.form.get("ends_at", ""), "ends_at", "終了")
        exercise.open_window(current_account().id, name=request.form.get("name", ""), ends_at=ends_at)
    except DomainError as error:
        typed = {name: request.form.get(name, "") for name in ("name", "ends_at")}
        return _exercise_page(typed, error), error.status
    return redirect(url_for("headquarters.index"), code=303)


@blueprint.post("/exercise/<int:window_id>/close")
@require(Permission.EXERCISE_MANAGE)
def close_exercise(window_id: int) -> ResponseReturnValue:
    """Close the window now: from now on live is the default again."""
    try:
        exercise.close_window(current_account().id, window_id)
    except DomainError as error:
        return _exercise_page({"name": "", "ends_at": forms.local(forms.usual_end())}, error), error.status
    return redirect(url_for("headquarters.index"), code=303)


def _exercise_page(typed: dict[str, str], error: DomainError | None = None) -> str:
    window = exercise.current()
    return render_template(
        "headquarters/exercise.html",
        typed=typed,
        error=error,
        fields=error.fields if isinstance(error, Invalid) else {},
        exercise=window,
        opened_by=describing.people([window.opened_by]) if window else {},
    )
