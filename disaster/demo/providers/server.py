"""Starts the stand-ins on their ports, in the running loop; what arrives goes into the inbox."""

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from disaster.demo import inbox
from disaster.demo.providers import smtp
from disaster.demo.providers.bluesky import BlueskyStandIn
from disaster.demo.providers.line import LineStandIn
from disaster.demo.providers.mastodon import MastodonStandIn
from disaster.demo.providers.push import PushStandIn
from disaster.demo.providers.smtp import Mail
from disaster.demo.providers.twilio import TwilioStandIn
from disaster.demo.providers.x import Secrets, XStandIn
from disaster.demo.settings import (
    BLUESKY_HANDLE,
    CERTIFICATE,
    LOOPBACK,
    SENDER_NUMBER,
    X_ACCESS_TOKEN,
    X_CONSUMER_KEY,
    Providers,
    push_service,
)


async def listen(application: web.Application, port: int) -> web.AppRunner:
    """Serve one HTTP stand-in on a port of loopback (0: any free one); the caller cleans the runner up."""
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    return runner


@contextlib.asynccontextmanager
async def running(data_dir: Path, providers: Providers) -> AsyncIterator[None]:
    """Serve Twilio, LINE, the social networks and, as the last one, SMTP, until the block ends."""
    writer = inbox.Writer(data_dir / inbox.FILE)
    put = _Inbox(writer)
    p = providers
    twilio = TwilioStandIn(
        p.twilio_account_sid, p.twilio_auth_token, (SENDER_NUMBER,), put.sms, latency=0.05, hear=put.call
    )
    mastodon = MastodonStandIn(p.mastodon_token, f"http://{LOOPBACK}:{p.mastodon_port}", put.on("mastodon"))
    line = LineStandIn(p.line_token, put.line)
    push = PushStandIn(push_service(p), put.push)
    x = XStandIn(Secrets((X_CONSUMER_KEY, p.x_consumer_secret), (X_ACCESS_TOKEN, p.x_token_secret)), put.on("x"))
    bluesky = BlueskyStandIn(BLUESKY_HANDLE, p.bluesky_password, put.on("bluesky"))
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(writer.close)
        for stand_in, port in (
            (twilio, p.twilio_port),
            (line, p.line_port),
            (mastodon, p.mastodon_port),
            (x, p.x_port),
            (bluesky, p.bluesky_port),
            (push, p.push_port),
        ):
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

    def call(self, caller: str, recipient: str, heard: str, at: datetime) -> None:
        self._store("voice", recipient, "", heard, at, sender=caller)

    def line(self, recipient: str, text: str, at: datetime) -> None:
        self._store("line", recipient, "", text, at)

    def push(self, recipient: str, shown: dict[str, Any], at: datetime) -> None:
        self._store(
            "webpush", recipient, shown["title"], shown["body"], at, headers={"tag": shown["tag"], "url": shown["url"]}
        )

    def on(self, network: str) -> Callable[[str, datetime], None]:
        """Where the posts of one social network go."""
        return lambda text, at: self._store(network, inbox.PUBLIC, "", text, at)

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
