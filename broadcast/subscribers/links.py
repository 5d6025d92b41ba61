"""Secrets of links and codes, derived with the data key: what stands in the database opens nothing by itself.

A link carries a random name, which is stored, and a keyed signature over it, which is not. So a stolen copy of the database holds no
working link, and making one costs a microsecond, which matters where 1,800,000 letters each carry theirs.
"""

import hmac
from collections.abc import Callable
from hashlib import blake2b

from disaster.core.sealed import lasting_key

UNSUBSCRIBE, CONFIRM = "unsubscribe", "confirm"
_SIGNATURE = 12  # octets, 24 letters
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without letters and digits that are mistaken for each other
CODE_LETTERS = 8


def signer(purpose: str) -> Callable[[str], str]:
    """A function from a stored name to the secret of its link, with the key derived once.

    Keyed BLAKE2b (RFC 7693 section 2.9): HMAC-SHA256 takes four times as long.
    """
    start = blake2b(key=lasting_key(f"link:{purpose}"), digest_size=_SIGNATURE)

    def signed(name: str) -> str:
        made = start.copy()
        made.update(name.encode("ascii"))
        return f"{name}.{made.hexdigest()}"

    return signed


def name_in(secret: str, purpose: str) -> str | None:
    """The stored name of a link's secret, or None for one that this installation did not make for this purpose."""
    if len(secret) > 128 or not secret.isascii() or not secret.isprintable():
        return None  # an address may carry anything, also what no database takes
    name, dot, _ = secret.rpartition(".")
    return name if dot and hmac.compare_digest(signer(purpose)(name), secret) else None


def six_digits(name: str) -> str:
    """The code that proves a telephone."""
    return f"{_number(name, 'six digits') % 1_000_000:06}"


def link_code(name: str) -> str:
    """The code that a LINE account sends, eight letters and digits that are hard to confuse (39 bits)."""
    number, letters = _number(name, "link code"), ""
    for _ in range(CODE_LETTERS):
        number, place = divmod(number, len(_CODE_ALPHABET))
        letters += _CODE_ALPHABET[place]
    return letters


def reference(name: str, count: int) -> str:
    """The reference of a message about this name, a UUID; the same at every try of the same message."""
    digits = hmac.digest(lasting_key("link:reference"), f"{name}:{count}".encode(), "sha256").hex()
    return f"{digits[:8]}-{digits[8:12]}-8{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"


def _number(name: str, purpose: str) -> int:
    return int.from_bytes(hmac.digest(lasting_key(f"link:{purpose}"), name.encode(), "sha256")[:12], "big")
