"""What a server's reply means for one message (RFC 5321 section 4.2, enhanced codes of RFC 3463)."""

import re

from broadcast.channels.contract import Accepted, Code, Refused

_ENHANCED = re.compile(rb"[245]\d\d[ -](\d\.\d{1,3}\.\d{1,3})")
_QUEUE_ID = re.compile(rb"(?:queued as|[Mm]essage[- ]?[Ii][Dd]|id)[ =:]+<?([\w.+@/-]{1,100})")
_QUEUED_AS = b"queued as "
_id_at = re.compile(rb"[\w.+@/-]{1,100}").match
_SHORTEST_WITH_ID = len(b"250 2.0.0 Ok id=1")
_UNNAMED = Accepted("")
_SIGN_IN = {b"530", b"534", b"535", b"538"}
_NO_SUCH_MAILBOX = {b"550", b"551", b"553"}


def accepted(reply: bytes) -> Accepted:
    """The server took responsibility; its queue id is kept where it names one."""
    if len(reply) < _SHORTEST_WITH_ID:
        return _UNNAMED
    at = reply.find(_QUEUED_AS)  # Postfix and those that copy it; a search with all spellings costs three times as much
    if at >= 0 and (name := _id_at(reply, at + len(_QUEUED_AS))):
        return Accepted(name[0].decode("ascii", "replace"))
    found = _QUEUE_ID.search(reply)
    return Accepted(found[1].decode("ascii", "replace")) if found else _UNNAMED


def detail(reply: bytes) -> str:
    """The codes of a reply (``550 5.1.1``) without its words, which may repeat the address."""
    found = _ENHANCED.match(reply)
    return reply[:3].decode("ascii", "replace") + (f" {found[1].decode('ascii')}" if found else "")


def refused_sender(reply: bytes) -> Refused:
    """``MAIL FROM`` was refused: that says nothing of the recipient, so it is tried again unless the letter is too large."""
    if reply.startswith(b"552") or b" 5.3.4" in reply[:12]:
        return Refused(Code.CONTENT, False, detail(reply))
    return Refused(Code.THROTTLED if reply.startswith(b"4") else Code.CONFIG, True, detail(reply))


def refused_recipient(reply: bytes) -> Refused:
    """``RCPT TO`` was refused."""
    if not reply.startswith(b"5"):
        return _temporary(reply)
    if reply[:3] in _SIGN_IN:
        return Refused(Code.CONFIG, True, detail(reply))
    enhanced = detail(reply)[4:]
    is_address = enhanced.startswith("5.1.") if enhanced else reply[:3] in _NO_SUCH_MAILBOX
    return Refused(Code.ADDRESS if is_address else Code.REJECTED, False, detail(reply))


def refused_content(reply: bytes) -> Refused:
    """``DATA`` or the content was refused."""
    if not reply.startswith(b"5"):
        return _temporary(reply)
    enhanced = detail(reply)[4:]
    if enhanced.startswith("5.1."):
        return Refused(Code.ADDRESS, False, detail(reply))
    if (
        enhanced.startswith("5.6.")
        or enhanced in {"5.2.3", "5.3.4"}
        or (reply.startswith(b"552") and enhanced != "5.2.2")
    ):
        return Refused(Code.CONTENT, False, detail(reply))
    return Refused(Code.REJECTED, False, detail(reply))


def is_about_sign_in(reply: bytes) -> bool:
    """The server wants a sign-in that was not made or not good."""
    return reply[:3] in _SIGN_IN


def _temporary(reply: bytes) -> Refused:
    slow_down = reply.startswith(b"421") or detail(reply)[4:].startswith(("4.7.", "4.3.1", "4.3.2"))
    return Refused(Code.THROTTLED if slow_down else Code.UNKNOWN, True, detail(reply))
