"""One TCP connection to a mail server, seen as a line of replies."""

import asyncio
from collections.abc import Callable
from typing import cast

_MOST_OCTETS, _MOST_LINES = 8192, 128  # of one reply; RFC 5321 section 4.5.3.1.5 says 512 octets a line


class ProtocolError(Exception):
    """The server does not speak SMTP."""


class Line(asyncio.Protocol):
    """Cuts what arrives into replies. A reply is its lines joined by LF, without the CR of the last.

    Replies wait in a queue (``reply``) until ``attend`` names who takes them as they come. What arrives in one piece is first offered as
    a whole: the replies to a group of commands mostly come together.
    """

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._rest = b""
        self._more: list[bytes] = []
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._on_reply: Callable[[bytes], None] = self._waiting.put_nowait
        self._on_group: Callable[[bytes], bool] = lambda data: False
        self._on_lost: Callable[[], None] = lambda: self._waiting.put_nowait(None)
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's transports have their own classes

    def data_received(self, data: bytes) -> None:
        """Hand on every reply that is complete."""
        if not self._rest and not self._more and self._on_group(data):
            return
        lines = (self._rest + data).split(b"\n") if self._rest else data.split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if line[3:4] == b"-":
                self._more.append(line)
            elif self._more:
                whole = b"\n".join([*self._more, line])
                self._more.clear()
                self._hand_on(whole)
            else:
                self._hand_on(line)
        if len(self._rest) > _MOST_OCTETS or len(self._more) > _MOST_LINES:
            self.abort()

    def _hand_on(self, reply: bytes) -> None:
        if self.closed:
            return
        if not reply[:3].isdigit():
            self.abort()
            return
        self._on_reply(reply.rstrip(b"\r"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever listens, once."""
        if not self.closed:
            self.closed = True
            self._on_lost()

    def abort(self) -> None:
        """Cut the connection now; whoever listens learns it at once."""
        self.transport.abort()
        self.connection_lost(None)

    def attend(
        self,
        on_reply: Callable[[bytes], None],
        on_lost: Callable[[], None],
        on_group: Callable[[bytes], bool] = lambda data: False,
    ) -> None:
        """From now on replies and the end of the connection go to these. ``on_group`` may take a whole piece of what arrived, which
        then begins and ends with a reply, or leave it to be cut."""
        self._on_reply, self._on_lost, self._on_group = on_reply, on_lost, on_group

    def quiet(self) -> bool:
        """Whether nothing has arrived that nobody took."""
        return not self._rest and not self._more and self._waiting.empty()

    async def reply(self) -> bytes:
        """The next reply.

        Raises:
            ConnectionError: the connection ended.
        """
        found = None if self.closed and self._waiting.empty() else await self._waiting.get()
        if found is None:
            raise ConnectionResetError
        return found

    async def ask(self, command: bytes) -> bytes:
        """Send one command and wait for its reply."""
        self.transport.write(command + b"\r\n")
        return await self.reply()
