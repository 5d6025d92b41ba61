"""Addresses as they stand on the wire (RFC 5321 section 4.1.2, RFC 6531)."""

import re
from functools import lru_cache
from typing import NamedTuple

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
# Old addresses of Japanese mobile carriers have dots in a row or before the at sign; they live only inside quotes.
_LOOSE_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]+")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_is_plain = re.compile(r"[A-Za-z0-9_+\-]++(?:\.[A-Za-z0-9_+\-]++)*+").fullmatch
_LOCAL_OCTETS, _PATH_OCTETS = 64, 254
_DOMAINS = 4096  # of 26,000 residents most share a few


class InvalidAddress(ValueError):
    """This text cannot be an e-mail address; the error never repeats it."""


class Mailbox(NamedTuple):
    """An address ready for ``RCPT TO:<…>`` and ``To:``. ``utf8`` tells that the server must offer SMTPUTF8; ``domain`` is the address's,
    in lower case, as a name for those that fail together."""

    wire: bytes
    utf8: bool = False
    domain: str = ""


def mailbox(address: str) -> Mailbox:
    """Read an address.

    International domains become their ASCII form; a local part that breaks RFC 5321 as old carrier addresses do is quoted.

    Raises:
        InvalidAddress: no address, or one with control characters, spaces or brackets.
    """
    local, at, domain = address.rpartition("@")
    name, bucket = _domain(domain)
    if len(address) <= _LOCAL_OCTETS and _is_plain(local):
        return Mailbox(local.encode() + name, False, bucket)
    if not at or not local or len(local.encode("utf-8", "replace")) > _LOCAL_OCTETS:
        raise InvalidAddress
    wire = _local(local) + name
    if len(wire) > _PATH_OCTETS:
        raise InvalidAddress
    return Mailbox(wire, not local.isascii(), bucket)


def _local(local: str) -> bytes:
    if _DOT_ATOM.fullmatch(local) and not any(
        character.isspace() or not character.isprintable() for character in local
    ):
        return local.encode("utf-8")
    if _LOOSE_ATOM.fullmatch(local):
        return b'"' + local.encode("ascii") + b'"'
    raise InvalidAddress


@lru_cache(maxsize=_DOMAINS)
def _domain(domain: str) -> tuple[bytes, str]:
    """The at sign and the domain on the wire, and its name as a bucket."""
    try:
        name = domain.encode("ascii") if domain.isascii() else domain.encode("idna")
    except UnicodeError:
        raise InvalidAddress from None
    if not all(_LABEL.fullmatch(label) for label in name.decode("ascii").split(".")):
        raise InvalidAddress
    return b"@" + name, name.decode("ascii").lower()
