"""A certificate authority for one server certificate: the demonstration sends mail over STARTTLS as a real set-up does."""

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAYS = 365
_RENEW_DAYS = 30


@dataclass(frozen=True, slots=True)
class Files:
    """``authority`` is what clients trust; ``chain`` and ``key`` are the server's (the key readable by its owner only)."""

    authority: Path
    chain: Path
    key: Path


def prepare(folder: Path, authority: str) -> Files:
    """The server's files in ``folder``, made when missing or close to their end. The authority's own key is thrown away at once."""
    files = Files(folder / authority, folder / "smtp-server.pem", folder / "smtp-server.key")
    if not _good(files):
        folder.mkdir(parents=True, exist_ok=True)
        _make(files, datetime.now(UTC))
    return files


def _good(files: Files) -> bool:
    if not (files.authority.is_file() and files.chain.is_file() and files.key.is_file()):
        return False
    ends = x509.load_pem_x509_certificate(files.chain.read_bytes()).not_valid_after_utc
    return ends > datetime.now(UTC) + timedelta(days=_RENEW_DAYS)


def _make(files: Files, at: datetime) -> None:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name("Disaster demo authority")
    signing = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    root = (
        _builder(root_name, root_name, root_key.public_key(), at)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signing, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = (
        _builder(_name("localhost"), root_name, key.public_key(), at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    _write(files.key, key.private_bytes(*_PEM, serialization.NoEncryption()))
    _write(files.chain, leaf.public_bytes(serialization.Encoding.PEM))
    _write(files.authority, root.public_bytes(serialization.Encoding.PEM))


_PEM = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, at: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + timedelta(days=_DAYS))
    )


def _write(path: Path, data: bytes) -> None:
    part = path.with_suffix(path.suffix + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    part.replace(path)
