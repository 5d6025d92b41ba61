"""Stand-in for a Bluesky server: signing in, refreshing, creating and reading a record (lexicons of ``com.atproto``), with its errors."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from broadcast.texts.limits import BLUESKY_BYTES, BLUESKY_LIMIT, grapheme_count

Deliver = Callable[[str, datetime], None]  # text, at
DID = "did:plc:sample2bosai2sample2bosai"
COLLECTION = "app.bsky.feed.post"


class BlueskyStandIn:
    """The account and its records. ``faults`` holds the status codes of the next answers to a creation (503 is answered after it was accepted)."""

    def __init__(self, handle: str, password: str, deliver: Deliver) -> None:
        self._handle, self._password, self._deliver = handle, password, deliver
        self.records: dict[str, dict[str, Any]] = {}  # by key
        self.requests: list[dict[str, Any]] = []  # bodies of creations, as they came
        self.sign_ins = self.refreshes = 0
        self.faults: list[int] = []
        self._access: set[str] = set()
        self._refresh: set[str] = set()

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.router.add_post("/xrpc/com.atproto.server.createSession", self.sign_in)
        app.router.add_post("/xrpc/com.atproto.server.refreshSession", self.refresh)
        app.router.add_get("/xrpc/com.atproto.server.getSession", self.session)
        app.router.add_post("/xrpc/com.atproto.repo.createRecord", self.create)
        app.router.add_get("/xrpc/com.atproto.repo.getRecord", self.read)
        return app

    def expire(self, *, refresh: bool = False) -> None:
        """Let every access token run out; the refresh tokens too where asked."""
        self._access.clear()
        if refresh:
            self._refresh.clear()

    async def sign_in(self, request: web.Request) -> web.Response:
        """Give tokens for handle and app password."""
        body: dict[str, Any] = await request.json()
        if (body.get("identifier"), body.get("password")) != (self._handle, self._password):
            return _error(401, "AuthenticationRequired", "Invalid identifier or password")
        self.sign_ins += 1
        return self._tokens()

    async def refresh(self, request: web.Request) -> web.Response:
        """Give new tokens for a refresh token, which is then used up."""
        token = _bearer(request)
        if token not in self._refresh:
            return _error(400, "ExpiredToken", "Token has been revoked")
        self._refresh.discard(token)
        self.refreshes += 1
        return self._tokens()

    async def session(self, request: web.Request) -> web.Response:
        """Whose token it is."""
        if _bearer(request) not in self._access:
            return _error(400, "ExpiredToken", "Token has expired")
        return web.json_response({"handle": self._handle, "did": DID, "active": True})

    async def create(self, request: web.Request) -> web.Response:
        """Create a record, or refuse it as a server does."""
        if _bearer(request) not in self._access:
            return _error(400, "ExpiredToken", "Token has expired")
        body: dict[str, Any] = await request.json()
        self.requests.append(body)
        fault = self.faults.pop(0) if self.faults else 0
        if fault not in (0, 503):
            return _error(fault, "RateLimitExceeded" if fault == 429 else "InvalidRequest", "Injected for a test")
        record, key = body.get("record") or {}, str(body.get("rkey", ""))
        if wrong := _wrong(body, record):
            return _error(400, "InvalidRequest", wrong)
        if key in self.records:
            return _error(500, "InternalServerError", "Internal Server Error")  # there is already a value at that key
        self.records[key] = record
        self._deliver(record["text"], datetime.now(UTC))
        if fault == 503:
            return _error(503, "NotEnoughResources", "Service Unavailable")
        return web.json_response({"uri": _uri(key), "cid": _cid(record), "validationStatus": "valid"})

    async def read(self, request: web.Request) -> web.Response:
        """Read a record by its key."""
        record = self.records.get(request.query.get("rkey", ""))
        if record is None or request.query.get("collection") != COLLECTION or request.query.get("repo") != DID:
            return _error(400, "RecordNotFound", f"Could not locate record: {_uri(request.query.get('rkey', ''))}")
        return web.json_response({"uri": _uri(request.query["rkey"]), "cid": _cid(record), "value": record})

    def _tokens(self) -> web.Response:
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._access.add(access)
        self._refresh.add(refresh)
        return web.json_response(
            {"accessJwt": access, "refreshJwt": refresh, "handle": self._handle, "did": DID, "active": True}
        )


def _wrong(body: dict[str, Any], record: dict[str, Any]) -> str:
    text = str(record.get("text", ""))
    if body.get("repo") != DID or body.get("collection") != COLLECTION or record.get("$type") != COLLECTION:
        return "Invalid collection"
    if grapheme_count(text) > BLUESKY_LIMIT or len(text.encode()) > BLUESKY_BYTES:
        return "Record/text must not be longer than 300 graphemes"
    return "" if text.strip() and record.get("createdAt") else "Record must have the property createdAt"


def _bearer(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def _uri(key: str) -> str:
    return f"at://{DID}/{COLLECTION}/{key}"


def _cid(record: dict[str, Any]) -> str:
    digest = b"\x01\x71\x12\x20" + hashlib.sha256(json.dumps(record, sort_keys=True).encode()).digest()
    return "b" + base64.b32encode(digest).decode().lower().rstrip("=")


def _error(status: int, error: str, message: str) -> web.Response:
    return web.json_response({"error": error, "message": message}, status=status)
