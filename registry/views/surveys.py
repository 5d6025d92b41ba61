"""The surveyors' pages: the list in the order of a walk, what was found, approval in bulk by somebody else."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.incidents import running
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.models import Account
from disaster.staff.permissions import Permission, granted
from registry.damage import applying, owners, shown, surveys
from registry.damage.grades import Grade
from registry.damage.surveys import UNDER_WAY, Finding
from registry.damage.vocabulary import Flood, Method, SurveyState
from registry.models.certificates import DamageApplication, Survey
from registry.models.damage import Dwelling
from registry.views import actors

blueprint = Blueprint("surveys", __name__, url_prefix="/registry/surveys")


@blueprint.get("/")
@require(Permission.CERTIFICATES_SURVEY)
def index() -> str:
    """What is to be surveyed, by area and address."""
    area = request.args.get("area", "")[:16]
    incident = running.running()
    rows = surveys.listed(incident, UNDER_WAY, area, known=shown.known_dwellings(current_account(), incident))
    with transaction() as session:
        audit.record(
            session, "survey.listed", actor=current_account().actor, detail={"rows": len(rows), "purpose": "survey"}
        )
    found = municipality().area_by_code
    return render_template(
        "certificates/surveys.html",
        rows=rows,
        area=area,
        areas={code: one.name for code, one in found.items()},
        states=SurveyState,
    )


@blueprint.get("/<int:survey_id>")
@require(Permission.CERTIFICATES_SURVEY)
def show(survey_id: int) -> str:
    """One survey: the building, who asked, photographs, what was found."""
    return _page(survey_id)


@blueprint.post("/<int:survey_id>/start")
@require(Permission.CERTIFICATES_SURVEY)
def start(survey_id: int) -> ResponseReturnValue:
    """Go there."""
    shown.survey(current_account(), survey_id)
    surveys.start(survey_id, seen=_seen(), actor=current_account().actor)
    flash("調査中にしました。", "success")
    return redirect(url_for("surveys.show", survey_id=survey_id), code=303)


@blueprint.post("/<int:survey_id>/judge")
@require(Permission.CERTIFICATES_SURVEY)
def judge(survey_id: int) -> ResponseReturnValue:
    """Write down what was found."""
    form = request.form
    shown.survey(current_account(), survey_id)
    people = tuple(int(one) for one in form.getlist("surveyors") if one.isascii() and one.isdecimal() and len(one) < 10)
    finding = Finding(
        ratio=form.get("ratio", "")[:20], method=form.get("method", ""), flood=form.get("flood", ""), flood_cm=form.get("flood_cm", "")[:20],
        surveyors=tuple(one for one in people if one in _surveyors()), day=form.get("day", "")[:20], remarks=form.get("remarks", ""),
    )  # fmt: skip
    try:
        grade = surveys.judge(survey_id, finding, seen=_seen(), actor=current_account().actor)
    except (Invalid, Stale) as error:
        return _page(survey_id, error), error.status
    flash(f"「{grade.ja}」と判定しました。ほかの人の承認を待っています。", "success")
    return redirect(url_for("surveys.index"), code=303)


@blueprint.post("/<int:survey_id>/cancel")
@require(Permission.CERTIFICATES_SURVEY)
def cancel(survey_id: int) -> ResponseReturnValue:
    """Take it back; the same round is planned anew."""
    shown.survey(current_account(), survey_id)
    try:
        surveys.cancel(survey_id, request.form.get("reason", ""), seen=_seen(), actor=current_account().actor)
    except (Invalid, Stale) as error:
        return _page(survey_id, error), error.status
    flash("調査を取り消し、同じ調査をもう一度予定しました。", "success")
    return redirect(url_for("surveys.index"), code=303)


@blueprint.post("/<int:survey_id>/files")
@require(Permission.CERTIFICATES_SURVEY)
def add_files(survey_id: int) -> ResponseReturnValue:
    """Photographs that were taken at the building."""
    row = shown.survey(current_account(), survey_id)
    application = next(iter(_applications(row)), None)
    contents = [file.read() for file in request.files.getlist("files") if file.filename]
    try:
        if application is None:
            raise Invalid("この建物には申請がないため、写真を加えられません。")
        number = applying.keep_files(application.id, contents, actor=current_account().actor, survey_id=survey_id)
    except (Invalid, Stale) as error:
        return _page(survey_id, error), error.status
    flash(f"写真を{number}件加えました。", "success")
    return redirect(url_for("surveys.show", survey_id=survey_id), code=303)


@blueprint.get("/approve")
@require(Permission.CERTIFICATES_APPROVE)
def waiting() -> str:
    """Judgements that wait for approval."""
    account = current_account()
    incident = running.running()
    rows = surveys.listed(incident, (SurveyState.JUDGED,), known=shown.known_dwellings(account, incident))
    with transaction() as session:
        audit.record(session, "survey.listed", actor=account.actor, detail={"rows": len(rows), "purpose": "survey"})
    names = actors.names(survey.judged_by for survey, _ in rows)
    mine = {survey.id for survey, _ in rows if survey.judged_by == account.actor or account.id in survey.surveyors}
    return render_template("certificates/approve.html", rows=rows, names=names, mine=mine, before=_before(rows))


@blueprint.post("/approve")
@require(Permission.CERTIFICATES_APPROVE)
def approve() -> ResponseReturnValue:
    """Approve those that are ticked."""
    account = current_account()
    ticked = [int(one) for one in request.form.getlist("survey") if one.isascii() and one.isdecimal() and len(one) < 16]
    for one in ticked:
        shown.survey(account, one)
    done, refused = surveys.approve(ticked, account_id=account.id, actor=account.actor)
    if done:
        flash(f"{len(done)}件を承認しました。", "success")
    for reason in dict.fromkeys(refused.values()):
        flash(f"{sum(said == reason for said in refused.values())}件は承認していません：{reason}", "error")
    if not ticked:
        flash("承認するものにチェックを入れてください。", "error")
    return redirect(url_for("surveys.waiting"), code=303)


def _page(survey_id: int, error: DomainError | None = None) -> str:
    account = current_account()
    row = shown.survey(current_account(), survey_id)
    applications = _applications(row)
    photos = []
    for application in applications:
        shown.opened(account, application.id)
        photos += applying.files(application.id)
    names = (
        shown.listed(account, row.incident_id, states=[], ids=[one.id for one in applications]) if applications else []
    )
    dwelling = db.session.get_one(Dwelling, row.dwelling_id)
    return render_template(
        "certificates/survey.html", row=row, dwelling=dwelling, owner=owners.named(account, dwelling), applications=names, photos=photos,
        surveyors=_surveyors(), me=account.id, methods=list(Method), floods=list(Flood), grades=list(Grade), States=SurveyState,
        today=clock.jst(clock.now()).date().isoformat(), error=error, fields=error.fields if isinstance(error, Invalid) else {},
        typed=request.form.to_dict() if error else {}, ticked=request.form.getlist("surveyors") if error else [str(account.id)],
        others=[one for one in surveys.of_dwelling(row.dwelling_id) if one.id != row.id],
    )  # fmt: skip


def _applications(row: Survey) -> list[DamageApplication]:
    """The applications for the building that exist for the account."""
    query = select(DamageApplication).where(
        DamageApplication.dwelling_id == row.dwelling_id, shown.known_to(current_account(), row.incident_id)
    )
    return list(db.session.scalars(query.order_by(DamageApplication.received_at)))


def _surveyors() -> dict[int, str]:
    """Accounts that survey."""
    people = db.session.scalars(select(Account).where(Account.active).order_by(Account.id))
    return {one.id: one.name for one in people if granted(one.role_list, Permission.CERTIFICATES_SURVEY)}


def _before(rows: list[tuple[Survey, Dwelling]]) -> dict[int, Grade]:
    """The grade that stands for the building so far, by survey."""
    found: dict[int, Grade] = {}
    for survey, _ in rows:
        last = surveys.approved_of(db.session(), survey.dwelling_id)
        if last is not None and last.grade is not None:
            found[survey.id] = last.grade
    return found


def _seen() -> int:
    return min(request.form.get("seen", 0, type=int), 2**31)
