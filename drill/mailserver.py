"""A mail server of our own for drills and tests: it speaks real SMTP on loopback and misbehaves exactly as it is told."""

import asyncio
import base64
import contextlib
import random
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar


class Cut(Exception):
    """The server cuts the connection (TCP reset) at this point."""


@dataclass
class Received:
    """One message that the server answered for with 250 (or would have, had the connection not been cut)."""

    sender: str
    to: str
    content: bytes
    connection: int


Verdict = Callable[[str], bytes | None]


def _fine(address: str) -> bytes | None:
    return None


@dataclass
class FakeSmtp:
    """What the server offers and how it misbehaves. ``None`` from a verdict means that all is well, bytes are the reply."""

    pipelining: bool = True
    utf8: bool = True
    size: int = 0
    tls: ssl.SSLContext | None = None
    offer_starttls: bool = True
    inject: bytes = b""  # sent together with the reply to STARTTLS
    starttls: bytes = b"220 2.0.0 go ahead"  # the reply to STARTTLS
    broken_tls: bool = False  # after that reply come octets that are no TLS
    account: tuple[str, str] | None = None
    mechanisms: str = "PLAIN LOGIN"
    greeting: Callable[[int], bytes] = lambda connection: b"220 fake ESMTP"
    mail: Verdict = _fine
    rcpt: Verdict = _fine
    data: Verdict = _fine
    content: Verdict = _fine
    data_although_refused: bool = False  # 354 although no recipient was accepted (RFC 2920 allows it)
    close_after: int = 0  # 421 to the MAIL after so many messages
    cut_before_data: Callable[[str], bool] = lambda address: False
    cut_mid_content: Callable[[str], bool] = lambda address: False
    cut_after_content: Callable[[str], bool] = lambda address: False
    slow: Callable[[int, bytes], float] = lambda connection, command: (
        0.0
    )  # seconds before a reply; command is its verb or b"."

    host: str = "127.0.0.1"
    port: int = 0
    connections: int = 0
    received: list[Received] = field(default_factory=list)
    commands: list[tuple[int, bytes]] = field(default_factory=list)  # connection, line
    early: list[bytes] = field(default_factory=list)  # commands that came before the reply to the one before
    most_at_once: int = 0
    _now: int = 0

    def to(self) -> list[str]:
        """Recipients in the order in which they were accepted."""
        return [message.to for message in self.received]

    def verbs(self, connection: int) -> list[bytes]:
        """The verbs of one connection."""
        return [line.split(b" ")[0].split(b":")[0].upper() for number, line in self.commands if number == connection]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            await _Conversation(self, self.connections, reader, writer).run()
        except (Cut, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            writer.transport.abort()
        finally:
            self._now -= 1
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()


class _Conversation:
    def __init__(self, fake: FakeSmtp, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.fake, self.number, self.reader, self.writer = fake, number, reader, writer
        self.secure = self.signed_in = False
        self.sender: str | None = None
        self.to: str | None = None
        self.done = 0

    async def run(self) -> None:
        greeting = self.fake.greeting(self.number)
        await self.say(greeting)
        if not greeting.startswith(b"220"):
            return
        while line := (await self.reader.readline()).rstrip(b"\r\n"):
            self.fake.commands.append((self.number, line))
            verb = line.split(b" ")[0].split(b":")[0].upper()
            if not await getattr(self, f"on_{verb.decode().lower()}", self.on_unknown)(line):
                return

    async def say(self, reply: bytes, verb: bytes = b"") -> bool:
        if seconds := self.fake.slow(self.number, verb):
            await asyncio.sleep(seconds)
        self.writer.write(reply + b"\r\n")
        await self.writer.drain()
        if not self.fake.pipelining and verb:
            # A server without PIPELINING throws away what came too early; here that is noted.
            with contextlib.suppress(TimeoutError):
                if early := bytes(self.reader._buffer):  # type: ignore[attr-defined]
                    self.fake.early.append(early)
        return not reply.startswith(b"421")

    async def on_unknown(self, line: bytes) -> bool:
        return await self.say(b"500 5.5.1 unknown")

    async def on_quit(self, line: bytes) -> bool:
        await self.say(b"221 2.0.0 bye")
        return False

    async def on_rset(self, line: bytes) -> bool:
        self.sender = self.to = None
        return await self.say(b"250 2.0.0 ok", b"RSET")

    async def on_ehlo(self, line: bytes) -> bool:
        fake = self.fake
        rows = ["fake.example greets you", "8BITMIME", "ENHANCEDSTATUSCODES"]
        rows += ["PIPELINING"] * fake.pipelining + ["SMTPUTF8"] * fake.utf8
        rows += [f"SIZE {fake.size}"] if fake.size else ["SIZE"]
        rows += ["STARTTLS"] if fake.tls and fake.offer_starttls and not self.secure else []
        rows += [f"AUTH {fake.mechanisms}"] if fake.account and (self.secure or not fake.tls) else []
        text = [f"250-{row}" for row in rows[:-1]] + [f"250 {rows[-1]}"]
        return await self.say("\r\n".join(text).encode(), b"EHLO")

    async def on_starttls(self, line: bytes) -> bool:
        self.writer.write(self.fake.starttls + b"\r\n" + self.fake.inject)
        await self.writer.drain()
        if not self.fake.starttls.startswith(b"220"):
            return True
        if self.fake.broken_tls:
            await self.reader.read(64)
            self.writer.write(b"this is not TLS at all, and never will be\r\n" * 4)
            await self.writer.drain()
            return False
        assert self.fake.tls
        await self.writer.start_tls(self.fake.tls)
        self.secure = True
        return True

    async def on_auth(self, line: bytes) -> bool:
        words = line.split(b" ")
        if words[1].upper() == b"PLAIN":
            _, user, password = base64.b64decode(words[2]).split(b"\0")
        else:
            answers = []
            for prompt in (b"Username:", b"Password:"):
                await self.say(b"334 " + base64.b64encode(prompt))
                answers.append(base64.b64decode((await self.reader.readline()).rstrip()))
            user, password = answers
        self.signed_in = (user.decode(), password.decode()) == self.fake.account
        return await self.say(b"235 2.7.0 welcome" if self.signed_in else b"535 5.7.8 wrong")

    async def on_mail(self, line: bytes) -> bool:
        address = _address(line)
        if self.fake.close_after and self.done >= self.fake.close_after:
            return await self.say(b"421 4.7.0 too many messages on this connection", b"MAIL")
        if self.fake.account and not self.signed_in:
            return await self.say(b"530 5.7.0 authentication required", b"MAIL")
        if self.sender is not None:
            return await self.say(b"503 5.5.1 nested MAIL", b"MAIL")
        reply = self.fake.mail(address)
        self.sender = address if reply is None else None
        return await self.say(reply or b"250 2.1.0 ok", b"MAIL")

    async def on_rcpt(self, line: bytes) -> bool:
        address = _address(line)
        if self.sender is None:
            return await self.say(b"503 5.5.1 MAIL first", b"RCPT")
        if self.fake.cut_before_data(address):
            raise Cut
        reply = self.fake.rcpt(address)
        self.to = address if reply is None else None
        return await self.say(reply or b"250 2.1.5 ok", b"RCPT")

    async def on_data(self, line: bytes) -> bool:
        if self.to is None and not (self.fake.data_although_refused and self.sender is not None):
            return await self.say(b"554 5.5.1 no valid recipients", b"DATA")
        reply = self.fake.data(self.to or "")
        if reply is not None:
            return await self.say(reply, b"DATA")
        await self.say(b"354 go ahead", b"DATA")
        return await self.take(self.to)

    async def take(self, to: str | None) -> bool:
        if to is not None and self.fake.cut_mid_content(to):
            await self.reader.read(64)
            raise Cut
        content = await self.content()
        sender, self.sender, self.to = self.sender, None, None
        if to is None:
            return await self.say(b"554 5.5.1 no valid recipients", b".")
        reply = self.fake.content(to)
        if reply is None:
            self.done += 1
            self.fake.received.append(Received(sender or "", to, content, self.number))
        if self.fake.cut_after_content(to):
            raise Cut
        return await self.say(reply or b"250 2.0.0 Ok: queued as Q%d" % len(self.fake.received), b".")

    async def content(self) -> bytes:
        lines = []
        while (line := await self.reader.readuntil(b"\n")) != b".\r\n":
            assert line.endswith(b"\r\n"), "a bare line feed reached the server"
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)


def _address(line: bytes) -> str:
    return line.partition(b"<")[2].rpartition(b">")[0].decode()


class Serving(Protocol):
    """A server of one kind or another; ``port`` is set when it listens."""

    host: str
    port: int

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""


Server = TypeVar("Server", bound=Serving)


@contextlib.contextmanager
def serving_smtp(fake: Server) -> Iterator[Server]:
    """Run the server in a thread of its own on a free port of loopback."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(fake.serve, fake.host, 0)

    async def stop(server: asyncio.Server) -> None:
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def now_and_then(seed: int, share: float) -> Callable[[str], bool]:
    """A fault that happens by chance, the same with the same seed."""
    chance = random.Random(seed)
    return lambda address: chance.random() < share


def once_each(reply: bytes) -> Verdict:
    """Greylisting: the first try of every address gets ``reply``."""
    seen: set[str] = set()

    def verdict(address: str) -> bytes | None:
        if address in seen:
            return None
        seen.add(address)
        return reply

    return verdict
