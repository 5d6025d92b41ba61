"""Web push: a notification in a browser, without any account (RFC 8030, 8188, 8291, 8292).

The text is encrypted for the browser's own key, so a push service sees nobody's message. ``Topic`` is the alert's: a correction takes the
place of an alert that still waits at the push service, and what is in doubt is simply posted again. A subscription that is gone (404,
410) has been ended by the person or the browser: its address is not written to again.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.request import getproxies

import aiohttp
import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

from broadcast.channels.contract import Accepted, ChannelDown, Code, InDoubt, Message, Outcome, Refused, Target, Wire
from broadcast.channels.inflight import THROTTLED, TIME_LIMITS, InFlight
from broadcast.channels.lasthop import refuse_drill
from broadcast.channels.push_services import PublicResolver, PushServices, Subscription, parse
from broadcast.channels.vapid import Vapid, WrongKey

CONCURRENCY = 50
PAYLOAD_LIMIT = 3072  # octets; push services take 4096 after encryption (RFC 8030 section 7.2)
LONGEST_TTL = 28 * 24 * 3600  # seconds; what the strictest push service takes
IN_PLACE_SECONDS = 3.0  # a wait up to this is waited out; a longer one gives the delivery back to the queue
SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 120.0  # seconds for which one push service is left alone, whatever it asks for
DOWN_PAUSE = 10.0  # seconds after a push service could not be reached


class WebPushChannel:
    """One notification per subscribed browser.

    ``private_key`` and ``contact`` name this service (``Vapid``), ``services`` are the hosts to which may be sent.
    """

    name = "webpush"
    personal = True
    confirms = False
    chunk = 200
    retry_seconds = (5, 15, 60, 120)

    def __init__(self, private_key: str, contact: str, services: PushServices) -> None:
        self._services = services
        self._vapid: Vapid | None = None
        self._problem = "プッシュ通知の鍵（DISASTER_VAPID_PRIVATE_KEY）がありません。" if not private_key else ""
        if private_key:
            try:
                self._vapid = Vapid(private_key, contact)
            except WrongKey:
                self._problem = "プッシュ通知の鍵（DISASTER_VAPID_PRIVATE_KEY）の形が正しくありません。"
        self._flight = InFlight(self.name, CONCURRENCY)
        self._session: aiohttp.ClientSession | None = None
        self._busy, self._lost = _Pauses(), _Pauses()

    @property
    def public_key(self) -> str:
        """The key that browsers subscribe with; empty while none is set up."""
        return self._vapid.public_key if self._vapid else ""

    def allows(self, endpoint: str) -> bool:
        """Whether a subscription with this address is taken."""
        return self._services.allows(endpoint)

    def problems(self) -> list[str]:
        """What is not set up, as sentences for the officer."""
        return [self._problem] if self._problem else []

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
        """Send to every target.

        Raises:
            ChannelDown: nothing was sent: not set up, or no push service can be reached.
            ValueError: a drill message.
        """
        refuse_drill(message)
        if problems := self.problems():
            raise ChannelDown(problems[0])
        body = payload(message)
        if len(body) > PAYLOAD_LIMIT:
            return [(target, Refused(Code.CONTENT, retryable=False, detail="payload")) for target in targets]
        headers = _headers(message)
        services = {found.origin for target in targets if (found := self._readable(target.address))}

        async def attempt(target: Target) -> Outcome:
            subscription = self._readable(target.address)
            if subscription is None:
                return Refused(Code.ADDRESS, retryable=False, detail="not a push service")
            return await self._patiently(subscription, body, headers, services)

        return self._flight.each(targets, wire, attempt)

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """A push service cannot be asked; posting again under the same topic shows one notification."""
        return None

    def close(self) -> None:
        """Give connections back."""
        self._flight.close(self._aclose)

    def _readable(self, address: str) -> Subscription | None:
        found = parse(address)
        return found if found and self._services.allows(found.endpoint) else None

    async def _patiently(self, to: Subscription, body: bytes, headers: dict[str, str], services: set[str]) -> Outcome:
        """Post once the push service is not to be left alone; a busy one is asked again in place while the wait is short."""
        outcome: Outcome = THROTTLED
        until = time.monotonic() + IN_PLACE_SECONDS
        while (pause := self._pause(to.origin)) + time.monotonic() < until:
            await asyncio.sleep(pause)
            outcome = await self._post(to, body, headers, services)
            if outcome != THROTTLED:
                return outcome
        return outcome

    def _pause(self, origin: str) -> float:
        return max(self._busy.left(origin), self._lost.left(origin))

    async def _post(self, to: Subscription, body: bytes, headers: dict[str, str], services: set[str]) -> Outcome:
        assert self._vapid is not None
        more = {**headers, "Authorization": self._vapid.authorization(to.origin)}
        try:
            call = self._connected().post(to.endpoint, data=_encrypted(to, body), headers=more, allow_redirects=False)
            async with call as answer:
                status, retry_after = answer.status, answer.headers.get("Retry-After", "")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            self._lost.begin(to.origin, DOWN_PAUSE)
            if all(self._lost.left(origin) for origin in services):
                raise ChannelDown("プッシュ通知のサービスに接続できません。") from error
            return Refused(Code.THROTTLED, retryable=True, detail="no connection")
        except (aiohttp.ClientError, TimeoutError) as error:
            return InDoubt(type(error).__name__)
        if status in (429, 503):
            self._busy.begin(to.origin, _seconds(retry_after))
        return _outcome(status)

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            behind_proxy = "https" in getproxies()  # which looks the names up itself, and has a private address
            resolver = None if behind_proxy else PublicResolver()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONCURRENCY, keepalive_timeout=60, resolver=resolver),
                timeout=TIME_LIMITS,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=behind_proxy,
            )
        return self._session

    async def _aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._session = None


class _Pauses:
    """Push services that are to be left alone for a while; each by itself, because they know nothing of each other."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def begin(self, origin: str, seconds: float) -> None:
        wait = min(max(seconds, SHORTEST_PAUSE), LONGEST_PAUSE)
        self._until[origin] = max(self._until.get(origin, 0.0), time.monotonic() + wait)

    def left(self, origin: str) -> float:
        return max(0.0, self._until.get(origin, 0.0) - time.monotonic())


def payload(message: Message) -> bytes:
    """What the browser's service worker gets: everything that it shows, so that no network is needed then."""
    level = message.extra.get("level", "")
    shown = {
        "title": message.subject,
        "body": message.body,
        "url": message.extra.get("url", "/"),
        "lang": "en" if message.language == "en" else "ja",
        "tag": message.extra.get("tag", ""),
        "level": int(level) if level.isdigit() else None,
    }
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


def _headers(message: Message) -> dict[str, str]:
    """RFC 8030 section 5: how long it is worth delivering, how urgently, and what it replaces."""
    expires = message.extra.get("expires", "")
    left = (datetime.fromisoformat(expires) - datetime.now(UTC)).total_seconds() if expires else 0.0
    headers = {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(min(max(left, 0.0), LONGEST_TTL))),
        "Urgency": "high",
    }
    if tag := message.extra.get("tag", ""):
        headers["Topic"] = tag
    return headers


def _encrypted(to: Subscription, body: bytes) -> bytes:
    """One message for one browser, under a key pair that is used once (RFC 8291)."""
    key = ec.generate_private_key(ec.SECP256R1())
    sealed: bytes = http_ece.encrypt(body, private_key=key, dh=to.p256dh, auth_secret=to.auth, version="aes128gcm")
    return sealed


def _outcome(status: int) -> Outcome:
    """Turn a push service's answer into an outcome (RFC 8030 section 5, 7.3)."""
    if status in (200, 201, 202, 204):
        return Accepted()
    if status in (404, 410):
        return Refused(Code.OPTED_OUT, retryable=False, detail=str(status))
    if status == 413:
        return Refused(Code.CONTENT, retryable=False, detail="413")
    if status in (429, 503):
        return THROTTLED
    if status >= 500:
        return InDoubt(f"HTTP {status}")
    if status in (401, 403):  # made with another VAPID key than ours, so it says nothing of the others
        return Refused(Code.CONFIG, retryable=False, detail=str(status))
    return Refused(Code.REJECTED, retryable=False, detail=str(status))


def _seconds(retry_after: str) -> float:
    """``Retry-After`` in seconds: a number, or an instant; one second where it says nothing that can be read."""
    if retry_after.isdigit():
        return float(retry_after[:6])
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 1.0
