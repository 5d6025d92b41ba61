"""承認 (H8): the second person sees exactly what goes to whom, ticks the number and confirms with a fresh code; or sends it back.

A lone officer's emergency send has a page of its own, louder than this one, and is reviewed afterwards.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broadcast.alert import breaker, compose, lifecycle, unusual
from broadcast.alert.preview import preview
from broadcast.audience import choosing
from broadcast.cap.vocabulary import Kind, Mode, MsgType
from broadcast.models.alert import Alert, State
from broadcast.views import cautions, composing, describing, forms, safety, situation, timing, wording
from disaster.core.clock import now
from disaster.core.errors import DomainError, Invalid, Stale
from disaster.core.extensions import db
from disaster.incidents import exercise
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission

blueprint = Blueprint("approval", __name__, url_prefix="/headquarters/alerts/<int:alert_id>")
ALONE_WORD = "緊急送信"


@blueprint.get("/approve")
@require(Permission.ALERT_APPROVE)
def page(alert_id: int) -> ResponseReturnValue:
    """What would go out, to how many, and the way to decide."""
    return _decide_page(alert_id)


@blueprint.post("/approve")
@require(Permission.ALERT_APPROVE)
def approve(alert_id: int) -> ResponseReturnValue:
    """Approve what was seen; it is on its way when the answer comes."""
    try:
        _check_number(alert_id)
        lifecycle.approve(alert_id, current_account().id, forms.seen(request.form), code=request.form.get("code", ""))
    except DomainError as error:
        return _decide_page(alert_id, error)
    return redirect(url_for("sending.progress", alert_id=alert_id), code=303)


@blueprint.post("/return")
@require(Permission.ALERT_APPROVE)
def give_back(alert_id: int) -> ResponseReturnValue:
    """Ask the author to mend it."""
    return _decided(alert_id, lifecycle.give_back)


@blueprint.post("/reject")
@require(Permission.ALERT_APPROVE)
def reject(alert_id: int) -> ResponseReturnValue:
    """Refuse it for good."""
    return _decided(alert_id, lifecycle.reject)


@blueprint.get("/emergency")
@require(Permission.ALERT_EMERGENCY)
def emergency_page(alert_id: int) -> ResponseReturnValue:
    """The lone officer's page."""
    return _decide_page(alert_id, template="headquarters/emergency.html")


@blueprint.post("/emergency")
@require(Permission.ALERT_EMERGENCY)
def emergency(alert_id: int) -> ResponseReturnValue:
    """Send alone: with a reason, the typed word and a fresh code."""
    form = request.form
    try:
        _check_tick()
        _check_word(form.get("word", ""))
        lifecycle.send_alone(
            alert_id, current_account().id, forms.seen(form), code=form.get("code", ""), reason=form.get("reason", "")
        )
    except DomainError as error:
        return _decide_page(alert_id, error, template="headquarters/emergency.html")
    return redirect(url_for("sending.progress", alert_id=alert_id), code=303)


@blueprint.post("/review")
@require(Permission.ALERT_APPROVE)
def review(alert_id: int) -> ResponseReturnValue:
    """Another person's look at an emergency send, afterwards."""
    note = request.form.get("reason", "")
    try:
        lifecycle.review(alert_id, current_account().id, note)
    except DomainError as error:
        db.session.rollback()
        return composing.page(compose.get(alert_id), error, review=note), error.status
    return redirect(url_for("composing.show", alert_id=alert_id), code=303)


def _decided(alert_id: int, step: Any) -> ResponseReturnValue:
    try:
        step(alert_id, forms.number(request.form, "version"), current_account().id, request.form.get("reason", ""))
    except DomainError as error:
        return _decide_page(alert_id, error)
    return redirect(url_for("composing.show", alert_id=alert_id), code=303)


def _check_tick() -> None:
    if request.form.get("confirmed") != "1":
        reason = "人数を確かめて、チェックを入れてください。"
        raise Invalid("まだ送信していません。", {"confirmed": reason})


def _check_number(alert_id: int) -> None:
    """The tick; for unusually many people their number instead, typed by hand. A stale page is left to the step, which refuses it."""
    alert, seen = compose.get(alert_id), forms.seen(request.form)
    if alert.state != State.PENDING or alert.version != seen.version:
        return
    if not unusual.reasons(alert, choosing.reach(alert).people):
        _check_tick()
        return
    typed = forms.amount(request.form.get("count", ""))
    if typed is None:
        raise Invalid("まだ送信していません。", {"count": "対象の人数を数字で入力してください。"})
    if typed != seen.people:
        reason = f"入力した人数（{typed:,}人）と対象の人数（{seen.people:,}人）が違います。地区を確かめてください。"
        raise Invalid("まだ送信していません。", {"count": reason})


def _check_word(word: str) -> None:
    if word.strip() != ALONE_WORD:
        reason = f"「{ALONE_WORD}」と入力してください。"
        raise Invalid("まだ送信していません。", {"word": reason})


def _decide_page(
    alert_id: int, error: DomainError | None = None, *, template: str = "headquarters/approve.html"
) -> ResponseReturnValue:
    """The page with the present state, whatever was on the screen before; a typed reason stays, the tick and the code do not."""
    db.session.rollback()
    alert = compose.get(alert_id)
    allowed = (State.PENDING,) if template.endswith("approve.html") else lifecycle.MOVES["sent_alone"][0]
    status = error.status if error else 200
    if alert.state not in allowed:
        later = error or Stale(f"この配信はいま「{alert.state_word}」です。ここで決めることはありません。")
        return composing.page(alert, later), later.status
    return render_template(template, **_context(alert, error)), status


def _context(alert: Alert, error: DomainError | None) -> dict[str, Any]:
    account, at, shown, blocked = current_account(), now(), None, None
    wrote = account.id in situation.authors(alert.id)
    try:
        shown = preview(alert)
    except Invalid as incomplete:
        blocked = incomplete
    estimates = timing.estimates(shown.reach.channels, shown.texts) if shown else []
    return {
        "alert": alert,
        "account": account,
        "heading": describing.heading_of(alert),
        "level": Kind(alert.kind).level,
        "rows": describing.rows(alert),
        "where": describing.where(alert),
        "error": error,
        "fields": error.fields if isinstance(error, Invalid) else {},
        "reason": request.form.get("reason", ""),
        "shown": shown,
        "blocked": blocked,
        "missing": compose.missing(alert),
        "cards": describing.cards(shown.texts, alert.mode, shown.reach.channels) if shown else [],
        "estimates": estimates,
        "estimate": timing.longest(estimates),
        "room": breaker.room(alert),
        "labels": wording.CHANNELS,
        "cancel_texts": safety.cancel_texts(shown.content) if shown and alert.msg_type != MsgType.CANCEL else [],
        "unreached": cautions.unreached(alert),
        "still_open": cautions.still_open(alert),
        "reach": shown.reach if shown else None,
        "content": shown.content if shown else None,
        "unusual": unusual.reasons(alert, shown.reach.people) if shown else [],
        "drill": alert.mode == Mode.DRILL,
        "is_author": wrote,
        "history": describing.history(alert),
        "people": describing.people([alert.drafted_by, alert.submitted_by]),
        "waited": situation.waited(alert, at),
        "overdue": situation.overdue(alert, at),
        "approvers": [one for one in situation.approvers(alert) if one.id != account.id],
        "alone_word": ALONE_WORD,
        "not_alone": "" if lifecycle.may_go_alone(alert) else lifecycle.NOT_ALONE,
        "exercise": describing.band(alert),
        "window": exercise.current(),
    }
