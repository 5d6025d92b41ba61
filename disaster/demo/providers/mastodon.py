"""Stand-in for a Mastodon server: posting with idempotency key and checking the token (description of the Mastodon API)."""

import html
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

LIMIT = 500  # characters
_ADDRESS = re.compile(r"https?://[!-~]+?(?=<|$)")
Deliver = Callable[[str, datetime], None]  # text, at


class MastodonStandIn:
    """The resource and its memory. ``faults`` holds the status codes of the next answers; 503 is answered after the post was accepted."""

    def __init__(self, token: str, url: str, deliver: Deliver) -> None:
        self.token, self.url = token, url
        self.statuses: list[dict[str, Any]] = []
        self.faults: list[int] = []
        self._deliver = deliver
        self._by_key: dict[str, dict[str, Any]] = {}

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_post("/api/v1/statuses", self.post)
        app.router.add_get("/api/v1/accounts/verify_credentials", self.verify)
        app.router.add_get("/api/v1/accounts/{id}/statuses", self.newest)
        return app

    async def post(self, request: web.Request) -> web.Response:
        """Publish a status, or refuse it as Mastodon does."""
        if refused := self._unauthorised(request):
            return refused
        fault = self.faults.pop(0) if self.faults else 0
        if fault == 429:
            return _answer({"error": "Too many requests"}, 429)
        key = request.headers.get("Idempotency-Key", "")
        if key in self._by_key:
            return _answer(self._by_key[key], 200)
        fields: dict[str, Any] = dict(
            await (request.json() if request.content_type == "application/json" else request.post())
        )
        text = str(fields.get("status", ""))
        if not text.strip():
            return _answer({"error": "Validation failed: Text can't be blank"}, 422)
        if len(text) > LIMIT:
            return _answer({"error": f"Validation failed: Text character limit of {LIMIT} exceeded"}, 422)
        status = self._publish(text, str(fields.get("visibility", "public")), fields.get("language"), key)
        return _answer({"error": "Remote data could not be fetched"}, 503) if fault == 503 else _answer(status, 200)

    async def verify(self, request: web.Request) -> web.Response:
        """Say whose token it is."""
        source = {
            "note": "",
            "fields": [],
            "privacy": "public",
            "sensitive": False,
            "language": "ja",
            "follow_requests_count": 0,
            "indexable": False,
        }
        role = {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False}
        own = {**self._account(), "source": source, "role": role}
        return self._unauthorised(request) or _answer(own, 200)

    async def newest(self, request: web.Request) -> web.Response:
        """The account's newest posts."""
        if refused := self._unauthorised(request):
            return refused
        return _listed(self.statuses[::-1][: int(request.query.get("limit", "20"))])

    def forget(self) -> None:
        """Let the hour pass after which a key is not known any more."""
        self._by_key.clear()

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"Bearer {self.token}":
            return None
        return _answer({"error": "The access token is invalid"}, 401)

    def _publish(self, text: str, visibility: str, language: Any, key: str) -> dict[str, Any]:
        number = str(int(time.time() * 1000) << 16 | secrets.randbits(16))
        status = {
            "id": number,
            "created_at": _stamp(),
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": visibility,
            "language": language,
            "uri": f"{self.url}/users/bosai/statuses/{number}",
            "url": f"{self.url}/@bosai/{number}",
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
            "content": _as_html(text),
            "reblog": None,
            "account": self._account(),
            "media_attachments": [],
            "mentions": [],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": None,
        }
        self.statuses.append(status)
        if key:
            self._by_key[key] = status
        self._deliver(text, datetime.now(UTC))
        return status

    def _account(self) -> dict[str, Any]:
        picture = f"{self.url}/avatars/original/missing.png"
        return {
            "id": "1",
            "username": "bosai",
            "acct": "bosai",
            "display_name": "防災（見本）",
            "locked": False,
            "bot": True,
            "group": False,
            "discoverable": True,
            "indexable": False,
            "created_at": "2026-01-01T00:00:00.000Z",
            "note": "",
            "url": f"{self.url}/@bosai",
            "uri": f"{self.url}/users/bosai",
            "avatar": picture,
            "avatar_static": picture,
            "header": picture,
            "header_static": picture,
            "followers_count": 0,
            "following_count": 0,
            "statuses_count": len(self.statuses),
            "last_status_at": None,
            "emojis": [],
            "fields": [],
        }


def _as_html(text: str) -> str:
    """A post as the server shows it: addresses become links that hide their beginning and end."""
    escaped = html.escape(text, quote=False).replace("\n", "<br />")
    return "<p>" + _ADDRESS.sub(_link, escaped) + "</p>"


def _link(match: re.Match[str]) -> str:
    scheme, rest = match.group().split("//", 1)
    shown = f'<span class="invisible">{scheme}//</span><span class="">{rest}</span>'
    return f'<a href="{match.group()}" target="_blank" rel="nofollow noopener">{shown}</a>'


def _stamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _listed(statuses: list[dict[str, Any]]) -> web.Response:
    return web.json_response(statuses)


def _answer(body: dict[str, Any], status: int) -> web.Response:
    limits = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "299", "X-RateLimit-Reset": _stamp()}
    return web.json_response(body, status=status, headers=limits)
