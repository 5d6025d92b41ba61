"""Stand-in for Twilio's Calls resource (description ``api.v2010``): a telephone rings, somebody answers or not, hears and presses a key.

The person at the other end does what the number says. All of them begin with 0594-00: the area of 桑名 and 東員, and a local part that
nobody has, because none begins with 0.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from aiohttp import web
from lxml import etree

from disaster.demo.providers.callbacks import Callbacks

PREFIX = "+8159400"
INVALID, BUSY, NO_ANSWER, FAILED = PREFIX + "9211", PREFIX + "9486", PREFIX + "9480", PREFIX + "9404"
BUSY_TWICE, MACHINE, LISTENS, ASKS_AGAIN = PREFIX + "9002", PREFIX + "9700", PREFIX + "9600", PREFIX + "9222"
TOO_MANY_ONCE, ERROR_AFTER, CUT_AFTER = PREFIX + "9429", PREFIX + "9500", PREFIX + "9504"

LONGEST_TWIML = 4000
_ENDS = {BUSY: "busy", NO_ANSWER: "no-answer", FAILED: "failed"}
Hear = Callable[[str, str, str, datetime], None]  # caller, recipient, words heard, at
Refuse = Callable[[int, int, str], web.Response]


@dataclass
class Call:
    """One call and what is known of it only at the provider."""

    shown: dict[str, Any]
    form: dict[str, list[str]]
    keys: list[str] = field(default_factory=list)
    told: "asyncio.Task[None] | None" = None

    def one(self, name: str) -> str:
        """A field of the request."""
        return self.form.get(name, [""])[0]


class Telephones:
    """The calls of an account. ``pause`` in seconds between the steps of a call."""

    def __init__(
        self, account_sid: str, callbacks: Callbacks, hear: Hear, refuse: Refuse, *, pause: float = 0.05
    ) -> None:
        self.account_sid, self.pause = account_sid, pause
        self.calls: list[Call] = []
        self._callbacks, self._hear, self._refuse = callbacks, hear, refuse
        self._throttled: set[str] = set()

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Start one call, or refuse it as Twilio does."""
        posted = await request.post()
        form = {name: [str(value) for value in posted.getall(name)] for name in posted}
        to = form.get("To", [""])[0]
        if to == TOO_MANY_ONCE and to not in self._throttled:
            self._throttled.add(to)
            return self._refuse(429, 20429, "Too Many Requests")
        if refused := self._invalid(form):
            return refused
        call = self._accept(form)
        answer = dict(call.shown)
        self._callbacks.begin(self._ring(call))
        if to == CUT_AFTER and request.transport is not None:
            request.transport.close()
        if to == ERROR_AFTER:
            return self._refuse(500, 20500, "Internal Server Error")
        return web.json_response(answer, status=201)

    def listing(self, request: web.Request) -> web.Response:
        """List calls, newest first, with the filters of the description."""
        query = request.query
        found = [call.shown for call in reversed(self.calls)]
        for name, key in (("To", "to"), ("From", "from"), ("Status", "status")):
            found = [shown for shown in found if query.get(name) in (None, shown[key])]
        size = int(query.get("PageSize", "50"))
        base = request.path
        return web.json_response({
            "first_page_uri": f"{base}?PageSize={size}&Page=0", "next_page_uri": None, "previous_page_uri": None,
            "uri": str(request.rel_url), "page": 0, "page_size": size, "start": 0, "end": max(0, min(size, len(found)) - 1),
            "calls": found[:size],
        })  # fmt: skip

    def one(self, sid: str) -> web.Response:
        """One call by its name."""
        found = next((call.shown for call in self.calls if call.shown["sid"] == sid), None)
        return web.json_response(found) if found else self._refuse(404, 20404, "The requested resource was not found")

    def _invalid(self, form: dict[str, list[str]]) -> web.Response | None:
        to, origin, document = (form.get(name, [""])[0] for name in ("To", "From", "Twiml"))
        if not to:
            return self._refuse(400, 21201, "No 'To' number specified")
        if not origin:
            return self._refuse(400, 21213, "No 'From' number specified")
        if not (to.startswith("+") and to[1:].isdigit() and 8 <= len(to) <= 16) or to == INVALID:
            return self._refuse(400, 21211, "Invalid 'To' Phone Number")
        if not document and not form.get("Url"):
            return self._refuse(400, 21205, "Url parameter is required")
        if len(document) > LONGEST_TWIML:
            return self._refuse(400, 21244, "The Twiml parameter exceeds 4000 characters")
        for name in ("StatusCallback", "AsyncAmdStatusCallback"):
            if form.get(name) and urlsplit(form[name][0]).scheme not in ("http", "https"):
                return self._refuse(400, 21609, f"Invalid '{name}' URL")
        return None

    def _accept(self, form: dict[str, list[str]]) -> Call:
        sid, now = "CA" + secrets.token_hex(16), format_datetime(datetime.now(UTC))
        uri = f"/2010-04-01/Accounts/{self.account_sid}/Calls/{sid}"
        to, origin = form["To"][0], form["From"][0]
        nothing = (
            "answered_by", "caller_name", "duration", "end_time", "forwarded_from", "group_sid", "parent_call_sid", "phone_number_sid",
            "price", "start_time", "trunk_sid",
        )  # fmt: skip
        shown: dict[str, Any] = dict.fromkeys(nothing) | {
            "account_sid": self.account_sid, "api_version": "2010-04-01", "date_created": now, "date_updated": now,
            "direction": "outbound-api", "from": origin, "from_formatted": origin, "price_unit": "USD", "queue_time": "0",
            "sid": sid, "status": "queued", "subresource_uris": {"events": f"{uri}/Events.json"}, "to": to, "to_formatted": to,
            "uri": f"{uri}.json",
        }  # fmt: skip
        call = Call(shown, form, _keys(to))
        self.calls.append(call)
        return call

    async def _ring(self, call: Call) -> None:
        """Let the call go its way, each step reported to the status callback."""
        to = call.shown["to"]
        await self._step(call, "initiated")
        await self._step(call, "ringing")
        tries = sum(other.shown["to"] == to for other in self.calls)
        ends = "busy" if to == BUSY_TWICE and tries <= 2 else _ENDS.get(to)
        if ends:
            await self._step(call, ends)
            return
        call.shown["start_time"] = format_datetime(datetime.now(UTC))
        await self._step(call, "in-progress")
        if call.one("MachineDetection"):
            call.shown["answered_by"] = "machine_start" if to == MACHINE else "human"
            self._tell(call, call.one("AsyncAmdStatusCallback"), {"AnsweredBy": call.shown["answered_by"]})
        heard = await self._listen(call, call.one("Twiml"))
        self._hear(call.shown["from"], to, "\n".join(heard), datetime.now(UTC))
        call.shown |= {"duration": "42", "end_time": format_datetime(datetime.now(UTC))}
        await self._step(call, "completed")

    async def _listen(self, call: Call, document: str) -> list[str]:
        """The words that are heard, up to the key that the person presses, and what comes after it."""
        heard: list[str] = []
        while document:
            part, action = said(document)
            key = call.keys.pop(0) if call.keys and action else ""
            heard += part
            if not key:
                return heard
            heard.append(f"〔{key}を押した〕")
            document = await self._callbacks.post(action, self._form(call, {"Digits": key, "msg": "Gather End"}))
        return heard

    async def _step(self, call: Call, status: str) -> None:
        await asyncio.sleep(self.pause)
        now = format_datetime(datetime.now(UTC))
        call.shown.update(status="queued" if status == "initiated" else status, date_updated=now)
        event = {"in-progress": "answered", "ringing": "ringing", "initiated": "initiated"}.get(status, "completed")
        if event in call.form.get("StatusCallbackEvent", ["completed"]):
            more = {"AnsweredBy": call.shown["answered_by"]} if call.shown["answered_by"] else {}
            self._tell(call, call.one("StatusCallback"), {"CallStatus": status, **more})

    def _tell(self, call: Call, url: str, more: dict[str, str]) -> None:
        """Report beside the call, one after another: a telephone rings whether or not anybody listens to the reports."""
        form, before = self._form(call, more), call.told

        async def tell() -> None:
            if before is not None:
                await before
            if url:
                await self._callbacks.post(url, form)

        call.told = self._callbacks.begin(tell())

    def _form(self, call: Call, more: dict[str, str]) -> dict[str, str]:
        shown = call.shown
        return {
            "AccountSid": shown["account_sid"],
            "ApiVersion": shown["api_version"],
            "CallSid": shown["sid"],
            "CallStatus": shown["status"],
            "Direction": shown["direction"],
            "From": shown["from"],
            "To": shown["to"],
        } | more


def said(document: str, *, base: str = "") -> tuple[list[str], str]:
    """Every sentence of a TwiML document in order, and the address to which a key goes (empty: it asks for none)."""
    root = etree.fromstring(document.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    assert root.tag == "Response", root.tag
    gather = root.find("Gather")
    sentences = ["".join(say.itertext()) if say.find("s") is None else "\n".join(
        "".join(s.itertext()) for s in say.iter("s")
    ) for say in root.iter("Say")]  # fmt: skip
    action = gather.get("action", "") if gather is not None else ""
    return [line for text in sentences for line in text.split("\n")], urljoin(base, action) if action else ""


def _keys(to: str) -> list[str]:
    """The keys that the person presses, one after another."""
    if to in (MACHINE, LISTENS):
        return []
    return ["2", "1"] if to == ASKS_AGAIN else ["1"]
