"""A mail server that accepts everything and keeps nothing, as a process of its own: postfix's ``smtp-sink`` or, where it is missing, ours."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import uvloop

SMTP_SINK = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SMTP_SOURCE = shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextlib.contextmanager
def running() -> Iterator[int]:
    """Start the sink; gives its port on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    own = [sys.executable, "-m", "bench.sink", str(port)]
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen([SMTP_SINK, *user, "-4", f"127.0.0.1:{port}", "200"] if SMTP_SINK else own)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.recv(64)
            return
        time.sleep(0.02)
    raise RuntimeError("the mail sink does not answer")


class Sink(asyncio.Protocol):
    """Just enough SMTP with PIPELINING to take mail as fast as a Python process can."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._rest, self._content = b"", False
        self._transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer every command and content that is complete."""
        self._rest += data
        replies: list[bytes] = []
        while self._step(replies):
            pass
        if replies:
            self._transport.write(b"".join(replies))

    def _step(self, replies: list[bytes]) -> bool:
        end, reply = (b"\r\n.\r\n", b"250 2.0.0 Ok\r\n") if self._content else (b"\r\n", b"250 2.1.0 Ok\r\n")
        found, mark, rest = self._rest.partition(end)
        if not mark:
            return False
        self._rest = rest
        verb = b"" if self._content else found[:4].upper()
        if verb == b"EHLO":
            reply = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
        elif verb == b"DATA":
            reply = b"354 go ahead\r\n"
        elif verb == b"QUIT":
            self._transport.close()
            return False
        self._content = verb == b"DATA"
        replies.append(reply)
        return True


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_serve(int(sys.argv[1])))
