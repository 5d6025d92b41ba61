"""To which addresses a push message may go: known push services, by https, on the public internet. A subscription comes from
anybody's browser, so its address is a stranger's wish (CWE-918); it is looked at when it comes in and again before every send.
"""

import ipaddress
import json
import re
import socket
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from cryptography.hazmat.primitives.asymmetric import ec

LONGEST_ENDPOINT = 1024  # characters; the longest in use (Windows) are half of it
_PLAIN = re.compile(r"[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7c\x7e]+")  # what a URL may hold (RFC 3986)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser's address: where to post, and its keys (RFC 8291): a P-256 point of 65 octets and a secret of 16."""

    endpoint: str
    p256dh: bytes
    auth: bytes

    @property
    def origin(self) -> str:
        """Scheme and host of the push service."""
        address = urlsplit(self.endpoint)
        return f"{address.scheme}://{address.netloc}"


def parse(address: str) -> Subscription | None:
    """Read the JSON of a subscription as browsers write it; None for anything that cannot be one."""
    try:
        return from_plain(json.loads(address))
    except (ValueError, RecursionError):
        return None


def from_plain(found: Any) -> Subscription | None:
    """The same from data that was parsed already."""
    keys = found.get("keys") if isinstance(found, Mapping) else None
    endpoint = found.get("endpoint") if isinstance(found, Mapping) else None
    if not isinstance(endpoint, str) or not isinstance(keys, Mapping) or len(endpoint) > LONGEST_ENDPOINT:
        return None
    point, secret = _octets(keys.get("p256dh"), 65), _octets(keys.get("auth"), 16)
    if point is None or secret is None or not _on_the_curve(point):
        return None
    return Subscription(endpoint, point, secret)


def address_of(found: Mapping[str, Any]) -> str:
    """A subscription in the one form in which it is kept: endpoint and keys, nothing else a browser may add."""
    keys = found["keys"]
    kept = {"endpoint": found["endpoint"], "keys": {"p256dh": keys["p256dh"], "auth": keys["auth"]}}
    return json.dumps(kept, separators=(",", ":"))


class PushServices:
    """The hosts to which may be sent: ``hosts`` with commas, ``*.`` for any name in front.

    ``stand_in`` is the demonstration's push service on this machine; with it, nothing leaves the machine.
    """

    def __init__(self, hosts: str, stand_in: str = "") -> None:
        self._hosts = tuple(host.strip().lower() for host in hosts.split(",") if host.strip())
        self._stand_in = stand_in.rstrip("/")

    def allows(self, endpoint: str) -> bool:
        """Whether a message may be posted there: a known host by https on its usual port, no address in numbers, no user name."""
        if not _PLAIN.fullmatch(endpoint) or len(endpoint) > LONGEST_ENDPOINT:
            return False
        if self._stand_in:
            return endpoint.startswith(self._stand_in + "/")
        try:
            address = urlsplit(endpoint)
            port, host = address.port, address.hostname or ""
        except ValueError:
            return False
        if address.scheme != "https" or "@" in address.netloc or port not in (None, 443) or _is_number(host):
            return False
        return any(_matches(host, pattern) for pattern in self._hosts)


class PublicResolver(AbstractResolver):
    """Looks names up, and knows none whose address lies inside a private network (a name may point anywhere)."""

    def __init__(self) -> None:
        self._system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The public addresses of a name.

        Raises:
            OSError: it has none.
        """
        found = [one for one in await self._system.resolve(host, port, family) if is_public(one["host"])]
        if not found:
            raise OSError(None, "this name has no public address")
        return found

    async def close(self) -> None:
        """Nothing is open."""
        await self._system.close()


def is_public(address: str) -> bool:
    """Whether an IP address lies on the public internet; an IPv4 address inside of an IPv6 one counts as what it is."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inside = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (inside is None or inside.is_global)


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern


def _is_number(host: str) -> bool:
    """Whether a host is an IP address, in any of the ways in which systems read one (``2130706433``, ``0x7f.1``)."""
    last = host.rstrip(".").rpartition(".")[2]
    return ":" in host or last.isdigit() or last.startswith("0x") or not host


def _octets(text: object, length: int) -> bytes | None:
    if not isinstance(text, str) or len(text) > 2 * length:
        return None
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return data if len(data) == length else None


def _on_the_curve(point: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return True
