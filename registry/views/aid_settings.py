"""What applies to this disaster: its day and cause, the laws, and for each measure whether it is open, its amounts, its last day, whom to ask."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core import clock
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_line
from disaster.incidents import laws, running
from disaster.incidents.models import Incident
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.aid import amounts
from registry.aid import measures as measuring
from registry.aid.programmes import Programme
from registry.damage.grades import Grade

blueprint = Blueprint("aid_settings", __name__, url_prefix="/registry/aid/measures")


@blueprint.get("", strict_slashes=False)
@require(Permission.AID_VIEW)
def index() -> str:
    """Everything that applies."""
    return _index(None)


@blueprint.post("/laws")
@require(Permission.AID_SETTINGS)
def law() -> ResponseReturnValue:
    """A law applies from a day on."""
    form = request.form
    try:
        laws.switch(_incident().id, form.get("law", ""), form.get("day", ""), actor=current_account().actor)
    except Invalid as error:
        return _index(error), 422
    flash("法律の適用を記録しました。対象になる制度が変わります。", "success")
    return redirect(url_for("aid_settings.index"), code=303)


@blueprint.post("/day")
@require(Permission.AID_SETTINGS)
def day() -> ResponseReturnValue:
    """When the disaster happened, and its cause."""
    form = request.form
    try:
        cause = clean_line(form.get("cause", ""), field="cause", label="罹災原因", limit=120)
        laws.happened(_incident().id, form.get("day", ""), cause, actor=current_account().actor)
    except Invalid as error:
        return _index(error), 422
    flash("災害の日と原因を記録しました。申請の期限は、この日から数えます。", "success")
    return redirect(url_for("aid_settings.index"), code=303)


@blueprint.post("/<measure>")
@require(Permission.AID_SETTINGS)
def change(measure: str) -> ResponseReturnValue:
    """Set something for one measure."""
    form = request.form
    try:
        given = _given()
        seen = min(form.get("seen", 0, type=int), 2**31 - 1)
        measuring.change(_incident().id, measure, given, seen=seen, actor=current_account().actor)
    except (Invalid, Stale) as error:
        return _index(error, measure), error.status
    flash("制度の内容を変更しました。決定済みの案件は変わりません。", "success")
    return redirect(url_for("aid_settings.index", _anchor=measure), code=303)


def _given() -> dict[str, Any]:
    form = request.form
    found: dict[str, Any] = {"contact": form.get("contact", ""), "open": form.get("open") == "1"}
    if form.get("until"):
        found["until"] = form["until"]
    given = {grade: amounts.typed(form.get(f"yen-{grade}", ""), f"yen-{grade}") for grade in ("", *Grade)}
    yen = {str(grade): one for grade, one in given.items() if one is not None}
    if set(yen) == {""}:
        found["yen"] = yen[""]
    elif yen:
        found["yen"] = {grade: one for grade, one in yen.items() if grade}
    return found


def _incident() -> Incident:
    row = db.session.get(Incident, running.running() or 0)
    if row is None:
        raise Missing("いま、災害は登録されていません。避難所を開けるか、受付を始めると登録されます。")
    return row


def _index(error: Invalid | Stale | None, key: str = "") -> str:
    incident = db.session.get(Incident, running.running() or 0)
    known = measuring.measures(db.session(), incident) if incident else {}
    return render_template(
        "aid/measures.html",
        incident=incident,
        day=clock.jst(incident.occurred_at).date() if incident else None,
        laws=laws.LAWS,
        applied=laws.applied(db.session(), incident.id) if incident else {},
        measures=known,
        editable={name: _editable(measure.programme) for name, measure in known.items()},
        error=error,
        wrong=key,
        typed=request.form if error else {},
    )


def _editable(programme: Programme) -> list[tuple[str, str, int | None]]:
    """The amounts that one may set: field, its word, the present value."""
    rule = programme.amount
    if rule.kind == "limit":
        return [("", "限度額", rule.yen if isinstance(rule.yen, int) else None)]
    if rule.kind != "by_grade" or not isinstance(rule.yen, dict):
        return []
    found = []
    for grade in programme.grades:
        yen = rule.yen.get(grade)
        found.append((str(grade), grade.ja, yen if isinstance(yen, int) else None))
    return found
