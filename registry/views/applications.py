"""One application and the steps beside its survey: household and building are found, it is refused, surveyed again, gets files."""

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access.clearance import cleared
from registry.damage import applying, handling, households, owners, shown, unregistered
from registry.damage.handling import Building
from registry.damage.owners import Owner
from registry.damage.vocabulary import Kind, State
from registry.models.certificates import DamageApplication
from registry.views.application_page import page

blueprint = Blueprint("applications", __name__, url_prefix="/registry/certificates")
ID = "<application_id>"


@blueprint.get(f"/{ID}")
@require(Permission.CERTIFICATES_VIEW)
def show(application_id: str) -> str:
    """One application."""
    return page(application_id)


@blueprint.post(f"/{ID}/look")
@require(Permission.CERTIFICATES_RECEIVE)
def look(application_id: str) -> str:
    """Look for the household and the building; their names and addresses stand in no address."""
    return page(application_id)


@blueprint.post(f"/{ID}/link")
@require(Permission.CERTIFICATES_RECEIVE)
def link(application_id: str) -> ResponseReturnValue:
    """Household and building were picked."""
    account, form = current_account(), request.form
    row = shown.found(account, application_id)
    try:
        picked = form.get("dwelling", "")
        if picked not in ("", "new"):
            shown.dwelling(account, row.incident_id, picked)
        household = _household(row.incident_id, form.get("household", ""))
        dwelling = _building(_owner(row, household)) if picked in ("", "new") else picked
        state = handling.link(
            application_id,
            seen=_seen(),
            household_id=household,
            dwelling_id=dwelling,
            tenure=form.get("tenure", ""),
            actor=account.actor,
        )
    except (Invalid, Stale) as error:
        return page(application_id, error, form="link"), error.status
    flash(f"世帯と建物を決めました。いまの状態は「{state.ja}」です。", "success")
    return _back(application_id)


@blueprint.post(f"/{ID}/owner")
@require(Permission.CERTIFICATES_RECEIVE)
def owner(application_id: str) -> ResponseReturnValue:
    """Who owns the building, where it was found out later or was wrong."""
    account = current_account()
    shown.found(account, application_id)
    try:
        owners.change(application_id, request.form, seen=_seen(), account=account)
    except (Invalid, Stale) as error:
        return page(application_id, error, form="owner"), error.status
    flash("建物の持ち主を記録しました。", "success")
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
    except (Invalid, Stale) as error:
        return page(application_id, error, form="household"), error.status
    flash(f"世帯番号 {made} の世帯を作りました。下で選んで、建物を決めてください。", "success")
    return redirect(url_for("applications.show", application_id=application_id, made=made, _anchor="link"), code=303)


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
    except (Invalid, Stale) as error:
        return page(application_id, error, form="stand" if to is State.ISSUED else "end"), error.status
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
    except (Invalid, Stale) as error:
        return page(application_id, error, form="again"), error.status
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
    except (Invalid, Stale) as error:
        return page(application_id, error, form="files"), error.status
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


def _household(incident: int, key: str) -> str | None:
    """The household that was picked; one of the residents' list is fixed now."""
    if not key:
        return None
    with transaction() as session:
        account = current_account()
        return households.fix(session, incident, key[:120], cleared=cleared(account), actor=account.actor)


def _owner(row: DamageApplication, household: str | None) -> Owner:
    if household is None and row.kind is Kind.DWELLING:
        return owners.NOT_KNOWN  # the missing household is told first
    return owners.read(db.session(), current_account(), row.incident_id, request.form, household)


def _building(owner: Owner) -> Building:
    form = request.form
    return Building(
        address=form.get("address", ""), kind=form.get("building_kind", ""), building=form.get("building", ""), structure=form.get("structure", ""),
        use=form.get("use", ""), area_code=form.get("area", "") if form.get("area", "") in municipality().area_by_code else "",
        lat=_degrees("lat", 90), lng=_degrees("lng", 180), owner=owner,
    )  # fmt: skip


def _degrees(name: str, most: int) -> float | None:
    value = request.form.get(name, type=float)
    return value if value is not None and abs(value) <= most else None


def _state(word: str) -> State | None:
    return State(word) if word in list(State) else None


def _seen() -> int:
    return min(request.form.get("seen", 0, type=int), 2**31)


def _back(application_id: str) -> ResponseReturnValue:
    return redirect(url_for("applications.show", application_id=application_id), code=303)
