"""The reference of a delivery: one UUID for every try (Message-ID, retry key, idempotency key, callback address).

It carries the delivery's number and a keyed check, so that a callback that arrives before our own commit finds its row and a
made-up one does not.
"""

import hmac
from collections.abc import Callable
from uuid import UUID

from disaster.core.sealed import lasting_key

_LOW = 0xFFFFFFFFFFFF  # a delivery's number in the last 12 hex digits


def maker() -> Callable[[int], str]:
    """A function from delivery number to reference, with the key derived once."""
    key = lasting_key("delivery-reference")

    def make(delivery_id: int) -> str:
        check = int.from_bytes(hmac.digest(key, delivery_id.to_bytes(8, "big"), "sha256")[:10], "big")
        value = (check << 48 | delivery_id) & ~(0xF << 76) & ~(0x3 << 62)
        return str(UUID(int=value | 8 << 76 | 2 << 62))  # version 8, variant of RFC 9562

    return make


def delivery_of(reference: str) -> int | None:
    """The delivery's number, or None for a reference that this installation did not make."""
    try:
        number = UUID(reference).int & _LOW
    except ValueError:
        return None
    return number if number and hmac.compare_digest(maker()(number), str(UUID(reference))) else None
