"""Applications for certificates at the counter: listed, found, taken in; and the words for the disaster on their papers."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.incidents import running
from disaster.incidents.models import Incident
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import asked
from registry.damage import applying, given, shown
from registry.damage.vocabulary import CHANNELS, RELATIONS, TENURES, Kind, State
from registry.damage.wording import words
from registry.views.application_page import areas

blueprint = Blueprint("certificates", __name__, url_prefix="/registry/certificates")
PAGE = 100  # of one list
FORM = {"kinds": list(Kind), "relations": RELATIONS, "tenures": TENURES, "lines": given.LINES, "w": words("ja")}


@blueprint.get("/")
@require(Permission.CERTIFICATES_VIEW)
def index() -> str:
    """All applications by state, page by page, and the search by number."""
    state = _state(request.args.get("state", ""))
    number, area = request.args.get("number", "")[:40], request.args.get("area", "")[:16]
    chosen = [state] if state else ([] if number else list(State)[:6])
    page = min(max(request.args.get("page", 0, type=int), 0), 10_000)
    return _list(state=state, chosen=chosen, number=number, area=area, page=page)


@blueprint.post("/find")
@require(Permission.CERTIFICATES_VIEW)
def find() -> str:
    """Those of a household by the name of anybody in it, or by the place; a name stands in no address."""
    words = request.form.get("words", "")[:80]
    asked.words(current_account(), words)
    return _list(chosen=list(State) if words.strip() else list(State)[:6], words=words)


def _list(
    *,
    chosen: list[State],
    state: State | None = None,
    number: str = "",
    area: str = "",
    words: str = "",
    page: int = 0,
    error: DomainError | None = None,
) -> str:
    account, incident = current_account(), running.running()
    rows = shown.listed(
        account, incident, states=chosen, number=number, area=area, words=words, start=page * PAGE, most=PAGE + 1
    )
    more, rows = len(rows) > PAGE, rows[:PAGE]
    with transaction() as session:
        detail = {"rows": len(rows), "state": str(state or ""), "purpose": shown.purpose(account)}
        audit.record(session, "application.listed", actor=account.actor, detail=detail)
    return render_template(
        "certificates/index.html", rows=rows, counts=shown.counts(account, incident), states=list(State), state=state, number=number,
        areas=areas(), area=area, incident=db.session.get(Incident, incident) if incident else None, words=words, page=page, more=more,
        day=_day(incident), size=PAGE, error=error, fields=error.fields if isinstance(error, Invalid) else {}, typed=request.form if error else {},
    )  # fmt: skip


@blueprint.get("/new")
@require(Permission.CERTIFICATES_RECEIVE)
def new() -> ResponseReturnValue:
    """The form at the counter, with its key in the address: whoever comes back to it makes no second application."""
    key = request.args.get("form", "")
    if not 20 <= len(key) <= 80:
        return redirect(url_for("certificates.new", form=applying.new_form_key()), code=303)
    return _form({"key": key})


@blueprint.post("/new")
@require(Permission.CERTIFICATES_RECEIVE)
def receive() -> ResponseReturnValue:
    """Take one in."""
    channel = request.form.get("channel", "counter")
    try:
        what = given.read(request.form)
    except Invalid as error:
        return _form(request.form.to_dict(), error), 422
    channel = channel if channel in CHANNELS else "counter"
    key = applying.key_for(request.form.get("key", "")[:80], what)
    before = applying.came_before(key, what)
    try:
        made = applying.receive(what, channel=channel, actor=current_account().actor, form_key=key)
    except Stale as error:
        return _form(request.form.to_dict(), error), error.status
    if before is None:
        flash("申請を受け付けました。控えを渡して、次に、世帯と建物を選んでください。", "success")
    elif before:
        flash("この申請は、もう受け付けています。", "success")
    else:
        flash(
            "この申請は、先に送った内容で受け付けています。あとから変えた内容は入っていません。別の申請は「窓口で受け付ける」から始めてください。",
            "error",
        )
    return redirect(url_for("applications.show", application_id=made), code=303)


@blueprint.post("/incident")
@require(Permission.CERTIFICATES_ISSUE)
def describe() -> ResponseReturnValue:
    """Name, cause and day of the disaster, as certificates state them."""
    incident, form = running.running(), request.form
    try:
        if incident is None:
            raise Missing("いまの災害がありません。")
        running.describe(
            incident, form.get("name", ""), form.get("cause", ""), form.get("day", ""), actor=current_account().actor
        )
    except DomainError as error:
        return _list(chosen=list(State)[:6], error=error), error.status
    flash("罹災原因を決めました。これから交付する証明書に載ります。", "success")
    return redirect(url_for("certificates.index"), code=303)


def _form(typed: dict[str, str], error: DomainError | None = None) -> str:
    from_screen = typed.get("key") or applying.new_form_key()
    return render_template(
        "certificates/new.html",
        typed=typed,
        error=error,
        fields=error.fields if isinstance(error, Invalid) else {},
        form_key=from_screen,
        channels=CHANNELS,
        **FORM,
    )


def _day(incident: int | None) -> str:
    """The day of the disaster as date fields want it."""
    row = db.session.get(Incident, incident) if incident else None
    return clock.jst(row.occurred_at).date().isoformat() if row else ""


def _state(word: str) -> State | None:
    return State(word) if word in list(State) else None
