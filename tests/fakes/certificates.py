"""Certificates for TLS on loopback."""

import ssl
from pathlib import Path

from disaster.demo.providers import certificate


def server_context(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for ``127.0.0.1`` and the authority that clients must trust to accept it."""
    files = certificate.prepare(folder, "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    return context, files.authority
