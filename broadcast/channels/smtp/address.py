"""Addresses as they stand on the wire (RFC 5321 section 4.1.2, RFC 6531)."""

import re
from dataclasses import dataclass

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
# Old addresses of Japanese mobile carriers have dots in a row or before the at sign; they live only inside quotes.
_LOOSE_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]+")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ASCII_PLAIN = re.compile(rf"[A-Za-z0-9_+\-]+(?:\.[A-Za-z0-9_+\-]+)*@{_NAME}(?:\.{_NAME})*")
_LABEL = re.compile(_NAME)
_LOCAL_OCTETS, _PATH_OCTETS = 64, 254


class InvalidAddress(ValueError):
    """This text cannot be an e-mail address; the error never repeats it."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address ready for ``RCPT TO:<…>`` and ``To:``. ``utf8`` tells that the server must offer SMTPUTF8."""

    wire: bytes
    utf8: bool = False


def mailbox(address: str) -> Mailbox:
    """Read an address.

    International domains become their ASCII form; a local part that breaks RFC 5321 as old carrier addresses do is quoted.

    Raises:
        InvalidAddress: no address, or one with control characters, spaces or brackets.
    """
    if len(address) <= _LOCAL_OCTETS and _ASCII_PLAIN.fullmatch(address):
        return Mailbox(address.encode("ascii"))
    local, at, domain = address.rpartition("@")
    if not at or not local or len(local.encode("utf-8", "replace")) > _LOCAL_OCTETS:
        raise InvalidAddress
    wire = _local(local) + b"@" + _domain(domain)
    if len(wire) > _PATH_OCTETS:
        raise InvalidAddress
    return Mailbox(wire, utf8=not local.isascii())


def _local(local: str) -> bytes:
    if _DOT_ATOM.fullmatch(local) and not any(
        character.isspace() or not character.isprintable() for character in local
    ):
        return local.encode("utf-8")
    if _LOOSE_ATOM.fullmatch(local):
        return b'"' + local.encode("ascii") + b'"'
    raise InvalidAddress


def _domain(domain: str) -> bytes:
    try:
        name = domain.encode("ascii") if domain.isascii() else domain.encode("idna")
    except UnicodeError:
        raise InvalidAddress from None
    if not all(_LABEL.fullmatch(label) for label in name.decode("ascii").split(".")):
        raise InvalidAddress
    return name
