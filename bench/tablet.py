"""A tablet without a screen: makes entries, seals them as the page does, and speaks the API."""

import base64
import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from registry.intake import ids
from registry.tablets import seals

_OAEP = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
Json = dict[str, Any]


@dataclass
class Tablet:
    """One tablet of a shelter; ``seal`` is what the server told of itself. Times in milliseconds by its own clock.

    Like the page it seals to the server's point, and to its RSA key where no point was told.
    """

    shelter: int
    seal: Mapping[str, str]
    seq: int = 0

    def event(self, kind: str, at: int, fields: Json, *, entity: str = "", **more: Any) -> Json:
        """One entry that is not sealed yet."""
        self.seq += 1
        number = ids.new(at)
        event = {"v": 1, "id": number, "kind": kind, "entity": entity or ids.new(at), "seq": self.seq, "at": at}
        return {**event, "shelter": self.shelter, "fields": fields, **more}

    def family(self, at: int, surname: str, people: int, **more: Any) -> list[Json]:
        """What one saving of the form makes: the group, its people and their stays."""
        group = self.event("household", at, {"surname": surname, "size": people, "care_asked": True})
        made = [group]
        for number in range(people):
            said = {
                "family": surname,
                "given": f"{number + 1}",
                "household": group["entity"],
                "age": 30 + number,
                **more,
            }
            person = self.event("person", at, said)
            stay = self.event("stay", at, {"person": person["entity"], "start": at, "shelter": self.shelter})
            made += [person, stay]
        return made

    def sealed(self, events: Iterable[Json]) -> list[Json]:
        """Entries that were saved together: one fresh key for them, a nonce for each."""
        key, k = _agreed(base64.b64decode(self.seal["point"])) if "point" in self.seal else _wrapped(self.seal["spki"])
        cipher = AESGCM(key)
        return [_item(event, _text(k), cipher) for event in events]


def _agreed(server: bytes) -> tuple[bytes, bytes]:
    """A fresh key, and the point that tells it to the server."""
    ours = ec.generate_private_key(ec.SECP256R1())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), server)
    form = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    point = ours.public_key().public_bytes(*form)
    return seals.agreed_key(ours.exchange(ec.ECDH(), theirs), point, server), point


def _wrapped(spki: str) -> tuple[bytes, bytes]:
    """The same as tablets did it that knew no point."""
    server = serialization.load_der_public_key(base64.b64decode(spki))
    assert isinstance(server, RSAPublicKey)
    key = secrets.token_bytes(32)
    return key, server.encrypt(key, _OAEP)


def call(items: Sequence[Json], now: int, *, waiting: int = 0) -> Json:
    """The body of a call that sends these entries; ``now`` is the tablet's clock."""
    return {"v": 1, "device_now": now, "waiting": waiting, "items": list(items)}


def _item(event: Json, wrapped: str, cipher: AESGCM) -> Json:
    nonce, text = os.urandom(12), json.dumps(event, ensure_ascii=False).encode()
    sealed = cipher.encrypt(nonce, text, event["id"].encode())
    return {"id": event["id"], "k": wrapped, "iv": _text(nonce), "c": _text(sealed)}


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
