"""The desk for safety inquiries: the form of the rule, and the words to say. An officer sees the inquiries that they took themselves."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core import clock
from disaster.core.errors import Invalid
from disaster.staff import presses
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.inquiry import asking
from registry.inquiry.answering import Tier
from registry.inquiry.asking import PROOFS, RELATIONS, Question
from registry.vocabulary import Sex

blueprint = Blueprint("inquiries", __name__, url_prefix="/registry/inquiries")
NOTHING = "お尋ねの方について、お答えできる情報はありません。"
MOST = 50


@blueprint.get("", strict_slashes=False)
@require(Permission.INQUIRY_ANSWER)
def index() -> str:
    """The form, and one's own inquiries of late."""
    return _form(None)


@blueprint.post("", strict_slashes=False)
@require(Permission.INQUIRY_ANSWER)
def ask() -> ResponseReturnValue:
    """Write it down and answer."""
    typed = request.form
    fields = [name for name in Question.__dataclass_fields__ if name != "misuse"]
    question = Question(**{name: typed.get(name, "") for name in fields}, misuse=typed.get("misuse") == "1")
    try:
        account = current_account()
        number = asking.ask(question, account, presses.of(request.path, typed, account.actor))
    except Invalid as error:
        return _form(error), error.status
    return redirect(url_for("inquiries.show", inquiry_id=number), code=303)


@blueprint.get("/<int:inquiry_id>")
@require(Permission.INQUIRY_ANSWER)
def show(inquiry_id: int) -> str:
    """The words to say."""
    row, told = asking.look(inquiry_id, current_account())
    return render_template("inquiries/show.html", row=row, told=told, nothing=NOTHING, tier=Tier(row.tier))


@blueprint.get("/<int:inquiry_id>/print")
@require(Permission.INQUIRY_ANSWER)
def sheet(inquiry_id: int) -> str:
    """The same on paper, for the inquirer."""
    row, told = asking.look(inquiry_id, current_account())
    day = clock.jst(row.at)
    return render_template("inquiries/print.html", row=row, told=told, nothing=NOTHING, day=day)


def _form(error: Invalid | None) -> str:
    rows = asking.listed(current_account(), MOST)
    return render_template(
        "inquiries/index.html",
        error=error,
        typed=request.form,
        rows=rows,
        tiers=list(Tier),
        relations=RELATIONS,
        proofs=PROOFS,
        sexes=list(Sex),
    )
