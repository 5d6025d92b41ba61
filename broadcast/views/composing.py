"""Composing (H3 to H7): the edit page with its live preview, and the page of one alert with what can be done now."""

import secrets
from dataclasses import asdict
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broadcast.alert import compose, followup, lifecycle
from broadcast.alert.preview import preview
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.models.alert import Alert, State
from broadcast.sending import ledger
from broadcast.views import cautions, describing, forms, situation
from broadcast.views.forms import Typed
from disaster.core.clock import day_and_time, now
from disaster.core.errors import DomainError, Invalid, Stale
from disaster.core.extensions import db
from disaster.core.http import wants_fragment
from disaster.core.municipality import municipality
from disaster.incidents import exercise
from disaster.shelters import directory
from disaster.shelters.vocabulary import HAZARD_SHORT, HAZARDS, ShelterKind, Suitability
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission, granted

blueprint = Blueprint("composing", __name__, url_prefix="/headquarters/alerts")
_P = Permission


@blueprint.get("/<int:alert_id>/edit")
@require(_P.ALERT_COMPOSE)
def edit(alert_id: int) -> ResponseReturnValue:
    """The form as it is stored."""
    alert = compose.get(alert_id)
    if alert.state not in compose.EDITABLE:
        return redirect(url_for("composing.show", alert_id=alert_id), code=303)
    return _form(alert, Typed.of_alert(alert))


@blueprint.post("/<int:alert_id>/edit")
@require(_P.ALERT_COMPOSE)
def save(alert_id: int) -> ResponseReturnValue:
    """Store it and go on to the summary; what cannot be stored stays on the page."""
    typed = Typed.of_form(request.form)
    try:
        compose.edit(alert_id, typed.version, current_account().id, typed.draft())
    except DomainError as error:
        return _form(compose.get(alert_id), typed, error), error.status
    return redirect(url_for("composing.show", alert_id=alert_id), code=303)


@blueprint.post("/<int:alert_id>/autosave")
@require(_P.ALERT_COMPOSE)
def autosave(alert_id: int) -> ResponseReturnValue:
    """Store what is typed so far, for the script of the page; the answer is JSON."""
    typed = Typed.of_form(request.form)
    if compose.get(alert_id).state == State.PENDING:
        raise Stale("承認待ちなので、自動では保存しません。「保存して確認へ」を押すと下書きに戻ります。")
    version = compose.edit(alert_id, typed.version, current_account().id, typed.draft())
    return {"version": version, "saved": day_and_time(now()), "missing": dict(compose.missing(compose.get(alert_id)))}


@blueprint.post("/<int:alert_id>/preview")
@require(_P.ALERT_COMPOSE)
def live_preview(alert_id: int) -> ResponseReturnValue:
    """Every channel's text from what is typed now; nothing is stored and nothing can be sent from here."""
    alert, typed = compose.get(alert_id), Typed.of_form(request.form)
    shown = _previewed(alert, typed)
    if wants_fragment():
        return render_template("headquarters/_preview.html", alert=alert, **shown)
    return _form(alert, typed, shown=shown)


@blueprint.get("/<int:alert_id>")
@require(_P.HEADQUARTERS_VIEW)
def show(alert_id: int) -> str:
    """One alert: what, where, who, until when; every text; its history; what can be done now."""
    return page(compose.get(alert_id))


@blueprint.post("/<int:alert_id>/submit")
@require(_P.ALERT_COMPOSE)
def submit(alert_id: int) -> ResponseReturnValue:
    """Ask another person for approval."""
    return _done(
        alert_id, lambda: lifecycle.submit(alert_id, forms.number(request.form, "version"), current_account().id)
    )


@blueprint.post("/<int:alert_id>/withdraw")
@require(_P.ALERT_COMPOSE)
def withdraw(alert_id: int) -> ResponseReturnValue:
    """Take a draft back."""
    return _done(
        alert_id, lambda: lifecycle.withdraw(alert_id, forms.number(request.form, "version"), current_account().id)
    )


def _done(alert_id: int, step: Any) -> ResponseReturnValue:
    try:
        step()
    except DomainError as error:
        db.session.rollback()
        return page(compose.get(alert_id), error), error.status
    return redirect(url_for("composing.show", alert_id=alert_id), code=303)


def page(alert: Alert, error: DomainError | None = None, **typed: str) -> str:
    """The page of one alert, also with the sentence of what was refused."""
    transmission = ledger.transmission_of(alert.id)
    account, at = current_account(), now()
    missing = compose.missing(alert) if alert.state in compose.EDITABLE else {}
    context: dict[str, Any] = {
        "alert": alert,
        "error": error,
        "fields": error.fields if isinstance(error, Invalid) else {},
        "typed": typed,
        "heading": describing.heading_of(alert),
        "level": Kind(alert.kind).level,
        "rows": describing.rows(alert),
        "missing": missing,
        "transmission": transmission,
        "history": describing.history(alert),
        "people": describing.people([alert.drafted_by, alert.submitted_by, alert.approved_by, alert.reviewed_by]),
        "follow_ups": followup.possible(alert),
        "unreached": cautions.unreached(alert),
        "still_open": cautions.still_open(alert),
        "later": ledger.follow_up_of(alert.id),
        "prepared": followup.prepared(alert.id),
        "key": secrets.token_urlsafe(24),
        "can": {name: granted(account.roles, permission) for name, permission in _CAN.items()},
        "is_author": account.id in situation.authors(alert.id),
        "account": account,
        "editable": alert.state in compose.EDITABLE,
        "overdue": situation.overdue(alert, at),
        "waited": situation.waited(alert, at),
        "approvers": situation.approvers(alert) if alert.state == State.PENDING else [],
        "tags": describing.TAGS,
        "exercise": describing.band(alert),
        "window": exercise.current(),
    }
    if transmission:
        shown = {
            "cards": describing.cards(describing.frozen_texts(transmission), alert.mode),
            "people_reached": transmission.people,
        }
    else:
        shown = _previewed(alert, Typed.of_alert(alert))
    return render_template("headquarters/alert.html", **context, **shown)


_CAN = {"compose": _P.ALERT_COMPOSE, "approve": _P.ALERT_APPROVE, "emergency": _P.ALERT_EMERGENCY}


def _previewed(alert: Alert, typed: Typed) -> dict[str, Any]:
    """Texts and reach of what is typed, or the sentence of what is missing for them."""
    try:
        draft = compose.cleaned(typed.draft())
        fields = asdict(draft) | {"areas": list(draft.areas), "shelters": list(draft.shelters)}
        # An alert that is in no session: it has no way into the database, and so none to a transmitter.
        unsaved = Alert(
            id=alert.id, mode=alert.mode, msg_type=alert.msg_type, references_id=alert.references_id, **fields
        )
        seen = preview(unsaved)
    except Invalid as error:
        return {"cards": [], "preview_error": error, "reach": None}
    return {
        "cards": describing.cards(seen.texts, alert.mode, seen.reach.channels),
        "reach": seen.reach,
        "content": seen.content,
    }


def _form(alert: Alert, typed: Typed, error: DomainError | None = None, *, shown: dict[str, Any] | None = None) -> str:
    stored = Typed.of_alert(alert)
    conflict = isinstance(error, Stale) and alert.state in compose.EDITABLE
    context: dict[str, Any] = {
        "alert": alert,
        "typed": typed,
        "error": error,
        "fields": error.fields if isinstance(error, Invalid) else {},
        "stored_rows": describing.rows(alert) if conflict else [],
        "stored": stored,
        "version": alert.version if conflict else typed.version,
        "conflict": conflict,
        "heading": describing.heading_of(alert),
        "kinds": Kind,
        "lift_kinds": situation.LIFTABLE,
        "hazards": Hazard,
        "area_groups": _area_groups(),
        "shelters": _shelter_choices(typed.hazard),
        "is_update": alert.msg_type == MsgType.UPDATE,
        "is_cancel": alert.msg_type == MsgType.CANCEL,
        "drill": alert.mode == Mode.DRILL,
        "exercise": describing.band(alert),
        "window": exercise.current(),
        "state_pending": alert.state == State.PENDING,
    }
    return render_template("headquarters/edit.html", **context, **(shown or _previewed(alert, typed)))


def _area_groups() -> dict[str, list[Any]]:
    """The areas by their part of town, in the order of the municipality's list."""
    groups: dict[str, list[Any]] = {}
    for area in municipality().areas:
        groups.setdefault(area.group, []).append(area)
    return groups


def _shelter_choices(hazard: str) -> list[dict[str, Any]]:
    """Every shelter with the hazards it must not be opened against, so that the page can lock it when the hazard changes."""
    choices = []
    for shelter in directory.all_shelters():
        unfit = [h for h in HAZARDS if directory.suitable(shelter, h) == Suitability.NO]
        refused = hazard in unfit
        unknown = hazard in HAZARDS and directory.suitable(shelter, hazard) == Suitability.UNKNOWN
        choices.append(
            {
                "shelter": shelter,
                "designation": ShelterKind(shelter.kind).ja,
                "unfit": unfit,
                "refused": f"{HAZARD_SHORT.get(hazard, '')}では使えません" if refused else "",
                "note": "この災害で使えるかの情報がありません" if unknown else "",
            }
        )
    return choices
