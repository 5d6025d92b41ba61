"""The intake page of the tablets at ``/shelter/``: an installable page that works without a network. It holds no data and needs no session.

Everything personal comes by ``/api/v1/`` to a tablet that headquarters enrolled. The same bytes go to everybody, so that a tablet can check them.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from jinja2.utils import htmlsafe_json_dumps

from disaster.core.municipality import municipality
from disaster.core.settings import Settings
from disaster.shelters.vocabulary import Crowding, Opening
from disaster.staff.guards import public
from registry.intake.schemas import APP, MOST_ITEMS, VERSION
from registry.tablets import shell
from registry.vocabulary import Care, ExitReason, PlaceKind, Sex

blueprint = Blueprint("intake_page", __name__, url_prefix="/shelter")
_OPENING_JA = {Opening.CLOSED: "開設していません", Opening.PREPARING: "開設準備中", Opening.OPEN: "開設中"}


@blueprint.get("/")
@public
def page() -> Response:
    """The page itself. ``no-cache``: a tablet with a network always looks for the present one."""
    return _fresh(_page(), "text/html")


@blueprint.get("/sw.js")
@public
def worker() -> Response:
    """The service worker, with the version of the page that it keeps."""
    static = Path(current_app.static_folder or "")
    code = (static / shell.WORKER).read_text(encoding="utf-8")
    return _fresh(_shell().as_script().encode() + code.encode(), "text/javascript")


@blueprint.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """What installs the page on a tablet's home screen."""
    return _fresh(_manifest(), "application/manifest+json")


def _fresh(content: bytes, mimetype: str) -> Response:
    answer = Response(content, mimetype=mimetype)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _page() -> bytes:
    words = htmlsafe_json_dumps(_words(), dumps=json.dumps, ensure_ascii=False)  # in this order
    return render_template("intake/page.html", words=words).encode()


def _words() -> dict[str, Any]:
    """The words of the register, so that page and server cannot drift apart."""
    town, config = municipality(), current_app.extensions["disaster.settings"]
    assert isinstance(config, Settings)
    return {
        "app": APP,
        "v": VERSION,
        "most": MOST_ITEMS,
        "demo": config.demo,
        "town": town.name,
        "headquarters": {"name": town.contact.department, "phone": town.contact.phone},
        "areas": [{"code": area.code, "name": area.name, "kana": area.kana} for area in town.areas],
        "care": {care.value: care.ja for care in Care},
        "exit": {reason.value: reason.ja for reason in ExitReason},
        "place": {place.value: place.ja for place in PlaceKind},
        "crowding": {word.value: word.ja for word in Crowding if word != Crowding.UNKNOWN},
        "opening": {word.value: ja for word, ja in _OPENING_JA.items()},
        "sex": {sex.value: sex.ja for sex in Sex},
    }


def _manifest() -> bytes:
    icons = [{"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml"}]
    icons += [
        {"src": f"/static/intake/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    told = {
        "id": "/shelter/",
        "name": f"{municipality().name} 避難所の受付",
        "short_name": "避難所受付",
        "start_url": "/shelter/",
        "scope": "/shelter/",
        "display": "standalone",
        "background_color": "#14171c",
        "theme_color": "#14171c",
        "lang": "ja",
        "icons": icons,
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _shell() -> shell.Shell:
    return _shell_of(Path(current_app.static_folder or ""), _page(), _manifest())


@cache
def _shell_of(static: Path, content: bytes, manifest: bytes) -> shell.Shell:
    return shell.shell(static, content, manifest)
