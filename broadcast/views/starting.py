"""新しい配信 (H2): big tiles, live or drill, from a proposal of 気象庁's bulletins, or as the follow-up of an alert that is out."""

import secrets
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broadcast.alert import compose, followup
from broadcast.alert.compose import Draft, Origin
from broadcast.alert.followup import FollowUp
from broadcast.cap.vocabulary import Hazard, Kind, Mode
from broadcast.views import forms, situation
from disaster.bulletins import proposals
from disaster.bulletins.models import Proposal, Telegram
from disaster.core.clock import now, spoken_time
from disaster.core.errors import DomainError, Invalid
from disaster.core.extensions import db
from disaster.incidents import exercise
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission

blueprint = Blueprint("starting", __name__, url_prefix="/headquarters")
LIVE_WORD = "本番"
# The hazards that each level is most often issued for here; every other one is chosen on the next page.
TILES: dict[Kind, tuple[Hazard, ...]] = {
    Kind.ELDERLY: (Hazard.FLOOD, Hazard.LANDSLIDE, Hazard.INUNDATION),
    Kind.EVACUATE: (Hazard.FLOOD, Hazard.LANDSLIDE, Hazard.INUNDATION),
    Kind.EMERGENCY: (Hazard.FLOOD, Hazard.LANDSLIDE, Hazard.EARTHQUAKE),
    Kind.SHELTERS: (Hazard.FLOOD, Hazard.LANDSLIDE, Hazard.EARTHQUAKE, Hazard.WIND),
    Kind.NOTICE: (Hazard.OTHER,),
}


@blueprint.get("/alerts/new")
@require(Permission.ALERT_COMPOSE)
def new() -> str:
    """The tiles; ``?proposal=`` shows what the bulletins propose."""
    return _page(_key(request.args.get("key", "")))


@blueprint.post("/alerts/new")
@require(Permission.ALERT_COMPOSE)
def create() -> ResponseReturnValue:
    """Make the draft and go on to its page; the same form twice makes one."""
    proposal = _proposal(request.form)
    try:
        mode = _mode(request.form, proposal)
        draft = _from_proposal(proposal) if proposal else _from_tile(request.form.get("tile", ""))
        origin = Origin(proposal_id=proposal.id if proposal else None)
        alert_id = compose.create(
            current_account().id, draft, mode=mode, key=_key(request.form.get("key", "")), origin=origin
        )
    except DomainError as error:
        return _page(_key(request.form.get("key", "")), error), error.status
    return redirect(url_for("composing.edit", alert_id=alert_id), code=303)


@blueprint.post("/alerts/<int:alert_id>/follow-up")
@require(Permission.ALERT_COMPOSE)
def follow_up(alert_id: int) -> ResponseReturnValue:
    """Prepare a correction, extension, lift or cancel of an alert that is out."""
    try:
        what = FollowUp(request.form.get("what", ""))
    except ValueError:
        raise Invalid("訂正・延長・解除・取消のどれかを選んでください。") from None
    made = followup.prepare(alert_id, what, current_account().id, key=_key(request.form.get("key", "")))
    to = "composing.edit" if what in (FollowUp.CORRECT, FollowUp.EXTEND) else "composing.show"
    return redirect(url_for(to, alert_id=made), code=303)


def _page(key: str, error: DomainError | None = None) -> str:
    window = exercise.current()
    proposal = _proposal(request.values)
    context: dict[str, Any] = {
        "key": key,
        "error": error,
        "fields": error.fields if isinstance(error, Invalid) else {},
        "proposal": proposal,
        "proposed": _from_proposal(proposal) if proposal else None,
        "tiles": TILES,
        "kinds": Kind,
        "exercise": window,
        "live_word": LIVE_WORD,
        "chosen_mode": request.form.get("mode") or (Mode.DRILL if window else Mode.LIVE),
        "liftable": [one for one in situation.in_force(now()) if one.content.kind in situation.LIFTABLE],
    }
    return render_template("headquarters/new.html", **context)


def _key(given: str) -> str:
    """The form's idempotency key: made when the page is shown, kept when it is shown again."""
    return given if 16 <= len(given) <= 64 and given.isascii() and given.isprintable() else secrets.token_urlsafe(24)


def _proposal(values: Any) -> Proposal | None:
    number = forms.number(values, "proposal")
    return proposals.get(number) if number else None


def _mode(form: Any, proposal: Proposal | None) -> Mode:
    """Live or drill. What 気象庁 marked as 訓練 stays a drill; while an exercise window is open, live wants the word typed
    (Hino and Kibichuo 2024: a drill entered in live mode)."""
    if proposal and proposal.drill:
        return Mode.DRILL
    if form.get("mode") not in (Mode.LIVE, Mode.DRILL):
        raise Invalid("本番か訓練かを選んでください。", {"mode": "本番か訓練かを選んでください。"})
    mode = Mode(form["mode"])
    if mode == Mode.LIVE and exercise.current() and form.get("live_word", "").strip() != LIVE_WORD:
        reason = f"いまは訓練時間中です。本番の配信を作るときは「{LIVE_WORD}」と入力してください。"
        raise Invalid(reason, {"live_word": reason})
    return mode


def _from_tile(tile: str) -> Draft:
    kind, _, hazard = tile.partition(":")
    typed = forms.Typed(kind=kind, hazard=hazard or Hazard.OTHER, expires=forms.local(forms.usual_end()))
    return typed.draft()


def _announced(words: str) -> str:
    """The state 発表 says the same as the verb of the sentence; it is read out by the radio."""
    return words.replace("（発表）", "")


def _from_proposal(proposal: Proposal) -> Draft:
    """Kind, hazard and what 気象庁 said; which areas, the town decides."""
    telegram = db.session.get(Telegram, proposal.telegram_id)
    said = (
        f"{telegram.office}は、{spoken_time(proposal.report_at)}に「{_announced(telegram.town_words)}」を発表しました。"
        if telegram and telegram.town_words
        else ""
    )
    return Draft(
        kind=Kind(proposal.kind),
        hazard=Hazard(proposal.hazard),
        expires_at=forms.usual_end(),
        situation="" if proposal.kind == Kind.LIFT else said[:400],
    )
