"""Headquarters' pages of the tablets: enrol and revoke them, who works where, which areas flee where, files that were carried here."""

from typing import Any

import segno
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from disaster.core import clock
from disaster.core.errors import DomainError, Invalid
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.shelters import directory
from disaster.shelters.views import age
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.access import assignments
from registry.models.intake import Device
from registry.tablets import carrying, devices
from registry.views import actors
from registry.vocabulary import Outcome

blueprint = Blueprint("devices", __name__, url_prefix="/headquarters/devices")
OUTCOMES = {
    Outcome.NEW: "新しく入った",
    Outcome.UPDATED: "内容が変わった",
    Outcome.IDENTICAL: "もう届いていた",
    Outcome.OLD: "もっと新しい内容がある",
    Outcome.CONFLICT: "食い違いがある（確認待ち）",
    Outcome.INVALID: "読み取れない（端末に残す）",
}


@blueprint.get("", strict_slashes=False)
@require(Permission.DEVICES_MANAGE)
def index() -> str:
    """All tablets, the newest first; those that were revoked below."""
    return _index(None)


@blueprint.post("", strict_slashes=False)
@require(Permission.DEVICES_MANAGE)
def invite() -> ResponseReturnValue:
    """A code for one tablet, shown once."""
    form = request.form
    try:
        shelter_id = min(form.get("shelter", 0, type=int), 2**53)
        number, code = devices.invite(shelter_id, form.get("name", ""), actor=current_account().actor)
    except Invalid as error:
        return _index(error), 422
    link = settings().link(f"/shelter/#{code}")
    drawn = segno.make(link, error="m", micro=False).svg_data_uri(scale=9, border=4, light="#fff")
    shelter = directory.by_ids([shelter_id])[0]
    minutes = int(devices.CODE_LASTS.total_seconds() // 60)
    context = {"number": number, "code": code, "link": settings().link("/shelter/"), "qr": drawn, "shelter": shelter}
    return render_template("devices/code.html", **context, minutes=minutes)


@blueprint.post("/<int:device_id>/revoke")
@require(Permission.DEVICES_MANAGE)
def revoke(device_id: int) -> ResponseReturnValue:
    """End a tablet at once."""
    devices.revoke(device_id, actor=current_account().actor)
    flash("端末の登録を取り消しました。この端末は、次の通信から何も受け取れません。", "success")
    return redirect(url_for("devices.index"), code=303)


@blueprint.get("/places")
@require(Permission.DEVICES_MANAGE)
def places() -> str:
    """Who works at which shelter, and which areas flee there."""
    return _places(None)


@blueprint.post("/places/<int:shelter_id>")
@require(Permission.DEVICES_MANAGE)
def assign(shelter_id: int) -> ResponseReturnValue:
    """Say it anew for one shelter."""
    accounts = {int(number) for number in request.form.getlist("staff") if number.isdecimal() and len(number) < 16}
    areas = set(request.form.getlist("area"))
    try:
        assignments.assign(shelter_id, accounts=accounts, areas=areas, actor=current_account().actor)
    except Invalid as error:
        return _places(error), 422
    flash("担当と地区を保存しました。端末には、次の通信で新しい名簿が入ります。", "success")
    return redirect(url_for("devices.places", _anchor=f"s{shelter_id}"), code=303)


@blueprint.get("/carry")
@require(Permission.DEVICES_MANAGE)
def ask_carry() -> str:
    """Which file?"""
    return _carry(None)


@blueprint.post("/carry")
@require(Permission.DEVICES_MANAGE)
def carry() -> ResponseReturnValue:
    """Take a carried file in and show what became of it; ``receipt`` instead gives the file for the tablet."""
    file = request.files.get("file")
    try:
        taken = carrying.take_in(file.read() if file else b"", actor=current_account().actor)
    except DomainError as error:
        return _carry(error), error.status
    if request.form.get("receipt"):
        name = f"receipt-{taken.device.id}-{clock.jst(clock.now()):%m%d-%H%M}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(taken.receipt, headers=headers, mimetype="application/json")
    shelter = directory.by_ids([taken.device.shelter_id])[0]
    context = {"taken": taken, "shelter": shelter, "words": OUTCOMES, "error": None, "fields": {}}
    return render_template("devices/carry.html", **context)


def _index(error: Invalid | None) -> str:
    enrolled = list(db.session.scalars(select(Device).order_by(Device.id.desc())))
    shelters = directory.all_shelters()
    context: dict[str, Any] = {
        "devices": [device for device in enrolled if device.revoked_at is None],
        "revoked": [device for device in enrolled if device.revoked_at is not None],
        "shelters": shelters,
        "names": {shelter.id: shelter.name for shelter in shelters},
        "people": actors.names(device.enrolled_by for device in enrolled),
        "far_off": devices.FAR_OFF,
        "typed": request.form if error else {},
    }
    return render_template(
        "devices/index.html", **context, now=clock.now(), age=age, error=error, fields=error.fields if error else {}
    )


def _places(error: Invalid | None) -> str:
    mine, areas = assignments.of_staff(), assignments.of_areas()
    shelters = sorted(
        directory.all_shelters(), key=lambda s: (s.id not in mine and s.id not in areas, s.kind != "evacuation")
    )
    context = {"shelters": shelters, "mine": mine, "areas": areas, "staff": assignments.staff()}
    return render_template("devices/places.html", **context, town=municipality(), error=error, fields={})


def _carry(error: DomainError | None) -> str:
    fields = error.fields if isinstance(error, Invalid) else {}
    return render_template("devices/carry.html", taken=None, error=error, fields=fields)
