"""The keys of an installation, as files in its data folder: made once, readable by nobody else.

``secret_key`` signs sessions and links, ``data_key`` encrypts what is sealed in the database. Whoever loses the data key
loses the sealed columns; a copy belongs into the safe, apart from the copies of the database. ``vapid_private_key`` names this
service to the push services (RFC 8292): every browser that subscribed is bound to it. ``intake_private_key`` opens what the shelters' tablets
sealed (RSA-3072, PKCS #8 in base64): what a tablet has not sent yet can be read with it only.
"""

import base64
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

NAMES = ("secret_key", "data_key")  # without these nothing is served
ALL = (*NAMES, "vapid_private_key", "intake_private_key")


def create_missing(folder: Path) -> list[str]:
    """Make the key files that are missing, mode 0600; the names of those made now.

    The same call from two processes makes each file once: the loser of the race keeps the winner's key.
    """
    made = []
    for name in ALL:
        try:
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "w") as file:
            file.write((_rsa() if name == "intake_private_key" else secrets.token_hex(32)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        made.append(name)
    return made


def read(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """The keys that no setting gives, from their files."""
    files = {name: folder / name for name in ALL if not given.get(name)}
    return {name: file.read_text(encoding="ascii").strip() for name, file in files.items() if file.is_file()}


def open_to_others(folder: Path) -> list[str]:
    """Names of key files that somebody besides their owner may read."""
    files = (folder / name for name in ALL)
    return [file.name for file in files if file.is_file() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]


def _rsa() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return base64.b64encode(der).decode()
