"""Reading a letter that came to the address for bounces: what it reports, and of which letter of ours.

A report is an RFC 3464 ``multipart/report``, or the plain text of an older server or a carrier. Vacation replies (RFC 3834), receipts of reading
(RFC 8098) and complaints (RFC 5965) come to the same address and report no failure. Anybody may write there, so nothing here trusts what it
reads: the reference is checked with our key by whoever uses it.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr
from enum import StrEnum

from broadcast.bounces import phrases

LARGEST = 256 * 1024  # octets that are looked at; what matters stands at the beginning
_MOST_PARTS = 60
_MOST_REFERENCES = 20
_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_RETURN_ADDRESS = re.compile(rf"\+({_UUID})@")
_MESSAGE_ID = re.compile(rf"<({_UUID})@")
_QUOTED_ID = re.compile(rf"message-id:\s*<({_UUID})@", re.IGNORECASE)
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_TAG = re.compile(r"<[^>]{0,2000}>")
_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Original-Recipient", "To", "Cc")


class Kind(StrEnum):
    """What a letter reports."""

    FAILED = "failed"  # for good: the mailbox, or this letter in it
    GAVE_UP = "gave_up"  # after trying for days; says nothing of the mailbox
    DELAYED = "delayed"
    OTHER = "other"  # no report at all


@dataclass(frozen=True, slots=True)
class Report:
    """What a letter reports.

    ``status`` is the enhanced code (``5.1.1``), empty where there is none. ``references`` are what may name a delivery of ours, the
    address it came back to first; none of them is checked yet. ``digest`` names this very letter.
    """

    kind: Kind
    status: str
    references: tuple[str, ...]
    digest: str


def read(letter: bytes) -> Report:
    """Read a whole letter with its headers; anything that is not understood is ``Kind.OTHER``."""
    digest = hashlib.sha256(letter[:LARGEST]).hexdigest()
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(letter[:LARGEST])
        parts = list(_parts(message))
        kind, status = _told(message, parts)
        return Report(kind, status, _references(message, parts), digest)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        return Report(
            Kind.OTHER, "", (), digest
        )  # the email package meets every kind of letter, and not every one well


def _told(message: Message, parts: list[Message]) -> tuple[Kind, str]:
    if message.get_content_type() == "multipart/report":
        machine = [part for part in parts if part.get_content_type() == "message/delivery-status"]
        is_delivery = str(message.get_param("report-type", "delivery-status")).lower() == "delivery-status"
        return _of_fields(machine[0]) if machine and is_delivery else (Kind.OTHER, "")
    if not _from_a_machine(message):
        return Kind.OTHER, ""
    text = _written(parts)
    status = phrases.status(text)
    if phrases.is_delay(text) or (status.startswith("4") and "5.0.0" not in status):
        return Kind.DELAYED, status
    return (Kind.FAILED, status) if status else (Kind.OTHER, "")


def _of_fields(part: Message) -> tuple[Kind, str]:
    """The worst that the fields say of any recipient (RFC 3464 section 2.3); a letter of ours has one."""
    blocks = part.get_payload()
    found = [_of_recipient(block) for block in blocks if isinstance(block, Message)] if isinstance(blocks, list) else []
    order = (Kind.FAILED, Kind.GAVE_UP, Kind.DELAYED, Kind.OTHER)
    return min(found, key=lambda one: order.index(one[0]), default=(Kind.OTHER, ""))


def _of_recipient(block: Message) -> tuple[Kind, str]:
    action = _header(block, "Action").strip().lower().split(";")[0].split("(")[0].strip()
    status = _most_telling(_header(block, "Status"), _header(block, "Diagnostic-Code"))
    if action == "failed":
        return (Kind.FAILED if status.startswith("5") else Kind.GAVE_UP), status
    return (Kind.DELAYED, status) if action == "delayed" else (Kind.OTHER, "")


def _most_telling(status: str, diagnostic: str) -> str:
    """The code of the field, or that of the receiving server's own words where the field says no more than the class."""
    given, said = _STATUS.search(status), _STATUS.search(diagnostic)
    if given and not (given[0].endswith(".0.0") and said and said[0][0] == given[0][0]):
        return given[0]
    if said:
        return said[0]
    return given[0] if given else ""


def _from_a_machine(message: Message) -> bool:
    """A person's own reply, also an automatic one, comes from the person's address; a report comes from the mail system."""
    if "multipart/report" in _header(message, "Content-Type").lower():
        return True
    _, sender = parseaddr(_header(message, "From"))
    if sender:
        return phrases.is_daemon(sender.partition("@")[0])
    return _header(message, "Return-Path").strip() in ("<>", "")


def _written(parts: list[Message]) -> str:
    texts = []
    for part in parts:
        if part.get_content_maintype() == "text" and part.get_content_subtype() in ("plain", "html"):
            text = _decoded(part)
            texts.append(_TAG.sub(" ", text) if part.get_content_subtype() == "html" else text)
    return "\n".join(texts)[:LARGEST]


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    try:
        return data.decode(str(part.get_content_charset("utf-8")), "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def _references(message: Message, parts: list[Message]) -> tuple[str, ...]:
    """What may name a delivery: the address that it came back to, then the letter that it quotes."""
    found: list[str] = []
    for name in _TO:
        for value in message.get_all(name, [])[:10]:
            found += _RETURN_ADDRESS.findall(str(value)[:4000])
    for part in parts[1:]:
        if part.get_content_type() == "text/rfc822-headers":
            found += _QUOTED_ID.findall(_decoded(part))
        found += _MESSAGE_ID.findall(_header(part, "Message-ID"))
    for name in ("In-Reply-To", "References"):
        found += _MESSAGE_ID.findall(_header(message, name))
    found += _QUOTED_ID.findall(_written(parts))
    return tuple(dict.fromkeys(reference.lower() for reference in found))[:_MOST_REFERENCES]


def _parts(message: Message) -> Iterator[Message]:
    """The letter and its parts, the letters inside of them included, as many as a report ever has."""
    waiting, seen = [message], 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        yield part
        inner = part.get_payload()
        if isinstance(inner, list):
            waiting += [one for one in inner if isinstance(one, Message)]


def _header(message: Message, name: str) -> str:
    return str(message.get(name, ""))[:4000]
