"""送信の設定: what can cause or limit a send, changed by two people; the rehearsals of the channels and their recipients."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broadcast.governing import governed
from broadcast.governing.governed_names import CONTACTS, every
from broadcast.models.trust import GovernedChange
from broadcast.proving import proofs, rehearsal, rehearsal_recipients
from broadcast.views import describing, situation, wording
from disaster.core.clock import now
from disaster.core.errors import DomainError, Invalid
from disaster.core.extensions import db
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission, granted

blueprint = Blueprint("sending_settings", __name__, url_prefix="/headquarters/settings")
_P = Permission


@blueprint.get("")
@require(_P.HEADQUARTERS_VIEW)
def index() -> ResponseReturnValue:
    """Every setting, what waits for a second person, the rehearsals, the history."""
    return _page()


@blueprint.post("/propose")
@require(_P.SENDING_SETTINGS)
def propose() -> ResponseReturnValue:
    """Propose a change."""
    form = request.form
    return _done(
        lambda: governed.propose(
            current_account().id, form.get("name", ""), form.get("value", ""), form.get("reason", "")
        )
    )


@blueprint.post("/recipients")
@require(_P.SENDING_SETTINGS)
def add_recipient() -> ResponseReturnValue:
    """Propose a test recipient."""
    form = request.form
    values = [form.get(name, "") for name in ("channel", "address", "label", "reason")]
    return _done(lambda: rehearsal_recipients.propose_new(current_account().id, *values))


@blueprint.post("/recipients/<int:number>/remove")
@require(_P.SENDING_SETTINGS)
def remove_recipient(number: int) -> ResponseReturnValue:
    """Propose to take a test recipient out."""
    reason = request.form.get("reason", "")
    return _done(lambda: rehearsal_recipients.propose_without(current_account().id, number, reason))


@blueprint.post("/<int:change_id>/confirm")
@require(_P.SENDING_SETTINGS)
def confirm(change_id: int) -> ResponseReturnValue:
    """Put another person's proposal into force, with a fresh code."""
    return _done(lambda: governed.confirm(change_id, current_account().id, request.form.get("code", "")))


@blueprint.post("/<int:change_id>/refuse")
@require(_P.SENDING_SETTINGS)
def refuse(change_id: int) -> ResponseReturnValue:
    """Say no to a proposal."""
    return _done(lambda: governed.refuse(change_id, current_account().id, request.form.get("reason", "")))


@blueprint.post("/<int:change_id>/withdraw")
@require(_P.SENDING_SETTINGS)
def withdraw(change_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    return _done(lambda: governed.withdraw(change_id, current_account().id))


@blueprint.post("/rehearse")
@require(_P.SENDING_SETTINGS)
def rehearse() -> ResponseReturnValue:
    """Let every channel prove itself now."""

    def step() -> None:
        if request.form.get("sure") != "1":
            raise Invalid("まだ始めていません。", {"sure": "確かめて、チェックを入れてください。"})
        rehearsal.request(current_account().id)

    return _done(step)


def _done(step: Any) -> ResponseReturnValue:
    try:
        step()
    except DomainError as error:
        db.session.rollback()
        return _page(error)
    return redirect(url_for("sending_settings.index"), code=303)


def _page(error: DomainError | None = None) -> ResponseReturnValue:
    account, at = current_account(), now()
    waiting, history = governed.waiting(at), governed.history()
    people = describing.people(one for c in [*waiting, *history] for one in (c.proposed_by, c.decided_by))
    page = render_template(
        "headquarters/settings.html",
        account=account,
        at=at,
        error=error,
        fields=error.fields if isinstance(error, Invalid) else {},
        typed=request.form,
        settings=[one for one in every().values() if one.name != CONTACTS],
        present=governed.present(),
        waiting=waiting,
        history=history,
        waits={change.name for change in waiting},
        people=people,
        said=_said,
        label=lambda change: every()[change.name].label if change.name in every() else change.name,
        proofs=proofs.proofs(),
        proven=situation.proven,
        recipients=rehearsal_recipients.in_use(),
        channels={name: wording.CHANNELS[name] for name in rehearsal_recipients.CHANNELS},
        wording=wording,
        may_change=granted(account.roles, _P.SENDING_SETTINGS),
    )
    return page, error.status if error else 200


def _said(change: GovernedChange, value: str) -> str:
    """A value in words."""
    if change.name == CONTACTS:
        return rehearsal_recipients.described(value)
    setting = every().get(change.name)
    return setting.words(value) if setting else value
