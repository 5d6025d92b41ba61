"""Stand-in for a push service (RFC 8030): it checks what a push service checks, keeps what arrives, and opens it with the sample
receivers' own keys, as their browsers would.

Some receivers provoke an answer: a subscription that is gone, one that is busy once, an error after acceptance.
"""

import hashlib
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import http_ece
from aiohttp import web
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from http_ece import ECEException
from py_vapid import Vapid02

GONE, BUSY_ONCE, ERROR_AFTER, CUT_AFTER, NOT_OURS = "gone", "busy", "error", "cut", "foreign"
PATH = "/push"
LARGEST = 4096  # octets of a message after encryption
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Deliver = Callable[[str, dict[str, Any], datetime], None]  # address, what the browser shows, at


def address(base: str, receiver: str) -> str:
    """The subscription of a sample receiver at the stand-in whose address is ``base``; the same every time."""
    point = _private_key(receiver).public_key().public_numbers()
    p256dh = b"\x04" + point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    keys = {"p256dh": _base64(p256dh), "auth": _base64(_secret(receiver))}
    return json.dumps({"endpoint": f"{base}/{receiver}", "keys": keys}, separators=(",", ":"))


class PushStandIn:
    """The push service and its memory. ``base`` is the address in front of each receiver (``http://127.0.0.1:8015/push``).

    ``waiting`` holds the newest message of each receiver and topic: what a browser that was off would get.
    """

    def __init__(self, base: str, deliver: Deliver) -> None:
        self.base = base
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.waiting: dict[tuple[str, str], dict[str, Any]] = {}
        self._deliver = deliver
        self._busy: set[str] = set()

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=64 * 1024)
        app.router.add_post(PATH + "/{receiver}", self.push)
        return app

    async def push(self, request: web.Request) -> web.StreamResponse:
        """Take one message, or refuse it as a push service does."""
        receiver, body = request.match_info["receiver"], await request.read()
        self.requests.append((receiver, dict(request.headers)))
        if refused := self._refused(request, receiver, body):
            return refused
        topic = request.headers.get("Topic", "")
        if receiver.startswith(BUSY_ONCE) and receiver not in self._busy:
            self._busy.add(receiver)
            return web.Response(status=429, headers={"Retry-After": "1"})
        shown = _opened(receiver, body)
        if shown is None:
            return web.Response(status=400, text="the message does not open with the receiver's keys")
        self.waiting[receiver, topic] = shown
        self._deliver(address(self.base, receiver), shown, datetime.now(UTC))
        if receiver.startswith(CUT_AFTER) and request.transport is not None:
            request.transport.close()
        if receiver.startswith(ERROR_AFTER) and receiver not in self._busy:
            self._busy.add(receiver)
            return web.Response(status=500)
        return web.Response(status=201, headers={"Location": f"{self.base}/messages/{hash((receiver, topic)):x}"})

    def _refused(self, request: web.Request, receiver: str, body: bytes) -> web.Response | None:
        if not _vouched(request.headers.get("Authorization", ""), self.base):
            return web.Response(status=401)
        if receiver.startswith(NOT_OURS):
            return web.Response(status=403, text="the VAPID key is not the one of the subscription")
        if receiver.startswith(GONE):
            return web.Response(status=410)
        if len(body) > LARGEST:
            return web.Response(status=413)
        ttl, topic = request.headers.get("TTL", ""), request.headers.get("Topic", "")
        plain = topic.replace("-", "").replace("_", "")
        if not ttl.isdigit() or request.headers.get("Content-Encoding") != "aes128gcm" or len(topic) > 32:
            return web.Response(status=400)
        return web.Response(status=400) if topic and not (plain.isalnum() and plain.isascii()) else None


def _vouched(header: str, base: str) -> bool:
    """Whether the header is a statement of RFC 8292 for this push service that holds now."""
    kind, _, rest = header.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if kind != "vapid" or not {"t", "k"} <= parts.keys() or parts["t"].count(".") != 2:
        return False
    statement, _, signature = parts["t"].rpartition(".")
    claims = json.loads(_octets(statement.split(".")[1]))
    good = Vapid02.from_raw_public(parts["k"].encode()).verify_token(statement.encode(), signature)
    origin = base.removesuffix(PATH)
    return bool(good) and claims.get("aud") == origin and time.time() < claims.get("exp", 0) < time.time() + 86_400


def _opened(receiver: str, body: bytes) -> dict[str, Any] | None:
    try:
        plain = http_ece.decrypt(
            body, private_key=_private_key(receiver), auth_secret=_secret(receiver), version="aes128gcm"
        )
        shown: dict[str, Any] = json.loads(plain)
    except (ECEException, InvalidTag, ValueError):
        return None
    return shown


def _private_key(receiver: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(hashlib.sha256(f"sample push key {receiver}".encode()).digest(), "big")
    return ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256R1())


def _secret(receiver: str) -> bytes:
    return hashlib.sha256(f"sample push secret {receiver}".encode()).digest()[:16]


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
