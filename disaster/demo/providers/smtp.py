"""The mail server of the demonstration: a real SMTP server on loopback with STARTTLS and sign-in, whose mail ends in the inbox page.

Some sample addresses answer as real servers do in bad moments, by the beginning of the part before the at sign:

| address     | answer                                                              |
|-------------|---------------------------------------------------------------------|
| ``greylist…`` | 451 4.7.1 at the first try, accepted afterwards (greylisting)       |
| ``unknown…``  | 550 5.1.1, no such mailbox                                          |
| ``full…``     | 452 4.2.2, mailbox full for now                                     |
| ``slow…``     | accepted after three seconds                                        |
| ``returned…`` | accepted, and a report comes back that there is no such mailbox     |
"""

import asyncio
import email
import hmac
import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from disaster.demo.providers import certificate, returned

LOOPBACK = "127.0.0.1"
SLOW_SECONDS = 3.0
_MOST_OCTETS = 1_000_000
_SHOWN = ("Message-ID", "Date", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "Content-Language")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it arrived at one address. ``at`` is aware; ``headers`` are those worth showing."""

    recipient: str
    sender: str
    subject: str
    body: str
    at: datetime
    headers: dict[str, str]


Deliver = Callable[[Mail], None]


async def start(
    data_dir: Path, authority: str, port: int, user: str, password: str, deliver: Deliver
) -> asyncio.Server:
    """Listen on a port of loopback (0: any free one) in the running loop.

    Args:
        data_dir: where the certificates are kept, and the folder of what comes back.
        authority: file name of the certificate that clients are to trust.
        port: where to listen.
        user: for AUTH PLAIN and LOGIN, offered after STARTTLS only.
        password: for AUTH.
        deliver: takes every mail, in a thread.
    """
    files = certificate.prepare(data_dir, authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.chain, files.key)
    handler, check = _Postbox(deliver, data_dir), _SignIn(user, password)

    def connection() -> SMTP:
        return SMTP(
            handler,
            hostname="localhost",
            ident="demonstration mail server",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=check,
            enable_SMTPUTF8=True,
            data_size_limit=_MOST_OCTETS,
            loop=asyncio.get_running_loop(),
        )

    return await asyncio.get_running_loop().create_server(connection, LOOPBACK, port)


class _SignIn:
    """The one account."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user.encode(), password.encode()

    def __call__(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        good = (
            isinstance(given, LoginPassword)
            and hmac.compare_digest(given.login, self._user)
            and hmac.compare_digest(given.password, self._password)
        )
        return AuthResult(success=good, handled=False)


class _Postbox:
    """Hooks of aiosmtpd: who may receive, and what happens to a mail."""

    def __init__(self, deliver: Deliver, data_dir: Path) -> None:
        self._deliver, self._data_dir = deliver, data_dir
        self._greylisted: set[str] = set()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._refusal(address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    def _refusal(self, address: str) -> str | None:
        if address.startswith("unknown"):
            return "550 5.1.1 No such mailbox"
        if address.startswith("full"):
            return "452 4.2.2 Mailbox full"
        if address.startswith("greylist") and address not in self._greylisted:
            self._greylisted.add(address)
            return "451 4.7.1 Greylisted, try again later"
        return None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        mail = email.message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        for address in envelope.rcpt_tos:
            if address.startswith("slow"):
                await asyncio.sleep(SLOW_SECONDS)
            if address.startswith("returned"):
                back_to, name = envelope.mail_from or "", str(mail["Message-ID"] or "")
                await asyncio.to_thread(returned.put, self._data_dir, back_to, address, name)
                continue
            await asyncio.to_thread(self._deliver, _read(mail, address))
        return f"250 2.0.0 OK: queued as {secrets.token_hex(6).upper()}"


def _read(mail: EmailMessage, recipient: str) -> Mail:
    body = mail.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    return Mail(
        recipient=recipient,
        sender=str(mail["From"] or ""),
        subject=str(mail["Subject"] or ""),
        body=str(text).replace("\r\n", "\n"),
        at=datetime.now(UTC),
        headers={name: str(mail[name]) for name in _SHOWN if mail[name] is not None},
    )
