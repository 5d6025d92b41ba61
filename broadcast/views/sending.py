"""送信中 (H9): the figures of every channel, what did not arrive and what to do about it, stopping, single rows."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broadcast.alert import compose, lifecycle, waivers
from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.governing import governed
from broadcast.models.alert import Alert, State, Transmission
from broadcast.models.delivery import Status
from broadcast.sending import ledger
from broadcast.views import cautions, describing, figures, forms, glance, handing_on, listing, situation, wording
from disaster.core.clock import now
from disaster.core.errors import DomainError, Invalid, Missing
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission, granted

blueprint = Blueprint("sending", __name__, url_prefix="/headquarters/alerts/<int:alert_id>")
PAGE = 100


@blueprint.get("/progress")
@require(Permission.HEADQUARTERS_VIEW)
def progress(alert_id: int) -> str:
    """Who got it, who did not, what to do next."""
    return render_template("headquarters/progress.html", **_frame(alert_id), **_figures(alert_id))


@blueprint.get("/progress/now")
@require(Permission.HEADQUARTERS_VIEW)
def live_part(alert_id: int) -> Response:
    """The figures without the frame, for the page that polls: rendered once a second for everybody who looks."""
    may_stop = _may_stop()
    body = glance.once(
        ("progress", alert_id, may_stop),
        lambda: render_template("headquarters/_progress.html", **_figures(alert_id, can_stop=may_stop)),
    )
    return glance.fragment(body)


@blueprint.get("/stop")
@require(Permission.ALERT_COMPOSE)
def stop_page(alert_id: int) -> str:
    """What would be kept back and what is out already."""
    return render_template("headquarters/stop.html", **_frame(alert_id), **_figures(alert_id), error=None)


@blueprint.post("/stop")
@require(Permission.ALERT_COMPOSE)
def stop(alert_id: int) -> ResponseReturnValue:
    """Keep back what is still queued."""
    try:
        lifecycle.stop(alert_id, current_account().id)
    except DomainError as error:
        context = {**_frame(alert_id), **_figures(alert_id)}
        return render_template("headquarters/stop.html", **context, error=error), error.status
    return redirect(url_for("sending.progress", alert_id=alert_id), code=303)


@blueprint.get("/channels/<channel>")
@require(Permission.ALERT_COMPOSE)
def channel_page(alert_id: int, channel: str) -> ResponseReturnValue:
    """A channel that sent nothing, and what to say about it."""
    return _channel_page(alert_id, channel)


@blueprint.post("/channels/<channel>")
@require(Permission.ALERT_COMPOSE)
def decide_channel(alert_id: int, channel: str) -> ResponseReturnValue:
    """Told by hand, or left out; with the reason."""
    chosen, reason = request.form.get("what", ""), request.form.get("reason", "")
    try:
        if chosen not in ("by_hand", "waived"):
            raise Invalid("どちらかを選んでください。", {"what": "どちらかを選んでください。"})
        waivers.decide(alert_id, channel, current_account().id, by_hand=chosen == "by_hand", reason=reason)
    except DomainError as error:
        return _channel_page(alert_id, channel, error)
    return redirect(url_for("sending.progress", alert_id=alert_id), code=303)


@blueprint.get("/rows")
@require(Permission.HEADQUARTERS_VIEW)
def rows(alert_id: int) -> str:
    """Single deliveries without addresses: number, language, state, time, reason."""
    alert, transmission = sent(alert_id)
    channel, chosen = request.args.get("channel", ""), request.args.get("status", "")
    status, after = _status(chosen), forms.number(request.args, "after")
    among = listing.GROUPS.get(chosen) or ((status,) if status is not None else ())
    found = listing.rows(transmission.id, channel=channel, among=among, after=after, most=PAGE + 1)
    return render_template(
        "headquarters/rows.html",
        alert=alert,
        heading=describing.heading_of(alert),
        rows=found[:PAGE],
        events=figures.events([row.id for row in found[:PAGE]]),
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        channel=channel,
        status=status,
        chosen=chosen,
        groups=listing.WORDS,
        told=listing.TOLD,
        channels=[one.channel for one in figures.in_order(ledger.progress(transmission.id))],
        wording=wording,
        event_words=handing_on.event_words,
        told_on=handing_on.told_on,
        exercise=describing.band(alert),
    )


@blueprint.get("/people/<int:delivery_id>")
@require(Permission.HEADQUARTERS_VIEW)
def person(alert_id: int, delivery_id: int) -> str:
    """Everything that was tried for one person, channel after channel; no name and no address."""
    alert, transmission = sent(alert_id)
    found = handing_on.of_person(transmission.id, delivery_id)
    return render_template(
        "headquarters/person.html",
        alert=alert,
        heading=describing.heading_of(alert),
        rows=found,
        events=figures.events([row.id for row in found]),
        wording=wording,
        event_words=handing_on.event_words,
        drill=alert.mode == Mode.DRILL,
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


def by_channel(alert: Alert, transmission: Transmission, counts: list[ledger.ChannelProgress]) -> list[figures.Figures]:
    """A row for every channel of the alert, with what was decided about the silent ones."""
    channels = registry.channels(Mode(alert.mode))
    late = now() - transmission.sent_at > timedelta(minutes=governed.number("failover_minutes"))
    rows_ = [
        figures.channel(one, confirms=one.channel in channels and channels[one.channel].confirms, late=late)
        for one in figures.in_order(counts)
    ]
    if alert.mode == Mode.DRILL or transmission.stopped_at is not None:
        return rows_
    return figures.decided(rows_, counts, waivers.of(transmission.id))


def _status(value: str) -> Status | None:
    return next((status for status in Status if str(int(status)) == value), None)


def _may_stop() -> bool:
    return granted(current_account().roles, Permission.ALERT_COMPOSE)


def _channel_page(alert_id: int, channel: str, error: DomainError | None = None) -> ResponseReturnValue:
    alert, transmission = sent(alert_id)
    found = {one.channel: one for one in by_channel(alert, transmission, ledger.progress(transmission.id))}
    if channel not in found:
        raise Missing("この配信に、この手段はありません。")
    page = render_template(
        "headquarters/channel.html",
        alert=alert,
        heading=describing.heading_of(alert),
        one=found[channel],
        error=error,
        fields=error.fields if isinstance(error, Invalid) else {},
        typed=request.form,
        exercise=describing.band(alert),
    )
    return page, error.status if error else 200


def _figures(alert_id: int, *, can_stop: bool | None = None) -> dict[str, Any]:
    """What the polled part shows; a few rows of tallies, however many deliveries there are."""
    alert, transmission = sent(alert_id)
    at, live = now(), alert.mode == Mode.LIVE
    counts = ledger.progress(transmission.id)
    rows_ = by_channel(alert, transmission, counts)
    return {
        "alert": alert,
        "at": at,
        "channels": rows_,
        "total": figures.total(counts),
        "unconfirmed": sum(one.unconfirmed for one in rows_ if one.late and one.channel != figures.STATION),
        "handed_on": handing_on.lines(transmission.id, counts),
        "minutes": governed.number("failover_minutes"),
        "remaining": figures.remaining(counts, transmission.sent_at, at),
        "running": alert.state in (State.APPROVED, State.SENDING),
        "queued": sum(one.counts.get(Status.QUEUED, 0) for one in counts),
        "lights": [light for light in situation.lights(at) if light.state == "bad"] if live else [],
        "can_stop": _may_stop() if can_stop is None else can_stop,
        "wording": wording,
        "drill": not live,
    }


def _frame(alert_id: int) -> dict[str, Any]:
    """What stands around it and changes by an act only."""
    alert, transmission = sent(alert_id)
    texts = describing.frozen_texts(transmission)
    return {
        "transmission": transmission,
        "heading": describing.heading_of(alert),
        "where": describing.where(alert),
        "cell": texts.get("cell_broadcast", {}).get("ja"),
        "post": texts.get("x", {}).get("ja") if not _sends("x", alert.mode) else None,
        "people": describing.people([alert.approved_by]),
        "unreached": cautions.unreached(alert),
        "still_open": cautions.still_open(alert),
        "later": ledger.follow_up_of(alert.id),
        "exercise": describing.band(alert),
    }


def _sends(channel: str, mode: Mode) -> bool:
    """Whether the channel is set up, so that nobody has to post by hand."""
    found = registry.channels(Mode(mode)).get(channel)
    return found is not None and not found.problems()
