"""What stands against each other, and what could not be taken: both sides, and the buttons that decide."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core.errors import DomainError, Missing
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.people import deciding, quarantine
from registry.views import actors
from registry.views.asking import frame

blueprint = Blueprint("conflicts", __name__, url_prefix="/registry")
MANY = 500


@blueprint.get("/conflicts")
@require(Permission.PEOPLE_VIEW)
def index() -> str:
    """One page of conflicts, the oldest first."""
    page = _page()
    cases, more = deciding.waiting(current_account(), page=page)
    names = actors.names(side.actor for case in cases for side in case.sides)
    return render_template(
        "registry/conflicts.html", **frame("conflicts"), cases=cases, more=more, page=page, names=names
    )


@blueprint.post("/conflicts/<int:conflict_id>/decide")
@require(Permission.PEOPLE_ENTER)
def decide(conflict_id: int) -> ResponseReturnValue:
    """One side holds."""
    form = request.form
    try:
        deciding.decide(current_account(), conflict_id, form.get("side", ""), form.getlist("sides"))
    except Missing:
        raise
    except DomainError as error:
        return _back("conflicts.index", error.message, "error")
    return _back("conflicts.index", "決めました。もう一方の内容も、記録に残っています。")


@blueprint.post("/conflicts/<int:conflict_id>/accept")
@require(Permission.PEOPLE_ENTER)
def accept(conflict_id: int) -> ResponseReturnValue:
    """Looked at."""
    try:
        deciding.accept(current_account(), conflict_id, bring_over=request.form.get("bring_over") == "1")
    except Missing:
        raise
    except DomainError as error:
        return _back("conflicts.index", error.message, "error")
    return _back("conflicts.index", "確かめたことを記録しました。")


@blueprint.post("/conflicts/many")
@require(Permission.PEOPLE_ENTER)
def decide_many() -> ResponseReturnValue:
    """Of each that is ticked the newest value."""
    done, left = deciding.decide_newest(current_account(), _ticked("conflict"))
    rest = f"{left}件は、二つの場所のことなので一件ずつ決めるか、ほかの人が先に決めたものです。" if left else ""
    return _back("conflicts.index", f"{done}件を、新しいほうの内容に決めました。{rest}", "success" if done else "error")


@blueprint.get("/quarantine")
@require(Permission.REGISTRY_EDIT)
def kept() -> str:
    """What could not be taken."""
    page = _page()
    rows, more = quarantine.waiting(current_account(), page=page)
    devices = [f"device:{one.row.device_id}" for one in rows]
    return render_template(
        "registry/quarantine.html", **frame("quarantine"), rows=rows, more=more, page=page, names=actors.names(devices)
    )


@blueprint.post("/quarantine/<int:kept_id>/take")
@require(Permission.REGISTRY_EDIT)
def take(kept_id: int) -> ResponseReturnValue:
    """Take it in as something new."""
    try:
        quarantine.take(current_account(), kept_id)
    except Missing:
        raise
    except DomainError as error:
        return _back("conflicts.kept", f"取り込めません。{error.message}", "error")
    return _back("conflicts.kept", "新しい記録として取り込みました。いまの記録と違うところは「食い違い」に出ます。")


@blueprint.post("/quarantine/dismiss")
@require(Permission.REGISTRY_EDIT)
def dismiss() -> ResponseReturnValue:
    """Leave out those that are ticked, for a reason."""
    try:
        done, left = quarantine.dismiss_all(current_account(), _ticked("row"), request.form.get("reason", ""))
    except DomainError as error:
        return _back("conflicts.kept", error.message, "error")
    rest = f"{left}件は、ほかの人が先に決めていました。" if left else ""
    return _back("conflicts.kept", f"{done}件を取り込まないことにしました。{rest}", "success" if done else "error")


def _page() -> int:
    return min(max(request.args.get("page", 1, type=int), 1), 1000)


def _ticked(name: str) -> list[int]:
    ticked = request.form.getlist(name, type=int)[:MANY]
    return [number for number in ticked if 0 < number < 2**53]


def _back(endpoint: str, words: str, kind: str = "success") -> ResponseReturnValue:
    flash(words, kind)
    return redirect(url_for(endpoint), code=303)
