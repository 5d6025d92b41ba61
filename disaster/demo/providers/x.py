"""Stand-in for X: posting, the account and its newest posts (API v2), with its errors: duplicate text, limits of the day, sign-in."""

import html
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from broadcast.texts.limits import X_LIMIT, x_weight
from disaster.demo.providers.oauth1 import is_signed

Deliver = Callable[[str, datetime], None]  # text, at
ACCOUNT = {"id": "100000000000000001", "name": "防災（見本）", "username": "bosai_sample"}
_ADDRESS = re.compile(r"https?://[!-~]+")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Application and account, each with its secret."""

    consumer: tuple[str, str]
    token: tuple[str, str]


class XStandIn:
    """The resource and its memory. ``faults`` holds the status codes of the next answers to a post (503 is answered after it was accepted), ``per_day`` the
    posts of a day; ``reads`` the number of lists it still gives."""

    def __init__(self, secrets_: Secrets, deliver: Deliver, per_day: int = 50) -> None:
        self._secrets, self._deliver, self.per_day = secrets_, deliver, per_day
        self.posts: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []  # bodies of posts, as they came
        self.faults: list[int] = []
        self.reads = 1000
        self._texts: set[str] = set()
        self._reset = int(time.time()) + 24 * 3600

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_post("/2/tweets", self.post)
        app.router.add_get("/2/users/me", self.me)
        app.router.add_get("/2/users/{id}/tweets", self.newest)
        return app

    async def post(self, request: web.Request) -> web.Response:
        """Publish a text, or refuse it as X does."""
        if refused := self._unauthorised(request):
            return refused
        body: dict[str, Any] = await request.json()
        self.requests.append(body)
        fault = self.faults.pop(0) if self.faults else 0
        if fault not in (0, 503):
            return self._problem(fault, "Injected for a test")
        if len(self.posts) >= self.per_day:
            return self._problem(429, "Too Many Requests")
        text = str(body.get("text", ""))
        if wrong := self._wrong(text):
            return self._problem(*wrong)
        post = self._publish(text)
        data = {"data": {"id": post["id"], "text": post["text"], "edit_history_tweet_ids": [post["id"]]}}
        return self._problem(503, "Service Unavailable") if fault == 503 else self._answer(data, 201)

    async def me(self, request: web.Request) -> web.Response:
        """Say whose token it is."""
        return self._unauthorised(request) or self._answer({"data": ACCOUNT}, 200)

    async def newest(self, request: web.Request) -> web.Response:
        """The account's newest posts."""
        if refused := self._unauthorised(request):
            return refused
        if self.reads <= 0:
            return self._problem(429, "Too Many Requests")
        self.reads -= 1
        many = request.query.get("max_results", "10")
        if request.match_info["id"] != ACCOUNT["id"] or not (many.isdecimal() and 5 <= int(many) <= 100):
            return self._problem(400, "One or more parameters to your request was invalid.")
        found = self.posts[::-1][: int(many)]
        meta = {"result_count": len(found)}
        return self._answer({"data": found, "meta": meta} if found else {"meta": meta}, 200)

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        signed = is_signed(request, self._secrets.consumer, self._secrets.token)
        return None if signed else self._problem(401, "Unauthorized")

    def _wrong(self, text: str) -> tuple[int, str] | None:
        if not text.strip():
            return 400, "You must provide text for this request."
        if x_weight(text) > X_LIMIT:
            return 403, "Your Tweet text is too long."
        if text in self._texts:
            return 403, "You are not allowed to create a Tweet with duplicate content."
        return None

    def _publish(self, text: str) -> dict[str, Any]:
        self._texts.add(text)
        post: dict[str, Any] = {
            "id": str(int(time.time() * 1000) << 22 | secrets.randbits(22)),
            "text": html.escape(text, quote=False),
        }
        links = []
        for address in _ADDRESS.findall(text):
            short = f"https://t.co/{secrets.token_hex(5)}"
            post["text"] = post["text"].replace(html.escape(address, quote=False), short, 1)
            links.append({"url": short, "expanded_url": address, "display_url": address.split("//", 1)[1]})
        if links:
            post["entities"] = {"urls": links}
        self.posts.append(post)
        self._deliver(text, datetime.now(UTC))
        return post

    def _problem(self, status: int, detail: str) -> web.Response:
        title = {400: "Invalid Request", 401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests"}
        body = {
            "title": title.get(status, "Service Unavailable"),
            "type": "about:blank",
            "status": status,
            "detail": detail,
        }
        return self._answer(body, status)

    def _answer(self, body: dict[str, Any], status: int) -> web.Response:
        left, reset = str(self.per_day - len(self.posts)), str(self._reset)
        limits = {
            "x-rate-limit-limit": "100",
            "x-rate-limit-remaining": "99",
            "x-rate-limit-reset": str(int(time.time()) + 900),
        }
        for whose in ("app", "user"):
            limits |= {
                f"x-{whose}-limit-24hour-limit": str(self.per_day),
                f"x-{whose}-limit-24hour-remaining": left,
                f"x-{whose}-limit-24hour-reset": reset,
            }
        return web.json_response(body, status=status, headers=limits)
