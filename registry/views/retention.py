"""What is kept how long, and wiping by rule with two officers; publishing to services for missing people (PFIF)."""

from collections.abc import Callable

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core.errors import DomainError, Missing
from disaster.staff import accounts
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry import twofold
from registry.pfif import exchange
from registry.retention import wiping
from registry.retention.rules import KEPT, RULES

blueprint = Blueprint("retention", __name__, url_prefix="/registry/retention")


@blueprint.get("", strict_slashes=False)
@require(Permission.RETENTION_MANAGE)
def index() -> str:
    """The rules, and how much each would wipe now."""
    return render_template(
        "retention/index.html",
        rules=[(rule, wiping.due(rule.name)) for rule in RULES.values()],
        words={rule.name: rule.what for rule in RULES.values()},
        kept=KEPT,
        waiting=twofold.waiting(wiping.KIND),
        pfif=twofold.waiting(exchange.KIND),
        me=current_account().id,
        account_names={one.id: one.name for one in accounts.everyone()},
    )


@blueprint.post("/propose")
@require(Permission.RETENTION_MANAGE)
def propose() -> ResponseReturnValue:
    """Propose to wipe."""
    form = request.form
    return _done(
        lambda actor: wiping.propose(form.get("rule", ""), form.get("reason", ""), actor),
        "提案しました。もう1人が確認すると、消えます。",
    )


@blueprint.post("/<int:proposal_id>/confirm")
@require(Permission.RETENTION_MANAGE)
def confirm(proposal_id: int) -> ResponseReturnValue:
    """Wipe."""
    return _done(
        lambda actor: wiping.confirm(proposal_id, actor, request.form.get("code", "")), "規則どおりに消しました。"
    )


@blueprint.post("/<int:proposal_id>/refuse")
@require(Permission.RETENTION_MANAGE)
def refuse(proposal_id: int) -> ResponseReturnValue:
    """Keep."""
    return _done(lambda actor: wiping.refuse(proposal_id, actor), "消さないことにしました。")


@blueprint.post("/pfif")
@require(Permission.DISCLOSE)
def propose_pfif() -> ResponseReturnValue:
    """Propose to publish whoever agreed."""
    reason = request.form.get("reason", "")
    return _done(
        lambda actor: exchange.propose(reason, actor), "提案しました。もう1人が確認すると、ファイルができます。"
    )


@blueprint.post("/pfif/<int:proposal_id>/confirm")
@require(Permission.DISCLOSE)
def confirm_pfif(proposal_id: int) -> ResponseReturnValue:
    """The second officer gets the file."""
    try:
        content = exchange.confirm(proposal_id, current_account().id, request.form.get("code", ""))
    except Missing:
        raise
    except DomainError as error:
        flash(error.message, "error")
        return redirect(url_for("retention.index"), code=303)
    answer = make_response(content)
    answer.mimetype = "application/pfif+xml"
    answer.headers["Content-Disposition"] = 'attachment; filename="pfif.xml"'
    return answer


@blueprint.post("/pfif/<int:proposal_id>/refuse")
@require(Permission.DISCLOSE)
def refuse_pfif(proposal_id: int) -> ResponseReturnValue:
    """Nothing is given away."""
    return _done(lambda actor: exchange.refuse(proposal_id, actor), "提供しないことにしました。")


def _done(step: Callable[[int], object], told: str) -> ResponseReturnValue:
    try:
        step(current_account().id)
        flash(told, "success")
    except Missing:
        raise
    except DomainError as error:
        flash(error.message, "error")
    return redirect(url_for("retention.index"), code=303)
