"""Checks an OAuth 1.0a signature (RFC 5849, HMAC-SHA1) as a provider does; written apart from the library that signs."""

import base64
import hashlib
import hmac
import re
import time
from urllib.parse import quote, unquote

from aiohttp import web

CLOCK_SECONDS = 300  # by which the caller's clock may differ
_FIELD = re.compile(r'(\w+)="([^"]*)"')


def is_signed(request: web.Request, consumer: tuple[str, str], token: tuple[str, str]) -> bool:
    """Whether the request is signed with these keys, each ``(name, secret)``; a JSON body is not part of the signature."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    fields = {name: unquote(value) for name, value in _FIELD.findall(rest)}
    if scheme != "OAuth" or (fields.get("oauth_consumer_key"), fields.get("oauth_token")) != (consumer[0], token[0]):
        return False
    stamp = fields.get("oauth_timestamp", "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > CLOCK_SECONDS or not fields.get("oauth_nonce"):
        return False
    given = fields.pop("oauth_signature", "")
    return hmac.compare_digest(given, _signature(request, fields, f"{_quoted(consumer[1])}&{_quoted(token[1])}"))


def _signature(request: web.Request, fields: dict[str, str], key: str) -> str:
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in [*fields.items(), *request.query.items()])
    normal = "&".join(f"{name}={value}" for name, value in pairs)
    address = str(request.url.with_query(None).with_fragment(None))
    base = "&".join((request.method, _quoted(address), _quoted(normal)))
    return base64.b64encode(hmac.digest(key.encode(), base.encode(), hashlib.sha1)).decode()


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")
