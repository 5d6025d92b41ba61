"""Encrypted columns: what is sealed can be read with the data key only, and the data key is never in the database.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; each purpose has its own key, derived with HKDF-SHA256 (RFC 5869), and the
purpose is bound as associated data, so a value copied into a column of another purpose does not open.

A sealed value is ``key id (1 byte) · nonce (12) · ciphertext and tag``. ``DISASTER_DATA_KEY`` is 64 hexadecimal digits, or several keys
with commas: the first one seals, every one opens. Digests for look-ups and the audit chain stay with the last, the oldest,
because they cannot be computed anew without opening everything.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

from disaster.core.settings import SettingsError, settings

_NONCE = 12
_TAG = 16
_BODY = 1 + _NONCE  # where the ciphertext begins


class SealBroken(Exception):
    """The value was changed, belongs to another purpose, or was sealed with a key that is not here; never says what was in it."""


def seal(text: str, purpose: str = "contact") -> bytes:
    """Encrypt a text for one purpose; sealing the same text twice gives two different values."""
    return seal_bytes(text.encode(), purpose)


def seal_bytes(data: bytes, purpose: str) -> bytes:
    """The same for a file."""
    return _sealer(purpose)(data)


def sealer(purpose: str) -> Callable[[str], bytes]:
    """A function that seals values of one purpose; it keeps the derived key, for sealing many."""
    sealed = _sealer(purpose)
    return lambda text: sealed(text.encode())


def _sealer(purpose: str) -> Callable[[bytes], bytes]:
    key_id, cipher = _ciphers(_configured(), purpose)[0]
    head, encrypt = bytes([key_id]), cipher.encrypt
    bound = head + purpose.encode()

    def sealed(data: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return head + nonce + encrypt(nonce, data, bound)

    return sealed


def unseal(data: bytes, purpose: str = "contact") -> str:
    """Decrypt what ``seal`` made for the same purpose.

    Raises:
        SealBroken: it cannot be opened.
    """
    return opener(purpose)(data)


def unseal_bytes(data: bytes, purpose: str) -> bytes:
    """Decrypt what ``seal_bytes`` made for the same purpose.

    Raises:
        SealBroken: it cannot be opened.
    """
    return _opener(purpose)(data)


def opener(purpose: str = "contact") -> Callable[[bytes], str]:
    """A function that opens values of one purpose; it keeps the derived keys, for opening many (26,000 addresses a send)."""
    opened = _opener(purpose)
    return lambda data: opened(data).decode()


def _opener(purpose: str) -> Callable[[bytes], bytes]:
    heads = {key_id: bytes([key_id]) + purpose.encode() for key_id, _ in _ciphers(_configured(), purpose)}
    ciphers = {key_id: (cipher.decrypt, heads[key_id]) for key_id, cipher in _ciphers(_configured(), purpose)}

    def opened(data: bytes) -> bytes:
        try:
            decrypt, bound = ciphers[data[0]]
            return decrypt(data[1:_BODY], data[_BODY:], bound)
        except InvalidTag:
            if len(data) > _NONCE + _TAG:
                raise SealBroken(f"a sealed value ({purpose}) was changed or belongs to another purpose") from None
            raise SealBroken(f"a sealed value ({purpose}) is damaged, or its key is not in DISASTER_DATA_KEY") from None
        except (KeyError, IndexError, ValueError):
            raise SealBroken(f"a sealed value ({purpose}) is damaged, or its key is not in DISASTER_DATA_KEY") from None

    return opened


def digest(text: str, purpose: str) -> str:
    """Keyed HMAC-SHA256 in 64 hexadecimal digits: finds equal texts without opening them, useless without the data key."""
    return hmac.new(lasting_key(f"digest:{purpose}"), text.encode(), hashlib.sha256).hexdigest()


def digester(purpose: str) -> Callable[[str], str]:
    """A function that makes the same digests as ``digest``; it keeps the derived key, for long lists."""
    key = lasting_key(f"digest:{purpose}")
    return lambda text: hmac.digest(key, text.encode(), "sha256").hex()


def lasting_key(purpose: str) -> bytes:
    """32 bytes derived from the oldest data key, which a rotation keeps."""
    return _derived(_parsed(_configured())[-1], purpose)


def _configured() -> str:
    value = settings().data_key.get_secret_value()
    if not value:
        raise SettingsError("DISASTER_DATA_KEY is missing: 64 hexadecimal digits, made with: openssl rand -hex 32")
    return value


@lru_cache(maxsize=4)
def _parsed(configured: str) -> tuple[bytes, ...]:
    try:
        keys = tuple(bytes.fromhex(part) for part in configured.split(","))
    except ValueError:
        keys = ()
    if not keys or any(len(key) != 32 for key in keys):
        raise SettingsError(
            "DISASTER_DATA_KEY: each key must be 64 hexadecimal digits, several are separated by commas"
        )
    if len({_key_id(key) for key in keys}) != len(keys):
        raise SettingsError("DISASTER_DATA_KEY: two of the keys have the same identifying byte; make another new key")
    return keys


@lru_cache(maxsize=64)
def _ciphers(configured: str, purpose: str) -> tuple[tuple[int, AESGCM], ...]:
    return tuple((_key_id(key), AESGCM(_derived(key, f"seal:{purpose}"))) for key in _parsed(configured))


@lru_cache(maxsize=128)
def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"disaster/{purpose}".encode()).derive(key)


def _key_id(key: bytes) -> int:
    return _derived(key, "key-id")[0]


class Sealed(TypeDecorator[str]):
    """A text column that is encrypted at rest: ``mapped_column(Sealed("totp"))``; it cannot be searched, keep a ``digest`` beside it."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        return None if value is None else seal(value, self.purpose)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Open on the way out; raises ``SealBroken``."""
        return None if value is None else unseal(bytes(value), self.purpose)
