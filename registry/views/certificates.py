"""Applications for certificates at the counter: taken in, found, linked to household and building, refused, surveyed again."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from disaster.core import audit, birthdates, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.incidents import running
from disaster.incidents.models import Incident
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import asked
from registry.access.clearance import cleared
from registry.damage import applying, given, handling, households, issuing, numbers, shown, surveys, unregistered
from registry.damage.handling import Building
from registry.damage.vocabulary import CHANNELS, RELATIONS, TENURES, Kind, State
from registry.models.certificates import ApplicationMove
from registry.models.damage import Dwelling
from registry.views import actors

blueprint = Blueprint("certificates", __name__, url_prefix="/registry/certificates")
ID = "<application_id>"
PAGE = 100  # of one list
FORM = {"kinds": list(Kind), "relations": RELATIONS, "tenures": TENURES, "lines": given.LINES, "texts": given.TEXTS}


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
    *, chosen: list[State], state: State | None = None, number: str = "", area: str = "", words: str = "", page: int = 0
) -> str:
    account, incident = current_account(), running.running()
    rows = shown.listed(
        account, incident, states=chosen, number=number, area=area, words=words, start=page * PAGE, most=PAGE + 1
    )
    more, rows = len(rows) > PAGE, rows[:PAGE]
    with transaction() as session:
        detail = {"rows": len(rows), "state": str(state or ""), "purpose": "certificate"}
        audit.record(session, "application.listed", actor=account.actor, detail=detail)
    return render_template(
        "certificates/index.html", rows=rows, counts=shown.counts(account, incident), states=list(State), state=state, number=number,
        areas=_areas(), area=area, incident=db.session.get(Incident, incident) if incident else None, words=words, page=page, more=more,
        day=_day(incident), size=PAGE,
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
    return redirect(url_for("certificates.show", application_id=made), code=303)


@blueprint.get(f"/{ID}")
@require(Permission.CERTIFICATES_VIEW)
def show(application_id: str) -> str:
    """One application."""
    return _page(application_id)


@blueprint.post(f"/{ID}/link")
@require(Permission.CERTIFICATES_RECEIVE)
def link(application_id: str) -> ResponseReturnValue:
    """Household and building were picked."""
    account, form = current_account(), request.form
    row = shown.found(account, application_id)
    try:
        picked = form.get("dwelling", "")
        dwelling = _building() if picked in ("", "new") else picked
        if isinstance(dwelling, str):
            shown.dwelling(account, row.incident_id, dwelling)
        household = _household(row.incident_id, form.get("household", ""))
        state = handling.link(
            application_id,
            seen=_seen(),
            household_id=household,
            dwelling_id=dwelling,
            tenure=form.get("tenure", ""),
            actor=account.actor,
        )
    except Invalid as error:
        return _page(application_id, error), 422
    flash(f"世帯と建物を決めました。いまの状態は「{state.ja}」です。", "success")
    return _back(application_id)


@blueprint.post(f"/{ID}/household")
@require(Permission.CERTIFICATES_RECEIVE)
def household(application_id: str) -> ResponseReturnValue:
    """The household of people who are in no residents' list."""
    account, form = current_account(), request.form
    shown.found(account, application_id)
    try:
        people = unregistered.read(form.get("people", "")[:10_000])
        made = unregistered.make(application_id, people, address=form.get("household_address", ""), actor=account.actor)
    except Invalid as error:
        return _page(application_id, error), 422
    flash(f"世帯番号 {made} の世帯を作りました。下で選んで、建物を決めてください。", "success")
    return redirect(url_for("certificates.show", application_id=application_id, q=made, _anchor="link"), code=303)


@blueprint.post(f"/{ID}/end")
@require(Permission.CERTIFICATES_RECEIVE)
def end(application_id: str) -> ResponseReturnValue:
    """Refuse, note as withdrawn, or let the paper stand."""
    account, to = current_account(), _state(request.form.get("to", ""))
    shown.found(account, application_id)
    try:
        if to is None:
            raise Invalid("「却下」か「取下げ」かを選んでください。")
        handling.end(application_id, to, request.form.get("reason", ""), seen=_seen(), actor=account.actor)
    except Invalid as error:
        return _page(application_id, error), 422
    flash(f"「{to.ja}」にしました。", "success")
    return _back(application_id)


@blueprint.post(f"/{ID}/again")
@require(Permission.CERTIFICATES_RECEIVE)
def again(application_id: str) -> ResponseReturnValue:
    """A request for another survey: asked for at the counter, or accepted and planned."""
    account = current_account()
    shown.found(account, application_id)
    try:
        if request.form.get("accept"):
            second = request.form.get("round") == "second"
            handling.accept_again(application_id, seen=_seen(), second=second, actor=account.actor)
            flash("調査を予定しました。前の証明書は、新しい証明書ができるまで有効です。", "success")
        else:
            applying.ask_again(application_id, request.form.get("reason", ""), actor=account.actor)
            flash("再調査の申請を受け付けました。", "success")
    except Invalid as error:
        return _page(application_id, error), 422
    return _back(application_id)


@blueprint.post(f"/{ID}/files")
@require(Permission.CERTIFICATES_RECEIVE)
def add_files(application_id: str) -> ResponseReturnValue:
    """Photographs and documents that came to the counter."""
    account = current_account()
    shown.found(account, application_id)
    contents = [file.read() for file in request.files.getlist("files") if file.filename]
    try:
        number = applying.keep_files(application_id, contents, actor=account.actor)
    except Invalid as error:
        return _page(application_id, error), 422
    flash(f"{number}件を加えました。" if number else "同じものが、もう届いています。", "success")
    return _back(application_id)


@blueprint.get(f"/{ID}/files/<file_id>")
@require(Permission.CERTIFICATES_VIEW)
def file(application_id: str, file_id: str) -> Response:
    """One photograph, or a document as a file to save."""
    account = current_account()
    shown.found(account, application_id)
    media_type, content = applying.file(application_id, file_id, actor=account.actor)
    shape = "inline" if media_type == "image/jpeg" else "attachment"
    name = f"{file_id[-6:]}.{'jpg' if media_type == 'image/jpeg' else 'pdf'}"
    return Response(content, mimetype=media_type, headers={"Content-Disposition": f'{shape}; filename="{name}"'})


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
        flash(error.message, "error")
    else:
        flash("罹災原因を決めました。これから交付する証明書に載ります。", "success")
    return redirect(url_for("certificates.index"), code=303)


def _page(application_id: str, error: Invalid | None = None) -> str:
    account = current_account()
    row, what, people = shown.opened(account, application_id)
    words = request.args.get("q", "")[:80]
    place = request.args.get("building", "")[:80]
    searching = row.dwelling_id is None
    moves = list(
        db.session.scalars(
            select(ApplicationMove).where(ApplicationMove.application_id == row.id).order_by(ApplicationMove.id)
        )
    )
    asked.words(account, words if searching else "")
    found = households.candidates(row.incident_id, words, cleared=cleared(account)) if searching and words else []
    known = shown.known_dwellings(account, row.incident_id)
    return render_template(
        "certificates/show.html", row=row, given=what, people=people, number=numbers.shown(row.number), moves=moves,
        names=actors.names(move.by for move in moves), born=birthdates.in_era(what.day), relations=RELATIONS, tenures=TENURES, channels=CHANNELS,
        files=applying.files(row.id), versions=issuing.versions(db.session(), row.id), error=error, fields=error.fields if error else {},
        dwelling=db.session.get(Dwelling, row.dwelling_id) if row.dwelling_id else None,
        surveys=surveys.of_dwelling(row.dwelling_id) if row.dwelling_id else [], candidates=found, q=words, building=place,
        buildings=handling.buildings(row.incident_id, place, known=known) if searching else [], searching=searching,
        neighbours=shown.others(account, row), people_lines=unregistered.proposed(what), typed=request.form.to_dict() if error else {},
        areas=_areas(), centre=municipality().map,
    )  # fmt: skip


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


def _household(incident: int, key: str) -> str | None:
    """The household that was picked; one of the residents' list is fixed now."""
    if not key:
        return None
    with transaction() as session:
        account = current_account()
        return households.fix(session, incident, key[:120], cleared=cleared(account), actor=account.actor)


def _building() -> Building:
    form = request.form
    return Building(
        address=form.get("address", ""), kind=form.get("building_kind", ""), building=form.get("building", ""), structure=form.get("structure", ""),
        use=form.get("use", ""), area_code=form.get("area", "") if form.get("area", "") in municipality().area_by_code else "",
        lat=_degrees("lat", 90), lng=_degrees("lng", 180),
    )  # fmt: skip


def _degrees(name: str, most: int) -> float | None:
    value = request.form.get(name, type=float)
    return value if value is not None and abs(value) <= most else None


def _day(incident: int | None) -> str:
    """The day of the disaster as date fields want it."""
    row = db.session.get(Incident, incident) if incident else None
    return clock.jst(row.occurred_at).date().isoformat() if row else ""


def _areas() -> dict[str, str]:
    return {code: area.name for code, area in municipality().area_by_code.items()}


def _state(word: str) -> State | None:
    return State(word) if word in list(State) else None


def _seen() -> int:
    return min(request.form.get("seen", 0, type=int), 2**31)


def _back(application_id: str) -> ResponseReturnValue:
    return redirect(url_for("certificates.show", application_id=application_id), code=303)
