"""The connections, their thread and their loop. Every connection takes the next letter when it is ready, so a slow one holds up nothing."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator, Sequence

import uvloop

from broadcast.channels.contract import Code, Outcome, Refused, Target, Wire
from broadcast.channels.smtp.address import Mailbox
from broadcast.channels.smtp.door import Server, Unreachable, enter
from broadcast.channels.smtp.job import Job, LateAnswers, Pair, Parcel
from broadcast.channels.smtp.letter import Letter
from broadcast.channels.smtp.limits import Limits
from broadcast.channels.smtp.routes import Route, Routes, Waiting
from broadcast.channels.smtp.session import Session
from broadcast.channels.smtp.watch import Watch

_TICK = 0.1  # seconds between two looks at the clock
_LATE = 2 * _TICK  # a look that comes later than this blames nobody
_NO_CONNECTION = Refused(Code.UNKNOWN, True, "no connection")
_SHARE = 4  # one connection in so many for a mail domain that is slow, or of which nothing is known yet
_GOOD_BYE = 0.05  # seconds for the last words to leave
_BARRED = 5.0  # seconds before a connection that failed is tried again while others work


class Pool:
    """Up to ``connections`` sessions with one server. ``send`` may be called from several threads at once."""

    def __init__(self, server: Server, connections: int, limits: Limits | None = None) -> None:
        self._server, self._limits = server, limits or Limits()
        self._late = LateAnswers()
        self._queue: deque[Parcel] = deque()
        self._jobs: set[Job] = set()
        self._sessions: list[Session | None] = [None] * connections
        share = max(1, connections // _SHARE)
        self._routes = Routes(share, self._held, self._give_back)
        self._listening: list[Session] = []  # without a slot: all that they wait for is an answer that is late
        self._watch = Watch(self._sessions, self._listening, self._queue, self._routes, self._limits)
        self._looked = 0.0
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._barred: dict[int, float] = {}  # slots that could not be opened, until when (loop time)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closing = False

    # Called from outside

    def send(self, letter: Letter, wire: Wire, parcels: Sequence[tuple[Target, Mailbox]]) -> Iterator[Pair]:
        """Send and yield outcomes as they come.

        Raises:
            ChannelDown: while iterating, before any outcome: nothing was sent.
        """
        job = Job(letter, wire, parcels, self._late, self._routes)
        if not job.parcels:
            return
        loop = self._hand_over(job)
        try:
            yield from job.outcomes()
        finally:
            with self._lock:
                if self._loop is loop:
                    loop.call_soon_threadsafe(self._forget, job)

    def late(self, reference: str) -> Outcome | None:
        """What the server said after the caller stopped waiting; see ``LateAnswers.ask``."""
        return self._late.ask(reference)

    def close(self) -> None:
        """Say good-bye on every connection and end the thread."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._shut(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()

    def _hand_over(self, job: Job) -> asyncio.AbstractEventLoop:
        """Give the job to the loop, which is started when there is none."""
        with self._lock:
            if self._loop is None:
                self._loop, self._closing = uvloop.new_event_loop(), False
                self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)
                self._thread.start()
                self._loop.call_soon_threadsafe(self._tick)
            self._loop.call_soon_threadsafe(self._accept, job)
            return self._loop

    # In the loop's thread

    def _accept(self, job: Job) -> None:
        self._jobs.add(job)
        self._queue.extend(job.parcels)
        self._barred.clear()
        self._wake()

    def _forget(self, job: Job) -> None:
        job.forget()
        self._jobs.discard(job)

    def _wake(self) -> None:
        """Start as many connections as there is work for, open ones first."""
        now = asyncio.get_running_loop().time()
        resting = [
            slot
            for slot in range(len(self._sessions))
            if slot not in self._tasks and self._barred.get(slot, 0.0) <= now
        ]
        resting.sort(key=lambda slot: not self._is_open(slot))
        for slot in resting[: len(self._queue)]:
            self._tasks[slot] = asyncio.get_running_loop().create_task(self._serve(slot))

    def _held(self, route: Route) -> int:
        """How many connections carry a letter of this route."""
        return sum(
            1
            for session in self._sessions
            if session is not None
            and (
                (session.current is not None and session.current.route is route)
                or (session.following is not None and session.following.route is route)
            )
        )

    def _give_back(self, parcels: deque[Waiting]) -> None:
        self._queue.extendleft(parcel for parcel in reversed(parcels) if isinstance(parcel, Parcel))
        if not self._closing:
            self._wake()

    def _is_open(self, slot: int) -> bool:
        session = self._sessions[slot]
        return session is not None and session.alive

    async def _serve(self, slot: int) -> None:
        """One connection's working time: until nothing is queued, or it cannot be opened or does no good."""
        reason = ""
        try:
            while self._queue:
                session = self._sessions[slot]
                if session is None or not session.alive:
                    session = self._sessions[slot] = await self._open(slot)
                await session.run()
                if not session.alive and not session.completed:
                    raise Unreachable(session.reason or "メールサーバーとの接続がすぐに切れます。")
        except Unreachable as error:
            reason = str(error)
            self._barred[slot] = asyncio.get_running_loop().time() + _BARRED
        finally:
            del self._tasks[slot]
        if reason and not self._tasks:
            self._give_up(reason)

    async def _open(self, slot: int) -> Session:
        line, abilities = await enter(self._server, self._limits.enter)
        return Session(line, abilities, slot, self._queue, self._routes)

    def _give_up(self, reason: str) -> None:
        """No connection can be had: batches of which nothing was sent are down, the rest of the others may be tried again."""
        self._closing, closing = True, self._closing  # nothing is started for what is released here
        self._routes.release_all()
        self._closing = closing
        parcels = [parcel for parcel in self._queue if not parcel.job.cancelled]
        self._queue.clear()
        for job in {parcel.job for parcel in parcels if parcel.job.untouched and parcel.job.open}:
            job.down(reason)
        for parcel in parcels:
            parcel.refuse(_NO_CONNECTION)

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._watch.look(now, late=now - self._looked > _LATE)
        self._looked = now
        self._set_apart()
        self._routes.tend()
        for job in self._jobs:
            if not job.halted and job.recalled():
                self._take_back(job)
            job.flush()
        if self._queue and not self._closing:
            self._wake()
        loop.call_later(_TICK, self._tick)

    def _set_apart(self) -> None:
        """A connection that only listens for a late answer gives its place to a new one, as long as these are few."""
        self._listening[:] = [session for session in self._listening if session.alive]
        for slot, session in enumerate(self._sessions):
            if session is not None and session.listening and len(self._listening) < self._routes.share:
                self._listening.append(session)
                self._sessions[slot] = None
                session.set_free()

    def _take_back(self, job: Job) -> None:
        """Answer for what was not begun; a letter whose envelope is on its way learns it before its content."""
        job.halted = True
        self._routes.release_all()
        queued = list(self._queue)
        self._queue.clear()
        self._queue.extend(parcel for parcel in queued if parcel.job is not job)
        for parcel in queued:
            if parcel.job is job:
                parcel.drop()

    async def _shut(self) -> None:
        """What is queued may be tried again, what is on the wire is in doubt, idle connections say good-bye."""
        self._closing = True
        tasks = list(self._tasks.values())
        sessions = [*(session for session in self._sessions if session is not None), *self._listening]
        for session in sessions:
            session.quit()
        for task in tasks:
            task.cancel()
        self._give_up("メールの送信を終了しました。")
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()  # a task that never began could not leave by itself
        await asyncio.sleep(_GOOD_BYE)
        for session in sessions:
            session.hang_up()
        await asyncio.sleep(0)
