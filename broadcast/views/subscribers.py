"""登録者: how many there are, and taking in the town's own list: upload, look, confirm."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broadcast.channels import registry
from broadcast.importing import table, uploads
from broadcast.subscribers.registered import FEW, registered
from disaster.core.errors import Invalid
from disaster.core.municipality import municipality
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission

blueprint = Blueprint("subscribers", __name__, url_prefix="/headquarters/subscribers")
LANGUAGES = {"ja": "日本語", "easy_ja": "やさしい日本語", "en": "英語"}
SOURCES = {"self": "本人が登録", "import": "町の一覧", "demo": "お試し用", "": "そのほか"}
STOPPED = {
    "unsubscribed": "本人がやめた",
    "opted_out": "受信を断った（STOP、ブロックなど）",
    "address": "使えない宛先",
    "replaced": "町の一覧で変わった",
}


@blueprint.get("")
@require(Permission.SUBSCRIBERS_MANAGE)
def index() -> str:
    """The numbers, and the form for a list."""
    return _index()


@blueprint.post("/import")
@require(Permission.SUBSCRIBERS_MANAGE)
def upload() -> ResponseReturnValue:
    """Put the list aside and look at it; nothing is taken in yet."""
    file = request.files.get("file")
    content = file.read(table.MOST_BYTES + 1) if file else b""
    try:
        if not content:
            raise Invalid("一覧のファイルを選んでください。")
        key = uploads.keep(content, current_account().id)
    except Invalid as error:
        return _index(error.message), 422
    return redirect(url_for("subscribers.look", key=key), code=303)


@blueprint.get("/import/<key>")
@require(Permission.SUBSCRIBERS_MANAGE)
def look(key: str) -> str:
    """What would happen, and what is wrong."""
    report = uploads.preview(key, current_account().id)
    return render_template("headquarters/subscribers_import.html", report=report, key=key)


@blueprint.post("/import/<key>")
@require(Permission.SUBSCRIBERS_MANAGE)
def accept(key: str) -> ResponseReturnValue:
    """Take it in."""
    account = current_account()
    skip_bad = request.form.get("skip_bad") == "1"
    report = uploads.accept(key, account.id, account.actor, skip_bad=skip_bad)
    if not report.applied:
        flash("誤りのある行があるため、取り込みませんでした。", "error")
    else:
        skipped = f"、取り込まなかった行 {report.bad:,}" if report.bad else ""
        flash(f"取り込みました（新規 {report.new:,}人、変更 {report.changed:,}人{skipped}）。", "success")
    return redirect(url_for("subscribers.index"), code=303)


@blueprint.post("/import/<key>/discard")
@require(Permission.SUBSCRIBERS_MANAGE)
def discard(key: str) -> ResponseReturnValue:
    """Throw it away."""
    uploads.discard(key, current_account().id)
    flash("一覧を取り込まずに捨てました。", "success")
    return redirect(url_for("subscribers.index"), code=303)


def _index(error: str = "") -> str:
    return render_template(
        "headquarters/subscribers.html",
        numbers=registered(),
        town=municipality(),
        few=FEW,
        labels=registry.LABELS,
        languages=LANGUAGES,
        sources=SOURCES,
        stopped=STOPPED,
        error=error,
    )
