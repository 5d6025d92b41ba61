"""The providers' stand-ins in a thread of the test, on a free port of loopback."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from aiohttp import web

from disaster.demo.providers.server import listen


@contextlib.contextmanager
def serving(application: web.Application) -> Iterator[str]:
    """Serve an application; gives its address ``http://127.0.0.1:<port>``."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(listen(application, 0), loop).result(10)
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
