"""A sealed file: encrypted and authenticated piece by piece, so that a copy of any size needs little memory and no changed byte goes unseen.

``disaster-backup-1`` and a line of JSON (``about``: when, which engine, which tables; ``key``: tells a wrong key from damage; ``salt``), then
pieces: four bytes of length, AES-256-GCM ciphertext and tag (NIST SP 800-38D). The nonce counts the pieces and marks the last one, the header
is bound to each (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): what is cut off, swapped or added does not open.
The key is derived from the lasting data key, anew for each file; the data key itself is never in the file.
"""

import hashlib
import hmac
import json
import os
import struct
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from disaster.core.errors import Invalid

MAGIC = b"disaster-backup-1\n"
PIECE = 1 << 20  # bytes of plain text
_TAG = 16
_LONGEST_HEADER = 65_536
_LENGTH = struct.Struct(">I")


class Damaged(Invalid):
    """The file was changed, cut off, or is none of ours."""


class WrongKey(Invalid):
    """The file was sealed with another data key."""


class Sealing:
    """Writes a sealed file; a file object for whoever writes into it. Without ``close`` the file has no end and does not open."""

    def __init__(self, to: BinaryIO, key: bytes, about: dict[str, Any]) -> None:
        salt = os.urandom(16)
        header = json.dumps({"about": about, "key": _key_id(key), "salt": salt.hex()}, ensure_ascii=True)
        head = MAGIC + header.encode() + b"\n"
        to.write(head)
        self._to, self._held, self._number = to, bytearray(), 0
        self._cipher, self._bound = _cipher(key, salt), hashlib.sha256(head).digest()

    def write(self, data: bytes) -> int:
        """Add bytes."""
        self._held += data
        while len(self._held) > PIECE:
            self._put(bytes(self._held[:PIECE]), last=False)
            del self._held[:PIECE]
        return len(data)

    def close(self) -> None:
        """Write the last piece."""
        self._put(bytes(self._held), last=True)

    def _put(self, piece: bytes, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last), piece, self._bound)
        self._to.write(_LENGTH.pack(len(sealed)) + sealed)
        self._number += 1


class Opening:
    """Reads a sealed file; ``about`` is what its header says, which is believed only when the first piece has opened.

    Raises:
        Damaged, WrongKey: also while reading.
    """

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        head = source.read(len(MAGIC))
        if head != MAGIC:
            raise Damaged("この控え（バックアップ）は壊れているか、このシステムの控えではありません。")
        line = source.readline(_LONGEST_HEADER)
        try:
            header = json.loads(line)
            salt, self.about, written = bytes.fromhex(header["salt"]), dict(header["about"]), str(header["key"])
        except (ValueError, KeyError, TypeError):
            raise _damaged() from None
        if not hmac.compare_digest(written, _key_id(key)):
            raise WrongKey(
                "この控えは、別のデータ鍵（data_key）で作られたか、壊れています。控えを作ったときの鍵を指定してください。"
            )
        self._source, self._held, self._number, self._ended = source, b"", 0, False
        self._cipher, self._bound = _cipher(key, salt), hashlib.sha256(head + line).digest()

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; fewer only at the end, which has then been proven to be the end."""
        while len(self._held) < size and not self._ended:
            self._held += self._piece()
        found, self._held = self._held[:size], self._held[size:]
        return found

    def _piece(self) -> bytes:
        raw = self._source.read(_LENGTH.size)
        length = _LENGTH.unpack(raw)[0] if len(raw) == _LENGTH.size else 0
        if not _TAG <= length <= PIECE + _TAG:
            raise _damaged()
        sealed = self._source.read(length)
        if (
            len(sealed) != length
        ):  # the length itself is not sealed: a longer one than there is would read the same bytes
            raise _damaged()
        for last in (False, True):
            try:
                piece = self._cipher.decrypt(_nonce(self._number, last), sealed, self._bound)
            except InvalidTag:
                continue
            if last and self._source.read(1):
                break
            self._number, self._ended = self._number + 1, last
            return piece
        raise _damaged()


def _damaged() -> Damaged:
    return Damaged("この控え（バックアップ）は壊れています。ほかの控えを使ってください。")


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"disaster/backup").derive(key))


def _key_id(key: bytes) -> str:
    return hmac.new(key, b"which key", hashlib.sha256).hexdigest()[:16]
