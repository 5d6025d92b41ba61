"""Stand-in for Twilio's Messages resource (description ``api.v2010``), errors and signed status callbacks included; calls stand beside it.

Some numbers provoke an error, so that the demonstration shows what an officer sees then; all begin with 090-0000,
which no carrier assigns.
"""

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp import encode_basic_auth, web

from disaster.demo.providers import calls
from disaster.demo.providers.callbacks import Callbacks
from disaster.demo.providers.calls import Hear, Telephones

PREFIX = "+819000009"
INVALID, LANDLINE, OPTED_OUT = PREFIX + "211", PREFIX + "614", PREFIX + "610"
BUSY_ONCE, ERROR_AFTER, CUT_AFTER = PREFIX + "429", PREFIX + "500", PREFIX + "504"
UNREACHABLE, FILTERED = PREFIX + "003", PREFIX + "007"

_REFUSED = {
    INVALID: (21211, "Invalid 'To' Phone Number"),
    LANDLINE: (21614, "'To' number is not a valid mobile number"),
    OPTED_OUT: (21610, "Attempt to send to unsubscribed recipient"),
}
_LOST = {UNREACHABLE: 30003, FILTERED: 30007}
Deliver = Callable[[str, str, str, datetime], None]  # sender, recipient, body, at


def _error(status: int, code: int, message: str) -> web.Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return web.json_response({"code": code, "message": message, "more_info": more, "status": status}, status=status)


class TwilioStandIn:
    """The resource and its memory. ``latency`` in seconds before each answer; ``rate`` requests a second before 429 (0: no limit)."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        senders: tuple[str, ...],
        deliver: Deliver,
        *,
        latency: float = 0.0,
        rate: int = 0,
        hear: Hear = lambda *_: None,
    ) -> None:
        self.account_sid, self.senders, self.latency, self.rate = account_sid, senders, latency, rate
        self.auth_token = auth_token
        self.messages: list[dict[str, Any]] = []
        self.requests = 0
        self._deliver = deliver
        self._callbacks = Callbacks(auth_token)
        self.telephones = Telephones(account_sid, self._callbacks, hear, _error)
        self._busy: set[str] = set()
        self._second, self._taken = 0, 0

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_post("/2010-04-01/Accounts/{sid}/Messages.json", self.create)
        app.router.add_get("/2010-04-01/Accounts/{sid}/Messages.json", self.read)
        app.router.add_post("/2010-04-01/Accounts/{sid}/Calls.json", self.call)
        app.router.add_get("/2010-04-01/Accounts/{sid}/Calls.json", self.call)
        app.router.add_get("/2010-04-01/Accounts/{sid}/Calls/{call}.json", self.call)
        app.on_cleanup.append(self._callbacks.close)
        return app

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Take one message, or refuse it as Twilio does."""
        self.requests += 1
        form = {name: str(value) for name, value in (await request.post()).items()}
        await asyncio.sleep(self.latency)
        if refused := self._unauthorised(request):
            return refused
        if refused := self._throttled(form.get("To", "")) or self._invalid(form):
            return refused
        made = self._accept(form)
        if form["To"] == CUT_AFTER and request.transport is not None:
            request.transport.close()
        if form["To"] == ERROR_AFTER:
            return _error(500, 20500, "Internal Server Error")
        return web.json_response(made, status=201)

    async def read(self, request: web.Request) -> web.Response:
        """List messages, newest first, with the filters of the description."""
        self.requests += 1
        if refused := self._unauthorised(request):
            return refused
        query = request.query
        found = [m for m in reversed(self.messages) if query.get("To") in (None, m["to"])]
        found = [m for m in found if query.get("From") in (None, m["from"])]
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        part = found[page * size : (page + 1) * size]
        base = request.path
        more = (
            f"{base}?PageSize={size}&Page={page + 1}&PageToken=PA{len(found)}" if found[(page + 1) * size :] else None
        )
        listing = {
            "first_page_uri": f"{base}?PageSize={size}&Page=0",
            "next_page_uri": more,
            "previous_page_uri": None,
            "uri": str(request.rel_url),
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(0, len(part) - 1),
            "messages": part,
        }
        return web.json_response(listing)

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Start, list or read calls."""
        self.requests += 1
        form = await request.post()
        await asyncio.sleep(self.latency)
        if refused := self._unauthorised(request):
            return refused
        if request.method == "POST":
            if form.get("From") and form["From"] not in self.senders:
                return _error(400, 21210, "'From' phone number not verified")
            return await self.telephones.create(request)
        named = request.match_info.get("call", "")
        return self.telephones.one(named) if named else self.telephones.listing(request)

    def _unauthorised(self, request: web.Request) -> web.Response | None:
        right = encode_basic_auth(self.account_sid, self.auth_token)
        given = request.headers.get("Authorization", "")
        if secrets.compare_digest(given.encode(), right.encode()) and request.match_info["sid"] == self.account_sid:
            return None
        return _error(401, 20003, "Authenticate")

    def _throttled(self, to: str) -> web.Response | None:
        second = int(asyncio.get_running_loop().time())
        self._second, self._taken = second, (self._taken + 1 if second == self._second else 1)
        over = self.rate and self._taken > self.rate
        first = to == BUSY_ONCE and to not in self._busy
        self._busy.add(to)
        return _error(429, 20429, "Too Many Requests") if over or first else None

    def _invalid(self, form: dict[str, str]) -> web.Response | None:
        to, origin = form.get("To", ""), form.get("From") or form.get("MessagingServiceSid", "")
        body, callback = form.get("Body", ""), form.get("StatusCallback", "")
        if not to:
            return _error(400, 21604, "A 'To' phone number is required.")
        if not origin:
            return _error(400, 21603, "A 'From' phone number is required.")
        if origin not in self.senders:
            return _error(400, 21659, "'From' is not a Twilio phone number or Short Code country mismatch")
        if not (to.startswith("+") and to[1:].isdigit() and 8 <= len(to) <= 16):
            return _error(400, 21211, "Invalid 'To' Phone Number")
        if not body:
            return _error(400, 21602, "Message body is required.")
        if len(body) > 1600:
            return _error(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if callback and urlsplit(callback).scheme not in ("http", "https"):
            return _error(400, 21609, "Invalid 'StatusCallback' URL")
        if to.startswith(calls.PREFIX):
            return _error(400, *_REFUSED[LANDLINE])
        return _error(400, *_REFUSED[to]) if to in _REFUSED else None

    def _accept(self, form: dict[str, str]) -> dict[str, Any]:
        sid, now = "SM" + secrets.token_hex(16), format_datetime(datetime.now(UTC))
        uri = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}"
        units = len(form["Body"].encode("utf-16-le")) // 2
        message: dict[str, Any] = {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": form["Body"],
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": str(1 if units <= 70 else -(-units // 67)),
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "queued",
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": form["To"],
            "uri": f"{uri}.json",
        }
        self.messages.append(message)
        answer = dict(message)
        self._callbacks.begin(self._progress(message, form.get("StatusCallback", "")))
        return answer

    async def _progress(self, message: dict[str, Any], callback: str) -> None:
        """Let the message go its way: sent, then delivered or not, each reported to the status callback.

        A telephone rings whether or not anybody listens to the reports: they come after it, not before.
        """
        lost = _LOST.get(message["to"])
        await self._step(message, "sent")
        if lost is None:
            origin = message["from"] or message["messaging_service_sid"]
            self._deliver(origin, message["to"], message["body"], datetime.now(UTC))
        await self._report(message, callback)
        message["error_code"] = lost
        await self._step(message, "undelivered" if lost else "delivered")
        await self._report(message, callback)

    async def _step(self, message: dict[str, Any], status: str) -> None:
        await asyncio.sleep(0.05)
        now = format_datetime(datetime.now(UTC))
        message.update(status=status, date_updated=now, date_sent=message["date_sent"] or now)

    async def _report(self, message: dict[str, Any], callback: str) -> None:
        if callback:
            await self._callbacks.post(callback, _callback_form(message))


def _callback_form(message: dict[str, Any]) -> dict[str, str]:
    """The fields of a status callback."""
    form = {
        "AccountSid": message["account_sid"],
        "ApiVersion": message["api_version"],
        "From": message["from"] or message["messaging_service_sid"],
        "MessageSid": message["sid"],
        "MessageStatus": message["status"],
        "SmsSid": message["sid"],
        "SmsStatus": message["status"],
        "To": message["to"],
    }
    if message["error_code"]:
        form["ErrorCode"] = str(message["error_code"])
    return form
