"""The guard that keeps tests on this machine: to a test, every other machine is unreachable and every outside name unknown."""

import errno
import ipaddress
import socket
from typing import Any

_LOCAL_NAMES = {"localhost", "", None}


def is_local(host: Any) -> bool:
    """Whether a host is this machine, by loopback address or as ``localhost``."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def guard() -> None:
    """Refuse connections from this process to any other machine, as a machine without a network would."""
    real_lookup = socket.getaddrinfo

    def lookup(host: Any, *arguments: Any, **options: Any) -> Any:
        if is_local(host) or options.get("flags", 0) & socket.AI_NUMERICHOST:
            return real_lookup(host, *arguments, **options)
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise socket.gaierror(socket.EAI_NONAME, f"tests look up no outside name: {host}") from None
        return real_lookup(host, *arguments, **options)

    socket.getaddrinfo = lookup
    for method in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))


def _guarded(real: Any) -> Any:
    def call(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1]
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_local(address[0]):
            raise OSError(errno.ENETUNREACH, f"tests reach no other machine: {address[0]}")
        return real(self, *arguments)

    return call
