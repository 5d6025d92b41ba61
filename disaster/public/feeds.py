"""Feeds for programs: Atom with CAP, and the text for the disaster radio. Live alerts only; a drill is in none of them."""

import hmac
import json
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response, abort, request

from broadcast.alert import content_json
from broadcast.cap import document
from broadcast.cap.vocabulary import Language
from broadcast.models.alert import Transmission
from broadcast.proving import station
from broadcast.reports import receipts
from broadcast.sending import ledger
from broadcast.sound import recording
from broadcast.texts.radio import siren
from disaster.core import clock
from disaster.core.clock import iso_jst
from disaster.core.errors import Missing
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.public import audio, cards, served
from disaster.staff.guards import public

blueprint = Blueprint("feeds", __name__, url_prefix="/feeds")


@blueprint.get("/alerts.atom")
@public
def atom() -> Response:
    """The alerts in force, one entry each (RFC 4287); the link leads to the CAP document."""
    return served.answer("alerts.atom", _atom, mimetype="application/atom+xml")


def _atom(at: datetime) -> str:
    standing, town = ledger.in_force(at), municipality()
    newest = max((transmission.sent_at for transmission in standing), default=None)
    updated = iso_jst(newest) if newest else "1970-01-01T09:00:00+09:00"
    link, name = settings().link, escape(town.name)
    entries = "".join(_entry(transmission) for transmission in standing)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ja">'
        f"<id>{escape(link('/feeds/alerts.atom'))}</id><title>{name} 防災情報</title><updated>{updated}</updated>"
        f"<author><name>{name}</name></author>"
        f'<link rel="self" type="application/atom+xml" href={quoteattr(link("/feeds/alerts.atom"))}/>'
        f'<link rel="alternate" type="text/html" href={quoteattr(link("/"))}/>{entries}</feed>\n'
    )


def _entry(transmission: Transmission) -> str:
    shown, link = cards.card(transmission, Language.JA), settings().link
    says, sent = shown.says, iso_jst(transmission.sent_at)
    cap, page = link(f"/feeds/cap/{shown.alert_id}.xml"), link(f"/alerts/{shown.alert_id}")
    summary = " ".join((says.lead, shown.key, *says.correction, *says.situation, *says.actions)).strip()
    return (
        f"<entry><id>{escape(page)}</id><title>{escape(says.marks + says.headline)}</title>"
        f"<published>{sent}</published><updated>{sent}</updated><summary>{escape(summary)}</summary>"
        f'<link rel="alternate" type="application/cap+xml" href={quoteattr(cap)}/>'
        f'<link rel="related" type="text/html" href={quoteattr(page)}/></entry>'
    )


@blueprint.get("/cap/<int:alert_id>.xml")
@public
def cap(alert_id: int) -> Response:
    """The alert as CAP 1.2; also after its end, because others refer to it."""
    transmission = ledger.published(alert_id)
    if transmission is None:
        raise Missing("このお知らせは見つかりません。")
    found = transmission
    return served.answer(("cap", alert_id), lambda _: document.render(found), mimetype="application/cap+xml")


@blueprint.get("/radio.txt")
@public
def radio_text() -> Response:
    """What the disaster radio reads out now, the most urgent first; empty when there is nothing."""
    return _for_radio("radio.txt", _radio_text, "text/plain")


@blueprint.get("/radio.json")
@public
def radio_json() -> Response:
    """The same with id, time, chimes, repeats and the full reading in kana."""
    return _for_radio(("radio.json", recording.stamp()), _radio_json, "application/json")


def _for_radio(key: Hashable, render: Callable[[datetime], str], mimetype: str) -> Response:
    """Everyone may read; the station's poll with its token is the receipt. The ids are read before the body is made, so a
    receipt never stands for a text that was not in the answer."""
    reads = _is_station() and request.method == "GET"  # a HEAD brings no text
    heard = [transmission.id for transmission in _current(clock.now())] if reads else []
    answer = served.answer(key, render, mimetype=mimetype)
    if reads:
        station.polled()
    if heard:
        receipts.radio_polled(heard)
    return answer


def _is_station() -> bool:
    """Whether the caller showed the station's token; a wrong one is refused, so that a station that lost it notices."""
    given = request.headers.get("Authorization", "")
    if not given:
        return False
    token = settings().radio_token.get_secret_value()
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        abort(401)
    return True


def _radio_text(at: datetime) -> str:
    return "".join(f"{message['text']}\n\n" for message in _on_air(at))


def _radio_json(at: datetime) -> str:
    return json.dumps({"messages": _on_air(at)}, ensure_ascii=False, indent=1) + "\n"


def _current(at: datetime) -> list[Transmission]:
    """What is to be read out: frozen rank order (a withdrawal first), without what an officer stopped."""
    standing = [transmission for transmission in ledger.in_force(at) if transmission.stopped_at is None]
    return sorted(standing, key=lambda transmission: (transmission.rank, -transmission.sent_at.timestamp()))


def _on_air(at: datetime) -> list[dict[str, Any]]:
    found = []
    for transmission in _current(at):
        message = content_json.load_message(transmission.texts["radio"][Language.JA])
        content = content_json.load(transmission.content)
        sender = content.sender
        found.append(
            {
                "id": transmission.id,
                "alert": transmission.alert_id,
                "identifier": transmission.identifier,
                "sent": iso_jst(transmission.sent_at),
                "expires": iso_jst(transmission.expires_at),
                "chime_up": sender.chime_up,
                "chime_down": sender.chime_down,
                "siren": siren(content),
                "repeats": sender.radio_repeats,
                "seconds": int(message.extra.get("seconds", 0)),
                "text": message.body,
                "kana": message.extra.get("kana", ""),
                "audio": settings().link(sound) if (sound := audio.address(transmission.alert_id)) else None,
            }
        )
    return found
