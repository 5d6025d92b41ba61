"""Files that others send: a receiving town's reply (広域一時滞在), records of services for missing people (PFIF). Looked at first, then taken in."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core.errors import Invalid
from disaster.staff import uploads
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.disclosure import replying
from registry.disclosure.replying import Reply
from registry.pfif import receiving
from registry.pfif.reading import WORDS
from registry.pfif.receiving import Taken

blueprint = Blueprint("received", __name__, url_prefix="/registry/disclosures/received")
KIND = "received"
MOST_BYTES = replying.MOST_BYTES
NO_FILE = "ファイルを選んでください。"
SHOWN = 100  # of each list on the page
NOTES = 20  # of one person


@dataclass(frozen=True, slots=True)
class Look:
    """What a file would do: one of the two."""

    reply: Reply | None = None
    pfif: Taken | None = None

    @property
    def changes(self) -> bool:
        """Whether there is anything to take in, and nothing against it."""
        if self.reply is not None:
            return bool(self.reply.new or self.reply.apart) and not self.reply.mistakes
        return self.pfif is not None and bool(self.pfif.news)


@blueprint.post("/reply/<int:disclosure_id>")
@require(Permission.DISCLOSE)
def upload_reply(disclosure_id: int) -> ResponseReturnValue:
    """Put a town's reply to one disclosure aside, and look at it."""
    return _upload({"disclosure": disclosure_id})


@blueprint.post("/pfif")
@require(Permission.DISCLOSE)
def upload_pfif() -> ResponseReturnValue:
    """The same with a PFIF document."""
    return _upload({})


@blueprint.get("/<key>")
@require(Permission.DISCLOSE)
def look(key: str) -> str:
    """What would happen, and what is wrong, line by line."""
    kept = uploads.look(KIND, key, current_account().id)
    found = _read(kept.content, kept.about, dry_run=True)
    return render_template(
        "received/look.html", look=found, key=key, back=_back(kept.about), most=SHOWN, words=WORDS, notes_shown=NOTES
    )


@blueprint.post("/<key>")
@require(Permission.DISCLOSE)
def accept(key: str) -> ResponseReturnValue:
    """Take it in."""
    kept = uploads.take(KIND, key, current_account().id)
    try:
        found = _read(kept.content, kept.about)
    except Invalid as error:
        flash(error.message, "error")
    else:
        told = _told(found.reply) if found.reply else ""
        told = _said(found.pfif) if found.pfif else told
        flash(f"取り込みました。{told}", "success")
    return redirect(_back(kept.about), code=303)


@blueprint.post("/<key>/discard")
@require(Permission.DISCLOSE)
def discard(key: str) -> ResponseReturnValue:
    """Throw it away."""
    account = current_account()
    back = _back(uploads.look(KIND, key, account.id).about)
    uploads.discard(KIND, key, account.id)
    flash("取り込まずに捨てました。", "success")
    return redirect(back, code=303)


def _told(reply: Reply) -> str:
    apart = f"この提供に入っていない番号の行が{len(reply.apart)}行ありました。" if reply.apart else ""
    return f"{reply.new}件の値を台帳に加えました。{apart}"


def _said(taken: Taken) -> str:
    more = f"前からある記録に、知らせを{taken.notes}件加え、{taken.changed}人の項目を新しくしました。"
    return f"{taken.new}人の記録を加えました。まだ、だれも確かめていない記録です。{more if taken.notes or taken.changed else ''}"


def _upload(about: dict[str, Any]) -> ResponseReturnValue:
    file = request.files.get("file")
    content = file.read(MOST_BYTES + 1) if file else b""
    try:
        if not content:
            raise Invalid(NO_FILE)
        _read(content, about, dry_run=True)
    except Invalid as error:
        flash(error.message, "error")
        return redirect(_back(about), code=303)
    key = uploads.keep(KIND, content, about, current_account().id)
    return redirect(url_for("received.look", key=key), code=303)


def _read(content: bytes, about: dict[str, Any], *, dry_run: bool = False) -> Look:
    account = current_account()
    if "disclosure" in about:
        return Look(
            reply=replying.take(about["disclosure"], content, actor=account.actor, account=account, dry_run=dry_run)
        )
    return Look(pfif=receiving.take(content, actor=account.actor, account=account, dry_run=dry_run))


def _back(about: dict[str, Any]) -> str:
    if "disclosure" in about:
        return url_for("disclosures.show", disclosure_id=about["disclosure"])
    return url_for("retention.index", _anchor="h-pfif")
