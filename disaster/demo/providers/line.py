"""Stand-in for LINE's push message (description ``messaging-api.yml``): retry keys, limits and errors included."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

_ID = "U" + "0" * 29
INVALID, BUSY_ONCE, ERROR_AFTER = _ID + "400", _ID + "429", _ID + "500"
TEXT_LIMIT = 5000  # UTF-16 units
Deliver = Callable[[str, str, datetime], None]  # recipient, text, at


class LineStandIn:
    """The resource and its memory: ``accepted`` is the retry keys with what was answered."""

    def __init__(self, token: str, deliver: Deliver, *, monthly_limit: int = 0) -> None:
        self.token, self.monthly_limit = token, monthly_limit
        self.accepted: dict[str, tuple[str, list[dict[str, str]]]] = {}
        self.pushed: list[tuple[str, str]] = []
        self.replied: dict[str, str] = {}
        self._deliver = deliver
        self._busy: set[str] = set()

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_post("/v2/bot/message/push", self.push)
        app.router.add_post("/v2/bot/message/reply", self.reply)
        app.router.add_get("/v2/bot/info", self.info)
        return app

    async def info(self, request: web.Request) -> web.Response:
        """Which official account the token belongs to."""
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _answer({"message": "Authentication failed due to the following reason: invalid token."}, 401)
        about = {"userId": "U" + "0" * 32, "basicId": "@town", "displayName": "東員町（見本）"}
        return _answer({**about, "chatMode": "bot", "markAsReadMode": "auto"}, 200)

    async def push(self, request: web.Request) -> web.Response:
        """Take one push message, or refuse it as LINE does."""
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            words = "Authentication failed. Confirm that the access token in the authorization header is valid."
            return _answer({"message": words}, 401)
        key = request.headers.get("X-Line-Retry-Key", "")
        if key and not _is_uuid(key):
            return _answer({"message": "Invalid retry key."}, 400)
        if key in self.accepted:
            first, sent = self.accepted[key]
            body = {"message": "The retry key is already accepted", "sentMessages": sent}
            return _answer(body, 409, {"x-line-accepted-request-id": first})
        try:
            body = await request.json()
        except ValueError:
            return _answer({"message": "The request body could not be parsed as JSON (line: 1, column: 1)"}, 400)
        return self._throttled(body) or self._invalid(body) or self._accept(body, key)

    async def reply(self, request: web.Request) -> web.Response:
        """Take one answer; each reply token is good once (``replied`` keeps what was said to it)."""
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _answer({"message": "Authentication failed."}, 401)
        body = await request.json()
        token, messages = body.get("replyToken"), body.get("messages")
        if not isinstance(token, str) or token in self.replied or not isinstance(messages, list) or not messages:
            return _answer({"message": "Invalid reply token"}, 400)
        self.replied[token] = messages[0]["text"]
        return _answer({"sentMessages": [{"id": str(uuid.uuid4().int)[:18]} for _ in messages]}, 200)

    def _throttled(self, body: Any) -> web.Response | None:
        to = body.get("to") if isinstance(body, dict) else None
        if self.monthly_limit and len(self.pushed) >= self.monthly_limit:
            return _answer({"message": "You have reached your monthly limit."}, 429)
        if to == BUSY_ONCE and to not in self._busy:
            self._busy.add(to)
            return _answer({"message": "The API rate limit has been exceeded. Try again later."}, 429)
        return None

    def _invalid(self, body: Any) -> web.Response | None:
        to, messages = (body.get("to"), body.get("messages")) if isinstance(body, dict) else (None, None)
        if not isinstance(messages, list) or not 1 <= len(messages) <= 5:
            return _errors("Size must be between 1 and 5", "messages")
        for index, message in enumerate(messages):
            text = message.get("text") if isinstance(message, dict) and message.get("type") == "text" else None
            if not isinstance(text, str) or not text:
                return _errors("May not be empty", f"messages[{index}].text")
            if len(text.encode("utf-16-le")) // 2 > TEXT_LIMIT:
                return _errors(f"Length must be between 0 and {TEXT_LIMIT}", f"messages[{index}].text")
        if not isinstance(to, str) or not re.fullmatch("U[0-9a-f]{32}", to) or to == INVALID:
            return _answer({"message": "The property, 'to', in the request body is invalid (line: -, column: -)"}, 400)
        return None

    def _accept(self, body: dict[str, Any], key: str) -> web.Response:
        request_id, to = str(uuid.uuid4()), body["to"]
        sent = [{"id": str(uuid.uuid4().int)[:18], "quoteToken": uuid.uuid4().hex} for _ in body["messages"]]
        if key:
            self.accepted[key] = (request_id, sent)
        for message in body["messages"]:
            self.pushed.append((to, message["text"]))
            self._deliver(to, message["text"], datetime.now(UTC))
        if to == ERROR_AFTER:
            return _answer({"message": "Internal Server Error"}, 500)
        return _answer({"sentMessages": sent}, 200, {"x-line-request-id": request_id})


def _answer(body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers={"x-line-request-id": str(uuid.uuid4()), **(headers or {})})


def _errors(message: str, where: str) -> web.Response:
    details = [{"message": message, "property": where}]
    return _answer({"message": "The request body has 1 error(s)", "details": details}, 400)


def _is_uuid(value: str) -> bool:
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False
