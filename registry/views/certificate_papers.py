"""Certificates: issued one by one or in bulk, printed, declared void, counted for the report."""

import csv
import io
import json

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.settings import settings
from disaster.incidents import running
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission, granted
from registry.damage import applying, issuing, report, shown
from registry.damage.issuing import Lower
from registry.damage.paper import form, letters, receipt
from registry.damage.paper.form import Paper, Printed
from registry.damage.paper.letters import Replaced
from registry.damage.vocabulary import State
from registry.models.certificates import Certificate
from registry.views.application_page import page

_P = Permission
blueprint = Blueprint("certificate_papers", __name__, url_prefix="/registry/certificates")
MOST = 500  # of one file


@blueprint.get("/issue")
@require(Permission.CERTIFICATES_ISSUE)
def ready() -> str:
    """Applications whose paper can be made, and papers that can be printed."""
    account, incident = current_account(), running.running()
    rows = shown.listed(account, incident, states=[State.JUDGED])
    made = _latest(incident)
    with transaction() as session:
        detail = {"rows": len(rows) + len(made), "state": "judged", "purpose": "certificate"}
        audit.record(session, "application.listed", actor=account.actor, detail=detail)
    standing = {row.id: issuing.blocked(db.session(), row.id) for row in rows}
    return render_template(
        "certificates/issue.html",
        rows=rows,
        standing=standing,
        made=made,
        pdf=letters.there(str(settings().certificate_font or "")),
    )


@blueprint.post("/issue")
@require(Permission.CERTIFICATES_ISSUE)
def issue_many() -> ResponseReturnValue:
    """Make the papers of those that are ticked."""
    account = current_account()
    ticked = [one for one in request.form.getlist("application")[:1000] if len(one) == 36]
    for one in ticked:
        shown.found(account, one)
    done, refused = issuing.issue_many(ticked, actor=account.actor)
    if done:
        flash(f"{len(done)}件を交付しました。下の「印刷」で、まとめてPDFにできます。", "success")
    for reason in dict.fromkeys(refused.values()):
        flash(f"{sum(said == reason for said in refused.values())}件は交付していません：{reason}", "error")
    if not ticked:
        flash("交付するものにチェックを入れてください。", "error")
    return redirect(url_for("certificate_papers.ready"), code=303)


@blueprint.post("/<application_id>/issue")
@require(Permission.CERTIFICATES_ISSUE)
def issue(application_id: str) -> ResponseReturnValue:
    """Make one paper; a falling grade needs its reason."""
    account = current_account()
    shown.found(account, application_id)
    try:
        issuing.issue(application_id, actor=account.actor, lower_because=request.form.get("lower", ""))
    except (Invalid, Stale) as error:
        refused = "lower" if isinstance(error, Lower) or request.form.get("lower") else "issue"
        return page(application_id, error, form=refused), error.status
    flash("証明書を交付しました。", "success")
    return redirect(url_for("applications.show", application_id=application_id), code=303)


@blueprint.get("/<application_id>/receipt.pdf")
@require(Permission.CERTIFICATES_RECEIVE)
def slip(application_id: str) -> Response:
    """The receipt for whoever applied at the counter: number and where to see how far it is."""
    made = receipt.of(applying.receipt_of(shown.found(current_account(), application_id)))
    headers = {"Content-Disposition": 'inline; filename="receipt.pdf"'}
    return Response(made, mimetype="application/pdf", headers=headers)


@blueprint.post("/papers/<int:certificate_id>/void")
@require(Permission.CERTIFICATES_ISSUE)
def void(certificate_id: int) -> ResponseReturnValue:
    """Declare a paper void."""
    row = _one(certificate_id)
    try:
        issuing.void(certificate_id, request.form.get("reason", ""), actor=current_account().actor)
    except (Invalid, Stale) as error:
        return page(row.application_id, error, form=f"void{certificate_id}"), error.status
    flash(f"{row.number}（第{row.version}版）を無効にしました。渡した紙があれば、回収してください。", "success")
    return redirect(url_for("applications.show", application_id=row.application_id), code=303)


@blueprint.get("/papers/<int:certificate_id>.pdf")
@require(Permission.CERTIFICATES_VIEW)
def pdf(certificate_id: int) -> Response:
    """One paper, for whoever reads certificates."""
    row = _one(certificate_id)
    return _file([row], f"{row.number}-{row.version}.pdf")


@blueprint.post("/papers.pdf")
@require(Permission.CERTIFICATES_ISSUE)
def many() -> ResponseReturnValue:
    """Those that are ticked as one file."""
    numbers = [int(one) for one in request.form.getlist("paper") if one.isascii() and one.isdecimal() and len(one) < 16]
    if not numbers:
        flash("印刷するものにチェックを入れてください。", "error")
        return redirect(url_for("certificate_papers.ready"), code=303)
    rows = [_one(number) for number in dict.fromkeys(numbers[:MOST])]
    if request.form.get("letters"):
        return _letters(rows)
    return _file(rows, f"certificates-{clock.jst(clock.now()):%Y%m%d-%H%M}.pdf")


@blueprint.get("/papers/<int:certificate_id>/letters.txt")
@require(Permission.CERTIFICATES_ISSUE)
def replaced(certificate_id: int) -> Response:
    """The letters that do not stand on the paper as they were written (外字一覧)."""
    return _letters([_one(certificate_id)])


@blueprint.get("/report")
@require(Permission.OVERVIEW)
def counts() -> str:
    """The report's numbers."""
    found = report.counted(db.session(), running.running())
    few = None if _whole() else report.without_small(found.lines())
    return render_template("certificates/report.html", report=found, few=few, at=clock.now())


@blueprint.get("/report.csv")
@require(Permission.OVERVIEW)
def counts_csv() -> Response:
    """The same as CSV."""
    found = report.counted(db.session(), running.running())
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("区分", "項目", "数", "単位", "集計時刻"))
    lines = found.lines() if _whole() else report.without_small(found.lines())
    told = (("5未満・非表示" if number is None else number, line) for line in lines for number in line[2:3])
    writer.writerows((*line[:2], number, line[3], clock.iso_jst(clock.now())) for number, line in told)
    with transaction() as session:
        audit.record(session, "certificate.report", actor=current_account().actor)
    return Response(
        "\ufeff" + text.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=damage-report.csv"},
    )


def _whole() -> bool:
    """Whether the account works with the people themselves; who may see counts only sees no small ones."""
    roles = current_account().role_list
    return any(granted(roles, one) for one in (_P.HEADQUARTERS_VIEW, _P.REGISTRY_VIEW, _P.CERTIFICATES_VIEW))


def papers(rows: list[Certificate]) -> Printed:
    """The rows as they are printed; of a demonstration each is marked as a sample."""
    return form.printed([_paper(row) for row in rows], letters.face(str(settings().certificate_font or "")))


def _paper(row: Certificate) -> Paper:
    extra = json.loads(row.extra)
    mark = "無効" if row.void_at else "見本" if settings().demo else ""
    return Paper(
        row.kind, row.number, row.version, row.head_address, row.head_name, row.cause, row.place, row.damage, row.grade, extra["members"],
        extra["lines"], row.issuer, row.issued_on, mark,
    )  # fmt: skip


def _file(rows: list[Certificate], name: str) -> Response:
    made = papers(rows)
    _printed(rows)
    return Response(made.pdf, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def _printed(rows: list[Certificate]) -> None:
    """Each paper has its own entry, so that it is found by the person."""
    account = current_account()
    actor, detail = account.actor, {"purpose": shown.purpose(account), "papers": len(rows)}
    with transaction() as session:
        audit.record_all(session, [("certificate.printed", actor, f"certificate:{row.id}", detail) for row in rows])


def _letters(rows: list[Certificate]) -> Response:
    made = papers(rows)
    _printed(rows)
    lines = ["整理番号\t文字\t符号\t証明書での表示"]
    for number, found in made.replaced.items():
        for one in dict.fromkeys(found):
            lines.append(
                f"{number}\t{one.letter}\t{one.codes}\t{'〓（字形がありません）' if one.missing else '標準の字形'}"
            )
    if len(lines) == 1:
        lines.append("すべての文字が、書かれたとおりに印刷されます。")
    return Response("\ufeff" + "\r\n".join(lines) + "\r\n", mimetype="text/plain")


def _one(certificate_id: int) -> Certificate:
    """A paper whose application exists for the account."""
    row = db.session.get(Certificate, certificate_id)
    if row is None or not shown.there(current_account(), row.application_id):
        raise Missing("この証明書はありません。")
    return row


def _latest(incident: int | None) -> list[tuple[Certificate, list[Replaced]]]:
    """The papers of the last days that stand, newest first, with the letters of each that are replaced."""
    known = shown.visible_ids(current_account(), incident)
    query = select(Certificate).where(
        Certificate.incident_id == incident, Certificate.void_at.is_(None), Certificate.application_id.in_(known)
    )
    rows = list(db.session.scalars(query.order_by(Certificate.id.desc()).limit(100)))
    face = letters.face(str(settings().certificate_font or ""))
    return [(row, form.replaced_of(_paper(row), face)) for row in rows]
