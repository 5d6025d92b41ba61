"""What the tablets seal and only this server opens.

Each saving on a tablet is sealed with a fresh AES-256 key (GCM, NIST SP 800-38D; the entry's id is bound as associated data). Entries that
were saved together share their key, with an ``iv`` each. How the server comes by that key stands in ``k``, told apart by its length:

- 65 bytes: a point that the tablet made for this saving alone. The key is agreed on with the server's point (ECDH on P-256, NIST SP 800-56A;
  HKDF with SHA-256, RFC 5869, both points in its ``info``). A tenth of a millisecond for the server.
- 384 bytes: the key, wrapped with the server's RSA key (OAEP with SHA-256, RFC 8017). Three milliseconds; of tablets that know no point yet.

``DISASTER_INTAKE_PRIVATE_KEY`` is an RSA-3072 key as PKCS #8 in base64, or several with commas: tablets get the first, every one opens. The
point's secret is derived from it, so that there is one secret to keep.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from os import cpu_count
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from disaster.core.errors import DomainError
from disaster.core.settings import SettingsError, settings
from registry.intake.schemas import Item
from registry.tablets import cards

_OAEP = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
_WRAPPED = 384  # bytes of a key under RSA-3072
_POINT = 65  # bytes of a point of P-256, not compressed (SEC 1)
_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (FIPS 186-5)
AGREED = b"disaster-intake seal"  # with which HKDF's info begins; the tablet's point and the server's follow


class _Key(NamedTuple):
    """One private key, in both its forms."""

    rsa: RSAPrivateKey
    agreeing: ec.EllipticCurvePrivateKey
    point: bytes


class NoKey(DomainError):
    """This installation has no key for tablets."""

    status = 503

    def __init__(self) -> None:
        super().__init__("サーバーに端末用の鍵がありません。本部の管理者に連絡してください。記録は端末に残っています。")


def public() -> dict[str, str]:
    """``kid``, ``spki`` and ``point`` (what seals, see above) and ``card`` (what checks QR cards), in base64; ``spki`` and ``card`` as DER.

    Raises:
        NoKey
    """
    key = _keys(_configured())[0]
    spki = key.rsa.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    kid = hashlib.sha256(spki).hexdigest()[:16]
    point = base64.b64encode(key.point).decode()
    return {"kid": kid, "spki": base64.b64encode(spki).decode(), "point": point, "card": cards.public_key()}


def opened(items: Sequence[Item]) -> list[bytes | None]:
    """The content of each entry; None for one that is not sealed to this server or was changed on the way.

    Raises:
        NoKey
    """
    keys = _keys(_configured())
    told = list(dict.fromkeys(item.k for item in items))
    found = _pool().map(lambda k: _ciphers(k, keys), told) if len(told) > 1 else [_ciphers(k, keys) for k in told]
    ciphers = dict(zip(told, found, strict=True))
    return [_content(item, ciphers[item.k]) for item in items]


def _ciphers(k: str, keys: tuple[_Key, ...]) -> list[AESGCM]:
    """What may open the entries of this ``k``: one for each of our keys that fits."""
    told = _bytes(k) or b""
    if len(told) == _POINT:
        return _agreed(told, keys)
    if len(told) != _WRAPPED:
        return []
    for key in keys:
        try:
            return [AESGCM(key.rsa.decrypt(told, _OAEP))]
        except ValueError:
            continue
    return []


def _agreed(point: bytes, keys: tuple[_Key, ...]) -> list[AESGCM]:
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError:  # no point of the curve
        return []
    return [AESGCM(agreed_key(key.agreeing.exchange(ec.ECDH(), theirs), point, key.point)) for key in keys]


def agreed_key(shared: bytes, tablets: bytes, ours: bytes) -> bytes:
    """The AES-256 key that follows from what ECDH gave, with the two points."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=AGREED + tablets + ours).derive(shared)


def _content(item: Item, ciphers: Sequence[AESGCM]) -> bytes | None:
    iv, sealed = _bytes(item.iv), _bytes(item.c)
    if iv is None or sealed is None or len(iv) != 12:
        return None
    for cipher in ciphers:
        try:
            return cipher.decrypt(iv, sealed, item.id.encode())
        except InvalidTag:
            continue
    return None


def _bytes(text: str) -> bytes | None:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        return None


def _configured() -> str:
    value = settings().intake_private_key.get_secret_value()
    if not value:
        raise NoKey
    return value


@lru_cache(maxsize=4)
def _keys(configured: str) -> tuple[_Key, ...]:
    found = []
    for part in configured.split(","):
        try:
            key = serialization.load_der_private_key(base64.b64decode(part.strip()), password=None)
        except (ValueError, binascii.Error):
            key = None
        if not isinstance(key, RSAPrivateKey) or key.key_size != 8 * _WRAPPED:
            raise SettingsError("DISASTER_INTAKE_PRIVATE_KEY: each key must be RSA-3072, PKCS #8 in base64")
        agreeing = _derived(key)
        point = agreeing.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        found.append(_Key(key, agreeing, point))
    return tuple(found)


def _derived(key: RSAPrivateKey) -> ec.EllipticCurvePrivateKey:
    """The secret of the point: 384 bits from the RSA key, taken into the order of the curve (FIPS 186-5, A.2.1)."""
    secret = key.private_numbers()
    seed = b"".join(number.to_bytes(_WRAPPED, "big") for number in sorted((secret.p, secret.q)))
    bits = HKDF(algorithm=SHA256(), length=48, salt=None, info=b"disaster-intake point").derive(seed)
    return ec.derive_private_key(int.from_bytes(bits, "big") % (_ORDER - 1) + 1, _CURVE)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    """Opening is arithmetic outside of Python's lock; made in the process that opens, after it was forked."""
    return ThreadPoolExecutor(cpu_count() or 1, thread_name_prefix="unseal")
