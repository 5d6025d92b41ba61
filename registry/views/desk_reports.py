"""The day's report of a shelter: prefilled from the register and from the report before; every version stays."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core import clock
from disaster.core.errors import Invalid, Missing, Stale
from disaster.shelters.desk import report_form, reports
from disaster.shelters.desk.models import DailyReport
from disaster.shelters.models import Shelter
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.shelters import report_figures
from registry.views import actors
from registry.views.desk import found, frame

blueprint = Blueprint("desk_reports", __name__, url_prefix="/shelter/desk/<int:shelter_id>/reports")
GROUPS = (("人数", report_form.PEOPLE), ("配慮が必要な人", report_form.CARE), ("見て確かめる数", report_form.SEEN))


@blueprint.get("", strict_slashes=False)
@require(Permission.SHELTERS_STATE)
def form(shelter_id: int) -> str:
    """Today's report (``?day=``: an earlier one), with what was sent already below."""
    return _form(found(shelter_id), _day(request.args.get("day", "")))


@blueprint.post("", strict_slashes=False)
@require(Permission.SHELTERS_STATE)
def send(shelter_id: int) -> ResponseReturnValue:
    """Send a version."""
    shelter, day = found(shelter_id), _day(request.form.get("day", ""))
    counted = _counted(shelter_id, day)
    seen = min(request.form.get("seen", 0, type=int), 2**31)
    try:
        version = reports.submit(shelter_id, day, request.form, counted, seen=seen, actor=current_account().actor)
    except (Invalid, Stale) as error:
        return _form(shelter, day, error), error.status
    flash(f"{day.month}月{day.day}日の日報（第{version}版）を本部に出しました。", "success")
    return redirect(url_for("desk_reports.form", shelter_id=shelter_id), code=303)


@blueprint.get("/<day>/<int:version>")
@require(Permission.SHELTERS_STATE)
def show(shelter_id: int, day: str, version: int) -> str:
    """One version as it was sent."""
    shelter = found(shelter_id)
    report = reports.one(shelter_id, _exact(day), version)
    if report is None:
        raise Missing("この日報はありません。")
    context = frame(shelter, "reports")
    return render_template(
        "desk/report.html",
        **context,
        report=report,
        groups=GROUPS,
        questions=report_form.QUESTIONS,
        reasons=report_form.REASONS,
        names=actors.names([report.by]),
    )


def _form(shelter: Shelter, day: date, error: Invalid | Stale | None = None) -> str:
    sent, before = reports.latest(shelter.id, day), reports.latest(shelter.id)
    all_sent, counted = reports.versions(shelter.id), _counted(shelter.id, day)
    return render_template(
        "desk/reports.html",
        **frame(shelter, "reports"),
        day=day,
        today=_today(),
        days=[_today() - timedelta(days=n) for n in range(3)],
        sent=sent,
        before=before,
        counted=counted,
        typed=request.form.to_dict() if error else _prefilled(counted, sent, before),
        groups=GROUPS,
        questions=report_form.QUESTIONS,
        reasons=report_form.REASONS,
        error=error,
        fields=error.fields if isinstance(error, Invalid) else {},
        all_sent=all_sent,
        names=actors.names([report.by for report in all_sent]),
    )


def _counted(shelter_id: int, day: date) -> dict[str, int]:
    """What the register says now; it does not say what it was on another day."""
    return report_figures.parts(shelter_id) if day == _today() else {}


def _prefilled(counted: dict[str, int], sent: DailyReport | None, before: DailyReport | None) -> dict[str, Any]:
    """Numbers from the register, then from this day's report; states from the newest report, because they seldom change."""
    typed: dict[str, Any] = {f"s_{key}": word for key, word in (before.states if before else {}).items()}
    for key, told in (sent.figures if sent else {}).items():
        typed[f"n_{key}"] = told["value"]
    typed.update({f"n_{key}": number for key, number in counted.items()})
    typed["remarks"] = (sent.remarks if sent else "") or ""
    return typed


def _today() -> date:
    return clock.jst(clock.now()).date()


def _day(text: str) -> date:
    """The day asked for; today for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return _today()


def _exact(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Missing("この日報はありません。") from None
