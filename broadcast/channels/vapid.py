"""How this service names itself to a push service: VAPID (RFC 8292), a short-lived signed statement per push service."""

import binascii
import re
import time

from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from py_vapid.utils import b64urlencode

LIFETIME = 12 * 3600  # seconds; RFC 8292 allows at most 24 hours
_RENEW = 3600  # seconds before its end at which a statement is made anew
_RAW = re.compile(r"[A-Za-z0-9_-]{43}=?")
# The order of P-256: a private key is a number from 1 to this, less one.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class WrongKey(ValueError):
    """The VAPID key is neither 64 hexadecimal digits nor 43 letters of base64url; never says what it is."""


class Vapid:
    """Statements signed with one private key. ``contact`` is a ``mailto:`` or ``https:`` address of whoever runs this service.

    Raises:
        WrongKey: the key cannot be one.
    """

    def __init__(self, private_key: str, contact: str) -> None:
        key = ec.derive_private_key(_number(private_key), ec.SECP256R1())
        self._signer = Vapid02(key, conf={"no-strict": True})  # its own pattern for the contact knows no path
        self._contact = contact
        self._made: dict[str, tuple[float, str]] = {}

    @property
    def public_key(self) -> str:
        """The key that a browser subscribes with (``applicationServerKey``): an uncompressed point in base64url."""
        numbers = self._signer.public_key.public_numbers()
        point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        return str(b64urlencode(point))

    def authorization(self, origin: str) -> str:
        """The header ``Authorization`` for a push service (``https://fcm.googleapis.com``); kept until shortly before its end."""
        ends, header = self._made.get(origin, (0.0, ""))
        if time.time() > ends - _RENEW:
            ends = time.time() + LIFETIME
            claims = {"aud": origin, "sub": self._contact, "exp": int(ends)}
            header = str(self._signer.sign(claims)["Authorization"])
            self._made[origin] = (ends, header)
        return header


def _number(private_key: str) -> int:
    text = private_key.strip()
    try:
        if len(text) == 64:
            number = int(text, 16)
        elif _RAW.fullmatch(text):
            number = int.from_bytes(binascii.a2b_base64(text.rstrip("=").translate(_TO_BASE64) + "="), "big")
        else:
            raise WrongKey
    except ValueError:
        raise WrongKey("not a P-256 key") from None
    if not 0 < number < _ORDER:
        raise WrongKey("not a P-256 key")
    return number


_TO_BASE64 = str.maketrans("-_", "+/")
