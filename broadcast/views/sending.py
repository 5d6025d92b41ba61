"""送信中 (H9): the figures of every channel, what did not arrive and what to do about it, stopping, single rows."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broadcast import compose, ledger, lifecycle
from broadcast.cap import Mode
from broadcast.channels import registry
from broadcast.models.alert import Alert, State, Transmission
from broadcast.models.delivery import Status
from broadcast.views import cautions, describing, figures, forms, situation, wording
from disaster.core.clock import now
from disaster.core.errors import DomainError, Missing
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission, granted

blueprint = Blueprint("sending", __name__, url_prefix="/headquarters/alerts/<int:alert_id>")
PAGE = 100


@blueprint.get("/progress")
@require(Permission.HEADQUARTERS_VIEW)
def progress(alert_id: int) -> str:
    """Who got it, who did not, what to do next."""
    return render_template("headquarters/progress.html", **_context(alert_id))


@blueprint.get("/progress/now")
@require(Permission.HEADQUARTERS_VIEW)
def live_part(alert_id: int) -> str:
    """The figures without the frame, for the page that polls."""
    return render_template("headquarters/_progress.html", **_context(alert_id))


@blueprint.get("/stop")
@require(Permission.ALERT_COMPOSE)
def stop_page(alert_id: int) -> str:
    """What would be kept back and what is out already."""
    return render_template("headquarters/stop.html", **_context(alert_id), error=None)


@blueprint.post("/stop")
@require(Permission.ALERT_COMPOSE)
def stop(alert_id: int) -> ResponseReturnValue:
    """Keep back what is still queued."""
    try:
        lifecycle.stop(alert_id, current_account().id)
    except DomainError as error:
        return render_template("headquarters/stop.html", **_context(alert_id), error=error), error.status
    return redirect(url_for("sending.progress", alert_id=alert_id), code=303)


@blueprint.get("/rows")
@require(Permission.HEADQUARTERS_VIEW)
def rows(alert_id: int) -> str:
    """Single deliveries without addresses: number, language, state, time, reason."""
    alert, transmission = sent(alert_id)
    channel, status = request.args.get("channel", ""), _status(request.args.get("status", ""))
    found = ledger.rows(
        transmission.id, channel=channel, status=status, after=forms.number(request.args, "after"), most=PAGE + 1
    )
    return render_template(
        "headquarters/rows.html",
        alert=alert,
        heading=describing.heading(alert.kind, alert.msg_type, alert.lifted_kind),
        rows=found[:PAGE],
        events=figures.events([row.id for row in found[:PAGE]]),
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        channel=channel,
        status=status,
        channels=[one.channel for one in ledger.progress(transmission.id)],
        statuses=Status,
        wording=wording,
        exercise=describing.band(alert),
    )


def sent(alert_id: int) -> tuple[Alert, Transmission]:
    """An alert with what was frozen for it.

    Raises:
        Missing: there is no such alert, or it was not approved yet.
    """
    alert, transmission = compose.get(alert_id), ledger.transmission_of(alert_id)
    if transmission is None:
        raise Missing("この配信はまだ承認されていないので、送信の記録はありません。")
    return alert, transmission


def _status(value: str) -> Status | None:
    return next((status for status in Status if str(int(status)) == value), None)


def _context(alert_id: int) -> dict[str, Any]:
    alert, transmission = sent(alert_id)
    at, account = now(), current_account()
    counts = ledger.progress(transmission.id)
    texts = describing.frozen_texts(transmission)
    return {
        "alert": alert,
        "transmission": transmission,
        "heading": describing.heading(alert.kind, alert.msg_type, alert.lifted_kind),
        "where": describing.where(alert),
        "at": at,
        "channels": [figures.channel(one) for one in figures.in_order(counts)],
        "total": figures.total(counts),
        "remaining": figures.remaining(counts, transmission.sent_at, at),
        "running": alert.state in (State.APPROVED, State.SENDING),
        "queued": sum(one.counts.get(Status.QUEUED, 0) for one in counts),
        "lights": [light for light in situation.lights(at) if light.state == "bad"] if alert.mode == Mode.LIVE else [],
        "cell": texts.get("cell_broadcast", {}).get("ja"),
        "post": texts.get("x", {}).get("ja"),
        "can_stop": granted(account.roles, Permission.ALERT_COMPOSE),
        "people": describing.people([alert.approved_by]),
        "unreached": cautions.unreached(alert),
        "still_open": cautions.still_open(alert),
        "later": ledger.follow_up_of(alert.id),
        "personal": {name for name, channel in registry.channels(Mode(alert.mode)).items() if channel.personal},
        "statuses": Status,
        "wording": wording,
        "drill": alert.mode == Mode.DRILL,
        "exercise": describing.band(alert),
    }
