"""Posts signed status callbacks, a few at a time, and tries again while the service does not answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

WAITS = (0.5, 2.0, 8.0)  # seconds before each further try


class Callbacks:
    """The reports under way; Twilio's signature is over the exact address and the posted fields."""

    def __init__(self, auth_token: str, at_once: int = 4) -> None:
        self._validator = RequestValidator(auth_token)
        self._gate = asyncio.Semaphore(at_once)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run the work beside the answer."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def post(self, url: str, form: dict[str, str]) -> str:
        """Post one report; given up after the last wait. What is answered is TwiML where a call asks what to do next."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        headers = {"X-Twilio-Signature": self._validator.compute_signature(url, form), "User-Agent": "TwilioProxy/1.1"}
        for wait in (*WAITS, 0):
            try:
                async with self._gate, self._session.post(url, data=form, headers=headers) as answer:
                    if answer.status < 500:
                        return await answer.text() if answer.status == 200 else ""
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(wait)
        return ""

    async def close(self, _app: web.Application) -> None:
        """Drop what is still under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
