"""The reference of a delivery: one UUID for every try (Message-ID, retry key, idempotency key, callback address).

It carries the delivery's number and a keyed check, so that a callback that arrives before our own commit finds its row and a
made-up one does not.
"""

import hmac
from collections.abc import Callable
from hashlib import sha256
from uuid import UUID

from disaster.core.sealed import lasting_key

_LOW = 0xFFFFFFFFFFFF  # a delivery's number in the last 12 hex digits


def maker() -> Callable[[int], str]:
    """A function from delivery number to reference, with the key derived once.

    HMAC (RFC 2104) from two prepared hashes: ``hmac.digest`` sets the key up anew for each, which takes three times as long.
    """
    key = lasting_key("delivery-reference").ljust(64, b"\0")
    inner, outer = (sha256(bytes(octet ^ pad for octet in key)) for pad in (0x36, 0x5C))

    def make(delivery_id: int) -> str:
        within, around = inner.copy(), outer.copy()
        within.update(delivery_id.to_bytes(8, "big"))
        around.update(within.digest())
        digits = around.hexdigest()
        # version 8 and variant of RFC 9562; the last 12 digits are the number
        return f"{digits[:8]}-{digits[8:12]}-8{digits[12:15]}-8{digits[15:18]}-{delivery_id:012x}"

    return make


def delivery_of(reference: str) -> int | None:
    """The delivery's number, or None for a reference that this installation did not make."""
    try:
        number = UUID(reference).int & _LOW
    except ValueError:
        return None
    return number if number and hmac.compare_digest(maker()(number), str(UUID(reference))) else None
