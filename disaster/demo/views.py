"""The demonstration's pages: the tour, and what each sample resident received. Registered with ``--demo`` only."""

import math
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from broadcast.cap.vocabulary import Language
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.demo import desk, inbox, residents
from disaster.demo.inbox import PUBLIC, Received
from disaster.demo.residents import Resident
from disaster.shelters import directory
from disaster.staff import samples
from disaster.staff.guards import public
from registry.tablets import devices

blueprint = Blueprint("demo", __name__, url_prefix="/demo")

PAGE = 24
CHANNELS = {
    "email": "メール",
    "sms": "SMS",
    "voice": "電話",
    "line": "LINE",
    "webpush": "プッシュ通知",
    "mastodon": "Mastodon",
    "x": "X",
    "bluesky": "Bluesky",
}
LANGUAGES = {Language.JA: "日本語", Language.EASY_JA: "やさしい日本語", Language.EN: "English"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A message with the resident who received it; None for a post to everyone or an address that is nobody's."""

    message: Received
    resident: Resident | None


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    """The tour: what to try, and as whom to sign in."""
    trials = [person for person in _people() if person.trials]
    given = {"samples": samples.SAMPLES, "password": samples.PASSWORD, "trials": trials}
    return render_template("demo/index.html", **given, **_words())


@blueprint.post("/tablet")
@public
def tablet() -> ResponseReturnValue:
    """Make this browser a sample tablet: a code of headquarters, and the page that uses it."""
    shelter = next(one for one in directory.all_shelters() if one.name == desk.OWN)
    _, code = devices.invite(shelter.id, "見本の端末", actor="cli")
    return redirect(f"/shelter/#{code}", code=303)


@blueprint.get("/inbox")
@public
def inbox_page() -> ResponseReturnValue:
    """What arrived, newest first; filtered by channel and by a part of the name."""
    channel = request.args.get("channel", "")
    name = request.args.get("name", "").strip()[:40]
    people = _people()
    found = [r for r in people if name in r.name or name == str(r.number)] if name else None
    shown = _messages(people, channel if channel in CHANNELS else "", found)
    return _page("demo/inbox.html", {**shown, "channel": channel, "name": name, "found": found})


@blueprint.get("/inbox/<int:number>")
@public
def resident_page(number: int) -> ResponseReturnValue:
    """What one resident received on every channel."""
    people = _people()
    person = next((r for r in people if r.number == number), None)
    if person is None:
        abort(404)
    shown = _messages(people, "", [person])
    areas = [town.name for code in person.areas if (town := municipality().area_by_code.get(code))]
    return _page("demo/resident.html", {**shown, "resident": person, "areas": areas, "channel": "", "name": ""})


def _page(template: str, given: dict[str, Any]) -> ResponseReturnValue:
    """The whole page; for htmx only the messages, and nothing at all when none is new (what was opened stays open)."""
    if not request.headers.get("HX-Request"):
        return render_template(template, **given, **_words())
    if request.args.get("latest") == given["latest"]:
        return "", 204
    return render_template("demo/_messages.html", **given, **_words())


def _people() -> list[Resident]:
    return residents.load(settings().data_dir)


def _messages(people: list[Resident], channel: str, of: list[Resident] | None) -> dict[str, Any]:
    """One page of messages with their residents, the counts per channel and the number of pages."""
    path = settings().data_dir / inbox.FILE
    recipients = None if of is None else [a for person in of for a in person.addresses.values()]
    counts = inbox.counts(path, recipients=recipients)
    total = counts.get(channel, 0) if channel else sum(counts.values())
    pages = max(1, math.ceil(total / PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    received = inbox.messages(path, channel=channel, recipients=recipients, limit=PAGE, offset=(page - 1) * PAGE)
    owners = {address: person for person in people for address in person.addresses.values()}
    shown = [Shown(m, owners.get(m.recipient)) for m in received]
    latest = f"{received[0].id if received else 0}-{total}"
    return {"shown": shown, "counts": counts, "total": total, "page_number": page, "pages": pages, "latest": latest}


def _words() -> dict[str, Any]:
    return {"channel_names": CHANNELS, "languages": LANGUAGES, "everyone": PUBLIC}
