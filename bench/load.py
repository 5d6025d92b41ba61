"""Sends prepared HTTP requests over connections that stay open and notes how long each answer takes: one process, no library in between."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import uvloop


@dataclass(frozen=True, slots=True)
class Load:
    """What came back. ``seconds`` of the whole, ``waits`` of each request in seconds, ``bodies`` by connection."""

    seconds: float
    waits: list[float]
    bodies: list[list[bytes]]

    @property
    def p99_ms(self) -> float:
        """99 of 100 answers took at most so long."""
        ordered = sorted(self.waits)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def request(path: str, body: bytes, token: str = "") -> bytes:
    """A POST as bytes."""
    said = f"Authorization: Bearer {token}\r\n" if token else ""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{said}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def run(port: int, queues: Sequence[Sequence[bytes]]) -> Load:
    """Each queue over a connection of its own, all at once; the next request of a queue goes when its answer is there.

    Raises:
        RuntimeError: an answer is no success.
    """
    return uvloop.run(_run(port, queues))


async def _run(port: int, queues: Sequence[Sequence[bytes]]) -> Load:
    waits: list[float] = []
    started = time.perf_counter()
    bodies = await asyncio.gather(*(_one(port, queue, waits) for queue in queues))
    return Load(time.perf_counter() - started, waits, list(bodies))


async def _one(port: int, queue: Sequence[bytes], waits: list[float]) -> list[bytes]:
    bodies = []
    reader = writer = None
    for content in queue:
        started = time.perf_counter()
        if writer is None or reader is None or reader.at_eof():
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        writer.write(content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        bodies.append(await reader.readexactly(int(fields["content-length"])))
        waits.append(time.perf_counter() - started)
        if not head.startswith("HTTP/1.1 2"):
            raise RuntimeError(f"the server answered {head.splitlines()[0]}: {bodies[-1][:500]!r}")
        if fields.get("connection") == "close":
            writer.close()
            writer = None
    if writer is not None:
        writer.close()
    return bodies
