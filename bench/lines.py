"""A provider of SMS that is well, dead (every connection is cut) or silent (it never answers), as it is told."""

import asyncio
import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

from bench.telephone import message

SECONDS = 0.05  # for one answer


@dataclass
class Lines:
    """``state`` is ``well``, ``dead`` or ``silent``, and holds for the next request."""

    state: str = "well"
    host: str = "127.0.0.1"
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while self.state != "dead":
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
                )
                body = await reader.readexactly(length)
                while self.state == "silent":
                    await asyncio.sleep(0.2)
                await asyncio.sleep(SECONDS)
                form = dict(parse_qsl(body.decode()))
                content = json.dumps(message(form) if form else {"messages": []}).encode()
                status = b"201 Created" if form else b"200 OK"
                writer.write(
                    b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                    % (status, len(content), content)
                )
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
