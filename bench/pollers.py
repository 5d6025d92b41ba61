"""Thousands who look at the residents' pages: each asks every five seconds, over a new connection, with what it has already seen.

``python -m bench.pollers URL NUMBER`` looks until it is ended.
"""

import asyncio
import contextlib
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

EVERY = 5.0  # seconds
PATHS = ("/", "/feeds/signage.json")
WARM = 2.0  # seconds until they have spread out


@contextlib.contextmanager
def looking(url: str, number: int) -> Iterator[None]:
    """So many pollers in a process of their own for the time of the block."""
    process = subprocess.Popen([sys.executable, "-m", "bench.pollers", url, str(number)])
    try:
        time.sleep(WARM)
        yield
    finally:
        process.terminate()
        process.wait(10)


async def _look(host: str, port: int, path: str) -> None:
    seen = ""
    await asyncio.sleep(random.uniform(0, EVERY))
    while True:
        started = time.monotonic()
        with contextlib.suppress(OSError):
            seen = await _ask(host, port, path, seen) or seen
        await asyncio.sleep(max(0.0, EVERY - (time.monotonic() - started)))


async def _ask(host: str, port: int, path: str, seen: str) -> str:
    """One request; the new ``ETag``, empty where there is none."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        known = f"If-None-Match: {seen}\r\n" if seen else ""
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n{known}\r\n".encode())
        answer = await reader.read()
    finally:
        writer.close()
    lines = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return next((line.partition(":")[2].strip() for line in lines if line.lower().startswith("etag:")), "")


async def _all(url: str, number: int) -> None:
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    await asyncio.gather(*(_look(host, port, PATHS[n % len(PATHS)]) for n in range(number)))


if __name__ == "__main__":
    asyncio.run(_all(sys.argv[1], int(sys.argv[2])))
