"""What the tablets seal and only this server opens.

Each saving on a tablet is sealed with a fresh AES-256 key (GCM, NIST SP 800-38D; the entry's id is bound as associated data), and that key
is wrapped with the server's public key (RSA-OAEP with SHA-256, RFC 8017, 3072 bits). Entries that were saved together may share their key, with
an ``iv`` each. ``DISASTER_INTAKE_PRIVATE_KEY`` is PKCS #8 in base64, or several with commas: tablets get the first, every one opens.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from os import cpu_count

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from disaster.core.errors import DomainError
from disaster.core.settings import SettingsError, settings
from registry import cards
from registry.schemas import Item

_OAEP = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
_WRAPPED = 384  # bytes of a key under RSA-3072


class NoKey(DomainError):
    """This installation has no key for tablets."""

    status = 503

    def __init__(self) -> None:
        super().__init__("サーバーに端末用の鍵がありません。本部の管理者に連絡してください。記録は端末に残っています。")


def public() -> dict[str, str]:
    """``kid``, ``spki`` (the public key that seals) and ``card`` (the one that checks QR cards), both DER in base64.

    Raises:
        NoKey
    """
    spki = (
        _keys(_configured())[0]
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    kid = hashlib.sha256(spki).hexdigest()[:16]
    return {"kid": kid, "spki": base64.b64encode(spki).decode(), "card": cards.public_key()}


def opened(items: Sequence[Item]) -> list[bytes | None]:
    """The content of each entry; None for one that is not sealed to this server or was changed on the way.

    Raises:
        NoKey
    """
    keys = _keys(_configured())
    wrapped = list(dict.fromkeys(item.k for item in items))
    found = (
        _pool().map(lambda k: _unwrapped(k, keys), wrapped)
        if len(wrapped) > 1
        else [_unwrapped(k, keys) for k in wrapped]
    )
    ciphers = dict(zip(wrapped, found, strict=True))
    return [_content(item, ciphers[item.k]) for item in items]


def _unwrapped(k: str, keys: tuple[RSAPrivateKey, ...]) -> AESGCM | None:
    wrapped = _bytes(k)
    if wrapped is None or len(wrapped) != _WRAPPED:
        return None
    for key in keys:
        try:
            return AESGCM(key.decrypt(wrapped, _OAEP))
        except ValueError:
            continue
    return None


def _content(item: Item, cipher: AESGCM | None) -> bytes | None:
    iv, sealed = _bytes(item.iv), _bytes(item.c)
    if cipher is None or iv is None or sealed is None or len(iv) != 12:
        return None
    try:
        return cipher.decrypt(iv, sealed, item.id.encode())
    except InvalidTag:
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
def _keys(configured: str) -> tuple[RSAPrivateKey, ...]:
    found = []
    for part in configured.split(","):
        try:
            key = serialization.load_der_private_key(base64.b64decode(part.strip()), password=None)
        except (ValueError, binascii.Error):
            key = None
        if not isinstance(key, RSAPrivateKey) or key.key_size != 8 * _WRAPPED:
            raise SettingsError("DISASTER_INTAKE_PRIVATE_KEY: each key must be RSA-3072, PKCS #8 in base64")
        found.append(key)
    return tuple(found)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    """Opening is arithmetic outside of Python's lock; made in the process that opens, after it was forked."""
    return ThreadPoolExecutor(cpu_count() or 1, thread_name_prefix="unseal")
