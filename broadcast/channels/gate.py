"""A gate at a provider's limit: so many requests a second and no more, slower when the provider says that it is too much.

Waiting before a request costs nothing; asking again after a 429 costs a whole request each time. The limit is the one in the provider's
contract (0: unknown). A 429 teaches the gate what the provider really takes; quiet seconds raise it again step by step.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

WINDOW = 1.0  # seconds over which is counted what the provider takes
LEAST_SHARE, LEAST = 0.2, 2.0  # never slower than this share of the limit, or this many a second
STEP_UP = 1.1  # for every window without a 429
LONGEST_HOLD = 10.0  # seconds that everyone waits, whatever the provider asks for
PATIENCE = 20.0  # seconds that one request is asked again before its delivery goes back to the queue
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0  # seconds between two tries of one request, with jitter
_NOTHING = 0.001  # seconds that are not worth waiting
_FORGOTTEN = 5.0  # seconds
_BURST = 0.1  # seconds' worth of requests that may begin at once

_T = TypeVar("_T")


class Gate:
    """One channel's gate. All methods run in the loop of the channel's requests.

    Args:
        per_second: the provider's limit, 0 where none is known.
        clock: seconds; its zero does not matter.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = per_second or float("inf")
        self.rate = self.limit
        self._clock = clock
        self._turn = 0.0  # when the next request's turn is
        self._held_until = 0.0
        self._since = clock()
        self._taken = self._busy = 0

    async def enter(self) -> None:
        """Wait for one's turn."""
        while (wait := self._take_turn()) > 0:
            await asyncio.sleep(wait)

    def _take_turn(self) -> float:
        """0 with the turn taken, or the seconds until it is worth asking again."""
        now = self._clock()
        if now < self._held_until:
            return self._held_until - now
        wait = self._turn - now - _BURST
        if wait > _NOTHING:
            return wait
        self._turn = max(self._turn, now) + 1 / self.rate
        return 0.0

    def took(self) -> None:
        """The provider took a request (whatever it thinks of its content)."""
        self._taken += 1
        self._count()

    def busy(self, retry_after: float = 0.0) -> None:
        """The provider said 429; ``retry_after`` in seconds where it named a time."""
        self._busy += 1
        if retry_after > 0 and self._busy > self._taken:  # it takes nothing at all: everyone waits
            self._held_until = max(self._held_until, self._clock() + min(retry_after, LONGEST_HOLD))
        self._count()

    def _count(self) -> None:
        now = self._clock()
        passed = now - self._since
        if passed < WINDOW:
            return
        if passed > _FORGOTTEN:  # nothing was sent for a while, which says nothing of what the provider takes
            pass
        elif self._busy:
            least = max(LEAST, LEAST_SHARE * self.limit) if self.limit < float("inf") else LEAST
            halved = self.rate / 2 if self.rate < float("inf") else 0.0
            self.rate = min(self.limit, max(least, halved, min(self.rate, self._taken / passed)))
        else:
            self.rate = min(self.limit, self.rate * STEP_UP)
        self._since, self._taken, self._busy = now, 0, 0

    async def through(self, attempt: Callable[[], Awaitable[_T]], throttled: _T) -> _T:
        """Make a request again in place while it comes back ``throttled``, at most ``PATIENCE`` seconds.

        The caller has had its turn for the first try. ``attempt`` or its transport tells ``busy`` and ``took``.
        """
        until, wait = self._clock() + PATIENCE, _FIRST_WAIT
        while (outcome := await attempt()) == throttled and self._clock() < until:
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311  (jitter, no secret)
            wait = min(2 * wait, _LONGEST_WAIT)
            await self.enter()
        return outcome


def seconds(retry_after: str | None) -> float:
    """The value of a header ``Retry-After`` in seconds; 0 where there is none or it is a date (RFC 9110 section 10.2.3)."""
    try:
        return max(0.0, float(retry_after or 0))
    except ValueError:
        return 0.0
