"""A mail server in a process of its own that writes down what it took, so that the system under test has no part in the count.

It speaks SMTP with PIPELINING on loopback (RFC 5321, RFC 2920) and answers after the delay it was last told. Each line of its list is
``T <recipient> <Message-ID>``, written when a letter is complete and before the answer leaves: what is taken, the server answers for.
A second line ``A <recipient> <Message-ID>`` says that the answer left. Commands on its standard input: ``delay <seconds>`` and
``hold <number> <seconds>`` (the number-th letter from now on is answered only after that time).
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from drill.ports import free_port, wait_for_port

END = b"\r\n.\r\n"
HELLO = b"250-sink\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n"


@dataclass
class Sink:
    """The process as the drill sees it."""

    port: int
    list_path: Path
    process: subprocess.Popen[bytes]
    _at: int = 0
    _rest: bytes = b""
    taken: list[tuple[str, str]] = field(default_factory=list)  # recipient, Message-ID
    answered: int = 0

    def tell(self, words: str) -> None:
        """Give it a command."""
        assert self.process.stdin
        self.process.stdin.write(words.encode() + b"\n")
        self.process.stdin.flush()

    def read(self) -> None:
        """Take in what the list has more than before."""
        with self.list_path.open("rb") as listed:
            listed.seek(self._at)
            new = listed.read()
        self._at += len(new)
        *lines, self._rest = (self._rest + new).split(b"\n")
        for line in lines:
            kind, recipient, message_id = line.decode().split(" ")
            if kind == "T":
                self.taken.append((recipient, message_id))
            else:
                self.answered += 1


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Sink]:
    """Start it on a free port."""
    port, path = free_port(), folder / "taken.list"
    path.touch()
    command = [sys.executable, "-m", "drill.sink", str(port), str(path)]
    process = subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdin=subprocess.PIPE)
    try:
        wait_for_port(port)
        yield Sink(port, path, process)
    finally:
        process.kill()
        process.wait(10)
        if process.stdin:
            process.stdin.close()


class _Book:
    """The list on disk and the manner of answering."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.delay = 0.0
        self.hold_in, self.hold_seconds = 0, 0.0

    def note(self, kind: str, recipient: str, message_id: str) -> None:
        os.write(self._file, f"{kind} {recipient} {message_id}\n".encode())

    def wait(self) -> float:
        """Seconds until the answer to the letter that was just taken."""
        if self.hold_in:
            self.hold_in -= 1
            if not self.hold_in:
                return self.hold_seconds
        return self.delay

    def command(self, words: list[str]) -> None:
        if words[0] == "delay":
            self.delay = float(words[1])
        elif words[0] == "hold":
            self.hold_in, self.hold_seconds = int(words[1]), float(words[2])


class _Connection(asyncio.Protocol):
    """One client; commands are answered in their order, also when an answer has to wait."""

    def __init__(self, book: _Book) -> None:
        self._book = book
        self._data, self._content, self._recipient = b"", False, ""
        self._answers: deque[tuple[float, bytes, tuple[str, str] | None]] = deque()
        self._waiting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        transport.write(b"220 sink ESMTP\r\n")  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._data += data
        while self._take():
            pass
        self._write()

    def _take(self) -> bool:
        found, mark, rest = self._data.partition(END if self._content else b"\r\n")
        if not mark:
            return False
        self._data = rest
        if self._content:
            self._content = False
            letter = (self._recipient, _message_id(found))
            self._book.note("T", *letter)
            self._answers.append((self._book.wait(), b"250 2.0.0 Ok\r\n", letter))
            return True
        verb = found[:4].upper()
        if verb == b"RCPT":
            self._recipient = found.partition(b"<")[2].partition(b">")[0].decode()
        self._content = verb == b"DATA"
        reply = {b"EHLO": HELLO, b"DATA": b"354 go ahead\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 2.1.0 Ok\r\n")
        self._answers.append((0.0, reply, None))
        return True

    def _write(self) -> None:
        while self._answers and not self._waiting:
            seconds, reply, letter = self._answers[0]
            if seconds:
                self._waiting = True
                asyncio.get_running_loop().call_later(seconds, self._after_wait)
                return
            self._answers.popleft()
            self._transport.write(reply)
            if letter:
                self._book.note("A", *letter)

    def _after_wait(self) -> None:
        self._waiting = False
        _, reply, letter = self._answers.popleft()
        self._answers.appendleft((0.0, reply, letter))
        self._write()


def _message_id(letter: bytes) -> str:
    head = letter.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    lines = (line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:"))
    return next(lines, b":none").partition(b":")[2].strip().decode()


async def _serve(port: int, path: str) -> None:
    loop, book = asyncio.get_running_loop(), _Book(path)
    server = await loop.create_server(lambda: _Connection(book), "127.0.0.1", port)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        book.command(line.decode().split())
    server.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(int(sys.argv[1]), sys.argv[2]))
