"""``/feeds/signage.json``: what stands now, as plain JSON for signs, boards of lamps, cable television and other sites. Live alerts only.

Its form is ``docs/signage.schema.json``; ``docs/feeds.md`` says how to read it.
"""

import json
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from broadcast.cap.vocabulary import Language
from broadcast.models.alert import Transmission
from broadcast.sending import ledger
from disaster.core.clock import iso_jst
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.public import cards, served
from disaster.public.language import words
from disaster.public.lines import wrapped
from disaster.shelters import directory
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import Opening
from disaster.staff.guards import public

blueprint = Blueprint("signage", __name__, url_prefix="/feeds")
COLUMNS = (16, 24, 32, 48, 64)  # widths of a line that may be asked for; a Japanese letter takes two columns
USUAL = 32
# 警戒レベル and its colour (避難情報に関するガイドライン, 内閣府)
COLOURS: dict[int, tuple[str, str, dict[str, str]]] = {
    3: ("red", "#ff2800", {"ja": "赤", "easy_ja": "赤（あか）", "en": "red"}),
    4: ("purple", "#aa00aa", {"ja": "紫", "easy_ja": "紫（むらさき）", "en": "purple"}),
    5: ("black", "#0c000c", {"ja": "黒", "easy_ja": "黒（くろ）", "en": "black"}),
}


@blueprint.get("/signage.json")
@public
def signage() -> Response:
    """What is in force and which shelters are open; ``?columns=`` chooses the width of the lines. Every site may read it."""
    asked = request.args.get("columns", USUAL, type=int)
    columns = asked if asked in COLUMNS else USUAL
    answer = served.answer(
        ("signage", columns), lambda at: _written(at, columns), mimetype="application/json", clocked=True
    )
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _written(at: datetime, columns: int) -> str:
    standing, shelters, town = ledger.in_force(at), _open(), municipality()
    found = {
        "version": 1,
        "municipality": {"code": town.code, "name": town.name, "name_en": town.name_en},
        "generated_at": iso_jst(_made(at, standing, shelters)),
        "state": "in_force" if standing else "none",
        "message": None if standing else {str(one): words(one)("none") for one in Language},
        "columns": columns,
        "alerts": _alerts(standing, columns),
        "shelters": [_shelter(shelter, columns) for shelter in shelters],
        "page": settings().link("/"),
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _made(at: datetime, standing: list[Transmission], shelters: list[Shelter]) -> datetime:
    """The minute, or the newest change in it: the same in every process, so that they give the same bytes and ETag."""
    changes = [transmission.sent_at for transmission in standing]
    changes += [shelter.state.changed_at for shelter in shelters if shelter.state.changed_at]
    return max([at.replace(second=0, microsecond=0), *(change for change in changes if change <= at)])


def _alerts(standing: list[Transmission], columns: int) -> list[dict[str, Any]]:
    """The most urgent first, as on the residents' page."""
    by_alert = {transmission.alert_id: transmission for transmission in standing}
    ranked = cards.by_urgency([cards.card(transmission, Language.JA) for transmission in standing])
    return [_alert(by_alert[card.alert_id], columns) for card in ranked]


def _alert(transmission: Transmission, columns: int) -> dict[str, Any]:
    shown = {language: cards.card(transmission, language) for language in Language}
    plain, content = shown[Language.JA], transmission.content
    return {
        "alert": plain.alert_id,
        "identifier": transmission.identifier,
        "message": content["msg_type"],
        "kind": content["kind"],
        "hazard": content["hazard"],
        "level": plain.level,
        "colour": _colour(plain.level),
        "issued_at": iso_jst(transmission.sent_at),
        "until": iso_jst(transmission.expires_at),
        "whole_municipality": content["whole_town"],
        "areas": [area["name"] for area in content["areas"]],
        "url": settings().link(f"/alerts/{plain.alert_id}"),
        "texts": {str(language): _text(card, columns) for language, card in shown.items()},
    }


def _colour(level: int | None) -> dict[str, Any] | None:
    if level is None:
        return None
    name, code, said = COLOURS[level]
    return {"name": name, "code": code, "words": said}


def _text(card: cards.Card, columns: int) -> dict[str, Any]:
    says = card.says
    parts = (says.marks + says.headline, card.key, says.places, says.until)
    lines = [line for part in parts for line in wrapped(part, columns)]
    return {
        "headline": says.marks + says.headline,
        "key": card.key,
        "areas": says.places,
        "until": says.until,
        "lines": lines,
    }


def _open() -> list[Shelter]:
    return [shelter for shelter in directory.public_shelters() if shelter.state.opening == Opening.OPEN]


def _shelter(shelter: Shelter, columns: int) -> dict[str, Any]:
    changed = shelter.state.crowding_at or shelter.state.changed_at
    return {
        "id": shelter.source_id,
        "name": shelter.name,
        "kana": shelter.kana or None,
        "name_en": shelter.name_en or None,
        "address": shelter.address,
        "lat": shelter.lat,
        "lng": shelter.lng,
        "crowding": str(shelter.crowding),
        "as_of": iso_jst(changed) if changed else None,
        "texts": {str(language): _state(shelter, language, columns) for language in Language},
    }


def _state(shelter: Shelter, language: Language, columns: int) -> dict[str, Any]:
    state = words(language)(f"crowd_{shelter.crowding}")
    name = (shelter.name_en or shelter.name) if language == Language.EN else shelter.name
    return {"crowding": state, "lines": wrapped(f"{name} {state}", columns)}
