"""Aid at the office: what waits, cases by measure and state, one case, the letter to a household, what has to be looked at again."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.incidents import running
from disaster.incidents.models import Incident
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.models import Account
from disaster.staff.permissions import Permission
from registry.access import viewing
from registry.access.viewing import NO_RECORD
from registry.aid import amounts, cases, doubles, finding, payments, plain, reading
from registry.aid.measures import measures
from registry.aid.programmes import Choice, Circumstance
from registry.aid.reading import Shown
from registry.aid.states import FIXED, MOVES, CaseState
from registry.models.aid import AidCase, AidReview
from registry.models.certificates import Certificate
from registry.views import actors

blueprint = Blueprint("aid", __name__, url_prefix="/registry/aid")
FEW = 20
PAGE = 100


@blueprint.get("", strict_slashes=False)
@require(Permission.AID_VIEW)
def index() -> str:
    """What waits for somebody, and how many cases stand where."""
    return _index(None, 0)


def _index(error: Invalid | Stale | None, refused: int) -> str:
    """The page; with what was typed where the decision on a review (``refused``) was."""
    session, incident = db.session(), running.running() or 0
    account = current_account()
    today = clock.jst(clock.now()).date()
    waiting, number = reading.untold(session, account, incident, today, FEW)
    twice = [
        (one, shown)
        for one in doubles.doubles(session, incident)
        if (shown := reading.visible(session, account, reading.by_ids(session, one.cases))) and len(shown) > 1
    ]
    _listed(incident, len(waiting))
    return render_template(
        "aid/index.html",
        counts=reading.counts(session, account, incident),
        programmes=reading.names(),
        states=list(CaseState),
        untold=waiting,
        untold_number=number,
        doubles=twice,
        reviews=reading.reviews(session, account, incident, FEW),
        reviews_number=reading.reviews_number(session, account, incident),
        outcomes=cases.OUTCOMES,
        unsettled=reading.unsettled(session, account, incident),
        totals=payments.totals(session, account, incident),
        today=today,
        error=error,
        refused=refused,
        typed=request.form if error else {},
    )


@blueprint.post("/find")
@require(Permission.AID)
def find() -> ResponseReturnValue:
    """Look who may be eligible now. What is told counts those who exist for the account."""
    session, account = db.session(), current_account()
    before = _numbers(session, account)
    finding.find()
    new, reviews = (after - was for after, was in zip(_numbers(session, account), before, strict=True))
    flash(f"対象になりそうな世帯や人を{new}件見つけました。新しく見直すもの{reviews}件。", "success")
    return redirect(url_for("aid.index"), code=303)


@blueprint.get("/cases")
@require(Permission.AID_VIEW)
def listing() -> str:
    """Cases of one measure in one state, those whose last day comes first."""
    session, incident = db.session(), running.running() or 0
    programme, state = request.args.get("programme", ""), request.args.get("state", "")
    after = max(request.args.get("page", 0, type=int), 0)
    shown, more = reading.page(session, current_account(), incident, programme, state, min(after, 10_000), PAGE)
    _listed(incident, len(shown))
    return render_template(
        "aid/cases.html", shown=shown, more=more, page=after, programme=programme, state=state,
        programmes=reading.names(), states=list(CaseState), today=clock.jst(clock.now()).date(),
    )  # fmt: skip


@blueprint.get("/cases/<int:case_id>")
@require(Permission.AID_VIEW)
def show(case_id: int) -> str:
    """One case with its history; recorded."""
    return _show(case_id, None)


@blueprint.post("/cases/<int:case_id>/move")
@require(Permission.AID)
def move(case_id: int) -> ResponseReturnValue:
    """One step on."""
    form, actor = request.form, current_account().actor
    _case(case_id)
    try:
        wanted = CaseState(form.get("state", ""))
        given = {name: form.get(name, "") for name in ("note", "paid_on", "account")}
        cases.move(case_id, wanted, seen=_seen(), actor=actor, **given)
    except ValueError:
        return _show(case_id, Invalid("どう進めるかを選んでください。")), 422
    except (Invalid, Stale) as error:
        return _show(case_id, error), error.status
    return redirect(url_for("aid.show", case_id=case_id), code=303)


@blueprint.post("/cases/<int:case_id>/say")
@require(Permission.AID)
def say(case_id: int) -> ResponseReturnValue:
    """What the household says."""
    _case(case_id)
    form, actor = request.form, current_account().actor
    try:
        cases.say(case_id, form.getlist("circumstance"), form.getlist("choice"), seen=_seen(), actor=actor)
    except (Invalid, Stale) as error:
        return _show(case_id, error, saying=True), error.status
    return redirect(url_for("aid.show", case_id=case_id), code=303)


@blueprint.post("/cases/<int:case_id>/amount")
@require(Permission.AID)
def amount(case_id: int) -> ResponseReturnValue:
    """The amount by hand, or as computed again."""
    _case(case_id)
    actor, reason = current_account().actor, request.form.get("reason", "")
    try:
        yen = amounts.typed(request.form.get("yen", ""), "yen")
        cases.set_amount(case_id, yen, reason, seen=_seen(), actor=actor)
    except (Invalid, Stale) as error:
        return _show(case_id, error), error.status
    return redirect(url_for("aid.show", case_id=case_id), code=303)


@blueprint.post("/cases/<int:case_id>/difference")
@require(Permission.AID)
def difference(case_id: int) -> ResponseReturnValue:
    """The difference after a review was paid, or came back."""
    _case(case_id)
    form, actor = request.form, current_account().actor
    try:
        yen = amounts.typed(form.get("difference", ""), "yen")
        cases.pay_difference(
            case_id, yen, form.get("why", ""), seen=_seen(), actor=actor, paid_on=form.get("paid_on", "")
        )
    except (Invalid, Stale) as error:
        return _show(case_id, error), error.status
    return redirect(url_for("aid.show", case_id=case_id), code=303)


@blueprint.post("/reviews/<int:review_id>")
@require(Permission.AID)
def review(review_id: int) -> ResponseReturnValue:
    """What follows from a new certificate."""
    form = request.form
    row = db.session.get(AidReview, review_id)
    if row is None:
        raise Missing(NO_RECORD)
    _case(row.case_id)
    try:
        actor, yen = current_account().actor, amounts.typed(form.get("yen", ""), "yen")
        cases.close_review(review_id, form.get("outcome", ""), form.get("note", ""), actor=actor, yen=yen)
    except (Invalid, Stale) as error:
        return _index(error, review_id), error.status
    flash("見直しの結果を記録しました。", "success")
    return redirect(url_for("aid.index", _anchor="reviews"), code=303)


@blueprint.get("/households/<affected_id>/letter")
@require(Permission.AID_VIEW)
def letter(affected_id: str) -> str:
    """What one household may apply for and until when, to print and send; recorded."""
    session, account = db.session(), current_account()
    found = reading.of_household(session, account, affected_id)
    incident = session.get(Incident, running.running() or 0)
    if not found or incident is None:
        raise Missing(NO_RECORD)
    _viewed(f"affected_household:{affected_id}")
    known = measures(session, incident)
    shown = [(one, known[one.case.programme]) for one in found if one.case.programme in known]
    today = clock.jst(clock.now()).date()
    return render_template(
        "aid/letter.html", who=found[0], at=clock.now(), affected_id=affected_id,
        shown=[(one, measure, plain.told(measure, "ja")) for one, measure in shown if _to_tell(one, today)],
        under_way=[one for one, _ in shown if one.case.state in (CaseState.APPLIED, CaseState.EXAMINING, CaseState.DECIDED)],
    )  # fmt: skip


@blueprint.post("/households/<affected_id>/informed")
@require(Permission.AID)
def informed(affected_id: str) -> ResponseReturnValue:
    """The letter was handed over: every possible case of the household is 案内済."""
    account = current_account()
    found = reading.of_household(db.session(), account, affected_id)
    if not found:
        raise Missing(NO_RECORD)
    today = clock.jst(clock.now()).date()
    for one in found:
        if one.case.state == CaseState.POSSIBLE and _to_tell(one, today):
            cases.move(one.case.id, CaseState.INFORMED, seen=one.case.version, actor=account.actor)
    flash("案内済にしました。", "success")
    return redirect(url_for("aid.letter", affected_id=affected_id), code=303)


def _numbers(session: Session, account: Account) -> tuple[int, int]:
    """How many cases and how many reviews there are for the account."""
    incident = running.running() or 0
    cases_of = reading.counts(session, account, incident)
    return sum(sum(states.values()) for states in cases_of.values()), reading.reviews_number(session, account, incident)


def _to_tell(one: Shown, today: date) -> bool:
    """Whether somebody can still apply for it: nobody did yet, and the last day is not over."""
    return one.case.state in (CaseState.POSSIBLE, CaseState.INFORMED) and not (
        one.case.until and one.case.until < today
    )


def _case(case_id: int) -> AidCase:
    case = db.session.get(AidCase, case_id)
    if case is None or not reading.visible(db.session(), current_account(), [case]):
        raise Missing(NO_RECORD)
    return case


def _show(case_id: int, error: Invalid | Stale | None, *, saying: bool = False) -> str:
    case = _case(case_id)
    _viewed(f"aid:{case_id}")
    session = db.session()
    case = _case(case_id)
    incident = session.get(Incident, case.incident_id)
    history = cases.history(session, case.id)
    paid = payments.of_case(session, case.id)
    typed: Any = request.form if error else {}
    closers = actors.names([one.closed_by for one in reading.reviews_of(session, case.id) if one.closed_by])
    return render_template(
        "aid/case.html",
        one=reading.visible(session, current_account(), [case])[0],
        measure=measures(session, incident).get(case.programme) if incident else None,
        history=history,
        payments=paid,
        paper=session.get(Certificate, case.certificate_id) if case.certificate_id else None,
        reviews=reading.reviews_of(session, case.id),
        outcomes=cases.OUTCOMES,
        moves=MOVES[case.state],
        fixed=case.state in FIXED,
        circumstances=list(Circumstance),
        choices=[choice for choice in Choice if choice],
        names={
            **actors.names([event.by for event in history] + [one.by for one in paid]),
            **closers,
            finding.SYSTEM: "システム（自動）",
        },
        error=error,
        typed=typed,
        said=request.form.getlist("circumstance") if saying else case.circumstances,
        chosen=request.form.getlist("choice") if saying else case.choices,
        today=clock.jst(clock.now()).date(),
    )


def _viewed(subject: str) -> None:
    with transaction() as session:
        viewing.record_paper(session, current_account(), "aid.viewed", subject, "aid")


def _listed(incident: int, number: int) -> None:
    with transaction() as session:
        actor, subject = current_account().actor, f"incident:{incident}"
        audit.record(session, "aid.listed", actor=actor, subject=subject, detail={"cases": number, "purpose": "aid"})


def _seen() -> int:
    return min(request.form.get("seen", 0, type=int), 2**31 - 1)
