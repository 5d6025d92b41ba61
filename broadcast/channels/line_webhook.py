"""What LINE posts to us (webhook of the Messaging API): who became a friend, who left, what somebody wrote.

The proof is ``X-Line-Signature``, an HMAC of the raw body with the channel's secret. LINE delivers an event again when it did not get our
answer, under the same ``webhookEventId``.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broadcast.channels.receipt import InvalidReceipt

MOST = 100  # events of one call
_USER = re.compile(r"U[0-9a-f]{32}")
_EVENT = re.compile(r"[0-9A-Za-z-]{1,64}")
_LONGEST = 1000  # letters of a text that are looked at


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a person: ``kind`` is follow, unfollow or message; ``at`` in seconds since 1970; ``again`` marks a second delivery."""

    id: str
    kind: str
    user: str
    text: str
    reply_token: str
    at: float
    again: bool


def events(body: bytes, signature: str, secret: str) -> list[Event]:
    """The events of one call that concern a single person; groups, other kinds and anything malformed are left out.

    Raises:
        InvalidReceipt: the signature is wrong, or the body is none of LINE's.
    """
    if not secret or not hmac.compare_digest(sign(body, secret).encode(), signature.encode()):
        raise InvalidReceipt("wrong signature")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidReceipt("not JSON") from None
    listed = found.get("events") if isinstance(found, Mapping) else None
    if not isinstance(listed, list):
        raise InvalidReceipt("no list of events")
    return [event for one in listed[:MOST] if isinstance(one, Mapping) and (event := _event(one))]


def sign(body: bytes, secret: str) -> str:
    """The signature that LINE makes."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def _event(one: Mapping[str, Any]) -> Event | None:
    kind, name, source = one.get("type"), one.get("webhookEventId"), one.get("source")
    user = source.get("userId") if isinstance(source, Mapping) and source.get("type") == "user" else None
    message, delivery = one.get("message"), one.get("deliveryContext")
    said = message.get("text") if isinstance(message, Mapping) and message.get("type") == "text" else None
    at = one.get("timestamp")
    if kind not in ("follow", "unfollow", "message") or one.get("mode") != "active":
        return None
    if not (isinstance(user, str) and _USER.fullmatch(user) and isinstance(name, str) and _EVENT.fullmatch(name)):
        return None
    token = one.get("replyToken")
    return Event(
        id=name,
        kind=kind,
        user=user,
        text=said[:_LONGEST] if isinstance(said, str) else "",
        reply_token=token if isinstance(token, str) else "",
        at=at / 1000 if isinstance(at, int) and not isinstance(at, bool) else 0.0,
        again=bool(delivery.get("isRedelivery")) if isinstance(delivery, Mapping) else False,
    )
