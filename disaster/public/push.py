"""Notifications of a browser: the service worker, the key to subscribe with, and what the script of the subscribing page posts.

Only a script can subscribe a browser, so these speak JSON. They need no session: a browser proves itself by its own subscription, and
the forms' check keeps other sites out.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import UnsupportedMediaType

from broadcast.cap.vocabulary import Language, Mode
from broadcast.channels import registry
from broadcast.channels.webpush import WebPushChannel
from broadcast.subscribers import pushing, subscriptions
from disaster.core.errors import Invalid
from disaster.core.extensions import csrf
from disaster.core.municipality import municipality
from disaster.public import same_origin, subscribe_form
from disaster.public.language import SUBSCRIBE, words
from disaster.staff import throttle
from disaster.staff.guards import public

blueprint = Blueprint("push", __name__)
csrf.exempt(blueprint)  # no session and no cookie: another check stands before every call
blueprint.before_request(same_origin.check)
LARGEST = 16 * 1024  # octets of a call
PRIVATE = {"Cache-Control": "no-store"}
_FLAGS = ("all_areas", "shelters", "notices", "support")


@blueprint.get("/push-worker.js")
@public
def worker() -> ResponseReturnValue:
    """The service worker that shows notifications. It looks after the subscribing page alone and no other page of the site."""
    answer = current_app.send_static_file("js/push-worker.js")
    answer.headers["Service-Worker-Allowed"] = "/"
    answer.headers["Cache-Control"] = "no-cache"  # a mended worker must not wait for a cache
    answer.mimetype = "text/javascript"
    return answer


@blueprint.get("/app.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """The site as an application of a telephone's home screen, where alone an iPhone shows notifications (iOS 16.4)."""
    town = municipality()
    icon = {"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml"}
    told = {
        "name": f"{town.name} 防災情報",
        "short_name": f"{town.name}防災",
        "start_url": "/subscribe",
        "scope": "/",
        "display": "standalone",
        "lang": "ja",
        "icons": [icon],
    }
    return told, 200, {"Content-Type": "application/manifest+json", "Cache-Control": "max-age=3600"}


@blueprint.get("/subscribe/push")
@public
def key() -> ResponseReturnValue:
    """The key that a browser subscribes with; none while notifications are not set up."""
    channel = registry.channels(Mode.LIVE).get(pushing.CHANNEL)
    return {"key": channel.public_key if isinstance(channel, WebPushChannel) else ""}, 200, PRIVATE


@blueprint.post("/subscribe/push")
@public
def subscribe() -> ResponseReturnValue:
    """A browser with its choice. The answer tells the person's own page, or the words for each wrong field."""
    sent = _sent()
    given = subscribe_form.read(_as_form(sent.get("form")), (), with_choice=True, with_address=False)
    language = Language(given.language) if given.language in set(Language) else Language.JA
    if given.errors:
        said = words(language)
        return {"errors": {name: said(f"{SUBSCRIBE}.{key}") for name, key in given.errors.items()}}, 422, PRIVATE
    contact_id = pushing.subscribe(_mapping(sent.get("subscription")), given.choice, throttle.network_digest())
    return {"mine": f"/subscribe/mine/{subscriptions.link_of(contact_id)}?lang={language}&done=1"}, 200, PRIVATE


@blueprint.post("/subscribe/push/state")
@public
def state() -> ResponseReturnValue:
    """Whether this browser is written to, and its person's own page."""
    contact_id = pushing.contact_of(_endpoint())
    mine = f"/subscribe/mine/{subscriptions.link_of(contact_id)}" if contact_id else ""
    return {"active": contact_id is not None, "mine": mine}, 200, PRIVATE


@blueprint.post("/subscribe/push/renew")
@public
def renew() -> ResponseReturnValue:
    """The browser's subscription was replaced by another one."""
    return {"renewed": pushing.renew(_endpoint(), _mapping(_sent().get("subscription")))}, 200, PRIVATE


@blueprint.post("/subscribe/push/leave")
@public
def leave() -> ResponseReturnValue:
    """The person switched notifications off, here or in the browser; the same answer for a browser that is not known."""
    pushing.leave(_endpoint())
    return "", 204, PRIVATE


def _sent() -> Mapping[str, Any]:
    """What the script posted.

    Raises:
        UnsupportedMediaType: not JSON, which another site could send without being asked first.
        Invalid: not an object.
    """
    request.max_content_length = LARGEST
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    return _mapping(request.get_json(silent=True))


def _endpoint() -> str:
    found = _sent().get("endpoint")
    if not isinstance(found, str) or not found:
        raise Invalid("登録を読み取れませんでした。")
    return found[:2000]


def _mapping(found: object) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise Invalid("登録を読み取れませんでした。ページを開き直して、もう一度お試しください。")
    return found


def _as_form(found: object) -> "MultiDict[str, str]":
    """The choice as the page's own form would send it."""
    form: MultiDict[str, str] = MultiDict()
    if isinstance(found, Mapping):
        areas = found.get("areas")
        for code in areas[:1000] if isinstance(areas, list) else []:
            form.add("areas", str(code))
        for name in _FLAGS:
            if found.get(name) is True:
                form.add(name, "1")
        form.add("language", str(found.get("language", "")))
    return form
