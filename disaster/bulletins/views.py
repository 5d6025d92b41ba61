"""Pages of the bulletins: what holds for the municipality, proposals, the feeds' health, loading a telegram by hand."""

import zlib
from datetime import datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from disaster.bulletins import board, intake, proposals, rules, samples
from disaster.bulletins.models import Telegram
from disaster.bulletins.reading.document import MAX_BYTES
from disaster.core import clock
from disaster.core.errors import DomainError, Invalid, Missing
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission

blueprint = Blueprint("bulletins", __name__, url_prefix="/headquarters/bulletins")


@blueprint.record_once
def _refuse_wrong_rules(state: BlueprintSetupState) -> None:
    """A wrong rule table stops the start, and not the first storm."""
    rules.load(state.app.extensions["disaster.municipality"])


def _when(instant: datetime) -> str:
    """The time as pages show it, with the year where it is not this one: a telegram loaded by hand may be old."""
    year = clock.jst(instant).year
    return ("" if year == clock.jst(clock.now()).year else f"{year}年") + clock.day_and_time(instant)


def _actor() -> str:
    return f"account:{current_account().id}"


@blueprint.get("/")
@require(Permission.HEADQUARTERS_VIEW)
def index() -> str:
    """What holds now, the proposals, the latest telegrams, the feeds."""
    return render_template(
        "bulletins/index.html",
        summary=board.summary(),
        telegrams=board.recent_telegrams(),
        town=municipality(),
        when=_when,
    )


@blueprint.get("/<int:telegram_id>")
@require(Permission.HEADQUARTERS_VIEW)
def show(telegram_id: int) -> str:
    """One telegram."""
    return render_template("bulletins/show.html", telegram=_telegram(telegram_id), when=_when)


@blueprint.get("/<int:telegram_id>.xml")
@require(Permission.HEADQUARTERS_VIEW)
def original(telegram_id: int) -> Response:
    """The telegram as it came in, as a download."""
    body = _telegram(telegram_id).body
    if body is None:
        raise Missing("この電文の本文は保存していません。")
    name = f"attachment; filename=telegram-{telegram_id}.xml"
    return Response(zlib.decompress(body), mimetype="application/xml", headers={"Content-Disposition": name})


def _telegram(telegram_id: int) -> Telegram:
    found = db.session.get(Telegram, telegram_id)
    if found is None:
        raise Missing("この電文は見つかりません。")
    return found


@blueprint.post("/proposals/<int:proposal_id>/dismiss")
@require(Permission.ALERT_COMPOSE)
def dismiss(proposal_id: int) -> ResponseReturnValue:
    """Put a proposal aside."""
    try:
        proposals.dismiss(proposal_id, actor=_actor())
        flash("提案を使わないことにしました。", "success")
    except DomainError as error:
        flash(error.message, "error")
    return redirect(url_for("bulletins.index"), code=303)


@blueprint.get("/load")
@require(Permission.BULLETINS_LOAD)
def load() -> str:
    """Load a telegram by hand: for the time when the feed is off."""
    return _load_page()


@blueprint.post("/load")
@require(Permission.BULLETINS_LOAD)
def load_file() -> ResponseReturnValue:
    """Take in a file, through the same step as the feed."""
    try:
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            raise Invalid("電文のファイルを選んでください。")
        received = intake.receive(
            upload.stream.read(MAX_BYTES + 1), name=upload.filename[-200:], source=intake.Source.HAND, actor=_actor()
        )
    except Invalid as error:
        return _load_page(error.message), error.status
    return _taken_in(received)


@blueprint.post("/load/sample")
@require(Permission.BULLETINS_LOAD)
def load_sample() -> ResponseReturnValue:
    """Take in a sample of the demo with the present time."""
    return _taken_in(samples.load(request.form.get("sample", ""), actor=_actor()))


def _load_page(error: str = "") -> str:
    offered = samples.SAMPLES if settings().demo else ()
    return render_template("bulletins/load.html", samples=offered, error=error)


def _taken_in(received: intake.Received) -> ResponseReturnValue:
    flash(received.note, "success" if received.new else "warning")
    return redirect(url_for("bulletins.index"), code=303)
