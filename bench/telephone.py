"""A stand-in for Twilio's API as a process of its own: every message is taken after a fixed time, over a bounded number of connections.

``python -m bench.telephone PORT SECONDS CONNECTIONS``: a connection beyond the bound is closed at once. It reads requests only as far as it
must, so that it is never what limits the measurement; its answer is what Twilio's would be.
"""

import asyncio
import contextlib
import itertools
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import formatdate
from typing import cast
from urllib.parse import parse_qsl

import uvloop

LATENCY = 0.15  # seconds from a request to its answer
CONNECTIONS = 100
SID = "AC" + "0" * 32
TOKEN = "bench"
SENDER = "+815000000100"
LIMIT = CONNECTIONS / LATENCY  # messages a second that it can take at best


class Telephone(asyncio.Protocol):
    """One connection: one request at a time, answered after the latency."""

    latency, most = LATENCY, CONNECTIONS
    open = 0
    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, or close it."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports have their own classes
        self._rest = b""
        Telephone.open += 1
        if Telephone.open > self.most:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it out."""
        Telephone.open -= 1

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        self._rest += data
        head, mark, body = self._rest.partition(b"\r\n\r\n")
        if not mark:
            return
        length = int(_header(head, b"content-length") or 0)
        if len(body) < length:
            return
        self._rest = body[length:]
        asyncio.get_running_loop().call_later(self.latency, self._answer, head, body[:length])

    def _answer(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"POST"):
            Telephone.taken += 1
            found = message(dict(parse_qsl(body.decode())))
        else:
            found = {"taken": Telephone.taken}
        content = json.dumps(found).encode()
        self._transport.write(
            b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nConnection: keep-alive\r\nContent-Length: %d\r\n\r\n%b"
            % (len(content), content)
        )


_numbers = itertools.count(1)


def message(form: dict[str, str]) -> dict[str, object]:
    """The message resource (API of 2010-04-01)."""
    sid, at = f"SM{next(_numbers):032x}", formatdate()
    uri = f"/2010-04-01/Accounts/{SID}/Messages/{sid}.json"
    empty = dict.fromkeys(("date_sent", "error_code", "error_message", "messaging_service_sid", "price"))
    more = {"media": uri.replace(".json", "/Media.json")}
    return {
        "sid": sid, "account_sid": SID, "api_version": "2010-04-01", "body": form["Body"], "date_created": at,
        "date_updated": at, "direction": "outbound-api", "from": form["From"], "to": form["To"], "num_media": "0",
        "num_segments": "2", "price_unit": "USD", "status": "queued", "uri": uri, "subresource_uris": more, **empty,
    }  # fmt: skip


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return b""


@contextlib.contextmanager
def running(latency: float = LATENCY, connections: int = CONNECTIONS) -> Iterator[str]:
    """Start it; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "bench.telephone", str(port), str(latency), str(connections)])
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError("the stand-in for Twilio does not answer")


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Telephone, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    Telephone.latency, Telephone.most = float(sys.argv[2]), int(sys.argv[3])
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_serve(int(sys.argv[1])))
