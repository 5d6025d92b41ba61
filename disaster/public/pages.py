"""The residents' pages: what is in force, where to go. They need no script, no account and set no cookie."""

from datetime import datetime

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from broadcast.cap.vocabulary import Language
from broadcast.sending import ledger
from broadcast.sound import recording
from disaster.core.errors import Missing
from disaster.core.settings import settings
from disaster.public import audio, cards, health, look, map_page, places, sequel, served
from disaster.public.language import chosen, when
from disaster.shelters import export
from disaster.staff.guards import public

blueprint = Blueprint("public", __name__)
blueprint.app_context_processor(look.everywhere)
PAST_PAGE = 30


def _language() -> Language:
    return chosen(request.args.get("lang"))


@blueprint.get("/")
@public
def now() -> Response:
    """What is in force, or that nothing is, with the time of the check."""
    language = _language()

    def render(at: datetime) -> str:
        found = cards.by_urgency([cards.card(t, language) for t in ledger.in_force(at)])
        context = {
            "cards": found,
            "open": places.open_now(language),
            "checked": when(at, language)[-5:],
            "at": when(at, language),
        }
        return render_template("public/now.html", **context, **look.page(language))

    return served.answer(("now", language), render, each_minute=True)


@blueprint.get("/alerts/<int:alert_id>")
@public
def alert(alert_id: int) -> Response:
    """One alert, also when it is over, with a notice on what came after."""
    language = _language()
    found = ledger.published(alert_id)
    if found is None:
        raise Missing("このお知らせは見つかりません。")
    transmission = found

    def render(at: datetime) -> str:
        context = {
            "card": cards.card(transmission, language),
            "later": sequel.of(alert_id),
            "over": transmission.expires_at <= at,
            "sound": audio.address(alert_id),
            "listen_number": settings().listen_number,
        }
        return render_template("public/alert.html", **context, **look.page(language))

    return served.answer(("alert", alert_id, language, recording.stamp()), render)


@blueprint.get("/a/<int:alert_id>")
@public
def short(alert_id: int) -> Answer:
    """The short link of an SMS."""
    query = "" if _language() == Language.JA else f"?lang={_language()}"
    return redirect(f"/alerts/{alert_id}{query}", code=302)


@blueprint.get("/alerts")
@public
def past() -> Response:
    """Everything that was issued, newest first."""
    language, before = _language(), max(0, min(request.args.get("before", 0, type=int), 2**53)) or None

    def render(at: datetime) -> str:
        found = ledger.history(before, PAST_PAGE + 1)
        standing = {transmission.id for transmission in ledger.in_force(at)}
        rows = [(cards.card(t, language), t.id in standing) for t in found[:PAST_PAGE]]
        older = found[PAST_PAGE - 1].id if len(found) > PAST_PAGE else None
        return render_template("public/past.html", rows=rows, older=older, **look.page(language))

    return served.answer(("past", language, before), render)


@blueprint.get("/shelters")
@public
def shelters() -> Response:
    """The list: suitability, state, nearest first from a chosen district."""
    language, choice = _language(), places.choice(request.args)

    def render(at: datetime) -> str:
        found = places.listing(choice, language, at)
        return render_template("public/shelters.html", found=found, **look.page(language, choice.arguments))

    return served.answer(("shelters", language, choice), render)


@blueprint.get("/map")
@public
def map_view() -> Response:
    """The map with the list beside it."""
    language, choice = _language(), places.choice(request.args)

    def render(at: datetime) -> str:
        found, drawing = places.listing(choice, language, at), map_page.drawing(language)
        context = {"found": found, "drawing": drawing, "bounds": map_page.bounds(), "legends": map_page.OVERLAYS}
        return render_template("public/map.html", **context, **look.page(language, choice.arguments))

    return served.answer(("map", language, choice), render)


@blueprint.get("/map.js")
@public
def map_script() -> Response:
    """The drawing itself; its address carries the digest, so it may be kept long."""
    drawing = map_page.drawing(_language())
    seconds = 86_400 if request.args.get("v") == drawing.digest else 0
    return served.conditional(drawing.script.encode(), drawing.digest, "text/javascript", seconds)


@blueprint.get("/shelters.geojson")
@public
def shelters_geojson() -> Response:
    """The list as GeoJSON (RFC 7946)."""
    return served.answer("shelters.geojson", lambda _: export.geojson(), mimetype="application/geo+json")


@blueprint.get("/shelters.csv")
@public
def shelters_csv() -> Response:
    """The list as CSV, UTF-8 with BOM so that spreadsheets read it."""
    answer = served.answer("shelters.csv", lambda _: export.as_csv(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=shelters.csv"
    return answer


@blueprint.get("/health")
@public
def healthy() -> tuple[dict[str, object], int, dict[str, str]]:
    """For a monitor: 200 while the service can do its work, 503 with the cause otherwise."""
    state = health.state()
    return state, 200 if state["status"] == "ok" else 503, {"Cache-Control": "no-store"}
