"""読み方の表: every name with its reading, who approved it for the town and when; corrections and further words."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broadcast.alert.content import Content
from broadcast.models.readings import Named
from broadcast.sound import readings, speech
from broadcast.sound.readings import Entry, Key
from broadcast.views import describing
from disaster.core.errors import DomainError, Invalid
from disaster.core.extensions import db
from disaster.core.settings import settings
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission, granted

blueprint = Blueprint("readings", __name__, url_prefix="/headquarters/readings")
_P = Permission
GROUPS = {
    Named.TOWN: "市町村の名前",
    Named.AREA: "地区",
    Named.SHELTER: "避難所・避難場所",
    Named.WORD: "ほかのことば（川・道・施設など）",
}


@blueprint.get("")
@require(_P.HEADQUARTERS_VIEW)
def index() -> ResponseReturnValue:
    """The table."""
    return _page()


@blueprint.post("/correct")
@require(_P.ALERT_COMPOSE)
def correct() -> ResponseReturnValue:
    """Write another reading."""
    form = request.form
    return _done(
        lambda: readings.correct(current_account().id, form.get("kind", ""), form.get("key", ""), form.get("kana", ""))
    )


@blueprint.post("/words")
@require(_P.ALERT_COMPOSE)
def add() -> ResponseReturnValue:
    """Add a word."""
    form = request.form
    return _done(lambda: readings.add_word(current_account().id, form.get("name", ""), form.get("kana", "")))


@blueprint.post("/words/remove")
@require(_P.ALERT_COMPOSE)
def remove() -> ResponseReturnValue:
    """Take a word out."""
    return _done(lambda: readings.remove_word(current_account().id, request.form.get("key", "")))


@blueprint.post("/approve")
@require(_P.READINGS_APPROVE)
def approve() -> ResponseReturnValue:
    """Approve what was chosen on the screen, or everything that stood there."""
    return _done(lambda: readings.approve(current_account().id, _seen()))


def _seen() -> dict[Key, str]:
    """Kana by name, as the screen showed it."""
    form = request.form
    chosen = form.getlist("shown") if form.get("everything") else form.getlist("chosen")
    found: dict[Key, str] = {}
    for name in chosen:
        kind, _, key = name.partition(":")
        if kind not in set(Named):
            raise Invalid("この名前は、読み方の表にありません。")
        found[Named(kind), key] = form.get(f"kana-{name}", "")
    return found


def _done(step: Any) -> ResponseReturnValue:
    try:
        step()
    except DomainError as error:
        db.session.rollback()
        return _page(error), error.status
    return redirect(url_for("readings.index"), code=303)


def _page(error: DomainError | None = None) -> str:
    entries = list(readings.table())
    account = current_account()
    return render_template(
        "readings/index.html",
        groups=[(kind, word, [entry for entry in entries if entry.kind == kind]) for kind, word in GROUPS.items()],
        waiting=sum(not entry.approved for entry in entries),
        error=error,
        fields=error.fields if isinstance(error, Invalid) else {},
        typed=request.form if error else {},
        people=describing.people(number for entry in entries for number in (entry.changed_by, entry.approved_by)),
        may_correct=granted(account.roles, _P.ALERT_COMPOSE),
        may_approve=granted(account.roles, _P.READINGS_APPROVE),
        spoken=settings().speech and speech.available(),
    )


@blueprint.app_context_processor
def _for_pages() -> dict[str, Any]:
    """For the pages of one alert: names whose readings nobody approved yet."""
    return {"unapproved_readings": unapproved}


def unapproved(content: Content | None) -> list[Entry]:
    """Names of an alert with unapproved readings; none where there is no alert yet."""
    return readings.unapproved(content, readings.table()) if content else []
