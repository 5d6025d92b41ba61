"""Starts the stand-ins on their ports, in the running loop; what arrives goes into the inbox."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from aiohttp import web

from disaster.demo import inbox
from disaster.demo.providers import smtp
from disaster.demo.providers.line import LineStandIn
from disaster.demo.providers.mastodon import MastodonStandIn
from disaster.demo.providers.smtp import Mail
from disaster.demo.providers.twilio import TwilioStandIn
from disaster.demo.settings import CERTIFICATE, LOOPBACK, SENDER_NUMBER, Providers


async def listen(application: web.Application, port: int) -> web.AppRunner:
    """Serve one HTTP stand-in on a port of loopback (0: any free one); the caller cleans the runner up."""
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    return runner


@contextlib.asynccontextmanager
async def running(data_dir: Path, providers: Providers) -> AsyncIterator[None]:
    """Serve Twilio, LINE, Mastodon and, as the last one, SMTP, until the block ends."""
    writer = inbox.Writer(data_dir / inbox.FILE)
    put = _Inbox(writer)
    p = providers
    twilio = TwilioStandIn(p.twilio_account_sid, p.twilio_auth_token, (SENDER_NUMBER,), put.sms, latency=0.05)
    mastodon = MastodonStandIn(p.mastodon_token, f"http://{LOOPBACK}:{p.mastodon_port}", put.post)
    line = LineStandIn(p.line_token, put.line)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(writer.close)
        for stand_in, port in ((twilio, p.twilio_port), (line, p.line_port), (mastodon, p.mastodon_port)):
            stack.push_async_callback((await listen(stand_in.application(), port)).cleanup)
        mail = await smtp.start(data_dir, CERTIFICATE, p.smtp_port, p.smtp_user, p.smtp_password, put.mail)
        stack.callback(mail.close)
        yield


class _Inbox:
    """One function per kind of provider."""

    def __init__(self, writer: inbox.Writer) -> None:
        self._store = writer.store

    def sms(self, sender: str, recipient: str, body: str, at: datetime) -> None:
        self._store("sms", recipient, "", body, at, sender=sender)

    def line(self, recipient: str, text: str, at: datetime) -> None:
        self._store("line", recipient, "", text, at)

    def post(self, text: str, at: datetime) -> None:
        self._store("mastodon", inbox.PUBLIC, "", text, at)

    def mail(self, mail: Mail) -> None:
        self._store(
            "email",
            mail.recipient,
            mail.subject,
            mail.body,
            mail.at,
            sender=mail.sender,
            headers=mail.headers,
        )
