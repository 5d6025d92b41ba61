"""Many HTTP requests in flight for one channel: a loop in its own thread, slots, and exactly one outcome per target."""

import asyncio
import contextlib
import itertools
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
import uvloop

from broadcast.channels.contract import RECALLED, ChannelDown, Code, InDoubt, Outcome, Refused, Target, Wire
from broadcast.channels.gate import Gate

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
WHOLE_SECONDS = 45.0  # a server that drips its answer must not hold a slot for ever
TIME_LIMITS = aiohttp.ClientTimeout(total=WHOLE_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS)
THROTTLE_WAITS = (0.25, 0.5, 1.0, 2.0)  # seconds before each further try in place, with jitter
THROTTLED = Refused(Code.THROTTLED, retryable=True, detail="429")
NOT_SENT = Refused(Code.UNKNOWN, retryable=True, detail="not sent: channel down")

TOGETHER_SECONDS = 0.01  # answers that come within this time are handed over together
_Answer = tuple[Target, Outcome | ChannelDown]
Attempt = Callable[[Target], Awaitable[Outcome]]
_T = TypeVar("_T")
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
    """At most ``concurrency`` requests of one channel at a time; a slot is one of them.

    ``each`` may be called from several threads: the slots go to the batch that came first, and to the next one as soon as they are not
    needed there any more, so that nothing stands idle while the last answers of a batch are under way. With a ``gate`` every target waits
    for its turn before it takes anything, and is tried again in place while it comes back ``THROTTLED``.
    """

    def __init__(self, name: str, concurrency: int, gate: Gate | None = None) -> None:
        self.concurrency = concurrency
        self.gate = gate
        self._name = name
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._free: list[int] = []
        self._batches: deque[_Batch] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

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
        if not targets:
            return
        batch = _Batch(targets, wire, attempt, self.gate)
        loop = self._running()
        loop.call_soon_threadsafe(self._begin, batch)
        unsent: list[Target] = []
        down: ChannelDown | None = None
        try:
            for target, answer in itertools.islice(batch.answers(), len(targets)):
                if isinstance(answer, ChannelDown):
                    down = down or answer
                    unsent.append(target)
                else:
                    yield target, answer
        finally:
            batch.left.clear()  # where nobody listens any more: start nothing further, let what is under way end
            with contextlib.suppress(RuntimeError):  # the loop is closed: nothing is under way
                loop.call_soon_threadsafe(batch.look_whether_over)
            futures.wait([batch.over], timeout=CONNECT_SECONDS + ANSWER_SECONDS)
        if down and len(unsent) == len(targets):
            raise down
        for target in unsent:
            yield target, NOT_SENT

    def close(self, session_close: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Close the connections and end the thread; the channel may be used again afterwards."""
        with self._starting:
            loop, thread, self._loop = self._loop, self._thread, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._shut(session_close), loop).result(CONNECT_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(CONNECT_SECONDS)
        loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = uvloop.new_event_loop()
                self._free = list(reversed(range(self.concurrency)))
                self._batches.clear()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name=f"channel-{self._name}", daemon=True
                )
                self._thread.start()
            return self._loop

    # In the loop's thread

    def _begin(self, batch: "_Batch") -> None:
        self._batches.append(batch)
        batch.workers += 1  # until here, so that it is not over before it began
        for _ in range(min(len(self._free), len(batch.left))):
            task = asyncio.get_running_loop().create_task(self._work(self._free.pop()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        batch.leave()

    async def _work(self, slot: int) -> None:
        """One slot's working time: until no batch has anything left to start."""
        while (found := self._next()) is not None:
            batch, target = found
            batch.workers += 1
            try:
                await batch.one(slot, target)
            except Exception as error:
                batch.broke(error)
            finally:
                batch.leave()
        self._free.append(slot)

    def _next(self) -> "tuple[_Batch, Target] | None":
        while self._batches:
            try:
                return self._batches[0], self._batches[0].left.popleft()
            except IndexError:  # all of it is started, or its caller gave up at this moment
                self._batches.popleft()
        return None

    async def _shut(self, session_close: Callable[[], Coroutine[Any, Any, None]]) -> None:
        for batch in self._batches:
            batch.broke(ConnectionAbortedError("the channel was closed"))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await session_close()


class _Batch:
    """The targets of one call that were not taken up yet, and whether the channel turned out to be down."""

    def __init__(self, targets: Sequence[Target], wire: Wire, attempt: Attempt, gate: Gate | None) -> None:
        self.left = deque(targets)
        self.over: futures.Future[None] = futures.Future()  # nothing of it is under way or waits any more
        self.workers = 0
        self._ready: list[_Answer] = []
        self._answers: queue.SimpleQueue[list[_Answer] | Exception] = queue.SimpleQueue()
        self._flushing = False
        self._wire, self._attempt, self._gate = wire, attempt, gate
        self._down: ChannelDown | None = None
        self._told = False

    def answers(self) -> Iterator[_Answer]:
        """The answers as they come (caller's thread); an error of our own is raised here instead of waiting for ever."""
        while True:
            found = self._answers.get()
            if isinstance(found, Exception):
                raise found
            yield from found

    def _add(self, answer: _Answer) -> None:
        """Hand over in small groups: waking the caller's thread for each answer costs as much as the answer."""
        self._ready.append(answer)
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_later(TOGETHER_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._ready:
            self._answers.put(self._ready)
            self._ready = []

    def broke(self, error: Exception) -> None:
        """An error of our own: nothing further of this batch is started."""
        self.left.clear()
        self._flush()
        self._answers.put(error)

    def leave(self) -> None:
        """One worker fewer."""
        self.workers -= 1
        self.look_whether_over()

    def look_whether_over(self) -> None:
        """Tell whoever waits for the end once nothing is under way."""
        if not self.workers and not self.left and not self.over.done():
            self._flush()
            self.over.set_result(None)

    async def one(self, slot: int, target: Target) -> None:
        """Send to one target, noting on the wire what is under way."""
        if self._gate is not None and not self._down and not self._wire.recalled():
            await self._gate.enter()
        self._add((target, self._down or await self._send(slot, target)))

    async def _send(self, slot: int, target: Target) -> Outcome | ChannelDown:
        if self._wire.recalled():
            return RECALLED
        self._wire.sending(slot, target.delivery_id)
        outcome: Outcome
        try:
            if self._gate is None:
                outcome = await self._attempt(target)
            else:
                outcome = await self._gate.through(lambda: self._attempt(target), THROTTLED)
        except ChannelDown as error:
            self._down = error
            self._wire.settled(slot, target.delivery_id, Refused(Code.UNKNOWN, retryable=True, detail="not sent"))
            return error
        except asyncio.CancelledError:
            outcome = InDoubt("the channel was closed")
        except Exception as error:
            if not self._told:
                _log.error("unexpected answer of the provider: %s", type(error).__name__)
            self._told = True
            outcome = InDoubt(type(error).__name__)
        self._wire.settled(slot, target.delivery_id, outcome)
        return outcome
