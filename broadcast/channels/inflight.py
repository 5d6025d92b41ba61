"""Many HTTP requests in flight for one channel: a loop in its own thread, slots, and exactly one outcome per target."""

import asyncio
import logging
import queue
import random
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from concurrent import futures
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from broadcast.channels.contract import ChannelDown, Code, InDoubt, Outcome, Refused, Target, Wire

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
WHOLE_SECONDS = 45.0  # a server that drips its answer must not hold a slot for ever
TIME_LIMITS = aiohttp.ClientTimeout(total=WHOLE_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS)
THROTTLE_WAITS = (0.25, 0.5, 1.0, 2.0)  # seconds before each further try in place, with jitter
THROTTLED = Refused(Code.THROTTLED, retryable=True, detail="429")

Attempt = Callable[[Target], Awaitable[Outcome]]
_T = TypeVar("_T")
_Answer = tuple[Target, Outcome | ChannelDown]
_log = logging.getLogger(__name__)


def new_session(api_url: str, connections: int) -> aiohttp.ClientSession:
    """A pool of kept connections with time limits; a proxy of the environment is used for anything but loopback."""
    loopback = urlsplit(api_url).hostname in ("127.0.0.1", "::1", "localhost")
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=60),
        timeout=TIME_LIMITS,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=not loopback,
    )


async def patiently(attempt: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Try again in place while the provider says 429, which it does before it processes anything.

    The slot is kept while waiting, so the whole channel slows down to what the provider takes.
    """
    for wait in THROTTLE_WAITS:
        outcome = await attempt()
        if outcome != THROTTLED:
            return outcome
        await asyncio.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311  (jitter, no secret)
    return await attempt()


class InFlight:
    """At most ``concurrency`` requests of one channel at a time; a slot is one of them."""

    def __init__(self, name: str, concurrency: int) -> None:
        self.concurrency = concurrency
        self._name = name
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._slots: asyncio.LifoQueue[int] = asyncio.LifoQueue()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run one coroutine in the channel's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._running()).result()

    def each(self, targets: Sequence[Target], wire: Wire, attempt: Attempt) -> Iterator[tuple[Target, Outcome]]:
        """One outcome per target as the answers come in.

        ``attempt`` raises ``ChannelDown`` where its request was not processed and further ones would not be either;
        the rest of the batch is then not tried any more, and comes back as retryable when others of the batch were
        answered before.

        Raises:
            ChannelDown: nothing was sent to anyone of this batch.
        """
        answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        batch = _Batch(deque(targets), wire, attempt, answers.put)
        started = asyncio.run_coroutine_threadsafe(self._start(batch), self._running())
        unsent: list[Target] = []
        down: ChannelDown | None = None
        try:
            for _ in targets:
                target, answer = _next(answers, started)
                if isinstance(answer, ChannelDown):
                    down = down or answer
                    unsent.append(target)
                else:
                    yield target, answer
        finally:
            batch.left.clear()  # where nobody listens any more: start nothing further, let what is under way end
            futures.wait([started], timeout=CONNECT_SECONDS + ANSWER_SECONDS)
        if down and len(unsent) == len(targets):
            raise down
        for target in unsent:
            yield target, Refused(Code.UNKNOWN, retryable=True, detail="not sent: channel down")

    def close(self, session_close: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Close the connections and end the thread; the channel may be used again afterwards."""
        with self._starting:
            loop, thread, self._loop = self._loop, self._thread, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(session_close(), loop).result(CONNECT_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(CONNECT_SECONDS)
        loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._slots = asyncio.LifoQueue()
                for slot in reversed(range(self.concurrency)):
                    self._slots.put_nowait(slot)
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name=f"channel-{self._name}", daemon=True
                )
                self._thread.start()
            return self._loop

    async def _start(self, batch: "_Batch") -> None:
        count = min(self.concurrency, len(batch.left))
        await asyncio.gather(*(self._work(batch) for _ in range(count)))

    async def _work(self, batch: "_Batch") -> None:
        while batch.left:
            target = batch.left.popleft()
            if batch.down:
                batch.answer((target, batch.down))
                continue
            slot = await self._slots.get()
            try:
                batch.answer((target, await batch.one(slot, target)))
            finally:
                self._slots.put_nowait(slot)


def _next(answers: "queue.SimpleQueue[_Answer]", started: "futures.Future[None]") -> _Answer:
    """The next answer; an error of our own in the loop is raised here instead of waiting for ever."""
    while True:
        over = started.done()
        try:
            return answers.get(timeout=0 if over else 0.5)
        except queue.Empty:
            if over:
                started.result()
                raise RuntimeError("the batch ended without an answer for every target") from None


class _Batch:
    """The targets of one ``send`` that were not taken up yet, and whether the channel turned out to be down."""

    def __init__(self, left: deque[Target], wire: Wire, attempt: Attempt, answer: Callable[[_Answer], None]) -> None:
        self.left = left
        self.answer = answer
        self.down: ChannelDown | None = None
        self._wire = wire
        self._told = False
        self._attempt = attempt

    async def one(self, slot: int, target: Target) -> Outcome | ChannelDown:
        """Send to one target, noting on the wire what is under way."""
        if self.down:
            return self.down
        self._wire.sending(slot, target.delivery_id)
        try:
            outcome = await self._attempt(target)
        except ChannelDown as error:
            self.down = error
            self._wire.settled(slot, target.delivery_id, Refused(Code.UNKNOWN, retryable=True, detail="not sent"))
            return error
        except Exception as error:
            if not self._told:
                _log.error("unexpected answer of the provider: %s", type(error).__name__)
            self._told = True
            outcome = InDoubt(type(error).__name__)
        self._wire.settled(slot, target.delivery_id, outcome)
        return outcome
