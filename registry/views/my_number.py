"""My Number, for those who hold its role: enter, show and remove the number of one entry of the ledger, each time with a purpose and a fresh code."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from disaster.core.errors import DomainError, Invalid, Missing
from disaster.core.extensions import db
from disaster.core.http import whole_number
from disaster.incidents import running
from disaster.staff import second_factor
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access.viewing import NO_RECORD
from registry.ledger import sight
from registry.models.ledger import Victim
from registry.my_number import digits, vault

NO_NUMBER = "台帳の番号を、数字で入力してください。"
blueprint = Blueprint("my_number", __name__, url_prefix="/registry/my-number")
ACTS = {"enter": "記録する", "show": "表示する", "remove": "消す（元に戻せません）"}


@blueprint.get("", strict_slashes=False)
@require(Permission.MY_NUMBER)
def index() -> str:
    """The form."""
    return _page(None)


@blueprint.post("", strict_slashes=False)
@require(Permission.MY_NUMBER)
def act() -> ResponseReturnValue:
    """Do one of the three. The number is in the answer to "show" alone, which no cache keeps."""
    form, account = request.form, current_account()
    try:
        victim, purpose, wanted = _victim(), form.get("purpose", ""), form.get("act", "")
        _check(wanted, purpose, form.get("my_number", ""))
        second_factor.fresh(account.id, form.get("code", ""), purpose="my-number")
        if wanted == "show":
            return _page(None, vault.show(victim, purpose, actor=account.actor))
        if wanted == "enter":
            vault.enter(victim, form.get("my_number", ""), purpose, actor=account.actor)
        else:
            vault.remove(victim, purpose, actor=account.actor)
    except DomainError as error:
        return _page(error), error.status
    flash("個人番号を記録しました。" if wanted == "enter" else "個人番号を消しました。", "success")
    return redirect(url_for("my_number.index"), code=303)


def _check(wanted: str, purpose: str, typed: str) -> None:
    """What can be told without a code, so that none is spent on a slip of the hand.

    Raises:
        Invalid
    """
    wrong: dict[str, str] = {}
    if wanted not in ACTS:
        wrong["act"] = "何をするかを選んでください。"
    if not purpose.strip():
        wrong["purpose"] = "利用する事務を入力してください。"
    if wanted == "enter":
        try:
            digits.read(typed)
        except Invalid as error:
            wrong.update(error.fields or {"my_number": error.message})
    if wrong:
        raise Invalid("入力を確かめてください。", wrong)


def _victim() -> str:
    """The entry by its number in the ledger.

    Raises:
        Missing. Invalid: no number.
    """
    number = request.form.get("number", type=whole_number)
    if number is None:
        raise Invalid(NO_NUMBER, {"number": NO_NUMBER})
    number = min(max(number, 0), 2**31 - 1)
    mine = (Victim.incident_id == running.running()) & (Victim.number == number) & sight.known_to(current_account())
    found = db.session.scalar(select(Victim.id).where(mine))
    if found is None:
        raise Missing(NO_RECORD)
    return found


def _page(error: DomainError | None, shown: str = "") -> str:
    typed = request.form if error or shown else {}
    return render_template(
        "ledger/my_number.html", on=vault.on(), off=vault.OFF, acts=ACTS, error=error, typed=typed, shown=shown
    )
