"""Mail domains that fail together, so that a slow one (a tarpit behind the relay) never holds more than its share of the connections.

A route is *free* once the server answered for it as fast as for others: then every connection may carry it. Until then, and again
after a suspicion, at most ``share`` connections do, each with nothing else in the pipeline, so that it is clear who is slow; what
goes beyond waits aside (*parked*). A route that stalls while others are answered is *slow*: its letters are handed back at once
(``BUSY_ROUTE``), so that they hold up neither connections nor the batch; batches of nothing but what is late, which travel in a lane of
their own, may hold the share. Quick answers end it.
"""

from collections import deque
from collections.abc import Callable
from typing import Protocol

from broadcast.channels.contract import BUSY_ROUTE, Refused

STALL_LEAST, STALL_MOST = 0.25, 2.0  # seconds without an answer, however fast or slow the server is otherwise
_STALL = 10.0  # times the usual wait for an answer
_WEIGHT = 0.05  # of the latest answer in the usual wait
_MOST_KNOWN = 5000


class Waiting(Protocol):
    """A parcel, as far as its route is concerned."""

    route: "Route"

    @property
    def patient(self) -> bool:
        """It is late anyway: its batch may wait for it."""

    def refuse(self, refusal: Refused) -> None:
        """It is not sent at all."""


class Route:
    """One bucket of addresses. ``good_at`` is the loop's time of its latest answer."""

    __slots__ = ("free", "good_at", "name", "parked", "slow")

    def __init__(self, name: str) -> None:
        self.name = name
        self.free = self.slow = False
        self.good_at = 0.0
        self.parked: deque[Waiting] = deque()


class Routes:
    """All routes of one pool.

    Args:
        share: connections that an unproven or slow route may hold.
        held: how many connections a route holds now.
        give_back: puts parcels at the head of the queue.
    """

    def __init__(self, share: int, held: Callable[[Route], int], give_back: Callable[[deque[Waiting]], None]) -> None:
        self.share, self._held, self._give_back = share, held, give_back
        self.usual = STALL_MOST / _STALL  # seconds that an answer takes
        self._known: dict[str, Route] = {}
        self._waiting: set[Route] = set()

    def of(self, name: str) -> Route:
        """The route of this name (any thread)."""
        return self._known.get(name) or self._new(name)

    def _new(self, name: str) -> Route:
        if len(self._known) >= _MOST_KNOWN:
            self._known = {key: route for key, route in self._known.items() if route.slow or route.parked}
        return self._known.setdefault(name, Route(name))

    @property
    def stall(self) -> float:
        """Seconds without an answer that are out of the ordinary."""
        return min(max(_STALL * self.usual, STALL_LEAST), STALL_MOST)

    # In the loop's thread

    def admit(self, parcel: Waiting) -> bool:
        """Whether a parcel of a route that is not free may go now; otherwise it is parked or handed back."""
        route = parcel.route
        if route.slow and not (parcel.patient and self._held(route) < self.share):
            parcel.refuse(BUSY_ROUTE)
        elif self._held(route) >= self.share:
            route.parked.append(parcel)
            self._waiting.add(route)
        else:
            return True
        return False

    def answered(self, route: Route, now: float, took: float) -> None:
        """The server answered for a parcel of it, whatever it said."""
        route.good_at = now
        self.usual += (took - self.usual) * _WEIGHT
        if route.free or took > self.stall:
            return
        if route.slow:
            route.slow = False
        else:
            route.free = True
            self._release(route, len(route.parked))

    def suspect(self, route: Route, since: float, now: float) -> None:
        """It or what travelled with it stalls, and nothing of it is answered: apart from now on, so that it shows which."""
        if route.good_at <= (since + now) / 2:
            route.free = False

    def stalled(self, route: Route, since: float, now: float) -> None:
        """It has kept a connection waiting since then, with nothing else in the pipeline."""
        half = (since + now) / 2
        if route.slow or route.good_at > half:  # others of it are answered: it is the one letter that is slow
            return
        if any(other is not route and other.good_at > half for other in self._known.values()):
            route.free, route.slow = False, True
            parked, route.parked = route.parked, deque()
            self._waiting.discard(route)
            for parcel in parked:
                parcel.refuse(BUSY_ROUTE)
        elif not route.free:  # nobody is answered: the server itself is slow
            route.free = True
            self._release(route, len(route.parked))

    def tend(self) -> None:
        """Called often: let in what is parked where there is room again."""
        for route in list(self._waiting):
            self._release(route, self.share - self._held(route))

    def release_all(self) -> None:
        """Everything that is parked goes back to the queue."""
        for route in list(self._waiting):
            self._release(route, len(route.parked))

    def _release(self, route: Route, count: int) -> None:
        if count <= 0:
            return
        free: deque[Waiting] = deque()
        while route.parked and len(free) < count:
            free.append(route.parked.popleft())
        if not route.parked:
            self._waiting.discard(route)
        if free:
            self._give_back(free)
