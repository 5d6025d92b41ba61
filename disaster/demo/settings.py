"""Where the simulated providers listen and with which secrets, and the service's settings that point to them.

Everything is kept in ``<data_dir>/providers.json``, made at the first start: the providers and the service are
different processes.
"""

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from disaster.demo.providers import returned

FILE = "providers.json"
CERTIFICATE = "smtp-ca.pem"
LOOPBACK = "127.0.0.1"
SENDER_NUMBER = "+815000000119"  # 050-0000 is assigned to nobody
FIRST_PORT = 8011
X_CONSUMER_KEY, X_ACCESS_TOKEN = "sample-application", "100000000000000001-sample"
BLUESKY_HANDLE = "bosai.town.example"


@dataclass(frozen=True, slots=True)
class Providers:
    """Ports on loopback and secrets of the simulated providers."""

    twilio_port: int
    line_port: int
    mastodon_port: int
    smtp_port: int
    x_port: int
    bluesky_port: int
    push_port: int
    twilio_account_sid: str
    twilio_auth_token: str
    line_token: str
    line_secret: str
    mastodon_token: str
    radio_token: str
    smtp_user: str
    smtp_password: str
    x_consumer_secret: str
    x_token_secret: str
    bluesky_password: str


def prepare(data_dir: Path, first_port: int = FIRST_PORT) -> Providers:
    """The simulated providers of this data folder; what it does not have yet (at the first start: everything) is made and written.

    Ports are taken upwards from ``first_port``, leaving out what somebody listens on.
    """
    path = data_dir / FILE
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    names = [field.name for field in fields(Providers)]
    missing = [name for name in names if name not in known]
    if not missing:
        return Providers(**{name: known[name] for name in names})
    ports = [name for name in missing if name.endswith("_port")]
    taken = [known[name] for name in names if name.endswith("_port") and name in known]
    free = dict(zip(ports, _free_ports(max([first_port - 1, *taken]) + 1, len(ports)), strict=True))
    values: dict[str, Any] = {name: known.get(name, free.get(name)) or _secret(name) for name in names}
    made = Providers(**values)
    data_dir.mkdir(parents=True, exist_ok=True)
    _write_privately(path, json.dumps(asdict(made), indent=2))
    return made


def _secret(name: str) -> str:
    """A new secret in the form that its provider gives them."""
    if name == "twilio_account_sid":
        return "AC" + secrets.token_hex(16)
    if name in ("twilio_auth_token", "line_secret"):
        return secrets.token_hex(16)
    return "bosai" if name == "smtp_user" else secrets.token_urlsafe(24)


def provider_environment(data_dir: Path, providers: Providers) -> dict[str, str]:
    """The ``DISASTER_…`` variables that point the channels to the simulated providers."""
    return {
        "DISASTER_SMTP_HOST": LOOPBACK,
        "DISASTER_SMTP_PORT": str(providers.smtp_port),
        "DISASTER_SMTP_USER": providers.smtp_user,
        "DISASTER_SMTP_PASSWORD": providers.smtp_password,
        "DISASTER_SMTP_STARTTLS": "required",
        "DISASTER_SMTP_CA_FILE": str((data_dir / CERTIFICATE).resolve()),
        "DISASTER_MAIL_FROM": "bosai@town.example",
        "DISASTER_MAIL_BOUNCE_ADDRESS": returned.ADDRESS,
        "DISASTER_BOUNCE_MAILDIR": str(returned.prepare(data_dir.resolve())),
        "DISASTER_TWILIO_ACCOUNT_SID": providers.twilio_account_sid,
        "DISASTER_TWILIO_AUTH_TOKEN": providers.twilio_auth_token,
        "DISASTER_TWILIO_FROM": SENDER_NUMBER,
        "DISASTER_TWILIO_CALLS_PER_SECOND": "20",
        "DISASTER_CALL_REDIALS": "2",
        "DISASTER_CALL_REDIAL_SECONDS": "3,5",
        "DISASTER_TWILIO_API_URL": f"http://{LOOPBACK}:{providers.twilio_port}",
        "DISASTER_LINE_CHANNEL_ACCESS_TOKEN": providers.line_token,
        "DISASTER_LINE_ACCOUNT": "@bosai-sample",
        "DISASTER_LINE_API_URL": f"http://{LOOPBACK}:{providers.line_port}",
        "DISASTER_MASTODON_URL": f"http://{LOOPBACK}:{providers.mastodon_port}",
        "DISASTER_MASTODON_ACCESS_TOKEN": providers.mastodon_token,
        "DISASTER_X_API_URL": f"http://{LOOPBACK}:{providers.x_port}",
        "DISASTER_X_CONSUMER_KEY": X_CONSUMER_KEY,
        "DISASTER_X_CONSUMER_SECRET": providers.x_consumer_secret,
        "DISASTER_X_ACCESS_TOKEN": X_ACCESS_TOKEN,
        "DISASTER_X_ACCESS_TOKEN_SECRET": providers.x_token_secret,
        "DISASTER_X_POSTS_PER_DAY": "50",
        "DISASTER_BLUESKY_URL": f"http://{LOOPBACK}:{providers.bluesky_port}",
        "DISASTER_BLUESKY_IDENTIFIER": BLUESKY_HANDLE,
        "DISASTER_BLUESKY_APP_PASSWORD": providers.bluesky_password,
        "DISASTER_LINE_CHANNEL_SECRET": providers.line_secret,
        "DISASTER_WEBPUSH_STAND_IN": push_service(providers),
        "DISASTER_RADIO_TOKEN": providers.radio_token,
    }


def push_service(providers: Providers) -> str:
    """The address in front of every receiver of the simulated push service."""
    return f"http://{LOOPBACK}:{providers.push_port}/push"


def _write_privately(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _free_ports(first: int, count: int) -> list[int]:
    found: list[int] = []
    for port in range(first, first + 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError(f"no {count} free ports from {first}")
