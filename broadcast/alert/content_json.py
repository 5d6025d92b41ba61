"""``Content`` as JSON and back: the form in which it is frozen in a transmission and hashed for approval."""

import hashlib
import json
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from broadcast.alert.content import Content, Place, Reading, Reference, Sender
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.channels.contract import Message
from disaster.core.clock import iso_jst

Texts = dict[str, dict[str, Message]]
_LATER_SIRENS = ("siren_level_3", "siren_level_4", "siren_lift")


def dump(content: Content) -> dict[str, Any]:
    """Plain JSON types only; instants as ISO 8601 with ``+09:00``."""
    plain = asdict(content)
    plain["expires"] = iso_jst(content.expires)
    if not content.extends:
        del plain["extends"]  # as it was frozen before there was this word
    if not content.readings:
        del plain["readings"]  # likewise
    for siren in _LATER_SIRENS:
        if not plain["sender"][siren]:
            del plain["sender"][siren]
    if content.reference:
        plain["reference"]["sent"] = iso_jst(content.reference.sent)
        if not content.reference.first_id:
            del plain["reference"]["first_id"]  # likewise
    return plain


def load(plain: dict[str, Any]) -> Content:
    """The opposite of ``dump``."""
    reference = plain["reference"]
    return Content(
        **{
            **plain,
            "mode": Mode(plain["mode"]),
            "msg_type": MsgType(plain["msg_type"]),
            "kind": Kind(plain["kind"]),
            "hazard": Hazard(plain["hazard"]),
            "areas": tuple(Place(**area) for area in plain["areas"]),
            "shelters": tuple(Place(**shelter) for shelter in plain["shelters"]),
            "sender": Sender(**plain["sender"]),
            "expires": datetime.fromisoformat(plain["expires"]),
            "readings": tuple(Reading(**reading) for reading in plain.get("readings", ())),
            "lifted": Kind(plain["lifted"]) if plain["lifted"] else None,
            "reference": reference and _reference(reference),
        }
    )


def _reference(plain: dict[str, Any]) -> Reference:
    sent = datetime.fromisoformat(plain["sent"])
    return Reference(plain["alert_id"], Kind(plain["kind"]), sent, plain.get("first_id", 0))


def dump_texts(texts: Texts) -> dict[str, Any]:
    """Every channel's messages as plain JSON types."""
    return {channel: {language: asdict(m) for language, m in messages.items()} for channel, messages in texts.items()}


def load_message(plain: dict[str, Any]) -> Message:
    """One frozen message."""
    known = {field.name for field in fields(Message)}
    return Message(**{**{k: v for k, v in plain.items() if k in known}, "notes": tuple(plain["notes"])})


def digest(content: Content, texts: Texts, contacts_rule: str) -> str:
    """SHA-256 over what is said, in every channel's words, and to whom: what an approver saw, in 64 hex digits."""
    whole = [dump(content), dump_texts(texts), contacts_rule]
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
