"""The residents' list: choose a file, look at what would happen, confirm; nothing is taken in before."""

import io

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.text import clean_line
from disaster.incidents import running
from disaster.staff import uploads
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.models.people import Resident
from registry.residents import linking, taking
from registry.residents.columns import LABELS
from registry.residents.report import Report

blueprint = Blueprint("residents_list", __name__, url_prefix="/registry/residents")
KIND = "residents"
MOST_BYTES = 10_000_000


@blueprint.get("", strict_slashes=False)
@require(Permission.RESIDENTS_MANAGE)
def index() -> str:
    """How many stand; choose a file."""
    return _index()


@blueprint.post("", strict_slashes=False)
@require(Permission.RESIDENTS_MANAGE)
def upload() -> ResponseReturnValue:
    """Put the list aside and look at it."""
    file = request.files.get("file")
    content = file.read(MOST_BYTES + 1) if file else b""
    try:
        if not content:
            raise Invalid("名簿のファイルを選んでください。", {"file": "名簿のファイルを選んでください。"})
        if len(content) > MOST_BYTES:
            raise Invalid("ファイルが大きすぎます。管理者がコマンド disaster residents import で取り込めます。")
        name = clean_line((file.filename if file else "") or "名簿", field="file", label="ファイルの名前", limit=200)
        about = {"name": name, "partial": request.form.get("partial") == "1"}
        _take(content, about, dry_run=True)
    except Invalid as error:
        return _index(error), 422
    key = uploads.keep(KIND, content, about, current_account().id)
    return redirect(url_for("residents_list.look", key=key), code=303)


@blueprint.get("/<key>")
@require(Permission.RESIDENTS_MANAGE)
def look(key: str) -> str:
    """What would happen, and what is wrong."""
    kept = uploads.look(KIND, key, current_account().id)
    report = _take(kept.content, kept.about, dry_run=True)
    return render_template("registry/residents_look.html", report=report, key=key, labels=LABELS, about=kept.about)


@blueprint.post("/<key>")
@require(Permission.RESIDENTS_MANAGE)
def accept(key: str) -> ResponseReturnValue:
    """Take it in, and link the evacuees whom it names."""
    account = current_account()
    kept = uploads.take(KIND, key, account.id)
    agreed = {name: request.form.get(name) == "1" for name in ("skip_bad", "shrinks")}
    report = _take(kept.content, kept.about, actor=account.actor, **agreed)
    if not report.applied:
        flash("取り込みませんでした。もう一度ファイルを選んで、内容を確かめてください。", "error")
    else:
        incident = running.running()
        linked = linking.link(incident) if incident else 0
        counts = f"新規 {report.new:,}人、変更 {report.changed:,}人"
        flash(f"取り込みました（{counts}）。避難者 {linked:,}人を名簿の人とつなぎました。", "success")
    return redirect(url_for("residents_list.index"), code=303)


@blueprint.post("/<key>/discard")
@require(Permission.RESIDENTS_MANAGE)
def discard(key: str) -> ResponseReturnValue:
    """Throw it away."""
    uploads.discard(KIND, key, current_account().id)
    flash("名簿を取り込まずに捨てました。", "success")
    return redirect(url_for("residents_list.index"), code=303)


def _take(
    content: bytes,
    about: dict[str, object],
    *,
    dry_run: bool = False,
    skip_bad: bool = False,
    shrinks: bool = False,
    actor: str = "",
) -> Report:
    return taking.take_in(
        lambda: io.BytesIO(content), str(about["name"]), dry_run=dry_run, skip_bad=skip_bad, partial=bool(about["partial"]),
        shrinks=shrinks, actor=actor,
    )  # fmt: skip


def _index(error: Invalid | None = None) -> str:
    here = select(func.count(), func.max(Resident.updated_at)).where(Resident.gone == "")
    number, newest = db.session.execute(here).one()
    return render_template("registry/residents.html", number=number, newest=newest, error=error, form=request.form)
